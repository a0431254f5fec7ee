package command

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
)

// Fields that expire while a snapshot is open stay in the snapshot; afterwards all
// memory comes back.
func TestFieldsExpireUnderSnapshot(t *testing.T) {
	s := newServer(t)
	empty := s.engine.Memory().Arena.Used
	const fields = 2000
	for i := range fields {
		s.do("HSETEX", "large", "PX", fmt.Sprint(1000+i%50), "FIELDS", "1", fmt.Sprint(i), "v")
	}
	s.do("HSETEX", "packed", "PX", "1000", "FIELDS", "2", "a", "1", "b", "2")
	s.do("HSET", "packed", "c", "3")

	var snapshot *keyspace.Snapshot
	s.engine.Do(func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() })
	s.advance(900)
	s.do("HPEXPIRE", "large", "5000", "FIELDS", "2", "1", "2")
	s.advance(300)
	s.f(":2\r\n", "HLEN", "large")
	s.f(":1\r\n", "HLEN", "packed")
	held := map[string]int{}
	snapshot.Each(0, func(it keyspace.FrozenItem) bool {
		if it.Kind == value.Hash {
			it.Whole.(*hash.Large).Each(func(_, _ []byte, atMs int64) bool {
				require.NotZero(t, atMs)
				held[string(it.Key)]++
				return true
			})
			return true
		}
		v := hash.OfPacked(it.Kind, it.Value)
		held[string(it.Key)] = v.Len()
		return true
	})
	require.Equal(t, map[string]int{"large": fields, "packed": 3}, held)

	s.engine.Do(func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })
	s.advance(6000)
	s.f(":0\r\n", "EXISTS", "large")
	s.f(":1\r\n", "DEL", "packed")
	s.advance(100)
	require.Less(t, s.engine.Memory().Arena.Used, empty+(64<<10))
}

// BenchmarkFieldsExpire lets the 100,000 fields of one large hash expire at once.
func BenchmarkFieldsExpire(b *testing.B) {
	const fields = 100_000
	for b.Loop() {
		b.StopTimer()
		s := newServer(b)
		for i := range fields {
			s.do("HSETEX", "h", "PX", "1000", "FIELDS", "1", fmt.Sprint("field:", i), "value")
		}
		b.StartTimer()
		s.clock.ns += 1100 * 1e6
		for s.do("EXISTS", "h") == ":1\r\n" {
			continue
		}
	}
}
