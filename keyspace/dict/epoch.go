package dict

import (
	"unsafe"

	"solokv/keyspace/arena"
)

// Epochs is shared by all tables of an engine. It says whether a view is open
// and collects the blocks that must outlive it.
//
// Opening a view raises the epoch and copies the directories. From then on a
// segment whose epoch is older is frozen: the writer copies it before changing
// it, and the copy starts with no fresh marks. A fresh mark means that the
// slot's entry was made after the opening: it may be edited in place and freed
// at once. Everything else that is replaced or removed goes to deferred.
//
// An Undo (undo.go) raises the epoch too, with or without a view. What is older
// than the later of the two, the fence, is not changed in place.
type Epochs struct {
	arena    *arena.Arena
	epoch    uint32
	view     uint32   // the epoch that the open view began; 0 without one
	fence    uint32   // the later of view and the open undo's; 0 without either
	undo     *Undo    // the open one, or nil
	deferred refStack // dead, but the open view may reach them
	closing  refStack // of closed views, for Reclaim to free
	kept     int64    // bytes of the blocks that the last view kept alive
	opened   *View    // the open one
	openedOf []*Table // its tables
}

// DeferredBytes is the memory of the blocks that are dead but for a view, or are about
// to be freed.
func (e *Epochs) DeferredBytes() int64 { return e.deferred.bytes + e.closing.bytes }

// refStack holds millions of blocks without ever copying or clearing more than
// one piece: no step of the writer grows with their number.
type refStack struct {
	top   *refPiece
	count int
	bytes int64 // of the blocks, where they are counted
}

type refPiece struct {
	below *refPiece
	n     int
	refs  [1022]arena.Ref
}

func (s *refStack) push(ref arena.Ref) {
	if s.top == nil || s.top.n == len(s.top.refs) {
		s.top = &refPiece{below: s.top}
	}
	s.top.refs[s.top.n] = ref
	s.top.n++
	s.count++
}

func (s *refStack) pop() arena.Ref {
	s.count--
	s.top.n--
	ref := s.top.refs[s.top.n]
	if s.top.n == 0 && s.top.below != nil {
		s.top = s.top.below
	}
	return ref
}

// NewEpochs returns the epochs of the tables in a.
func NewEpochs(a *arena.Arena) *Epochs { return &Epochs{arena: a} }

// Open tells whether a view is open.
func (e *Epochs) Open() bool { return e.view != 0 }

// Deferred is the number of blocks that are dead but not freed.
func (e *Epochs) Deferred() int { return e.deferred.count + e.closing.count }

// Arena is where the tables, and everything else that the epochs guard, live.
func (e *Epochs) Arena() *arena.Arena { return e.arena }

// Epoch is what a block that is made now is marked with.
func (e *Epochs) Epoch() uint32 { return e.epoch }

// Frozen tells whether the open view, or an Undo, may reach a block of that epoch,
// which must then be copied before it is changed.
func (e *Epochs) Frozen(epoch uint32) bool { return epoch < e.fence }

// Release frees a block of that epoch, now or when nobody may reach it any more.
func (e *Epochs) Release(ref arena.Ref, epoch uint32) {
	if epoch >= e.fence {
		e.arena.Free(ref)
		return
	}
	e.deferFree(ref, epoch < e.view)
}

// deferFree frees a block that the open undo may need, or the view if viewed.
func (e *Epochs) deferFree(ref arena.Ref, viewed bool) {
	switch {
	case e.undo == nil:
		e.deferLong(ref)
	case viewed:
		e.undo.viewed.push(ref)
	default:
		e.undo.dead.push(ref)
	}
}

// deferLong frees a block when the open view has closed.
func (e *Epochs) deferLong(ref arena.Ref) {
	bytes := int64(e.arena.BlockBytes(ref))
	e.deferred.push(ref)
	e.deferred.bytes += bytes
	e.kept += bytes
}

