package hll

import (
	"math"
	"math/rand"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// model is the registers, kept naively.
type model [Registers]uint8

func (m *model) raise(p Place) bool {
	if m[p.register] >= p.rank {
		return false
	}
	m[p.register] = p.rank
	return true
}

// registers reads a string of either encoding.
func registers(t testing.TB, text []byte) *model {
	var set Set
	require.True(t, Valid(text))
	require.NoError(t, set.Merge(text))
	return (*model)(&set)
}

func TestRaise(t *testing.T) {
	f := func(seed int64, n, sparseBytesMax, rankTop int) {
		t.Helper()
		random := rand.New(rand.NewSource(seed))
		var m model
		text := AppendEmpty(nil)
		for range n {
			p := Place{random.Intn(Registers), uint8(1 + random.Intn(rankTop))}
			if random.Intn(2) == 0 {
				p.register %= 97 // close to each other, so that runs are joined
			}
			dense := IsDense(text)
			if dense {
				require.Equal(t, m[p.register] < p.rank, WouldRaise(text, p))
			}
			var changed bool
			var err error
			text, changed, err = Raise(text, p, sparseBytesMax)
			require.NoError(t, err)
			require.Equal(t, m.raise(p), changed)
			require.False(t, dense && !IsDense(text))
		}
		require.Equal(t, m, *registers(t, text))
		require.Equal(t, sparseBytesMax == math.MaxInt && rankTop <= valRankMax, !IsDense(text))
	}
	f(1, 3000, math.MaxInt, 3)
	f(2, 3000, math.MaxInt, valRankMax)
	f(3, 6000, 3000, 3)
	f(4, 200, 0, 3)
	f(5, 1000, math.MaxInt, rankMax)
}

// TestInto checks that a merge, which walks over the opcodes once, leaves the bytes
// that raising one register after the other leaves.
func TestInto(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 200 {
		start := AppendEmpty(nil)
		var set Set
		ranks := 1 + random.Intn(4)
		span := 1 + random.Intn(Registers)
		for range random.Intn(400) {
			start, _, _ = Raise(start, Place{random.Intn(span), uint8(1 + random.Intn(ranks))}, math.MaxInt)
		}
		for range random.Intn(400) {
			set[random.Intn(span)] = uint8(1 + random.Intn(ranks))
		}
		limit := []int{300, 3000, math.MaxInt}[random.Intn(3)]

		want := append([]byte(nil), start...)
		for i, rank := range set {
			if rank > 0 {
				var err error
				want, _, err = Raise(want, Place{i, rank}, limit)
				require.NoError(t, err)
			}
		}
		Invalidate(want)
		got, err := set.Into(append([]byte(nil), start...), limit)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestCount(t *testing.T) {
	text := AppendEmpty(nil)
	count, ok := Cached(text)
	require.True(t, ok)
	require.Zero(t, count)
	dense, err := Dense(AppendEmpty(nil))
	require.NoError(t, err)
	require.Len(t, dense, DenseBytes)

	next := 1
	for n := 1; n <= 100_000; n++ {
		p := PlaceOf([]byte("element:" + strconv.Itoa(n)))
		text, _, err = Raise(text, p, 3000)
		require.NoError(t, err)
		dense, _, _ = Raise(dense, p, 0)
		if n != next {
			continue
		}
		next *= 10
		a, err := Count(text)
		require.NoError(t, err)
		b, _ := Count(dense)
		var set Set
		require.NoError(t, set.Merge(text))
		require.Equal(t, a, b)
		require.Equal(t, a, set.Count())
		require.InDelta(t, n, a, max(2, 0.03*float64(n)))
	}
}

func TestValid(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		require.Equal(t, want, Valid([]byte(text)), "%q", text)
	}
	zeros := string(make([]byte, DenseBytes))
	f("", false)
	f("HYLL", false)
	f("HYLL\x01"+zeros[:10], false)
	f("HYLL\x01"+zeros[:11], true)
	f("HYLL\x00"+zeros[:11], false)
	f("HYLL\x00"+zeros[:DenseBytes-5], true)
	f("HYLL\x02"+zeros[:11], false)
	f("hyll\x01"+zeros[:11], false)
}

func TestCorrupted(t *testing.T) {
	header := string(AppendEmpty(nil)[:headerBytes])
	f := func(opcodes string) {
		t.Helper()
		text := []byte(header + opcodes)
		_, err := Count(text)
		require.ErrorIs(t, err, ErrCorrupted)
		require.ErrorIs(t, new(Set).Merge(text), ErrCorrupted)
		_, err = Dense(text)
		require.ErrorIs(t, err, ErrCorrupted)
		_, _, err = Raise([]byte(header+opcodes), Place{Registers - 1, 1}, math.MaxInt)
		if len(opcodes) < 2 {
			require.ErrorIs(t, err, ErrCorrupted)
		}
	}
	f("")
	f("\x7f")
	f("\x7f\xfe")
	f("\x7f\xff\x00")
	f("\x7f\xff\x7f\xff")
	f("\x7f\xff\x7f")
	f("\x80")
}
