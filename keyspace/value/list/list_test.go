package list

import (
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value/listpack"
)

type fixture struct {
	t      testing.TB
	arena  *arena.Arena
	epochs *dict.Epochs
	list   *List
	want   []string
}

func newFixture(t testing.TB, size int) *fixture {
	a, err := arena.New(arena.Options{ReserveBytes: 16 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	f := &fixture{t: t, arena: a, epochs: dict.NewEpochs(a)}
	f.list = New(f.epochs, LimitOf(size))
	return f
}

func contents(l *List) []string {
	all := []string{}
	for c := l.Seek(0); c.OK(); c.Next() {
		all = append(all, string(c.Element().Append(nil)))
	}
	return all
}

// check compares the list with the model and looks at its invariants.
func (f *fixture) check() {
	f.t.Helper()
	l := f.list
	require.Equal(f.t, len(f.want), l.Len())
	require.True(f.t, slices.Equal(f.want, contents(l)), "contents differ")
	require.Equal(f.t, l.blockBytes(), l.bytes)
	nodes := 0
	l.EachNode(func([]byte) bool { nodes++; return true })
	require.Equal(f.t, nodes, l.Nodes())
	for p, entry := range l.pages {
		words := l.words(entry.ref)
		require.NotEmpty(f.t, words)
		require.LessOrEqual(f.t, len(words), pageWordsMax)
		count := 0
		for _, word := range words {
			lp := l.read(wordRef(word))
			require.NoError(f.t, listpack.Check(lp))
			require.Equal(f.t, wordCount(word), listpack.Len(lp), "page %d", p)
			require.NotZero(f.t, wordCount(word))
			require.True(f.t, wordCount(word) == 1 || !l.limit.Exceeded(len(lp), wordCount(word)))
			count += wordCount(word)
		}
		require.Equal(f.t, count, entry.count)
	}
	i := l.Len()
	for c := l.Seek(i - 1); c.OK(); c.Prev() {
		i--
		require.True(f.t, c.Element().Equal([]byte(f.want[i])))
	}
	require.Zero(f.t, i)
}

// drain frees everything and expects the arena to be empty.
func (f *fixture) drain() {
	f.list.Drain(1)
	for f.list.Drain(7) {
		continue
	}
	for f.epochs.Reclaim(100) {
		continue
	}
	require.Zero(f.t, f.list.bytes)
	require.Zero(f.t, f.arena.Used())
}

// step does one operation to the list and the model. choose(n) is in [0, n).
func (f *fixture) step(choose func(n int) int) {
	l, n := f.list, len(f.want)
	element := f.element(choose)
	op := choose(14)
	if n == 0 {
		op %= 2
	}
	switch op {
	case 0, 2, 4:
		l.PushTail([]byte(element))
		f.want = append(f.want, element)
	case 1, 3, 5:
		l.PushHead([]byte(element))
		f.want = slices.Insert(f.want, 0, element)
	case 6, 7, 8:
		i := choose(n + 1)
		l.Insert(i, []byte(element))
		f.want = slices.Insert(f.want, i, element)
	case 9:
		i := choose(n)
		l.Set(i, []byte(element))
		f.want[i] = element
	case 10:
		i := choose(n)
		count := min(1+choose(5), n-i)
		l.Delete(i, count)
		f.want = slices.Delete(f.want, i, i+count)
	case 11:
		f.remove(choose)
	case 12:
		l.Delete(0, 1)
		f.want = f.want[1:]
	default:
		l.Delete(n-1, 1)
		f.want = f.want[:n-1]
	}
}

func (f *fixture) element(choose func(n int) int) string {
	switch choose(40) {
	case 0:
		return strings.Repeat("big", 1+choose(5000))
	case 1, 2, 3:
		return strings.Repeat("medium", 1+choose(150))
	case 4, 5, 6, 7, 8:
		return strconv.Itoa(choose(5) - 2)
	}
	return "element:" + strconv.Itoa(choose(200))
}

func (f *fixture) remove(choose func(n int) int) {
	element := f.want[choose(len(f.want))]
	limit, fromEnd := 1+choose(4), choose(2) == 0
	m := listpack.NewMatcher([]byte(element))
	removed := f.list.Remove(&m, limit, fromEnd)
	count := 0
	if fromEnd {
		slices.Reverse(f.want)
	}
	f.want = slices.DeleteFunc(f.want, func(s string) bool {
		if s == element && count < limit {
			count++
			return true
		}
		return false
	})
	if fromEnd {
		slices.Reverse(f.want)
	}
	require.Equal(f.t, count, removed)
}

var limits = []int{-2, -1, -5, 1, 2, 3, 50, 1000, 0, -9}

func TestRandomOperations(t *testing.T) {
	for i, limit := range limits {
		f := newFixture(t, limit)
		random := rand.New(rand.NewSource(int64(i)))
		for range 10 {
			for range 200 {
				f.step(random.Intn)
			}
			f.check()
		}
		f.drain()
	}
}

// TestUnderViews goes on with a fork while a view reads the old root.
func TestUnderViews(t *testing.T) {
	for i, limit := range limits {
		f := newFixture(t, limit)
		random := rand.New(rand.NewSource(int64(i)))
		for range 300 {
			f.step(random.Intn)
		}
		for range 6 {
			f.epochs.OpenView(nil)
			old := f.list
			want := slices.Clone(f.want)
			f.list = old.Fork().(*List)
			for range 60 {
				f.step(random.Intn)
			}
			f.trim(random.Intn)
			f.check()
			require.True(t, slices.Equal(want, contents(old)), "the view has changed")
			f.epochs.CloseView()
			f.epochs.Reclaim(random.Intn(100))
			for range 50 {
				f.step(random.Intn)
			}
			f.check()
		}
		f.drain()
	}
}

// trim keeps a part, as LTRIM does.
func (f *fixture) trim(choose func(n int) int) {
	if len(f.want) == 0 {
		return
	}
	from := choose(len(f.want))
	n := 1 + choose(len(f.want)-from)
	kept := f.list.Trim(from, n)
	if kept != f.list {
		for f.list.Drain(50) {
			continue
		}
		require.Zero(f.t, f.list.bytes)
	}
	f.list, f.want = kept, slices.Clone(f.want[from:from+n])
}

func TestTrim(t *testing.T) {
	for i, limit := range limits {
		f := newFixture(t, limit)
		random := rand.New(rand.NewSource(int64(i)))
		for range 4 {
			for len(f.want) < 5000 {
				element := "trimmed:" + strconv.Itoa(len(f.want))
				f.list.PushTail([]byte(element))
				f.want = append(f.want, element)
			}
			for len(f.want) > 100 {
				f.trim(random.Intn)
				f.check()
			}
		}
		f.drain()
	}
}

// TestManyPages makes enough nodes for several pages, by both ends and the middle.
func TestManyPages(t *testing.T) {
	f := newFixture(t, 1)
	random := rand.New(rand.NewSource(1))
	for i := range 3000 {
		element := strconv.Itoa(i)
		at := []int{0, len(f.want), random.Intn(len(f.want) + 1)}[i%3]
		f.list.Insert(at, []byte(element))
		f.want = slices.Insert(f.want, at, element)
	}
	f.check()
	require.Greater(t, len(f.list.pages), 8)
	for len(f.want) > 0 {
		at := random.Intn(len(f.want))
		n := min(1+random.Intn(10), len(f.want)-at)
		f.list.Delete(at, n)
		f.want = slices.Delete(f.want, at, at+n)
	}
	f.check()
	f.drain()
}

func TestClone(t *testing.T) {
	f := newFixture(t, -1)
	random := rand.New(rand.NewSource(1))
	for range 1000 {
		f.step(random.Intn)
	}
	clone := f.list.Clone().(*List)
	original := f.list
	f.list = clone
	f.check()
	for original.Drain(100) {
		continue
	}
	f.check()
	f.drain()
}

// TestQueueKeepsItsNodes lets a queue run without allocating on the Go heap, and
// with no more memory than it needs.
func TestQueueKeepsItsNodes(t *testing.T) {
	f := newFixture(t, -2)
	element := []byte("fourteen bytes")
	for range 100000 {
		f.list.PushTail(element)
	}
	require.Less(t, f.arena.Used(), int64(100000*17))
	require.Zero(t, testing.AllocsPerRun(50000, func() {
		f.list.PushHead(element)
		f.list.Delete(f.list.Len()-1, 1)
	}))
	require.Zero(t, testing.AllocsPerRun(50000, func() {
		f.list.PushTail(element)
		f.list.Delete(0, 1)
	}))
	require.Less(t, f.arena.Used(), int64(100000*17))
	f.list.Drain(1000000)
	f.drain()
}

func TestAppendNode(t *testing.T) {
	f := newFixture(t, -2)
	huge := listpack.Empty()
	for i := range 40000 {
		huge = listpack.AppendInt(huge, int64(i))
		f.want = append(f.want, strconv.Itoa(i))
	}
	f.list.AppendNode(huge)
	f.list.AppendNode(listpack.Empty())
	f.list.AppendNode(listpack.Append(listpack.Empty(), []byte(strings.Repeat("x", 1<<20))))
	f.want = append(f.want, strings.Repeat("x", 1<<20))
	f.list.AppendNode(listpack.Append(listpack.Empty(), []byte("last")))
	f.want = append(f.want, "last")
	f.check()
	f.drain()
}