// KeptBytes is the memory of what was replaced or removed while the last view was
// open, and kept for it. It is what the view costs: whatever was copied is in it.
func (e *Epochs) KeptBytes() int64 { return e.kept }

// View is what the tables held when it was opened. Any one goroutine may walk
// it while the writer goes on; it needs no lock because nothing it reaches is
// ever written (I9).
type View struct {
	arena   *arena.Arena
	tables  []frozenTable
	touched uint8 // of the walk: or its loads would be taken for idle ones
}

type frozenTable struct {
	directory []uint64
	depth     uint8
	count     int
}

// OpenView freezes the tables. Only one view may be open. The copies of the
// directories go where those of the last view were: fresh memory would have to be
// mapped first, which is most of the time (BenchmarkOpenSnapshot).
func (e *Epochs) OpenView(tables []*Table) *View {
	if e.view != 0 || e.undo != nil {
		panic("dict: a view, or an undo, is open already")
	}
	e.epoch++
	e.view, e.fence = e.epoch, e.epoch
	e.kept = 0
	v := &View{arena: e.arena, tables: make([]frozenTable, len(tables))}
	for i, t := range tables {
		v.tables[i] = frozenTable{append(t.spare[:0], t.directory...), t.depth, t.count}
		t.spare = nil
	}
	e.opened, e.openedOf = v, tables
	return v
}

// Prepare maps the memory that the next view's copy of the directory takes, a little
// at each call, so that opening it does not have to.
func (t *Table) Prepare() {
	if t.epochs.view != 0 {
		return
	}
	if cap(t.spare) < len(t.directory) {
		t.spare, t.mapped = make([]uint64, 0, len(t.directory)), 0
	}
	words := t.spare[:cap(t.spare)]
	for end := min(len(words), t.mapped+prepareWords); t.mapped < end; t.mapped += pageWords {
		words[t.mapped] = 0
	}
}

const (
	pageWords    = 4096 / 8
	prepareWords = 16 * pageWords
)

// StillView is the tables as they are, without freezing them: it is valid until
// one of them changes.
func (e *Epochs) StillView(tables []*Table) *View {
	v := &View{arena: e.arena, tables: make([]frozenTable, len(tables))}
	for i, t := range tables {
		v.tables[i] = frozenTable{append([]uint64(nil), t.directory...), t.depth, t.count}
	}
	return v
}

// CloseView ends the view, which nobody may be walking any more; what it kept alive
// is freed by Reclaim.
func (e *Epochs) CloseView() {
	if e.view == 0 {
		panic("dict: no view is open")
	}
	e.view, e.fence = 0, 0
	if e.undo != nil {
		e.fence = e.undo.epoch
	}
	for i, t := range e.openedOf {
		t.spare = e.opened.tables[i].directory
	}
	e.opened, e.openedOf = nil, nil
	if e.closing.count == 0 {
		e.closing, e.deferred = e.deferred, refStack{}
	}
}

// Reclaim frees up to n blocks of closed views and tells whether any are left.
func (e *Epochs) Reclaim(n int) (more bool) {
	if e.closing.count == 0 && e.view == 0 {
		e.closing, e.deferred = e.deferred, refStack{}
	}
	for range min(n, e.closing.count) {
		ref := e.closing.pop()
		e.closing.bytes -= int64(e.arena.BlockBytes(ref))
		e.arena.Free(ref)
	}
	return e.closing.count > 0 || e.view == 0 && e.deferred.count > 0
}

// Tables is the number of tables in the view.
func (v *View) Tables() int { return len(v.tables) }

// Len is the number of entries of one table.
func (v *View) Len(table int) int { return v.tables[table].count }

