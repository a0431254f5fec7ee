package keyspace_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

func (s *server) bigKeys(n int) (names []string) {
	s.on(func(c *keyspace.Ctx) {
		for _, k := range c.BigKeys(n) {
			names = append(names, fmt.Sprintf("%d %s", k.DB.ID(), k.Key()))
		}
	})
	return names
}

// walk lets housekeeping finish a walk over everything.
func (s *server) walk() {
	for range 30 {
		s.advance(100 * time.Millisecond)
	}
}

func TestBigKeys(t *testing.T) {
	s := newServer(t, nil)
	s.walk()
	assert.Empty(t, s.bigKeys(10))
	assert.Equal(t, "*0\r\n", s.do("MEMORY", "BIGKEYS"))

	for i := range 3000 {
		s.do("SET", fmt.Sprint("small:", i), "v")
	}
	s.do("SET", "text", strings.Repeat("x", 30_000))
	for i := range 2000 {
		s.do("HSET", "hash", fmt.Sprint("field:", i), "value of some length")
		s.do("RPUSH", "list", "an element")
	}
	s.do("SELECT", "3")
	s.do("SET", "other", strings.Repeat("x", 60_000))
	s.walk()
	require.Equal(t, []string{"0 hash", "3 other", "0 text", "0 list"}, s.bigKeys(4))
	s.do("SELECT", "0")
	usage := s.do("MEMORY", "USAGE", "hash")
	assert.Equal(t, "*1\r\n*10\r\n$3\r\nkey\r\n$4\r\nhash\r\n$2\r\ndb\r\n:0\r\n$4\r\ntype\r\n$4\r\nhash\r\n"+
		"$8\r\nencoding\r\n$9\r\nhashtable\r\n$5\r\nbytes\r\n"+usage, s.do("MEMORY", "BIGKEYS", "COUNT", "1"))
	assert.Equal(t, "-ERR syntax error\r\n", s.do("MEMORY", "BIGKEYS", "TYPE", "hash"))

	// What is gone is not shown, what has shrunk or expired neither, before the next walk too.
	s.do("DEL", "hash")
	s.do("SET", "text", "short")
	s.do("SET", "list", strings.Repeat("x", 90_000), "PX", "50")
	assert.Equal(t, []string{"0 list", "3 other", "0 text"}, s.bigKeys(3))
	s.advance(60 * time.Millisecond)
	assert.Equal(t, []string{"3 other", "0 text"}, s.bigKeys(2))
	s.do("FLUSHALL")
	assert.Empty(t, s.bigKeys(10))
}

// An idle server, once it has walked over everything, walks no more.
func TestBigKeysRest(t *testing.T) {
	s := newServer(t, nil)
	s.do("SET", "k", "v")
	s.walk()
	assert.True(t, s.WalkIsOver())
	s.walk()
	assert.True(t, s.WalkIsOver())
	s.do("SET", "k", "w")
	assert.False(t, s.WalkIsOver())
	s.walk()
	assert.True(t, s.WalkIsOver())
}
