package dict

import (
	"encoding/binary"
	"fmt"
	"math/rand"
	"sort"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/arena"
)

type fixture struct {
	t      testing.TB
	arena  *arena.Arena
	epochs *Epochs
	table  *Table
}

func newFixture(t testing.TB) *fixture {
	a, err := arena.New(arena.Options{ReserveBytes: 64 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	f := &fixture{t: t, arena: a, epochs: NewEpochs(a)}
	f.table = New(a, f.epochs)
	return f
}

func (f *fixture) entry(key, value string) arena.Ref {
	s := Spec{Key: []byte(key), ValueLen: len(value)}
	ref := NewEntry(f.arena, &s)
	copy(At(f.arena, ref).Value(), value)
	return ref
}

func (f *fixture) set(key, value string) {
	hash := Hash([]byte(key))
	p, ok := f.table.Find(hash, []byte(key))
	if !ok {
		f.table.Insert(hash, f.entry(key, value), 0)
		return
	}
	if e, block, ok := f.table.Editable(p); ok && e.SetValueLen(len(value), block) {
		copy(e.Value(), value)
		return
	}
	f.table.Replace(p, f.entry(key, value))
}

func (f *fixture) get(key string) (string, bool) {
	p, ok := f.table.Find(Hash([]byte(key)), []byte(key))
	if !ok {
		return "", false
	}
	return string(f.table.Entry(p).Value()), true
}

func (f *fixture) del(key string) bool {
	hash := Hash([]byte(key))
	p, ok := f.table.Find(hash, []byte(key))
	if ok {
		f.table.Delete(p, hash)
		f.table.Shrink(hash)
	}
	return ok
}

func (f *fixture) check(model map[string]string) {
	f.t.Helper()
	require.Equal(f.t, len(model), f.table.Len())
	for key, value := range model {
		got, ok := f.get(key)
		if !ok || got != value {
			f.t.Fatalf("key %q: got %q %v, want %q", key, got, ok, value)
		}
	}
	seen := 0
	f.table.Each(func(_ Pos, e Entry) bool {
		seen++
		return model[string(e.Key())] == string(e.Value())
	})
	require.Equal(f.t, len(model), seen)
}

func (f *fixture) drain() {
	f.t.Helper()
	for f.table.Drain(100, nil) {
		continue
	}
	for f.epochs.Reclaim(1000) {
		continue
	}
	require.Zero(f.t, f.arena.Used(), "every block comes back")
	require.Zero(f.t, f.table.segmentBytes)
	require.Zero(f.t, f.table.segments)
}

// Random operations, with and without an open view, against a map. The view
// must equal a plain copy taken when it was opened, whatever happens after, and
// every deferred block must come back.
func TestTableAgainstModel(t *testing.T) {
	for seed := range int64(3) {
		t.Run(strconv.FormatInt(seed, 10), func(t *testing.T) {
			f := newFixture(t)
			random := rand.New(rand.NewSource(seed))
			model := map[string]string{}
			var view *View
			var frozen map[string]string
			keys := []int{50, 3000, 40000}[seed%3]
			for phase := range 24 {
				deletes := []int{10, 30, 70, 97}[random.Intn(4)]
				for range 6000 {
					key := fmt.Sprintf("key:%d", random.Intn(keys))
					if random.Intn(100) < deletes {
						_, want := model[key]
						if f.del(key) != want {
							t.Fatalf("del %q, want %v", key, want)
						}
						delete(model, key)
						continue
					}
					value := fmt.Sprint(random.Intn(1 << uint(random.Intn(40))))
					if random.Intn(200) == 0 {
						value = string(make([]byte, random.Intn(5000)))
					}
					f.set(key, value)
					model[key] = value
				}
				if view != nil {
					checkView(t, view, frozen)
				}
				switch {
				case view == nil && phase%3 == 1:
					view = f.epochs.OpenView([]*Table{f.table})
					frozen = make(map[string]string, len(model))
					for k, v := range model {
						frozen[k] = v
					}
				case view != nil && random.Intn(2) == 0:
					f.epochs.CloseView()
					view = nil
					f.epochs.Reclaim(1000)
				}
				f.check(model)
			}
			if view != nil {
				checkView(t, view, frozen)
				f.epochs.CloseView()
			}
			f.drain()
		})
	}
}

func checkView(t *testing.T, v *View, want map[string]string) {
	t.Helper()
	require.Equal(t, len(want), v.Len(0))
	seen := 0
	v.Each(0, func(e Entry, _ uint32) bool {
		seen++
		if value, ok := want[string(e.Key())]; !ok || value != string(e.Value()) {
			t.Fatalf("view: key %q holds %q, want %q", e.Key(), e.Value(), value)
		}
		return true
	})
	require.Equal(t, len(want), seen)
}

func TestDrainUnderView(t *testing.T) {
	f := newFixture(t)
	for i := range 5000 {
		f.set(fmt.Sprint(i), "old")
	}
	view := f.epochs.OpenView([]*Table{f.table})
	for i := range 2500 {
		f.set(fmt.Sprint(i), "newer")
	}
	for f.table.Drain(500, nil) {
		continue
	}
	seen := 0
	view.Each(0, func(e Entry, _ uint32) bool {
		seen++
		return string(e.Value()) == "old"
	})
	require.Equal(t, 5000, seen)
	f.epochs.CloseView()
	f.drain()
}

func TestDetachUnderViewCopies(t *testing.T) {
	f := newFixture(t)
	f.set("k", "v")
	view := f.epochs.OpenView([]*Table{f.table})
	hash := Hash([]byte("k"))
	p, _ := f.table.Find(hash, []byte("k"))
	ref := f.table.Detach(p, hash)
	copy(At(f.arena, ref).Value(), "w")
	f.table.Insert(hash, ref, 0)
	checkView(t, view, map[string]string{"k": "v"})
	f.check(map[string]string{"k": "w"})
	f.epochs.CloseView()
	f.drain()
}

// A full SCAN visits a key that is there throughout exactly once, although the
// table grows and shrinks between the calls.
func TestScanVisitsExactlyOnce(t *testing.T) {
	f := newFixture(t)
	stay := map[string]bool{}
	for i := range 3000 {
		stay[fmt.Sprintf("stay%d", i)] = true
		f.set(fmt.Sprintf("stay%d", i), "")
	}
	visits := map[string]int{}
	cursor := uint64(0)
	for step := 0; ; step++ {
		cursor = f.table.Scan(cursor, func(_ Pos, e Entry) { visits[string(e.Key())]++ })
		if cursor == 0 {
			break
		}
		require.Less(t, cursor, uint64(1)<<53)
		for i := range 100 {
			if name := fmt.Sprintf("go%d", step*100+i); step < 100 {
				f.set(name, "")
			} else {
				f.del(fmt.Sprintf("go%d", (step-100)*100+i))
			}
		}
	}
	for key := range stay {
		require.Equal(t, 1, visits[key], key)
	}
}

// Walk misses nothing that stays, and ends, while segments split and merge.
func TestWalkVisitsWhatStays(t *testing.T) {
	f := newFixture(t)
	f.set("alone", "")
	alone := 0
	require.Zero(t, f.table.Walk(0, func(Entry) { alone++ }))
	require.Equal(t, 1, alone)

	for i := range 3000 {
		f.set(fmt.Sprintf("stay%d", i), "")
	}
	visited := map[string]bool{}
	steps := 0
	for from, again := uint64(0), true; again; again = from != 0 {
		next := f.table.Walk(from, func(e Entry) { visited[string(e.Key())] = true })
		require.True(t, next == 0 || next > from)
		from = next
		for i := range 400 {
			if steps < 40 {
				f.set(fmt.Sprintf("go%d", steps*400+i), "")
			} else {
				f.del(fmt.Sprintf("go%d", (steps-40)*400+i))
			}
		}
		steps++
	}
	require.Less(t, steps, 200)
	for i := range 3000 {
		require.True(t, visited[fmt.Sprintf("stay%d", i)], i)
	}
}

func TestFindTag(t *testing.T) {
	f := newFixture(t)
	for i := range 20000 {
		f.set(fmt.Sprint(i), "")
	}
	for i := range 20000 {
		key := fmt.Sprint(i)
		found := false
		f.table.FindTag(Tag(Hash([]byte(key))), func(_ Pos, e Entry, _ uint64) bool {
			found = string(e.Key()) == key
			return !found
		})
		require.True(t, found, key)
	}
}

func TestRandomReachesEveryKey(t *testing.T) {
	f := newFixture(t)
	_, ok := f.table.Random(rand.Uint64)
	require.False(t, ok)
	for i := range 500 {
		f.set(fmt.Sprint(i), "")
	}
	seen := map[string]int{}
	for range 50000 {
		p, ok := f.table.Random(rand.Uint64)
		require.True(t, ok)
		seen[string(f.table.Entry(p).Key())]++
	}
	require.Len(t, seen, 500)
}

func TestReserveSplitsNothing(t *testing.T) {
	f := newFixture(t)
	f.table.Reserve(100_000)
	segments := f.table.Segments()
	for i := range 100_000 {
		f.set(fmt.Sprint(i), "v")
	}
	require.Equal(t, segments, f.table.Segments())
	f.drain()
}

// Bytes per slot over a range of sizes: the figure that growth in steps is for.
func TestFillStaysHigh(t *testing.T) {
	f := newFixture(t)
	var worst, sum float64
	var worstAt, n int
	for i := range 600_000 {
		f.set(fmt.Sprint(i), "")
		if i > 20_000 && i%10_000 == 0 {
			per := float64(f.table.Bytes()) / float64(f.table.Len())
			sum += per
			n++
			if per > worst {
				worst, worstAt = per, i
			}
		}
	}
	t.Logf("bytes of table per entry: mean %.2f, worst %.2f at %d", sum/float64(n), worst, worstAt)
	require.Less(t, sum/float64(n), 12.0)
	require.Less(t, worst, 13.5)
}

func TestEntryShapes(t *testing.T) {
	f := newFixture(t)
	long := string(make([]byte, 300))
	for _, key := range []string{"", "k", long} {
		for _, value := range []string{"", "v", long} {
			for _, expires := range []bool{false, true} {
				s := Spec{Kind: 3, Expires: expires, ExpireAt: -5, Key: []byte(key), ValueLen: len(value)}
				ref := NewEntry(f.arena, &s)
				e := At(f.arena, ref)
				copy(e.Value(), value)
				require.Equal(t, key, string(e.Key()))
				require.Equal(t, value, string(e.Value()))
				require.Equal(t, expires, e.Expires())
				require.EqualValues(t, 3, e.Kind())
				require.Equal(t, s.Bytes(), e.Bytes())
				if expires {
					require.EqualValues(t, -5, e.ExpireAt())
					e.SetExpireAt(1 << 62)
					require.EqualValues(t, 1<<62, e.ExpireAt())
				}
				e.SetKind(9)
				require.EqualValues(t, 9, e.Kind())
				require.Equal(t, value, string(e.Value()))
				f.arena.Free(ref)
			}
		}
	}
}

func TestFootprintOfSmallEntry(t *testing.T) {
	s := Spec{Key: make([]byte, 11), ValueLen: 32}
	require.Equal(t, 48, arena.ClassBytes(s.Bytes()))
	s.Expires = true
	require.Equal(t, 56, arena.ClassBytes(s.Bytes()))
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	f := newFixture(t)
	for i := range 10000 {
		f.set(fmt.Sprint(i), "some value")
	}
	key := []byte("77")
	hash := Hash(key)
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		p, _ := f.table.Find(hash, key)
		f.table.Delete(p, hash)
		s := Spec{Key: key, ValueLen: 3}
		f.table.Insert(hash, NewEntry(f.arena, &s), 0)
	}))
}

