package script

import (
	"testing"

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
	for b.Loop() {
		script, err := scripts.Evaluate(text)
		if err != nil {
			b.Fatal(err)
		}
		reply, _ = scripts.Run(script, keys, nil, protocol.V2, reply[:0])
	}
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

// BenchmarkLoop is 3 million instructions of Lua.
func BenchmarkLoop(b *testing.B) {
	benchmark(b, "local n = 0 for i = 1, 1000000 do n = n + i % 7 end return n")
}

func BenchmarkText(b *testing.B) {
	benchmark(b, "local n = 0 for i = 1, 1000 do n = n + #('key:' .. i .. ':x') end return n")
}