// Each calls visit for every entry of one table until it returns false.
func (v *View) Each(table int, visit func(e Entry, clock uint32) bool) {
	f := v.tables[table]
	var slots runSlots
	for i := 0; i < len(f.directory); {
		word := f.directory[i]
		ref := wordRef(word)
		s := segment{v.arena.Ptr(ref), ref, wordBuckets(word), wordDepth(word)}
		for from := 0; from < s.buckets; from += runBuckets {
			n := s.run(from, &slots)
			v.fetch(slots[:n])
			for _, slot := range slots[:n] {
				if !visit(Entry{v.arena.Ptr(arena.Ref(slot & arena.RefMask))}, uint32(slot>>clockShift)) {
					return
				}
			}
		}
		i += 1 << (int(f.depth) - s.depth)
	}
}

// runBuckets is how many buckets a walk takes at a time.
const runBuckets = 8

type runSlots [runBuckets * slotsPerBucket]uint64

// run collects the slots of some buckets.
func (s segment) run(from int, into *runSlots) (n int) {
	for b := from; b < min(from+runBuckets, s.buckets); b++ {
		meta := *s.meta(b)
		for lane := range slotsPerBucket {
			if meta>>(lane*8)&0xFF != 0 {
				into[n] = *s.slot(b, lane)
				n++
			}
		}
	}
	return n
}

// fetch loads the first and the last bytes of some entries, so that the misses
// overlap: without it a walk waits for one after the other, which under a load that
// keeps emptying the cache was nine tenths of the time of a save (BenchmarkViewEach).
func (v *View) fetch(slots []uint64) {
	touched := fetchHeaders(v.arena, slots)
	for _, slot := range slots {
		e := Entry{v.arena.Ptr(arena.Ref(slot & arena.RefMask))}
		touched ^= *(*uint8)(unsafe.Add(e.p, e.Bytes()-1))
	}
	v.touched = touched
}

// fetchHeaders loads the first bytes only, and returns something of them.
func fetchHeaders(a *arena.Arena, slots []uint64) (touched uint8) {
	for _, slot := range slots {
		touched ^= Entry{a.Ptr(slotRef(slot))}.flags()
	}
	return touched
}

// frozen tells whether the segment must be copied before it is changed: an open view
// reaches it or, unless an Undo looks after each of the table's entries, that.
func (t *Table) frozen(s segment) bool {
	if t.undoable {
		return s.footer().epoch < t.epochs.view
	}
	return s.footer().epoch < t.epochs.fence
}

// marked tells whether the segment's fresh marks are those of the present fence.
func (t *Table) marked(s segment) bool { return s.footer().epoch >= t.epochs.fence }

// isFresh tells whether the entry at p, in s, may be changed in place and freed.
func (t *Table) isFresh(s segment, p Pos) bool { return t.marked(s) && s.isFresh(p) }

// writable returns the segment of directory word index, copied if it is frozen.
func (t *Table) writable(index uint32) segment {
	s := t.segmentAt(t.directory[index])
	if t.marked(s) {
		return s
	}
	if !t.frozen(s) {
		s.clearFresh()
		s.footer().epoch = t.epochs.epoch
		return s
	}
	word := segmentWord(t.copySegment(s), s.buckets, s.depth)
	t.setWords(index, word)
	t.releaseSegment(s)
	return t.segmentAt(word)
}

// own returns p in a segment that may be written.
func (t *Table) own(p Pos) Pos {
	if t.epochs.fence != 0 {
		p.segment = t.writable(p.index()).base
	}
	return p
}

// releaseEntry frees the entry of the slot that was at p, now or when nobody may reach it any
// more. p must be owned.
func (t *Table) releaseEntry(p Pos, slot uint64) {
	if t.epochs.fence != 0 && !t.segmentAt(t.directory[p.index()]).isFresh(p) {
		t.deferEntry(slot)
		return
	}
	t.arena.Free(slotRef(slot))
}

// deferEntry lets an entry live on that is not fresh.
func (t *Table) deferEntry(slot uint64) {
	if t.undoable && t.epochs.undo != nil {
		t.epochs.undo.noteOld(t, slot)
	}
	t.epochs.deferFree(slotRef(slot), t.epochs.view != 0)
}
