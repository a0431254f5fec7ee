package dict

import (
	"fmt"
	"maps"
	"math/rand"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// change does something random to a table and its model.
func (f *fixture) change(random *rand.Rand, model map[string]string, keys int) {
	key := fmt.Sprintf("key:%d", random.Intn(keys))
	switch n := random.Intn(100); {
	case n < 35:
		f.del(key)
		delete(model, key)
	case n < 45: // RENAME
		p, ok := f.table.Find(Hash([]byte(key)), []byte(key))
		to := fmt.Sprintf("key:%d", random.Intn(keys))
		if !ok || to == key {
			return
		}
		value := model[key]
		ref := f.table.Detach(p, Hash([]byte(key)))
		f.arena.Free(ref)
		f.set(to, value)
		delete(model, key)
		model[to] = value
	default:
		value := fmt.Sprint(random.Intn(1 << uint(random.Intn(40))))
		f.set(key, value)
		model[key] = value
	}
}

// TestUndoAgainstModel commits and rolls back at random, with and without a view that
// was opened before and may close in between. Whatever happens, table and view are
// what they should be, and every block comes back.
func TestUndoAgainstModel(t *testing.T) {
	for seed := range int64(4) {
		t.Run(strconv.FormatInt(seed, 10), func(t *testing.T) {
			f := newFixture(t)
			f.table.Undoable()
			random := rand.New(rand.NewSource(seed))
			model := map[string]string{}
			keys := []int{20, 400, 5000, 20000}[seed]
			var undo Undo
			var view *View
			var frozen map[string]string
			for range 120 {
				for range random.Intn(2000) {
					f.change(random, model, keys)
				}
				if view == nil && random.Intn(3) == 0 {
					view, frozen = f.epochs.OpenView([]*Table{f.table}), maps.Clone(model)
				}
				before := maps.Clone(model)
				f.epochs.OpenUndo(&undo)
				for range random.Intn(1 << uint(random.Intn(13))) {
					f.change(random, model, keys)
				}
				if view != nil {
					checkView(t, view, frozen)
				}
				closing := view != nil && random.Intn(3) == 0
				if closing && random.Intn(2) == 0 {
					f.epochs.CloseView()
					view = nil
				}
				if random.Intn(2) == 0 {
					undo.Commit()
				} else {
					undo.Rollback(func(Entry) {})
					model = before
				}
				f.check(model)
				if view != nil {
					checkView(t, view, frozen)
				}
				if closing && view != nil {
					f.epochs.CloseView()
					view = nil
				}
				f.epochs.Reclaim(random.Intn(3000))
			}
			if view != nil {
				f.epochs.CloseView()
			}
			f.drain()
		})
	}
}

// TestUndoKeepsClocks: what is put back was used when it was used.
func TestUndoKeepsClocks(t *testing.T) {
	f := newFixture(t)
	f.table.Undoable()
	f.table.Insert(Hash([]byte("a")), f.entry("a", "1"), 77)
	f.table.Insert(Hash([]byte("b")), f.entry("b", "1"), 78)
	var undo Undo
	f.epochs.OpenUndo(&undo)
	f.set("a", "2")
	f.del("b")
	undo.Rollback(func(Entry) {})
	for key, want := range map[string]uint32{"a": 77, "b": 78} {
		p, ok := f.table.Find(Hash([]byte(key)), []byte(key))
		require.True(t, ok)
		require.Equal(t, want, p.Clock(), key)
	}
}

func BenchmarkUndo(b *testing.B) {
	f, keys, hashes := benchTable(b, 1_000_000)
	f.table.Undoable()
	var undo Undo
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		f.epochs.OpenUndo(&undo)
		at := i % len(keys)
		p, _ := f.table.Find(hashes[at], keys[at])
		f.table.Replace(p, f.entry(string(keys[at]), "value"))
		undo.Commit()
	}
}

func BenchmarkWithoutUndo(b *testing.B) {
	f, keys, hashes := benchTable(b, 1_000_000)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		at := i % len(keys)
		p, _ := f.table.Find(hashes[at], keys[at])
		f.table.Replace(p, f.entry(string(keys[at]), "value"))
	}
}
