package protocol

import (
	"bytes"
	"strings"
	"testing"
)

// The requests of redis-benchmark with keys of 16 bytes and values of 3.
var (
	requestGet = AppendCommandStrings(nil, "GET", "key:000000012345")
	requestSet = AppendCommandStrings(nil, "SET", "key:000000012345", "xxx")
)

func BenchmarkNext(b *testing.B) {
	mset := AppendCommandStrings(nil, strings.Split("MSET"+strings.Repeat(" key:000000012345 xxx", 10), " ")...)
	setLong := AppendCommandStrings(nil, "SET", "key:000000012345", strings.Repeat("x", 1024))
	for _, c := range []struct {
		name    string
		request []byte
	}{
		{"get", requestGet},
		{"set", requestSet},
		{"set1k", setLong},
		{"set100k", AppendCommandStrings(nil, "SET", "key:000000012345", strings.Repeat("x", 100_000))},
		{"mset10", mset},
		{"get_pipeline64", bytes.Repeat(requestGet, 64)},
		{"set_pipeline64", bytes.Repeat(requestSet, 64)},
		{"inline", []byte("SET key:000000012345 xxx\r\n")},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkNext(b, c.request) })
	}
}

// benchmarkNext parses stream from its start to its end again and again, as an event loop does with one read
// after another. The time per operation is that of one request.
func benchmarkNext(b *testing.B, stream []byte) {
	p := Parser{Limits: LimitsDefault}
	args := make([]Span, 0, 256)
	requests := 0
	b.ReportAllocs()
	for b.Loop() {
		args = args[:0]
		for {
			var status Status
			args, status = p.Next(stream, args)
			if status != Complete {
				break
			}
			requests++
		}
		if p.Consumed() != len(stream) {
			b.Fatal("the stream was not consumed")
		}
		p.Rebase(p.Consumed())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(requests), "ns/request")
}

// BenchmarkNextSplit receives one request of 1 MB in reads of 64 KB.
func BenchmarkNextSplit(b *testing.B) {
	request := AppendCommand(nil, []byte("SET"), []byte("key"), make([]byte, 1<<20))
	p := Parser{Limits: LimitsDefault}
	args := make([]Span, 0, 16)
	b.ReportAllocs()
	for b.Loop() {
		args = args[:0]
		for end := 0; len(args) == 0; {
			end = min(end+64<<10, len(request))
			args, _ = p.Next(request[:end], args)
		}
		p.Rebase(p.Consumed())
	}
}
