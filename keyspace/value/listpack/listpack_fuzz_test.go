package listpack

import "testing"

// FuzzOperations compares with a slice of strings.
func FuzzOperations(f *testing.F) {
	f.Add([]byte("some operations to begin with"))
	f.Fuzz(func(t *testing.T, operations []byte) {
		model(t, operations[:min(len(operations), 2000)])
	})
}

// FuzzCheck feeds garbage: Check must not panic, and what it lets pass must be safe.
func FuzzCheck(f *testing.F) {
	lp := Empty()
	for _, text := range texts()[:34] {
		lp = Append(lp, []byte(text))
	}
	f.Add(lp)
	f.Add(Empty())
	f.Fuzz(func(_ *testing.T, garbage []byte) { walk(garbage) })
}
