package script

import (
	"testing"

	"golang.org/x/sys/unix"

	"solokv/protocol"
)

// constant replies to everything with the same string, at no cost.
type constant struct{ store }

func (constant) Call(_ [][]byte, _ int, dst []byte) []byte { return append(dst, "$3\r\nabc\r\n"...) }

func benchmark(b *testing.B, body string, keys ...[]byte) {
	b.Helper()
	scripts := NewScripts(&constant{}, Version{"7.2.0", 0x070200})
	text := []byte(body)
	var reply []byte
	b.ReportAllocs()
	before := cpuNs(b)
	for b.Loop() {
		script, err := scripts.Evaluate(text)
		if err != nil {
			b.Fatal(err)
		}
		reply, _ = scripts.Run(script, keys, nil, protocol.V2, reply[:0])
	}
	b.ReportMetric(float64(cpuNs(b)-before)/float64(b.N), "cpu-ns/op")
}

// cpuNs is the processor's time of this process: on a machine with others it says more than the clock.
func cpuNs(b *testing.B) int64 {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func BenchmarkNothing(b *testing.B) { benchmark(b, "return 1") }

func BenchmarkGet(b *testing.B) {
	benchmark(b, "return redis.call('get', KEYS[1])", []byte("key:1234567"))
}

func BenchmarkSetStatement(b *testing.B) {
	benchmark(b, "redis.call('set', KEYS[1], 'x' .. 5) return 1", []byte("key:1234567"))
}

func BenchmarkLock(b *testing.B) {
	benchmark(b, "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end",
		[]byte("lock"))
}

func BenchmarkPcall(b *testing.B) { benchmark(b, "return pcall(function() return 1 end)") }

func BenchmarkError(b *testing.B) { benchmark(b, "return pcall(error, 'x')") }

// loopBody is 4 million instructions of Lua.
const loopBody = "local n = 0 for i = 1, 1000000 do n = n + i % 7 end return n"

func BenchmarkLoop(b *testing.B) { benchmark(b, loopBody) }

func BenchmarkText(b *testing.B) {
	benchmark(b, "local n = 0 for i = 1, 1000 do n = n + #('key:' .. i .. ':x') end return n")
}

// BenchmarkLoopUnpaused is BenchmarkLoop in an interpreter that nothing can interrupt: the difference is what asking
// costs.
func BenchmarkLoopUnpaused(b *testing.B) {
	scripts := NewScripts(&constant{}, Version{})
	scripts.in.box.L.RemoveContext()
	script, err := scripts.Evaluate([]byte(loopBody))
	if err != nil {
		b.Fatal(err)
	}
	before := cpuNs(b)
	for b.Loop() {
		scripts.Run(script, nil, nil, protocol.V2, nil)
	}
	b.ReportMetric(float64(cpuNs(b)-before)/float64(b.N), "cpu-ns/op")
}
