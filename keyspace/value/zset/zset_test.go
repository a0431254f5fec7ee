package zset

import (
	"bytes"
	"fmt"
	"math"
	"math/rand"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value/listpack"
)

// element of the naive model, which is a sorted slice.
type pair struct {
	member string
	score  float64
}

func (p pair) compare(q pair) int {
	switch {
	case p.score < q.score:
		return -1
	case p.score > q.score:
		return 1
	}
	return bytes.Compare([]byte(p.member), []byte(q.member))
}

type model []pair

func (m *model) set(member string, score float64) {
	m.delete(member)
	at, _ := slices.BinarySearchFunc(*m, pair{member, score}, pair.compare)
	*m = slices.Insert(*m, at, pair{member, score})
}

func (m *model) index(member string) int {
	return slices.IndexFunc(*m, func(p pair) bool { return p.member == member })
}

func (m *model) delete(member string) bool {
	at := m.index(member)
	if at >= 0 {
		*m = slices.Delete(*m, at, at+1)
	}
	return at >= 0
}

type fixture struct {
	t      testing.TB
	arena  *arena.Arena
	epochs *dict.Epochs
	used   int64
	set    *ZSet
	model  model

	open   bool
	frozen *ZSet
	saw    model
}

func newFixture(t testing.TB) *fixture {
	a, err := arena.New(arena.Options{ReserveBytes: 64 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	f := &fixture{t: t, arena: a, epochs: dict.NewEpochs(a)}
	f.set = New(f.epochs)
	return f
}

func (f *fixture) openView() {
	f.epochs.OpenView(nil)
	f.open, f.frozen, f.saw = true, f.set, slices.Clone(f.model)
	f.set = f.set.Fork().(*ZSet)
}

func (f *fixture) closeView() {
	requireSame(f.t, f.saw, f.frozen)
	f.epochs.CloseView()
	f.open = false
	for f.epochs.Reclaim(100) {
		continue
	}
}

// finish drains the set, in slices, and checks that nothing is left.
func (f *fixture) finish() {
	if f.open {
		f.closeView()
	}
	f.check()
	for f.set.Drain(37) {
		continue
	}
	require.Zero(f.t, f.arena.Used())
	require.Zero(f.t, f.set.Bytes())
}

func (f *fixture) check() {
	f.t.Helper()
	requireSame(f.t, f.model, f.set)
	if f.set.tree.root.node != 0 {
		checkTree(f.t, &f.set.tree, f.set.tree.root, f.set.tree.level)
	}
	if !f.open {
		require.Equal(f.t, f.arena.Used()+f.set.table.DirectoryBytes(), f.set.Bytes())
	}
}

func requireSame(t testing.TB, want model, z *ZSet) {
	t.Helper()
	require.Equal(t, len(want), z.Len())
	got := make(model, 0, len(want))
	z.Each(func(member []byte, score float64) bool {
		got = append(got, pair{string(member), score})
		return true
	})
	require.Equal(t, len(want), len(got))
	for i := range want {
		require.Equal(t, want[i], got[i])
		if i%7 == 0 {
			p, ok := z.Find([]byte(want[i].member))
			require.True(t, ok)
			require.Equal(t, want[i].score, p.Score)
		}
	}
}

// checkTree compares what inner nodes know of their children with the children.
func checkTree(t testing.TB, tr *tree, c child, level int) {
	h := tr.header(c.node)
	require.Equal(t, level, int(h.level))
	require.NotZero(t, h.n)
	d := tr.describe(c.node)
	require.Equal(t, d, c)
	if level == 0 {
		require.LessOrEqual(t, h.n, uint16(h.room))
		return
	}
	n := tr.inner(c.node)
	for i := range int(n.n) {
		checkTree(t, tr, n.child(i), level-1)
	}
}

func (f *fixture) put(member string, score float64) {
	f.set.Set([]byte(member), score)
	f.model.set(member, score)
}

func (f *fixture) drop(member string) {
	require.Equal(f.t, f.model.delete(member), f.set.Delete([]byte(member)))
}

var oddScores = []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), 0.1, -0.1, 127, 128, -128, -129,
	32767, 32768, 1 << 31, -1 << 31, 1<<31 - 1, 1 << 40, -1 << 40, 1<<47 - 1, 1 << 47, -1 << 47, 1e300, 5e-324, 1e19}

func randomScore(r *rand.Rand) float64 {
	switch r.Intn(6) {
	case 0:
		return oddScores[2+r.Intn(len(oddScores)-2)]
	case 1:
		return r.NormFloat64()
	case 2:
		return 7
	default:
		return float64(r.Intn(2000) - 1000)
	}
}

