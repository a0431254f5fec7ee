package command

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/zset"
)

// zsetsIn describes the sorted sets of a snapshot.
func zsetsIn(snapshot *keyspace.Snapshot) map[string]string {
	sets := map[string]string{}
	snapshot.Each(0, func(item keyspace.FrozenItem) bool {
		r := zset.Packed(item.Value)
		if item.Kind == value.ZSet {
			r = zset.Large(item.Whole.(*zset.ZSet))
		}
		var text strings.Builder
		r.Each(0, r.Len(), func(member []byte, score float64) bool {
			fmt.Fprintf(&text, "%q %v ", member, score)
			return true
		})
		sets[string(item.Key)] = text.String()
		return true
	})
	return sets
}

// What a snapshot shows does not change, whatever is done to the sets meanwhile,
// and when it has closed nothing stays behind.
func TestZSetsUnderASnapshot(t *testing.T) {
	for _, entries := range []string{"0", "30"} {
		s := newServer(t, "--zset-max-listpack-entries", entries)
		s.do("ZADD", "z", "1", "a")
		s.do("FLUSHALL")
		s.advance(100)
		before := s.engine.Memory().Arena.Used
		next := seededRandom(11)
		member := func() string { return "member:" + strconv.Itoa(next(700)) }
		key := func() string { return "z" + strconv.Itoa(next(4)) }
		play := func(n int) {
			for range n {
				switch next(12) {
				case 0:
					s.do("ZREM", key(), member(), member(), member())
				case 1:
					s.do("ZPOPMIN", key(), strconv.Itoa(next(5)))
				case 2:
					s.do("ZINCRBY", key(), "0.5", member())
				case 3:
					if next(60) == 0 {
						s.do("ZUNIONSTORE", key(), "2", key(), key())
					}
				case 4:
					if next(60) == 0 {
						s.do("DEL", key())
					}
				case 5:
					s.do("ZREMRANGEBYSCORE", key(), strconv.Itoa(next(2000)), "30")
				case 6:
					if next(30) == 0 {
						s.do("RENAME", key(), key())
						s.do("COPY", key(), key())
					}
				default:
					s.do("ZADD", key(), strconv.Itoa(next(2000)), member())
				}
			}
		}
		on := func(do func(c *keyspace.Ctx)) {
			s.engine.Do(do)
			s.engine.Step()
		}
		for range 8 {
			play(1500)
			var snapshot *keyspace.Snapshot
			on(func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() })
			want := zsetsIn(snapshot)
			play(1500)
			require.Equal(t, want, zsetsIn(snapshot))
			on(func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })
			s.advance(100)
			require.Zero(t, s.engine.FrozenBlocks())
		}
		s.do("FLUSHALL")
		s.advance(100)
		require.Equal(t, before, s.engine.Memory().Arena.Used)
	}
}
