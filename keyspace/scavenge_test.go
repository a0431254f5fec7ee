package keyspace_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fill sets keys of 100 KB.
func (s *server) fill(from, to int) {
	value := strings.Repeat("v", 100_000)
	for i := from; i < to; i++ {
		s.do("SET", fmt.Sprint("key:", i), value)
	}
}

// goesBack lets the time pass, also that which the call takes, until no more than bytes are free and backed.
func (s *server) goesBack(t *testing.T, bytes int64) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.advance(500 * time.Millisecond)
		return s.Memory().Arena.Dirty <= bytes
	}, 10*time.Second, time.Millisecond)
}

func TestFreeMemoryGoesBack(t *testing.T) {
	s := newServer(t, nil)
	s.fill(0, 300)
	s.advance(5 * time.Second)
	s.do("FLUSHALL")
	s.advance(time.Second)
	require.Greater(t, s.Memory().Arena.Dirty, int64(20*mb), "it might be needed again")
	s.goesBack(t, mb)
}

// TestMemoryThatComesAndGoesStays: freeing it and having it back would cost a fault a page.
func TestMemoryThatComesAndGoesStays(t *testing.T) {
	s := newServer(t, nil)
	s.fill(0, 300)
	var least int64 = 1 << 60
	for round := range 40 {
		for i := range 60 {
			s.do("DEL", fmt.Sprint("key:", (round*60+i)%300))
		}
		s.advance(200 * time.Millisecond)
		least = min(least, s.Memory().Arena.Dirty)
		s.fill(round*60%300, round*60%300+60)
		time.Sleep(time.Millisecond)
	}
	assert.Greater(t, least, int64(4*mb))
	for i := range 60 {
		s.do("DEL", fmt.Sprint("key:", i))
	}
	s.goesBack(t, 2*mb)
}
