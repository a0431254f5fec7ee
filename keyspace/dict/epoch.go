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
type Epochs struct {
	arena    *arena.Arena
	open     bool
	epoch    uint32
	deferred refStack // dead, but the open view may reach them
	closing  refStack // of closed views, for Reclaim to free
	kept     int64    // bytes of the blocks that the last view kept alive
	view     *View    // the open one
	viewOf   []*Table // its tables
}

// refStack holds millions of blocks without ever copying or clearing more than
// one piece: no step of the writer grows with their number.
type refStack struct {
	top   *refPiece
	count int
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
	if s.top.n == 0 {
		s.top = s.top.below
	}
	return ref
}

// NewEpochs returns the epochs of the tables in a.
func NewEpochs(a *arena.Arena) *Epochs { return &Epochs{arena: a} }

// Open tells whether a view is open.
func (e *Epochs) Open() bool { return e.open }

// Deferred is the number of blocks that are dead but not freed.
func (e *Epochs) Deferred() int { return e.deferred.count + e.closing.count }

// Arena is where the tables, and everything else that the epochs guard, live.
func (e *Epochs) Arena() *arena.Arena { return e.arena }

// Epoch is what a block that is made now is marked with.
func (e *Epochs) Epoch() uint32 { return e.epoch }

// Frozen tells whether the open view may reach a block of that epoch, which must
// then be copied before it is changed.
func (e *Epochs) Frozen(epoch uint32) bool { return e.open && epoch != e.epoch }

// Release frees a block of that epoch, now or when the view that may reach it
// has closed.
func (e *Epochs) Release(ref arena.Ref, epoch uint32) {
	if e.Frozen(epoch) {
		e.deferFree(ref)
		return
	}
	e.arena.Free(ref)
}

func (e *Epochs) deferFree(ref arena.Ref) {
	e.deferred.push(ref)
	e.kept += int64(e.arena.BlockBytes(ref))
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
	if e.open {
		panic("dict: a view is open already")
	}
	e.open = true
	e.epoch++
	e.kept = 0
	v := &View{arena: e.arena, tables: make([]frozenTable, len(tables))}
	for i, t := range tables {
		v.tables[i] = frozenTable{append(t.spare[:0], t.directory...), t.depth, t.count}
		t.spare = nil
	}
	e.view, e.viewOf = v, tables
	return v
}

// Prepare maps the memory that the next view's copy of the directory takes, a little
// at each call, so that opening it does not have to.
func (t *Table) Prepare() {
	if t.epochs.open {
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
	if !e.open {
		panic("dict: no view is open")
	}
	e.open = false
	for i, t := range e.viewOf {
		t.spare = e.view.tables[i].directory
	}
	e.view, e.viewOf = nil, nil
	if e.closing.count == 0 {
		e.closing, e.deferred = e.deferred, refStack{}
	}
}

// Reclaim frees up to n blocks of closed views and tells whether any are left.
func (e *Epochs) Reclaim(n int) (more bool) {
	if e.closing.count == 0 && !e.open {
		e.closing, e.deferred = e.deferred, refStack{}
	}
	for range min(n, e.closing.count) {
		e.arena.Free(e.closing.pop())
	}
	return e.closing.count > 0 || !e.open && e.deferred.count > 0
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
	var touched uint8
	for _, slot := range slots {
		touched ^= Entry{v.arena.Ptr(arena.Ref(slot & arena.RefMask))}.flags()
	}
	for _, slot := range slots {
		e := Entry{v.arena.Ptr(arena.Ref(slot & arena.RefMask))}
		touched ^= *(*uint8)(unsafe.Add(e.p, e.Bytes()-1))
	}
	v.touched = touched
}

// frozen tells whether an open view reaches the segment.
func (t *Table) frozen(s segment) bool {
	return t.epochs.open && s.footer().epoch != t.epochs.epoch
}

// writable returns the segment of directory word index, copied if it is frozen.
func (t *Table) writable(index uint32) segment {
	s := t.segmentAt(t.directory[index])
	if !t.frozen(s) {
		return s
	}
	ref := t.newSegment(s.buckets)
	word := segmentWord(ref, s.buckets, s.depth)
	bytes := s.buckets * bucketBytes
	copy(t.arena.Bytes(ref, bytes), t.arena.Bytes(s.ref, bytes))
	c := t.segmentAt(word)
	c.footer().count = s.footer().count
	t.setWords(index, word)
	t.releaseSegment(s)
	return c
}

// own returns p in a segment that may be written.
func (t *Table) own(p Pos) Pos {
	if t.epochs.open {
		p.segment = t.writable(p.index()).base
	}
	return p
}

// releaseEntry frees the entry that was at p, now or when the open view closes.
// p must be owned.
func (t *Table) releaseEntry(p Pos, ref arena.Ref) {
	if t.epochs.open && !t.segmentAt(t.directory[p.index()]).isFresh(p) {
		t.epochs.deferFree(ref)
		return
	}
	t.arena.Free(ref)
}
