package listpack

import (
	"bytes"
	"math"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// texts are elements around every limit of the format.
func texts() (all []string) {
	for _, n := range []int64{0, 1, 127, 128, -1, 4095, 4096, -4096, -4097, math.MaxInt16, math.MaxInt16 + 1,
		math.MinInt16, math.MinInt16 - 1, 1<<23 - 1, 1 << 23, -1 << 23, -1<<23 - 1, math.MaxInt32,
		math.MaxInt32 + 1, math.MinInt32, math.MinInt32 - 1, math.MaxInt64, math.MinInt64} {
		all = append(all, strconv.FormatInt(n, 10))
	}
	for _, n := range []int{0, 1, 63, 64, 125, 126, 127, 4095, 4096, 16377, 16378, 16379, 2097145, 2097146} {
		all = append(all, strings.Repeat("x", n))
	}
	return append(all, "-0", "007", "9223372036854775808", "1.5", "\xFF\x00")
}

func elements(lp []byte) (all []string) {
	for at, ok := First(lp); ok; at, ok = Next(lp, at) {
		all = append(all, string(Get(lp, at).Append(nil)))
	}
	return all
}

func TestElementsOfEverySize(t *testing.T) {
	lp := Empty()
	var want []string
	for _, text := range texts() {
		lp = Append(lp, []byte(text))
		want = append(want, text)
		at, ok := Last(lp)
		require.True(t, ok)
		e := Get(lp, at)
		require.Equal(t, text, string(e.Append(nil)))
		require.Equal(t, text, string(Text(lp, at, nil)))
		require.Equal(t, len(text), e.Len())
		require.True(t, e.Equal([]byte(text)))
		require.False(t, e.Equal([]byte(text+"?")))
		require.NoError(t, Check(lp))
	}
	require.Equal(t, want, elements(lp))
	require.Equal(t, len(want), Len(lp))

	i := len(want)
	for at, ok := Last(lp); ok; at, ok = Prev(lp, at) {
		i--
		require.True(t, Get(lp, at).Equal([]byte(want[i])))
	}
	require.Zero(t, i)
}

// TestBytes compares with bytes that Redis 7 wrote (DUMP of a list).
func TestBytes(t *testing.T) {
	lp := Empty()
	for _, text := range []string{"a", "1", "-1", "1000", "-5000", "100000", "-3000000", "10000000000"} {
		lp = Append(lp, []byte(text))
	}
	require.Equal(t, []byte("\x2a\x00\x00\x00\x08\x00\x81a\x02\x01\x01\xdf\xff\x02\xc3\xe8\x02\xf1\x78\xec\x03"+
		"\xf2\xa0\x86\x01\x04\xf2\x40\x39\xd2\x04\xf4\x00\xe4\x0b\x54\x02\x00\x00\x00\x09\xff"), lp)
}

func TestCountBeyondHeader(t *testing.T) {
	lp := Empty()
	const n = countUnknown + 10
	for i := range n {
		lp = AppendInt(lp, int64(i%100))
	}
	require.Equal(t, n, Len(lp))
	require.NoError(t, Check(lp))
	at, ok := Seek(lp, -1)
	require.True(t, ok)
	require.EqualValues(t, (n-1)%100, Get(lp, at).Int)
	_, ok = Seek(lp, n)
	require.False(t, ok)
	_, ok = Seek(lp, -n-1)
	require.False(t, ok)
	lp = Delete(lp, headerBytes, n-1)
	require.Equal(t, 1, Len(lp))
}

func TestFind(t *testing.T) {
	lp := Empty()
	for _, text := range []string{"f1", "1", "f2", "f1", "1", "f2"} {
		lp = Append(lp, []byte(text))
	}
	first, _ := First(lp)
	find := func(text string, skip int) (index int) {
		at, ok := Find(lp, first, []byte(text), skip)
		if !ok {
			return -1
		}
		for p := first; p < at; p, _ = Next(lp, p) {
			index++
		}
		return index
	}
	require.Equal(t, 3-3, find("f1", 1))
	require.Equal(t, 1, find("1", 0))
	require.Equal(t, 4, find("1", 1))
	require.Equal(t, 2, find("f2", 1))
	require.Equal(t, -1, find("01", 0))
	require.Equal(t, -1, find("f3", 0))
}

// model applies a stream of random bytes as operations to a listpack and a slice.
func model(t *testing.T, random []byte) {
	pool := slices.DeleteFunc(texts(), func(text string) bool { return len(text) > 5000 })
	lp := Empty()
	var want []string
	next := func() int {
		if len(random) == 0 {
			return 0
		}
		b := random[0]
		random = random[1:]
		return int(b)
	}
	for len(random) > 0 {
		op, text := next()%8, pool[next()%len(pool)]
		index := 0
		if len(want) > 0 {
			index = next() % len(want)
		}
		at, ok := Seek(lp, index)
		require.Equal(t, len(want) > 0, ok)
		negative, _ := Seek(lp, index-len(want))
		require.Equal(t, at, negative)
		switch {
		case op < 3 || !ok:
			lp = Append(lp, []byte(text))
			want = append(want, text)
		case op < 5:
			lp = Insert(lp, at, []byte(text))
			want = slices.Insert(want, index, text)
		case op == 5:
			lp = Replace(lp, at, []byte(text))
			want[index] = text
		default:
			count := min(next()%3+1, len(want)-index)
			lp = Delete(lp, at, count)
			want = slices.Delete(want, index, index+count)
		}
		require.Equal(t, len(want), Len(lp))
		require.NoError(t, Check(lp))
	}
	require.Equal(t, len(want), len(elements(lp)))
	if len(want) > 0 {
		require.Equal(t, want, elements(lp))
	}
}

func TestRandomOperations(t *testing.T) {
	random := make([]byte, 3000)
	for seed := range int64(20) {
		rand.New(rand.NewSource(seed)).Read(random)
		model(t, random)
	}
}

// TestCheckRefuses damages listpacks byte by byte: what Check lets pass must be
// safe to walk.
func TestCheckRefuses(t *testing.T) {
	lp := Empty()
	for _, text := range []string{"a", "12", "-4000", "70000", strings.Repeat("y", 70), "9999999999", ""} {
		lp = Append(lp, []byte(text))
	}
	for i := range lp {
		for b := range 256 {
			damaged := bytes.Clone(lp)
			damaged[i] = byte(b)
			walk(damaged)
		}
		require.Error(t, Check(lp[:i]))
	}
}

func walk(lp []byte) {
	if Check(lp) != nil {
		return
	}
	forth := len(elements(lp))
	for at, ok := Last(lp); ok; at, ok = Prev(lp, at) {
		Get(lp, at)
		forth--
	}
	if forth != 0 {
		panic("the walks differ")
	}
}

// TestEnds works at the front of a listpack that has room before it.
func TestEnds(t *testing.T) {
	block := make([]byte, 64)
	copy(block[50:], Empty())
	start := 50
	for _, text := range []string{"c", "300", "b", "1"} {
		start = PushFront(block, start, []byte(text))
		require.NoError(t, Check(block[start:57]))
	}
	require.Equal(t, []string{"1", "b", "300", "c"}, elements(block[start:57]))
	start = PopFront(block, start, 3)
	require.NoError(t, Check(block[start:57]))
	require.Equal(t, []string{"c"}, elements(block[start:57]))

	lp := PushFrontAll(bytes.Clone(block[start:57]), [][]byte{[]byte("b"), []byte("77777")})
	require.NoError(t, Check(lp))
	require.Equal(t, []string{"77777", "b", "c"}, elements(lp))
	at, index := Middle(lp)
	require.Equal(t, 1, index)
	other := AppendFrom(Append(Empty(), []byte("x")), lp, at, 2)
	require.NoError(t, Check(other))
	require.Equal(t, []string{"x", "b", "c"}, elements(other))
}

func TestMiddleIsInside(t *testing.T) {
	for _, texts := range [][]string{{"a", "b"}, {strings.Repeat("x", 1000), "b"}, {"a", strings.Repeat("x", 1000)}} {
		lp := Empty()
		for _, text := range texts {
			lp = Append(lp, []byte(text))
		}
		at, index := Middle(lp)
		require.Equal(t, 1, index)
		require.True(t, Get(lp, at).Equal([]byte(texts[1])))
	}
}

func TestRemove(t *testing.T) {
	full := Empty()
	for _, text := range []string{"a", "1", "a", "2", "a", "1", "a"} {
		full = Append(full, []byte(text))
	}
	f := func(text string, skip, limit int, want ...string) {
		t.Helper()
		m := NewMatcher([]byte(text))
		lp := Remove(bytes.Clone(full), &m, skip, limit)
		require.NoError(t, Check(lp))
		require.Equal(t, want, elements(lp))
	}
	f("a", 0, 100, "1", "2", "1")
	f("a", 0, 2, "1", "2", "a", "1", "a")
	f("a", 2, 100, "a", "1", "a", "2", "1")
	f("a", 1, 1, "a", "1", "2", "a", "1", "a")
	f("1", 0, 100, "a", "a", "2", "a", "a")
	f("01", 0, 100, elements(full)...)
	f("a", 0, 0, elements(full)...)
	m := NewMatcher([]byte("a"))
	require.Equal(t, 4, Count(full, &m))
}

func TestNoAllocation(t *testing.T) {
	lp := make([]byte, 0, 1024)
	element := []byte("some element")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		lp = AppendEmpty(lp[:0])
		lp = Append(lp, element)
		lp = InsertInt(lp, headerBytes, 12345)
		lp = Replace(lp, headerBytes, element)
		lp = Delete(lp, headerBytes, 1)
	}))
}