func TestAgainstModel(t *testing.T) {
	for seed := range int64(8) {
		t.Run(strconv.Itoa(int(seed)), func(t *testing.T) {
			r := rand.New(rand.NewSource(seed))
			f := newFixture(t)
			members := []int{30, 400, 3000, 3000}[seed%4]
			for round := range 6000 {
				member := fmt.Sprintf("member:%d", r.Intn(members))
				switch n := r.Intn(100); {
				case n < 55:
					f.put(member, randomScore(r))
				case n < 80 || n < 99 && round > 4500:
					f.drop(member)
				case n == 99 && round%3 == 0:
					if f.open {
						f.closeView()
					} else {
						f.openView()
					}
				case n == 98 && len(f.model) > 0:
					from := r.Intn(len(f.model))
					to := min(len(f.model), from+r.Intn(60))
					f.set.RemoveRanks(from, to)
					f.model = slices.Delete(f.model, from, to)
				}
				if round%500 == 0 {
					f.check()
				}
				if round%20 == 0 {
					f.ask(r)
				}
			}
			f.finish()
		})
	}
}

// ask compares what a Reader says with the model.
func (f *fixture) ask(r *rand.Rand) {
	checkReader(f.t, r, f.model, Large(f.set))
}

func checkReader(t testing.TB, r *rand.Rand, m model, got Reader) {
	require.Equal(t, len(m), got.Len())
	if len(m) > 0 {
		i := r.Intn(len(m))
		rank, score, ok := got.Rank([]byte(m[i].member))
		require.True(t, ok)
		require.Equal(t, pair{m[i].member, score}, m[i])
		require.Equal(t, i, rank)
		var number [24]byte
		member, score := got.At(i, &number)
		require.Equal(t, m[i], pair{string(member), score})
	}
	s := ScoreRange{Min: randomScore(r), Max: randomScore(r), MinOpen: r.Intn(2) == 0, MaxOpen: r.Intn(2) == 0}
	var want, back []pair
	for _, p := range m {
		if (p.score > s.Min || p.score == s.Min && !s.MinOpen) && (p.score < s.Max || p.score == s.Max && !s.MaxOpen) {
			want = append(want, p)
		}
	}
	from, to := got.SpanOfScores(s)
	require.Equal(t, len(want), to-from, "%+v", s)
	var have []pair
	got.Each(from, to, func(member []byte, score float64) bool {
		have = append(have, pair{string(member), score})
		return true
	})
	require.Equal(t, want, have)
	got.EachReverse(from, to, func(member []byte, score float64) bool {
		back = append(back, pair{string(member), score})
		return true
	})
	slices.Reverse(back)
	require.Equal(t, want, back)
}

func TestMembersInOrder(t *testing.T) {
	const n = 20000
	name := func(i int) string { return fmt.Sprintf("%06d", i) }
	f := newFixture(t)
	for i := range n {
		f.set.Set([]byte(name(i)), 5) // equal scores: the member decides
	}
	low := newFixture(t)
	for i := n - 1; i >= 0; i-- {
		low.set.Set([]byte(name(i)), float64(i))
	}
	for _, z := range []*ZSet{f.set, low.set} {
		require.Less(t, float64(z.tree.bytes)/n, 5.9, "leaves are full")
		i := 0
		z.Each(func(member []byte, _ float64) bool {
			require.Equal(t, name(i), string(member))
			i++
			return true
		})
		require.Equal(t, n, i)
	}

	r := Large(f.set)
	from, to := r.SpanOfMembers(LexRange{LexEnd{Member: []byte("000010")}, LexEnd{Member: []byte("000020"), Open: true}})
	require.Equal(t, []int{10, 20}, []int{from, to})
	from, to = r.SpanOfMembers(LexRange{LexEnd{Member: []byte("000010"), Open: true}, LexEnd{Infinite: 1}})
	require.Equal(t, []int{11, n}, []int{from, to})
	from, to = r.SpanOfMembers(LexRange{LexEnd{Infinite: -1}, LexEnd{Member: []byte("0000100")}})
	require.Equal(t, []int{0, 11}, []int{from, to})
	from, to = r.SpanOfMembers(LexRange{LexEnd{Infinite: 1}, LexEnd{Infinite: -1}})
	require.Equal(t, 0, to-from)
}

