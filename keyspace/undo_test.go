package keyspace_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/protocol"
)

// collections makes random requests that change collections; the limits of smallLimits
// make most of them large ones.
type collections struct {
	t *testing.T
	traffic
}

var smallLimits = []string{"--hash-max-listpack-entries", "3", "--set-max-listpack-entries", "3",
	"--set-max-intset-entries", "3", "--zset-max-listpack-entries", "3", "--list-max-listpack-size", "3",
	"--stream-node-max-entries", "3"}

func (r collections) name(prefix string) string { return fmt.Sprint(prefix, r.Intn(8)) }

func (r collections) member() string { return fmt.Sprint("m", r.Intn(60)) }

func (r collections) next() []string {
	list, hash, set, zset, stream := r.name("l"), r.name("h"), r.name("s"), r.name("z"), r.name("x")
	switch r.Intn(32) {
	case 0, 1:
		return request(r.one("LPUSH", "RPUSH"), list, r.member(), r.text(), r.member())
	case 2:
		return request(r.one("LPOP", "RPOP"), list)
	case 3:
		return request("LINSERT", list, "BEFORE", r.member(), r.text())
	case 4:
		return request("LTRIM", list, fmt.Sprint(r.Intn(3)), fmt.Sprint(-r.Intn(3)-1))
	case 5:
		return request("LMOVE", list, r.name("l"), "LEFT", "RIGHT")
	case 6, 7, 8:
		return request("HSET", hash, r.member(), r.text(), r.member(), r.number())
	case 9:
		return request("HDEL", hash, r.member(), r.member())
	case 10:
		return request("HINCRBY", hash, "n", r.number())
	case 11:
		return request("HPEXPIRE", hash, fmt.Sprint(1+r.Intn(300)), "FIELDS", "1", r.member())
	case 12, 13, 14:
		return request("SADD", set, r.member(), r.member(), r.number())
	case 15:
		return request(r.one("SREM"), set, r.member(), r.member())
	case 16:
		return request("SPOP", set)
	case 17:
		return request(r.one("SUNIONSTORE", "SDIFFSTORE", "SINTERSTORE"), r.name("s"), set, r.name("s"))
	case 18, 19, 20:
		return request("ZADD", zset, fmt.Sprint(r.Intn(20)), r.member(), fmt.Sprint(r.Float64()), r.member())
	case 21:
		return request("ZREM", zset, r.member(), r.member())
	case 22:
		return request(r.one("ZPOPMIN", "ZPOPMAX"), zset)
	case 23:
		return request("ZUNIONSTORE", r.name("z"), "2", zset, r.name("z"))
	case 24, 25:
		return request("XADD", stream, "*", "f", r.text())
	case 26:
		return request("XTRIM", stream, "MAXLEN", fmt.Sprint(r.Intn(20)))
	case 27:
		return request("XGROUP", "CREATE", stream, "g", "0")
	case 28:
		return request("XREADGROUP", "GROUP", "g", r.name("c"), "COUNT", "3", "STREAMS", stream, ">")
	case 29:
		return request("PFADD", r.name("p"), r.member())
	case 30:
		return request("RENAME", r.name(r.one("l", "h", "s", "z", "x")), r.name("r"))
	}
	return request("DEL", r.name(r.one("l", "h", "s", "z", "x", "r")))
}

// script executes n requests as a script would.
func (r collections) script(s *server, n int, kill bool) {
	s.on(func(c *keyspace.Ctx) {
		script, err := c.BeginScript(keyspace.ScriptOptions{})
		require.NoError(r.t, err)
		for range n {
			args := r.traffic.next()
			if r.Intn(2) == 0 {
				args = r.next()
			}
			list := make([][]byte, len(args))
			for i, arg := range args {
				list[i] = []byte(arg)
			}
			script.Call(list, protocol.V2, nil)
		}
		if kill {
			script.Kill()
		}
		script.End()
	})
}

// TestScriptsAreUndone kills scripts that have executed all kinds of commands, while a
// snapshot is open and while none is: the data is what it was, in memory and in the
// journal, and nothing is left behind.
func TestScriptsAreUndone(t *testing.T) {
	for seed := range int64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			journal := &recorder{}
			s := newServer(t, journal, smallLimits...)
			empty := s.emptied()
			r := collections{t, traffic{rand.New(rand.NewSource(seed)), []int{10, 30, 100, 400, 2000, 10000}[seed]}}
			var snapshot *keyspace.Snapshot
			var frozen dataset
			for round := range 60 {
				for range 100 {
					s.do(r.traffic.next()...)
					s.do(r.next()...)
				}
				s.advance(time.Duration(r.Intn(20)) * time.Millisecond)
				if snapshot == nil && r.Intn(3) == 0 {
					frozen = copyOf(s)
					s.on(func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() })
				}
				before, changes := digest(s), s.Counters().Changes
				kill := r.Intn(3) > 0
				r.script(s, r.Intn(1<<uint(r.Intn(11))), kill)
				if kill {
					require.Equal(t, before, digest(s), "round %d", round)
					require.Equal(t, changes, s.Counters().Changes)
				}
				if snapshot != nil {
					require.NoError(t, onlyStrings(frozen).differs(onlyStrings(walk(snapshot))))
				}
				if snapshot != nil && r.Intn(2) == 0 {
					s.on(func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })
					snapshot = nil
				}
			}
			if snapshot != nil {
				s.on(func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })
			}
			fresh := replayed(t, s, append([]byte(nil), journal.records...), 1)
			s.do("SELECT", "0")
			require.Equal(t, digest(s), digest(fresh))
			assert.Equal(t, empty, s.emptied(), "bytes are left")
		})
	}
}

// onlyStrings leaves out collections, whose copy would name their places in memory.
func onlyStrings(d dataset) dataset {
	only := dataset{}
	for key, text := range d {
		if name := key[strings.IndexByte(key, ' ')+1:]; strings.HasPrefix(name, "key:") || strings.HasPrefix(name, "long-") {
			only[key] = text
		}
	}
	return only
}
