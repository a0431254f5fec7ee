package intset

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzIntset reads operations, nine bytes each: add or remove, and the number.
func FuzzIntset(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, operations []byte) {
		set, m := Empty(), model{}
		for ; len(operations) >= 9; operations = operations[9:] {
			n := int64(binary.LittleEndian.Uint64(operations[1:])) >> (operations[0] & 0x38)
			var changed bool
			if operations[0]&1 == 0 {
				set, changed = Add(set, n)
				require.Equal(t, m.add(n), changed)
			} else {
				set, changed = Remove(set, n)
				require.Equal(t, m.remove(n), changed)
			}
		}
		m.check(t, set)
	})
}

// FuzzCheck: what Check lets pass can be used.
func FuzzCheck(f *testing.F) {
	f.Add([]byte{2, 0, 0, 0, 1, 0, 0, 0, 5, 0})
	f.Add([]byte{8, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 5, 0})
	f.Fuzz(func(t *testing.T, set []byte) {
		if Check(set) != nil {
			return
		}
		m := model{}
		for i := range Len(set) {
			m.add(Get(set, i))
		}
		m.check(t, set)
		set, added := Add(append([]byte(nil), set...), -1<<40)
		require.Equal(t, m.add(-1<<40), added)
		m.check(t, set)
	})
}
