package set

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
)

// fixture is a set with its model, and under a view also what the view must show.
type fixture struct {
	t      testing.TB
	arena  *arena.Arena
	epochs *dict.Epochs
	set    *Set
	model  map[string]bool

	view       *dict.View
	frozen     *Set
	frozenGold map[string]bool
}

func newFixture(t testing.TB) *fixture {
	a, err := arena.New(arena.Options{ReserveBytes: 1 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	epochs := dict.NewEpochs(a)
	return &fixture{t: t, arena: a, epochs: epochs, set: New(epochs), model: map[string]bool{}}
}

func (f *fixture) add(member string) {
	added := f.set.Add([]byte(member))
	require.Equal(f.t, !f.model[member], added, "%q", member)
	f.model[member] = true
}

func (f *fixture) remove(member string) {
	removed := f.set.Remove([]byte(member))
	require.Equal(f.t, f.model[member], removed, "%q", member)
	delete(f.model, member)
}

func (f *fixture) open() {
	f.view = f.epochs.OpenView(nil)
	f.frozen, f.frozenGold = f.set, map[string]bool{}
	for member := range f.model {
		f.frozenGold[member] = true
	}
	f.set = f.set.Fork().(*Set)
}

func (f *fixture) close() {
	requireSame(f.t, f.frozenGold, f.frozen)
	f.epochs.CloseView()
	f.view, f.frozen = nil, nil
	for f.epochs.Reclaim(100) {
		continue
	}
}

func requireSame(t testing.TB, want map[string]bool, s *Set) {
	t.Helper()
	require.Equal(t, len(want), s.Len())
	seen := 0
	s.Each(func(member []byte) bool {
		seen++
		require.True(t, want[string(member)], "%q", member)
		return true
	})
	require.Equal(t, len(want), seen)
}

func (f *fixture) check() {
	f.t.Helper()
	requireSame(f.t, f.model, f.set)
	if f.view == nil {
		directory := f.set.table.DirectoryBytes()
		require.Equal(f.t, f.arena.Used()+directory, f.set.Bytes(), "the account is exact")
	}
}

func (f *fixture) finish() {
	if f.view != nil {
		f.close()
	}
	f.check()
	for f.set.Drain(50) {
		continue
	}
	for f.epochs.Reclaim(100) {
		continue
	}
	require.Zero(f.t, f.arena.Used(), "every block comes back")
}

func TestAgainstModel(t *testing.T) {
	for _, members := range []int{5, 300, 20000} {
		t.Run(fmt.Sprint(members), func(t *testing.T) {
			f := newFixture(t)
			random := rand.New(rand.NewSource(int64(members)))
			for range 12 {
				removes := []int{10, 50, 95}[random.Intn(3)]
				for range 3000 {
					member := fmt.Sprintf("m:%d", random.Intn(members))
					if random.Intn(100) < removes {
						f.remove(member)
					} else {
						f.add(member)
					}
				}
				f.check()
				if f.view != nil {
					f.close()
				} else if random.Intn(2) == 0 {
					f.open()
				}
			}
			f.finish()
		})
	}
}

func TestMembersOfAllLengths(t *testing.T) {
	f := newFixture(t)
	for _, n := range []int{0, 1, 14, 15, 254, 255, 256, 257, 70000} {
		f.add(strings.Repeat("x", n))
		f.check()
	}
	for _, n := range []int{0, 255, 256, 70000} {
		require.True(t, f.set.Has([]byte(strings.Repeat("x", n))))
		f.remove(strings.Repeat("x", n))
		f.check()
	}
	f.finish()
}

func TestCloneSharesNothing(t *testing.T) {
	f := newFixture(t)
	for i := range 1000 {
		f.add(fmt.Sprint(i))
	}
	clone := f.set.Clone().(*Set)
	require.Equal(t, f.arena.Used(), f.set.Bytes()-f.set.table.DirectoryBytes()+clone.Bytes()-clone.table.DirectoryBytes())
	gold := map[string]bool{}
	for member := range f.model {
		gold[member] = true
	}
	for i := range 900 {
		f.remove(fmt.Sprint(i))
	}
	requireSame(t, gold, clone)
	for clone.Drain(10) {
		continue
	}
	f.finish()
}

func TestScanWhileItChanges(t *testing.T) {
	f := newFixture(t)
	for i := range 3000 {
		f.add(fmt.Sprint("stays:", i))
	}
	seen := map[string]int{}
	cursor, step := uint64(0), 0
	for {
		cursor = f.set.Scan(cursor, func(member []byte) { seen[string(member)]++ })
		if cursor == 0 {
			break
		}
		for range 20 {
			if step < 8000 {
				f.add(fmt.Sprint("goes:", step))
			} else if step < 16000 {
				f.remove(fmt.Sprint("goes:", step-8000))
			}
			step++
		}
	}
	for i := range 3000 {
		require.Equal(t, 1, seen[fmt.Sprint("stays:", i)])
	}
	f.finish()
}

func TestRandomIsAboutFair(t *testing.T) {
	f := newFixture(t)
	const members, picks = 1000, 200000
	for i := range members {
		f.add(fmt.Sprint(i))
	}
	random := rand.New(rand.NewSource(1))
	counts := map[string]int{}
	for range picks {
		counts[string(f.set.Random(random.Uint64))]++
	}
	require.Len(t, counts, members)
	for member, n := range counts {
		require.InDelta(t, picks/members, n, picks/members*2/3, member)
	}
	f.finish()
}

func TestDoesNotAllocate(t *testing.T) {
	f := newFixture(t)
	for i := range 2000 {
		f.add(fmt.Sprint(i))
	}
	random := rand.New(rand.NewSource(1))
	member := []byte("a new member of the set")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		f.set.Add(member)
		f.set.Add(member)
		f.set.Has(member)
		f.set.Random(random.Uint64)
		f.set.Remove(member)
	}))
	f.finish()
}

// BenchmarkMemory reports what a member of 14 bytes costs.
func BenchmarkMemory(b *testing.B) {
	f := newFixture(b)
	for b.Loop() {
		for i := range 100000 {
			f.set.Add(fmt.Appendf(nil, "member:%07d", i))
		}
	}
	b.ReportMetric(float64(f.set.Bytes())/float64(f.set.Len()), "bytes/member")
}
