package stream

import "testing"

func BenchmarkAppend(b *testing.B) {
	s := New(newEpochs(b))
	pairs := [][]byte{[]byte("field"), []byte("value-0123456789")}
	for i := range b.N {
		s.Append(ID{uint64(i + 1), 0}, pairs, Limits{4096, 100})
	}
}

func BenchmarkDeliverAck(b *testing.B) {
	s := New(newEpochs(b))
	g := s.AddGroup([]byte("g"), Min, 0)
	c := g.AddConsumer([]byte("c"), 0, Unknown)
	for i := range b.N {
		g.Deliver(ID{uint64(i), 0}, c, 1, 1)
		if i > 100000 {
			g.Ack(ID{uint64(i - 100000), 0})
		}
	}
}

func BenchmarkSeek(b *testing.B) {
	s := New(newEpochs(b))
	pairs := [][]byte{[]byte("field"), []byte("value-0123456789")}
	for i := range uint64(1_000_000) {
		s.Append(ID{i + 1, 0}, pairs, Limits{4096, 100})
	}
	b.ResetTimer()
	for i := range b.N {
		r := s.Between(ID{uint64(i*7919%1_000_000 + 1), 0}, Max)
		r.Next()
	}
}
