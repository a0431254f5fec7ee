package keyspace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"solokv/keyspace"
)

// TestGoHeapIsLookedAtNearTheLimit: what Go's heap holds is known as of its last collection,
// so there is one every few seconds where it matters, and none is asked for elsewhere.
func TestGoHeapIsLookedAtNearTheLimit(t *testing.T) {
	s := newServer(t, nil, "--maxmemory-policy", "allkeys-lru")
	asked := 0
	s.SetFacts(keyspace.Facts{Collect: func() { asked++ }})
	seconds := func(n int) int {
		asked = 0
		for i := range n {
			s.do("SET", "a", fmt.Sprint(i))
			s.advance(time.Second)
		}
		return asked
	}
	assert.Zero(t, seconds(20), "there is no limit")
	s.do("CONFIG", "SET", "maxmemory", fmt.Sprint(4*s.UsedMemory()))
	assert.Zero(t, seconds(20), "it is far away")
	s.do("CONFIG", "SET", "maxmemory", fmt.Sprint(s.UsedMemory()+10_000))
	near := seconds(40)
	assert.Positive(t, near)
	assert.LessOrEqual(t, near, 40/3+1, "not all the time")
	s.do("CONFIG", "SET", "maxmemory", "0")
}
