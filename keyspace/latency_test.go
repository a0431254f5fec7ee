package keyspace_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// slowClock is of a machine on which everything takes at least two milliseconds.
type slowClock struct{ fakeClock }

func (s *slowClock) NowNs() int64 {
	s.ns += 2e6
	return s.ns
}

// TestLatencyEvents: what the writer does beside commands reaches the monitor by its name.
func TestLatencyEvents(t *testing.T) {
	s := newServerAt(t, &slowClock{fakeClock{ns: 1}}, nil, "--latency-monitor-threshold", "1",
		"--maxmemory-policy", "allkeys-random")
	names := func() (all []string) {
		for _, event := range s.LatencyEvents() {
			all = append(all, event.Name)
		}
		return all
	}
	s.do("SET", "short", "v", "PX", "1")
	for range 20 {
		s.Step()
	}
	assert.Subset(t, names(), []string{"command", "expire-cycle", "expire-del"})

	s.LatencyReset()
	s.do("SET", "large", strings.Repeat("x", 1<<20))
	s.do("CONFIG", "SET", "maxmemory", "1")
	for range 20 {
		s.Step()
	}
	assert.Subset(t, names(), []string{"eviction-cycle", "eviction-del"})

	s.do("CONFIG", "SET", "latency-monitor-threshold", "0")
	s.LatencyReset()
	s.do("SET", "short", "v", "PX", "1")
	for range 20 {
		s.Step()
	}
	assert.Empty(t, names())
}
