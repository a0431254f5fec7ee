package hll

import (
	"strconv"
	"testing"
)

func filled(n, sparseBytesMax int) []byte {
	text := AppendEmpty(nil)
	for i := range n {
		text, _, _ = Raise(text, PlaceOf([]byte(strconv.Itoa(i))), sparseBytesMax)
	}
	return text
}

func BenchmarkCountDense(b *testing.B) {
	text := filled(100_000, 0)
	for b.Loop() {
		Count(text)
	}
}

func BenchmarkMergeDense(b *testing.B) {
	text := filled(100_000, 0)
	var set Set
	for b.Loop() {
		set.Merge(text)
	}
}

func BenchmarkRaiseSparse(b *testing.B) {
	text := filled(1000, 3000)
	p := PlaceOf([]byte("5"))
	b.ReportAllocs()
	for b.Loop() {
		text, _, _ = Raise(text, p, 3000)
	}
}

func BenchmarkIntoSparse(b *testing.B) {
	var set Set
	set.Merge(filled(1000, 3000))
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		buffer, _ = set.Into(AppendEmpty(buffer[:0]), 3000)
	}
}
