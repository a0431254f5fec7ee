package zset

import (
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/value/listpack"
)

// FuzzZSet reads operations of three bytes: what to do, with which member, and
// which score.
func FuzzZSet(f *testing.F) {
	f.Add([]byte("\x00\x01\x05\x00\x02\x05\xf0\x00\x00\x00\x01\x07\x80\x01\x00\xf0\x00\x00"))
	f.Add([]byte("\xe8\x7f\x01\xf0\x00\x00\xe0\x40\x10\x00\x01\x02\xd0\x01\x40\xf0\x00\x00\xe0\x40\x40"))
	f.Fuzz(func(t *testing.T, operations []byte) {
		x := newFixture(t)
		for ; len(operations) >= 3; operations = operations[3:] {
			x.perform(operations[0], operations[1], operations[2])
		}
		checkReader(t, rand.New(rand.NewSource(1)), x.model, Large(x.set))
		x.finish()
	})
}

// perform does what an operation says.
func (f *fixture) perform(op, arg, score byte) {
	switch {
	case op >= 0xF0 && !f.open:
		f.openView()
	case op >= 0xF0:
		f.closeView()
	case op >= 0xE8: // many at once, so that the tree grows; equal scores and others
		for i := range 2 * int(arg) {
			f.put(fmt.Sprint(i), float64(i%(1+int(score))))
		}
	case op >= 0xD0:
		from := min(len(f.model), int(arg))
		to := min(len(f.model), from+int(score))
		f.set.RemoveRanks(from, to)
		f.model = append(f.model[:from:from], f.model[to:]...)
	case op >= 0x80:
		f.drop(fmt.Sprint(arg))
	default:
		f.put(fmt.Sprint(arg), fuzzScore(op, score))
	}
}

func fuzzScore(op, score byte) float64 {
	if op&1 != 0 {
		return oddScores[2+int(score)%(len(oddScores)-2)]
	}
	return float64(score) / 4
}

// FuzzPacked does the same to a packed set.
func FuzzPacked(f *testing.F) {
	f.Add([]byte("\x00\x01\x05\x00\x02\x05\x00\x01\x07\x80\x01\x00"))
	f.Fuzz(func(t *testing.T, operations []byte) {
		var m model
		packed := listpack.Empty()
		for ; len(operations) >= 3; operations = operations[3:] {
			op, score := operations[0], fuzzScore(operations[0]>>1, operations[2])
			member := fmt.Sprint(operations[1])
			at, _, _, found := PackedFind(packed, []byte(member))
			require.Equal(t, m.index(member) >= 0, found)
			switch {
			case op >= 0x80 && found:
				packed = PackedDelete(packed, at)
				m.delete(member)
			case op >= 0x80:
			case found:
				packed = PackedUpdate(packed, at, []byte(member), score)
				m.set(member, score)
			default:
				packed = PackedInsert(packed, []byte(member), score)
				m.set(member, score)
			}
		}
		require.NoError(t, listpack.Check(packed))
		checkReader(t, rand.New(rand.NewSource(1)), m, Packed(packed))
	})
}

// FuzzScore compares scores with what is left of them in an entry and in a
// listpack.
func FuzzScore(f *testing.F) {
	for _, score := range oddScores {
		f.Add(math.Float64bits(score))
	}
	f.Fuzz(func(t *testing.T, bits uint64) {
		score := math.Float64frombits(bits)
		if math.IsNaN(score) {
			t.Skip()
		}
		value := make([]byte, scoreBytes(score))
		putScore(value, score)
		require.Equal(t, bits, math.Float64bits(readScore(value)))
		got, _ := PackedScore(PackedInsert(listpack.Empty(), []byte("m"), score), []byte("m"))
		require.Equal(t, score, got)
	})
}
