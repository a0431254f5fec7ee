package keyspace_test

import (
	"fmt"
	"math/rand"
	"testing"
	"time"

	"solokv/keyspace"
	"solokv/keyspace/value"
)

// BenchmarkRestore is the writer's cost of a key that is loaded: what a table with
// room and the buckets that are fetched ahead bring.
func BenchmarkRestore(b *testing.B) {
	const keys = 2_000_000
	names := make([][]byte, keys)
	for i := range names {
		names[i] = fmt.Appendf(nil, "key:%07d", i)
	}
	rand.New(rand.NewSource(1)).Shuffle(keys, func(i, j int) { names[i], names[j] = names[j], names[i] })
	text := []byte("0123456789abcdef0123456789abcdef")
	for _, expected := range []bool{false, true} {
		for _, ahead := range []bool{false, true} {
			b.Run(fmt.Sprintf("expected=%v/ahead=%v", expected, ahead), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					s := newServerAt(b, realClock{time.Now()}, nil)
					c := s.NewReplayer().In(s.DBs()[0])
					b.StartTimer()
					if expected {
						c.Expect(keys)
					}
					restoreAll(c, names, text, ahead)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/keys, "ns/key")
			})
		}
	}
}

func restoreAll(c *keyspace.Ctx, names [][]byte, text []byte, ahead bool) {
	var window keyspace.Ahead
	next := 0
	for _, name := range names {
		if ahead && window.Empty() {
			for ; next < len(names) && !window.Full(); next++ {
				window.Add(c, names[next])
			}
		}
		if ahead {
			window.Next(c, name)
		}
		c.Restore(name, &keyspace.Restored{Kind: value.String, Bytes: text, Expiry: keyspace.NoExpiry, IdleSeconds: -1, Frequency: -1})
	}
}
