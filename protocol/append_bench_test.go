package protocol

import (
	"fmt"
	"testing"
)

func BenchmarkAppend(b *testing.B) {
	dst := make([]byte, 0, 4096)
	payload := make([]byte, 32)
	run := func(name string, reply func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dst = dst[:0]
				reply()
			}
		})
	}
	run("simple", func() { dst = AppendSimple(dst, "OK") })
	run("bulk3", func() { dst = AppendBulk(dst, payload[:3]) })
	run("bulk32", func() { dst = AppendBulk(dst, payload) })
	run("double", func() { dst = AppendDouble(dst, 3.14159, V3) })
	for _, n := range []int64{1, 12, 12345, 1234567890123} {
		run(fmt.Sprintf("int%d", n), func() { dst = AppendInt(dst, n) })
	}
}
