package hash

import (
	"fmt"
	"maps"
	"math/rand"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
)

// content is what a field holds in the model.
type content struct {
	text string
	at   int64
}

// fixture is a hash beside a model of it.
type fixture struct {
	t      testing.TB
	arena  *arena.Arena
	epochs *dict.Epochs
	view   View
	model  map[string]content
	random *rand.Rand
}

func newFixture(t testing.TB, large bool, seed int64) *fixture {
	a, err := arena.New(arena.Options{ReserveBytes: 16 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	f := &fixture{t: t, arena: a, epochs: dict.NewEpochs(a), model: map[string]content{},
		random: rand.New(rand.NewSource(seed))}
	f.view = OfPacked(value.HashPacked, listpack.Empty())
	if large {
		f.view = OfLarge(NewLarge(f.epochs))
	}
	return f
}

func (f *fixture) set(field string, c content) {
	p, ok := f.view.Find([]byte(field))
	_, want := f.model[field]
	require.Equal(f.t, want, ok)
	if !ok {
		f.view.Insert([]byte(field), []byte(c.text), c.at)
	} else {
		if c.at != 0 && f.view.Kind() == value.HashPacked {
			f.view.Widen()
			p, _ = f.view.Find([]byte(field))
		}
		f.view.Set(p, []byte(c.text), c.at)
	}
	f.model[field] = c
}

func (f *fixture) expireAt(field string, at int64) {
	p, ok := f.view.Find([]byte(field))
	if !ok {
		return
	}
	if f.view.Kind() == value.HashPacked {
		f.view.Widen()
		p, _ = f.view.Find([]byte(field))
	}
	f.view.SetExpireAt(p, at)
	f.model[field] = content{f.model[field].text, at}
}

func (f *fixture) delete(field string) {
	p, ok := f.view.Find([]byte(field))
	_, want := f.model[field]
	require.Equal(f.t, want, ok)
	if ok {
		f.view.Delete(p)
		delete(f.model, field)
	}
}

func (f *fixture) expire(now int64, budget int) {
	n := f.view.Expire(now, budget, func(field []byte) {
		c, ok := f.model[string(field)]
		require.True(f.t, ok && c.at != 0 && c.at < now, "%q expires at %d", field, c.at)
		delete(f.model, string(field))
	})
	if n < budget {
		for field, c := range f.model {
			require.False(f.t, c.at != 0 && c.at < now, "%q should have gone", field)
		}
	}
}

// step does something at random, chosen by three numbers.
func (f *fixture) step(what, which, how int) {
	field := fmt.Sprint("field:", which)
	if which%3 == 0 {
		field = fmt.Sprint(which)
	}
	text := fmt.Sprint(how * 37)
	if how%5 == 0 {
		text = strings.Repeat("x", how%300)
	}
	at := int64(1000 + how%50)
	switch what % 16 {
	case 0, 1, 2, 3, 4, 5:
		f.set(field, content{text, 0})
	case 6, 7, 8:
		f.set(field, content{text, at})
	case 9, 10:
		f.expireAt(field, at)
	case 11:
		f.expireAt(field, 0)
	case 12, 13, 14:
		f.delete(field)
	case 15:
		f.expire(at, how%7)
	}
}

func contents(v *View) map[string]content {
	all := map[string]content{}
	v.Each(func(p Place) bool {
		field := string(v.Field(p).Append(nil))
		if _, twice := all[field]; twice {
			panic("field twice: " + field)
		}
		all[field] = content{string(v.Value(p).Append(nil)), v.ExpireAt(p)}
		return true
	})
	return all
}

func (f *fixture) check() {
	f.t.Helper()
	require.Equal(f.t, f.model, contents(&f.view))
	require.Equal(f.t, len(f.model), f.view.Len())
	least := int64(0)
	for field, c := range f.model {
		if c.at != 0 && (least == 0 || c.at < least) {
			least = c.at
		}
		p, ok := f.view.Find([]byte(field))
		require.True(f.t, ok)
		require.Equal(f.t, c, content{string(f.view.Value(p).Append(nil)), f.view.ExpireAt(p)})
	}
	require.Equal(f.t, least, f.view.Least())
	if h := f.view.Large(); h != nil {
		require.Equal(f.t, least, h.Earliest())
	}
	if h := f.view.Large(); h == nil {
		require.NoError(f.t, listpack.Check(f.view.Packed()))
		f.checkOrder()
	} else if !f.epochs.Open() && f.epochs.Deferred() == 0 {
		require.Equal(f.t, f.arena.Used(), h.Bytes()-h.fields.DirectoryBytes())
	}
}

// checkOrder looks at the order of packed rows with expiries.
func (f *fixture) checkOrder() {
	last := int64(0)
	stays := false
	f.view.Each(func(p Place) bool {
		at := f.view.ExpireAt(p)
		require.False(f.t, at != 0 && (stays || at < last), "%d after %d", at, last)
		last, stays = at, at == 0
		return true
	})
}

func (f *fixture) drain() {
	f.t.Helper()
	if h := f.view.Large(); h != nil {
		for h.Drain(100) {
			continue
		}
	}
	for f.epochs.Reclaim(1000) {
		continue
	}
	require.Zero(f.t, f.arena.Used())
}

func TestAgainstModel(t *testing.T) {
	for _, large := range []bool{false, true} {
		for _, fields := range []int{5, 40, 3000} {
			if !large && fields > 100 {
				continue
			}
			t.Run(fmt.Sprint(large, fields), func(t *testing.T) {
				f := newFixture(t, large, int64(fields))
				for i := range 20000 {
					f.step(f.random.Intn(16), f.random.Intn(fields), f.random.Intn(1000))
					if i%500 == 0 || !large && i%20 == 0 {
						f.check()
					}
				}
				f.drain()
			})
		}
	}
}

// What a view can reach stays as it was, whatever becomes of the fork.
func TestForkUnderView(t *testing.T) {
	for _, fields := range []int{10, 2000} {
		f := newFixture(t, true, int64(fields))
		for round := range 6 {
			for range 3000 {
				f.step(f.random.Intn(15), f.random.Intn(fields), f.random.Intn(1000))
			}
			f.check()
			f.epochs.OpenView(nil)
			frozen, was := f.view, maps.Clone(f.model)
			f.view = OfLarge(frozen.Large().Fork().(*Large))
			for range 3000 {
				f.step(f.random.Intn(16), f.random.Intn(fields), f.random.Intn(1000))
			}
			f.check()
			if round == 3 {
				clone := f.view.Large().Clone().(*Large)
				view := OfLarge(clone)
				require.Equal(t, f.model, contents(&view))
				require.Equal(t, f.view.Least(), view.Least())
				for clone.Drain(10) {
					continue
				}
			}
			require.Equal(t, was, contents(&frozen))
			f.epochs.CloseView()
			for f.epochs.Reclaim(100) {
				continue
			}
			f.check()
		}
		f.drain()
	}
}

func TestAgenda(t *testing.T) {
	f := newFixture(t, true, 1)
	for _, n := range []int{1, 40, 5000} {
		for _, grows := range []bool{false, true} {
			g := &agenda{arena: f.arena}
			var all []appointment
			for i := range n {
				a := appointment{int64(f.random.Intn(n)), f.random.Uint64()}
				if grows {
					a.at = int64(i / 3)
				}
				all = append(all, a)
				g.file(a)
				g.file(a)
			}
			if n == 5000 && grows {
				t.Logf("%.1f bytes an item", float64(g.bytes)/float64(n))
			}
			f.random.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
			for _, a := range all[:n/2] {
				g.drop(a)
				g.drop(a)
			}
			all = all[n/2:]
			sort.Slice(all, func(i, j int) bool { return all[i].less(all[j]) })
			for i, a := range all {
				first, ok := g.least()
				require.True(t, ok)
				require.Equal(t, a, first)
				if i == len(all)/2 && n > 100 {
					break
				}
				g.drop(a)
			}
			for g.drain(50) {
				continue
			}
			require.Zero(t, g.bytes)
		}
	}
	f.drain()
}

func TestEnlarge(t *testing.T) {
	f := newFixture(t, false, 1)
	for range 300 {
		f.step(f.random.Intn(15), f.random.Intn(60), f.random.Intn(1000))
	}
	f.view.Enlarge(f.epochs, 1)
	require.Equal(t, value.Hash, f.view.Kind())
	f.check()
	f.drain()
}

func TestScanAndRandomReachEverything(t *testing.T) {
	for _, large := range []bool{false, true} {
		f := newFixture(t, large, 1)
		for i := range 100 {
			f.set(fmt.Sprint(i), content{"v", int64(i % 2)})
		}
		seen, scanned := map[string]bool{}, map[string]int{}
		for range 5000 {
			seen[string(f.view.Field(f.view.Random(f.random.Uint64)).Append(nil))] = true
		}
		require.Len(t, seen, 100)
		for cursor, more := uint64(0), true; more; more = cursor != 0 {
			cursor = f.view.Scan(cursor, func(p Place) { scanned[string(f.view.Field(p).Append(nil))]++ })
		}
		require.Len(t, scanned, 100)
		for field, n := range scanned {
			require.Equal(t, 1, n, field)
		}
		f.drain()
	}
}

// Times that are set again and again, each later than the last, do not leave many
// sparse leaves behind.
func TestAgendaStaysDense(t *testing.T) {
	f := newFixture(t, true, 1)
	g := &agenda{arena: f.arena}
	const fields = 20_000
	times := make([]int64, fields)
	for i := range 5 * fields {
		field := f.random.Intn(fields)
		if times[field] != 0 {
			g.drop(appointment{times[field], uint64(field)})
		}
		times[field] = int64(i + 1)
		g.file(appointment{times[field], uint64(field)})
	}
	per := float64(g.bytes) / fields
	t.Logf("%.1f bytes an item", per)
	require.Less(t, per, 34.0)
	for g.drain(1000) {
		continue
	}
	f.drain()
}

// The aim is 45 bytes for a field and a value of 13 bytes each.
func TestFootprint(t *testing.T) {
	f := newFixture(t, true, 1)
	h := f.view.Large()
	worst, at := 0.0, 0
	for i := range 300_000 {
		h.Insert(fmt.Appendf(nil, "field:%07d", i), fmt.Appendf(nil, "value:%07d", i), 0)
		if i > 10_000 && i%5000 == 0 {
			if per := float64(h.Bytes()) / float64(h.Len()); per > worst {
				worst, at = per, i
			}
		}
	}
	per := float64(h.Bytes()) / float64(h.Len())
	t.Logf("%.1f bytes a field, at worst %.1f at %d", per, worst, at)
	require.Less(t, per, 45.0)
	f.drain()
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	f := newFixture(t, true, 1)
	for i := range 5000 {
		f.set(fmt.Sprint(i), content{"value", int64(i%2) * 1000})
	}
	field, other := []byte("77"), []byte("new")
	text := []byte("valuf")
	v := &f.view
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		p, _ := v.Find(field)
		v.Set(p, text, 2000)
		p, _ = v.Find(field)
		v.SetExpireAt(p, 3000)
		v.Insert(other, text, 5)
		v.Expire(6, 10, func([]byte) {})
		v.Insert(other, text, 0)
		p, _ = v.Find(other)
		v.Delete(p)
	}))
}

func FuzzView(f *testing.F) {
	f.Add([]byte{0, 1, 2, 6, 1, 3, 9, 2, 4, 12, 1, 1, 15, 0, 60}, false)
	f.Add([]byte{6, 1, 2, 6, 2, 3, 6, 3, 4, 11, 1, 1, 15, 0, 60}, true)
	f.Fuzz(func(t *testing.T, operations []byte, large bool) {
		x := newFixture(t, large, 1)
		var frozen View
		var was map[string]content
		for i := 0; i+2 < len(operations) && i < 600; i += 3 {
			if large && operations[i]%64 == 63 {
				if x.epochs.Open() {
					require.Equal(t, was, contents(&frozen))
					x.epochs.CloseView()
				} else {
					x.epochs.OpenView(nil)
					frozen, was = x.view, maps.Clone(x.model)
					x.view = OfLarge(frozen.Large().Fork().(*Large))
				}
			}
			x.step(int(operations[i]), int(operations[i+1])%40, int(operations[i+2])*4)
			x.check()
		}
		if x.epochs.Open() {
			require.Equal(t, was, contents(&frozen))
			x.epochs.CloseView()
		}
		x.drain()
	})
}
