package stream

import "testing"

// FuzzStream lets the fuzzer choose what the player does.
func FuzzStream(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), byte(3))
	f.Add([]byte{20, 20, 20, 2, 2, 2, 4, 12, 4, 8, 12, 0, 0, 20, 1, 1, 1}, byte(0))
	f.Fuzz(func(t *testing.T, script []byte, entries byte) {
		next := func(n int) int {
			if len(script) == 0 {
				return 0
			}
			c := int(script[0]) % n
			script = script[1:]
			return c
		}
		p := newPlayer(t, next, Limits{int64(entries) * 10, int(entries % 8)})
		for len(script) > 0 {
			p.step()
		}
		p.end()
	})
}