func benchKeys(n int) [][]byte {
	keys := make([][]byte, n)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "key:%012d", i)
	}
	return keys
}

func benchTable(b *testing.B, n int) (*fixture, [][]byte, []uint64) {
	f := newFixture(b)
	keys := benchKeys(n)
	for _, key := range keys {
		f.table.Insert(Hash(key), f.entry(string(key), "xxx"), 0)
	}
	random := rand.New(rand.NewSource(1))
	random.Shuffle(n, func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	hashes := make([]uint64, n)
	for i := range keys {
		hashes[i] = Hash(keys[i])
	}
	return f, keys, hashes
}

func BenchmarkFind(b *testing.B) {
	f, keys, hashes := benchTable(b, 1<<20)
	for i := 0; b.Loop(); i++ {
		if _, ok := f.table.Find(hashes[i&(1<<20-1)], keys[i&(1<<20-1)]); !ok {
			b.Fatal("missing")
		}
	}
}

// BenchmarkFindTouched is the justification of TouchBucket and TouchEntry: the
// same searches as BenchmarkFind, with the loads of 64 overlapped.
func BenchmarkFindTouched(b *testing.B) {
	f, keys, hashes := benchTable(b, 1<<20)
	var sink uint64
	for i := 0; b.Loop(); i++ {
		at := i & (1<<20 - 1)
		if at&63 == 0 {
			for _, hash := range hashes[at : at+64] {
				_, meta := f.table.TouchBucket(hash)
				sink += meta
			}
			for _, hash := range hashes[at : at+64] {
				bucket, _ := f.table.TouchBucket(hash)
				sink += uint64(f.table.TouchEntry(hash, bucket))
			}
		}
		if _, ok := f.table.Find(hashes[at], keys[at]); !ok {
			b.Fatal("missing")
		}
	}
	_ = sink
}

// What is prepared for a view's directory, or left by the view before, holds nothing of
// what the table was then.
func TestViewsTakeTurns(t *testing.T) {
	f := newFixture(t)
	for round := range 5 {
		for i := range 20_000 {
			f.set(fmt.Sprint("key:", round*20_000+i), fmt.Sprint(round))
		}
		for range 100 {
			f.table.Prepare()
		}
		view := f.epochs.OpenView([]*Table{f.table})
		f.table.Prepare()
		for i := range 20_000 {
			f.set(fmt.Sprint("key:", i), "later")
		}
		n := 0
		view.Each(0, func(e Entry, _ uint32) bool {
			n++
			if string(e.Value()) == "later" {
				require.Less(t, n, 0, "%q was changed after the view was opened", e.Key())
			}
			return true
		})
		require.Equal(t, (round+1)*20_000, n)
		f.epochs.CloseView()
		for f.epochs.Reclaim(1000) {
		}
		for i := range 20_000 {
			f.set(fmt.Sprint("key:", i), "0")
		}
	}
}

// BenchmarkViewEach is the cost of an entry of a walk whose entries are not in the cache.
func BenchmarkViewEach(b *testing.B) {
	f, _, _ := benchTable(b, 1<<20)
	view := f.epochs.StillView([]*Table{f.table})
	bytes := 0
	for b.Loop() {
		view.Each(0, func(e Entry, _ uint32) bool {
			bytes += len(e.Key()) + int(e.Value()[0])
			return true
		})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(1<<20), "ns/entry")
}

// BenchmarkCopySegment is the cost of the first change to a segment under a view, in memory that was used before.
func BenchmarkCopySegment(b *testing.B) {
	f, _, _ := benchTable(b, 1<<20)
	copied := 0
	for b.Loop() {
		f.epochs.OpenView([]*Table{f.table})
		for i := 0; i < len(f.table.directory); i++ {
			f.table.writable(uint32(i))
		}
		copied += f.epochs.Deferred()
		f.epochs.CloseView()
		for f.epochs.Reclaim(1 << 20) {
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(copied), "ns/segment")
}

func BenchmarkWalk(b *testing.B) {
	f, _, _ := benchTable(b, 1<<20)
	bytes := 0
	for b.Loop() {
		for from, again := uint64(0), true; again; again = from != 0 {
			from = f.table.Walk(from, func(e Entry) { bytes += e.Bytes() })
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(1<<20), "ns/entry")
}

func BenchmarkInsertGrowing(b *testing.B) {
	f := newFixture(b)
	key := make([]byte, 8)
	for i := 0; b.Loop(); i++ {
		binary.LittleEndian.PutUint64(key, uint64(i))
		s := Spec{Key: key, ValueLen: 8}
		f.table.Insert(Hash(key), NewEntry(f.arena, &s), 0)
	}
}

func TestScanOrderIsHashOrder(t *testing.T) {
	f := newFixture(t)
	for i := range 1000 {
		f.set(fmt.Sprint(i), "")
	}
	var order []uint64
	for cursor := uint64(0); ; {
		var bucket []uint64
		cursor = f.table.Scan(cursor, func(_ Pos, e Entry) { bucket = append(bucket, Hash(e.Key())) })
		sort.Slice(bucket, func(i, j int) bool { return bucket[i] < bucket[j] })
		order = append(order, bucket...)
		if cursor == 0 {
			break
		}
	}
	require.True(t, sort.SliceIsSorted(order, func(i, j int) bool { return order[i] < order[j] }))
	require.Len(t, order, 1000)
}

// Compact gives spans back and changes nothing that a reader could see.
func TestCompact(t *testing.T) {
	f := newFixture(t)
	model := map[string]string{}
	for i := range 600_000 {
		key := fmt.Sprint(i)
		f.set(key, "v")
		model[key] = "v"
	}
	before := f.arena.Wasted()
	for from := f.table.Compact(0, 100); from != 0; from = f.table.Compact(from, 100) {
		continue
	}
	require.Less(t, f.arena.Wasted(), before)
	f.check(model)
	f.drain()
}
