package glob

import (
	"strings"
	"testing"
)

func BenchmarkMatch(b *testing.B) {
	cases := []struct{ name, pattern, s string }{
		{"Prefix", "user:*", "user:1000:name"},
		{"PrefixMiss", "user:*", "session:1000"},
		{"Contains", "*1000*", "user:1000:name"},
		{"Class", "key:[0-9][0-9]", "key:42"},
		{"Hostile", strings.Repeat("a*", 20) + "b", strings.Repeat("a", 64)},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			pattern, s := []byte(c.pattern), []byte(c.s)
			b.ReportAllocs()
			for b.Loop() {
				_ = Match(pattern, s)
			}
		})
	}
}
