package hll

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzSparse reads opcodes that anybody may have stored: nothing panics, and what
// one function accepts, all do and with the same registers.
func FuzzSparse(f *testing.F) {
	f.Add([]byte("\x7f\xff"), uint16(5), uint8(3))
	f.Add([]byte("\x00\x7f\xfe"), uint16(0), uint8(33))
	f.Add([]byte("\x83\x87\x7f\xf7"), uint16(7), uint8(1))
	f.Add([]byte("\x7f\xfe"), uint16(16383), uint8(1))
	f.Add([]byte("\x7f"), uint16(16383), uint8(51))
	f.Fuzz(func(t *testing.T, opcodes []byte, register uint16, rank uint8) {
		text := append(AppendEmpty(nil)[:headerBytes], opcodes...)
		require.True(t, Valid(text))
		p := Place{int(register) % Registers, rank%rankMax + 1}

		var set Set
		corrupted := set.Merge(text)
		_, err := Count(text)
		require.Equal(t, corrupted, err)
		_, err = AppendOpcodes(nil, text)
		require.Equal(t, corrupted, err)
		dense, err := Dense(append([]byte(nil), text...))
		require.Equal(t, corrupted, err)
		raised, changed, err := Raise(append([]byte(nil), text...), p, math.MaxInt)
		if corrupted != nil {
			return
		}

		require.NoError(t, err)
		require.Equal(t, set[p.register] < p.rank, changed)
		require.Equal(t, set, Set(*registers(t, dense)))
		set[p.register] = max(set[p.register], p.rank)
		require.Equal(t, set, Set(*registers(t, raised)))
	})
}
