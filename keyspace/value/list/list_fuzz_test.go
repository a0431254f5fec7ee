package list

import "testing"

// FuzzOperations compares with a slice of strings, with a view now and then.
func FuzzOperations(f *testing.F) {
	f.Add([]byte("some operations to begin with, long enough for several nodes"), 2)
	f.Fuzz(func(t *testing.T, input []byte, size int) {
		fix := newFixture(t, size)
		choose := func(n int) int {
			if len(input) == 0 {
				return 0
			}
			b := int(input[0])
			input = input[1:]
			return b * 257 % n
		}
		for i := 0; len(input) > 0; i++ {
			fix.step(choose)
			switch i % 32 {
			case 8:
				fix.epochs.OpenView(nil)
				fix.list = fix.list.Fork().(*List)
			case 24:
				fix.epochs.CloseView()
				fix.trim(choose)
			}
		}
		if fix.epochs.Open() {
			fix.epochs.CloseView()
		}
		fix.check()
		fix.drain()
	})
}
