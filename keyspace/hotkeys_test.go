package keyspace_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

// Of hot keys the rates are found whether requests come alone or in pipelines, with one
// key or with several.
func TestHotKeys(t *testing.T) {
	for _, c := range []struct {
		name    string
		batch   func(i int) []byte
		seconds int
	}{
		{"alone", func(i int) []byte {
			if i%4 == 0 {
				return protocol.AppendCommandStrings(nil, "INCR", "hot")
			}
			return protocol.AppendCommandStrings(nil, "GET", fmt.Sprint("cold:", i))
		}, 8},
		{"in pipelines", func(i int) (b []byte) {
			b = protocol.AppendCommandStrings(b, "INCR", "hot")
			for n := range 3 {
				b = protocol.AppendCommandStrings(b, "GET", fmt.Sprint("cold:", 3*i+n))
			}
			return b
		}, 2},
		{"with several keys", func(i int) (b []byte) {
			b = protocol.AppendCommandStrings(b, "SETRANGE", "hot", "0", "x")
			return protocol.AppendCommandStrings(b, "MGET", fmt.Sprint("a:", i), fmt.Sprint("b:", i), fmt.Sprint("c:", i))
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, nil)
			for i := range 1000 * c.seconds {
				s.client.send(c.batch(i))
				s.advance(time.Millisecond)
			}
			hot := s.HotKeys(1)
			require.Len(t, hot.Keys, 1)
			k := hot.Keys[0]
			assert.Equal(t, "hot", string(k.Name))
			assert.Equal(t, k.Count, k.Writes)
			assert.InDelta(t, float64(c.seconds), hot.Sec, 0.1)
			assert.InDelta(t, 0.25, float64(k.Certain())/float64(hot.Total), 0.06, "one access of four")

			s.do("HOTKEYS", "RESET")
			assert.NotContains(t, s.do("HOTKEYS", "GET"), "hot\r\n")
		})
	}
}

// What was hot cools down.
func TestHotKeysCool(t *testing.T) {
	s := newServer(t, nil)
	use := func(key string, times int) {
		for range times {
			s.do("GET", key)
			s.advance(time.Millisecond)
		}
	}
	use("old", 20_000)
	assert.Equal(t, "old", string(s.HotKeys(1).Keys[0].Name))
	use("new", 20_000)
	assert.Equal(t, "new", string(s.HotKeys(1).Keys[0].Name))
}

func TestHotKeysReplies(t *testing.T) {
	s := newServer(t, nil)
	assert.Equal(t, "*0\r\n", s.do("HOTKEYS", "GET"))
	assert.Equal(t, "-ERR COUNT must be greater than 0\r\n", s.do("HOTKEYS", "GET", "COUNT", "0"))
	assert.Equal(t, "-ERR value is not an integer or out of range\r\n", s.do("HOTKEYS", "GET", "COUNT", "x"))
	assert.Equal(t, "-ERR syntax error\r\n", s.do("HOTKEYS", "GET", "KEYS"))
	assert.Equal(t, "-ERR syntax error\r\n", s.do("HOTKEYS", "GET", "COUNT"))

	for range 10_000 {
		s.do("SET", "k", "v")
	}
	s.advance(time.Second)
	reply := s.do("HOTKEYS", "GET", "COUNT", "1")
	assert.True(t, strings.HasPrefix(reply, "*1\r\n*10\r\n$3\r\nkey\r\n$1\r\nk\r\n$2\r\ndb\r\n:0\r\n$19\r\nrequests-per-second\r\n:"), reply)
	assert.True(t, strings.HasSuffix(reply, "$7\r\npercent\r\n$3\r\n100\r\n$14\r\nwrites-percent\r\n$3\r\n100\r\n"), reply)
}

// Nobody who has not authenticated, and no request that is none, makes a key hot.
func TestNotHot(t *testing.T) {
	s := newServer(t, nil, "--requirepass", "secret")
	for range 1000 {
		s.do("GET", "k")
	}
	assert.Empty(t, s.HotKeys(1).Keys)

	s.do("AUTH", "secret")
	for range 1000 {
		s.do("GET")
		s.do("NOSUCH", "k")
		s.do("OBJECT", "NOSUCH", "k")
		s.do("EVAL", "return 1", "1000000", "k")
		s.do("PING", "k")
	}
	assert.Empty(t, s.HotKeys(1).Keys)
}