func TestCloneSharesNothing(t *testing.T) {
	f := newFixture(t)
	r := rand.New(rand.NewSource(3))
	for range 3000 {
		f.put(strconv.Itoa(r.Intn(5000)), randomScore(r))
	}
	before := f.arena.Used()
	clone := f.set.Clone().(*ZSet)
	requireSame(t, f.model, clone)
	for _, p := range slices.Clone(f.model[:1000]) {
		clone.Delete([]byte(p.member))
	}
	requireSame(t, f.model, f.set)
	for clone.Drain(100) {
		continue
	}
	require.Equal(t, before, f.arena.Used())
	f.finish()
}

func TestDrainUnderAView(t *testing.T) {
	f := newFixture(t)
	for i := range 5000 {
		f.put(strconv.Itoa(i), float64(i%77))
	}
	f.openView()
	for i := range 1000 {
		f.put(strconv.Itoa(i*3), 0.5)
	}
	for f.set.Drain(50) {
		continue
	}
	f.set, f.model = New(f.epochs), nil
	f.closeView()
	f.finish()
}

func TestScanVisitsAll(t *testing.T) {
	f := newFixture(t)
	for i := range 1000 {
		f.put(strconv.Itoa(i), float64(i))
	}
	seen := map[string]bool{}
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		cursor = f.set.Scan(cursor, func(member []byte, score float64) {
			require.Equal(t, string(member), strconv.Itoa(int(score)))
			seen[string(member)] = true
		})
	}
	require.Len(t, seen, 1000)
}

func TestScoresOfEntries(t *testing.T) {
	f := newFixture(t)
	for _, score := range oddScores {
		f.set.Set([]byte("x"), 1)
		f.set.Delete([]byte("x"))
		f.set.Set([]byte("x"), score)
		p, _ := f.set.Find([]byte("x"))
		require.Equal(t, math.Float64bits(score), math.Float64bits(p.Score), "%v", score)
	}
}

func TestPackedAgainstModel(t *testing.T) {
	for seed := range int64(6) {
		r := rand.New(rand.NewSource(seed))
		var m model
		packed := listpack.Empty()
		for range 2000 {
			member := strconv.Itoa(r.Intn(60))
			if r.Intn(2) == 0 {
				member = "m" + member
			}
			at, _, old, found := PackedFind(packed, []byte(member))
			require.Equal(t, m.index(member) >= 0, found)
			score := randomScore(r)
			switch {
			case found && r.Intn(3) == 0:
				packed = PackedDelete(packed, at)
				m.delete(member)
			case found:
				require.Equal(t, m[m.index(member)].score, old)
				packed = PackedUpdate(packed, at, []byte(member), score)
				m.set(member, score)
			default:
				packed = PackedInsert(packed, []byte(member), score)
				m.set(member, score)
			}
			if r.Intn(50) == 0 && len(m) > 0 {
				from := r.Intn(len(m))
				to := from + r.Intn(min(10, len(m)-from))
				packed = PackedDeleteRanks(packed, from, to)
				m = slices.Delete(m, from, to)
			}
			require.NoError(t, listpack.Check(packed))
			checkReader(t, r, m, Packed(packed))
		}
	}
}

func TestPackedScoreTexts(t *testing.T) {
	for _, c := range []struct {
		score float64
		text  string
	}{
		{0.1, "0.1"}, {1e-7, "1e-7"}, {1.5e300, "1.5e+300"}, {math.Inf(1), "inf"}, {math.Inf(-1), "-inf"},
		{math.Copysign(0, -1), "0"}, {-2.5, "-2.5"}, {1e19, "1e+19"}, {0.000123, "0.000123"}, {3, "3"},
		{-17179869184, "-17179869184"}, {1.7976931348623157e308, "1.7976931348623157e+308"},
		{0.00012345678, "1.2345678e-4"}, {123456.7891234, "1.234567891234e+5"},
	} {
		packed := PackedInsert(listpack.Empty(), []byte("m"), c.score)
		at, _ := listpack.Seek(packed, 1)
		e := listpack.Get(packed, at)
		require.Equal(t, c.text, string(e.Append(nil)))
		got, _ := PackedScore(packed, []byte("m"))
		require.Equal(t, c.score, got)
	}
}

func TestConversions(t *testing.T) {
	f := newFixture(t)
	for i := range 100 {
		f.put(fmt.Sprintf("m%d", i), float64(i%10)/4)
	}
	packed := PackedFrom(nil, f.set)
	require.NoError(t, listpack.Check(packed))
	z := New(f.epochs)
	z.FromPacked(packed)
	requireSame(t, f.model, z)
}
