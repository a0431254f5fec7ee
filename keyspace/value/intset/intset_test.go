package intset

import (
	"math"
	"math/rand"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// model is the naive counterpart: a sorted slice.
type model []int64

func (m *model) add(n int64) bool {
	at, found := slices.BinarySearch(*m, n)
	if !found {
		*m = slices.Insert(*m, at, n)
	}
	return !found
}

func (m *model) remove(n int64) bool {
	at, found := slices.BinarySearch(*m, n)
	if found {
		*m = slices.Delete(*m, at, at+1)
	}
	return found
}

func (m model) check(t *testing.T, set []byte) {
	t.Helper()
	require.NoError(t, Check(set))
	require.Equal(t, len(m), Len(set))
	for i, n := range m {
		require.Equal(t, n, Get(set, i))
		at, ok := Find(set, n)
		require.True(t, ok)
		require.Equal(t, i, at)
	}
}

func TestBytesAreRedis(t *testing.T) {
	set := Empty()
	f := func(n int64, want ...byte) {
		t.Helper()
		set, _ = Add(set, n)
		require.Equal(t, want, set)
	}
	require.Equal(t, []byte{2, 0, 0, 0, 0, 0, 0, 0}, set)
	f(5, 2, 0, 0, 0, 1, 0, 0, 0, 5, 0)
	f(-1, 2, 0, 0, 0, 2, 0, 0, 0, 0xff, 0xff, 5, 0)
	f(0x10000, 4, 0, 0, 0, 3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 5, 0, 0, 0, 0, 0, 1, 0)
	set, _ = Remove(set, 0x10000) // the width stays
	require.Equal(t, []byte{4, 0, 0, 0, 2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 5, 0, 0, 0}, set)
}

func TestAgainstModel(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for round := range 60 {
		set, m := Empty(), model{}
		shift := []int{56, 48, 32, 8, 0}[round%5]
		for range 400 {
			n := int64(random.Uint64()) >> shift
			if round%2 == 0 {
				n %= 50
			}
			if random.Intn(3) > 0 {
				var added bool
				set, added = Add(set, n)
				require.Equal(t, m.add(n), added)
			} else {
				var removed bool
				set, removed = Remove(set, n)
				require.Equal(t, m.remove(n), removed)
			}
		}
		m.check(t, set)
	}
}

func TestExtremes(t *testing.T) {
	set, m := Empty(), model{}
	for _, n := range []int64{0, math.MaxInt16, math.MinInt16, math.MaxInt16 + 1, math.MinInt16 - 1, math.MaxInt32,
		math.MinInt32, math.MaxInt32 + 1, math.MinInt32 - 1, math.MaxInt64, math.MinInt64} {
		set, _ = Add(set, n)
		m.add(n)
		m.check(t, set)
	}
}

func TestSpareCapacityIsUsed(t *testing.T) {
	buffer := AppendEmpty(make([]byte, 0, 1024))
	set := buffer
	for n := range int64(50) {
		set, _ = Add(set, n<<20)
	}
	require.Same(t, &buffer[0], &set[0])
}

func TestCheckRefuses(t *testing.T) {
	f := func(b ...byte) {
		t.Helper()
		require.Error(t, Check(b), "%v", b)
	}
	f()
	f(2, 0, 0, 0, 0, 0, 0)
	f(3, 0, 0, 0, 0, 0, 0, 0)
	f(2, 1, 0, 0, 0, 0, 0, 0)
	f(2, 0, 0, 0, 0, 0, 0, 0, 1)
	f(2, 0, 0, 0, 1, 0, 0, 0, 1)
	f(2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0)
	f(2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 1, 0)
	f(8, 0, 0, 0, 0, 0, 0, 0x80)
}
