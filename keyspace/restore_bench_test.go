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

// BenchmarkReplay is the writer's cost of a record that is loaded: one by one, in
// batches, and with room for all keys.
func BenchmarkReplay(b *testing.B) {
	const keys = 2_000_000
	text := []byte("0123456789abcdef0123456789abcdef")
	for _, how := range []struct {
		name             string
		batch, expecting bool
	}{{"single", false, false}, {"batches", true, false}, {"batches, expected", true, true}} {
		b.Run(how.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := newServerAt(b, realClock{time.Now()}, nil)
				r := s.NewReplayer()
				var batch keyspace.Batch
				var key []byte
				b.StartTimer()
				if how.expecting {
					r.In(s.DBs()[0]).Expect(keys)
				}
				for i := range keys {
					key = fmt.Appendf(key[:0], "key:%07d", i)
					args := [][]byte{[]byte("SET"), key, text}
					if !how.batch {
						_ = r.Apply(args)
					} else if batch.Record(s.Commands(), args); len(batch.Requests) == 4000 {
						_ = r.Run(&batch)
						batch = keyspace.Batch{Data: batch.Data[:0], Spans: batch.Spans[:0], Requests: batch.Requests[:0]}
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/keys, "ns/key")
		})
	}
}
