package command

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

// When nearly all members go, those that stay move to a new set, also under a view.
func TestZSetOfWhichLittleIsKept(t *testing.T) {
	for _, request := range [][]string{
		{"ZREMRANGEBYRANK", "z", "3", "-4"},
		{"ZREMRANGEBYSCORE", "z", "3", "4996"},
		{"ZPOPMAX", "z", "4994"},
	} {
		for _, viewed := range []bool{false, true} {
			s := newServer(t)
			s.do("ZADD", "other", "1", "a")
			s.do("EXPIREAT", "other", "9999999999") // the wheel has a chunk then
			s.advance(100)
			before := s.engine.Memory().Arena.Used
			for i := range 5000 {
				s.do("ZADD", "z", strconv.Itoa(i), "m:"+strconv.Itoa(i))
			}
			s.do("EXPIREAT", "z", "9999999999")
			var snapshot *keyspace.Snapshot
			on := func(do func(c *keyspace.Ctx)) {
				s.engine.Do(do)
				s.engine.Step()
			}
			var frozen map[string]string
			if viewed {
				on(func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() })
				frozen = zsetsIn(snapshot)
			}

			s.do(request...)
			require.Equal(t, ":6\r\n", s.do("ZCARD", "z"))
			kept := "*6\r\n$3\r\nm:0\r\n$3\r\nm:1\r\n$3\r\nm:2\r\n$6\r\nm:4997\r\n$6\r\nm:4998\r\n$6\r\nm:4999\r\n"
			if request[0] == "ZPOPMAX" {
				kept = "*6\r\n$3\r\nm:0\r\n$3\r\nm:1\r\n$3\r\nm:2\r\n$3\r\nm:3\r\n$3\r\nm:4\r\n$3\r\nm:5\r\n"
			}
			require.Equal(t, kept, s.do("ZRANGE", "z", "0", "-1"))
			require.Equal(t, "$1\r\n2\r\n", s.do("ZSCORE", "z", "m:2"))
			require.Equal(t, "$-1\r\n", s.do("ZSCORE", "z", "m:1000"))
			require.Equal(t, ":9999999999\r\n", s.do("EXPIRETIME", "z"))
			require.Equal(t, "$8\r\nskiplist\r\n", s.do("OBJECT", "ENCODING", "z"))
			if viewed {
				require.Equal(t, frozen, zsetsIn(snapshot))
				on(func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })
			}

			s.do("DEL", "z")
			s.advance(100)
			require.Zero(t, s.engine.FrozenBlocks())
			require.Equal(t, before, s.engine.Memory().Arena.Used)
		}
	}
}
