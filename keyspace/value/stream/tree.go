package stream

import (
	"encoding/binary"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
)

// Terminology. A tree is a B+-tree of records of one width, ordered by ID; a record
// is an ID and a payload. A page is a block of the arena: a leaf, whose records are
// the tree's, or an inner page, whose payloads are refs of pages.
//
//	page   | epoch 4 | count 2 | level 1 | - 1 | record | record | ...
//	record | ms 8 | seq 8 | payload: 8 for a node of entries or a page,
//	                        16 for a group's pending entry, 0 for a consumer's
//
//	inner          [ a . | k . | t . ]           all of a child's IDs are at least
//	                 /      |     \              the one beside its ref, but for the
//	leaves     [a c f]  [k m]   [t u x]          first child's: that one counts as 0
//
// A page is small while it holds little and doubles up to pageBytesMax; then it is
// split. A stream grows at its end, and so do pending entries: a page that is full
// there stays full, and the new record begins the next one. Pages that have become
// sparse are joined with a neighbour.
//
//	find, insert, delete     O(log n), 2 KB pages: 3 levels for half a million
//	walk                     a leaf at a time; between two leaves a search
//	pending entry            32 bytes in its group's tree and 16 in its consumer's,
//	                         where Redis has two radix trees and an object
//
// Copy-on-write goes down the path: a page that a view may reach is copied before
// it is changed, and its parent, which was copied before, is pointed at the copy.
// Walks hold no path, so there are no links between leaves to keep.
//
// Rejected: a radix tree (pointers per byte of ID); pages under one sorted array
// (moving megabytes when a page in the middle of millions is split).
const (
	idBytes      = 16
	pageHeader   = 8
	pageBytesMin = 64
	pageBytesMax = 2048
	childBytes   = 8 // of an inner page's payload
	sparseBytes  = pageBytesMax / 4
	joinBytesMax = pageBytesMax * 3 / 4
)

type tree struct {
	epochs  *dict.Epochs
	payload int // bytes
	root    arena.Ref
	count   int
	bytes   int64
	falling []fall // of a drain that is under way
}

func newTree(epochs *dict.Epochs, payload int) tree {
	return tree{epochs: epochs, payload: payload}
}

// page is a view of a page. b ends with the last record in views for reading, and
// with the block in those for writing.
type page struct {
	ref   arena.Ref
	b     []byte
	width int
}

func (p page) epoch() uint32  { return binary.LittleEndian.Uint32(p.b) }
func (p page) count() int     { return int(binary.LittleEndian.Uint16(p.b[4:])) }
func (p page) setCount(n int) { binary.LittleEndian.PutUint16(p.b[4:], uint16(n)) }
func (p page) level() int     { return int(p.b[6]) }
func (p page) at(i int) int   { return pageHeader + i*p.width }
func (p page) used() int      { return p.at(p.count()) }
func (p page) capacity() int  { return (len(p.b) - pageHeader) / p.width }
func (p page) payload(i int) []byte {
	end := p.at(i + 1)
	return p.b[p.at(i)+idBytes : end : end]
}

func (p page) id(i int) ID { return readID(p.b[p.at(i):]) }

func (p page) setID(i int, id ID) { writeID(p.b[p.at(i):], id) }

func (p page) child(i int) arena.Ref { return arena.Ref(binary.LittleEndian.Uint64(p.payload(i))) }

func (p page) setChild(i int, ref arena.Ref) {
	binary.LittleEndian.PutUint64(p.payload(i), uint64(ref))
}

func readID(b []byte) ID {
	return ID{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}
}

func writeID(b []byte, id ID) {
	binary.LittleEndian.PutUint64(b, id.Ms)
	binary.LittleEndian.PutUint64(b[8:], id.Seq)
}

// upTo is the number of records whose ID is at most id.
func (p page) upTo(id ID) int {
	low, high := 0, p.count()
	for low < high {
		middle := int(uint(low+high) >> 1)
		if id.Less(p.id(middle)) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// childOf is the index of the child that an ID belongs to.
func (p page) childOf(id ID) int { return max(p.upTo(id)-1, 0) }

func (t *tree) read(ref arena.Ref) page {
	a := t.epochs.Arena()
	p := page{ref: ref, b: a.Bytes(ref, pageHeader), width: idBytes + t.payload}
	if p.level() > 0 {
		p.width = idBytes + childBytes
	}
	p.b = a.Bytes(ref, p.used())
	return p
}

// newPage makes an empty page of about that many bytes.
func (t *tree) newPage(level, bytes int) page {
	a := t.epochs.Arena()
	ref := a.Alloc(bytes)
	size := a.BlockBytes(ref)
	t.bytes += int64(size)
	p := page{ref: ref, b: a.Bytes(ref, size), width: idBytes + t.payload}
	if level > 0 {
		p.width = idBytes + childBytes
	}
	binary.LittleEndian.PutUint32(p.b, t.epochs.Epoch())
	p.setCount(0)
	p.b[6], p.b[7] = byte(level), 0
	return p
}

func (t *tree) release(p page) {
	t.bytes -= int64(t.epochs.Arena().BlockBytes(p.ref))
	t.epochs.Release(p.ref, p.epoch())
}

// own is read for a page that is going to be changed.
func (t *tree) own(ref arena.Ref) page {
	a := t.epochs.Arena()
	p := t.read(ref)
	size := a.BlockBytes(ref)
	if t.epochs.Frozen(p.epoch()) {
		return t.move(p, size)
	}
	p.b = a.Bytes(ref, size)
	return p
}

// move copies a page into a block of that many bytes, in its place.
func (t *tree) move(p page, bytes int) page {
	q := t.newPage(p.level(), bytes)
	n := p.used()
	copy(q.b[4:n], p.b[4:n])
	t.release(p)
	return q
}

// get finds a record; its payload is a view for reading.
func (t *tree) get(id ID) (payload []byte, ok bool) {
	if t.root == 0 {
		return nil, false
	}
	p := t.read(t.root)
	for p.level() > 0 {
		p = t.read(p.child(p.childOf(id)))
	}
	i := p.upTo(id) - 1
	if i < 0 || p.id(i) != id {
		return nil, false
	}
	return p.payload(i), true
}

// walk is a place in a tree: a record, valid until the tree changes.
type walk struct {
	t    *tree
	leaf page
	i    int
}

func (w *walk) id() ID          { return w.leaf.id(w.i) }
func (w *walk) payload() []byte { return w.leaf.payload(w.i) }

// from is the place of the first record that is not before id.
func (t *tree) from(id ID) (w walk, ok bool) {
	if t.root == 0 {
		return w, false
	}
	p := t.read(t.root)
	after := arena.Ref(0) // what follows the subtree that the search goes into
	for p.level() > 0 {
		i := p.childOf(id)
		if i+1 < p.count() {
			after = p.child(i + 1)
		}
		p = t.read(p.child(i))
	}
	i := p.upTo(id)
	if i > 0 && p.id(i-1) == id {
		i--
	}
	if i < p.count() {
		return walk{t, p, i}, true
	}
	if after == 0 {
		return w, false
	}
	for p = t.read(after); p.level() > 0; {
		p = t.read(p.child(0))
	}
	return walk{t, p, 0}, true
}

// upTo is the place of the last record that is not behind id.
func (t *tree) upTo(id ID) (w walk, ok bool) {
	if t.root == 0 {
		return w, false
	}
	p := t.read(t.root)
	before := arena.Ref(0)
	for p.level() > 0 {
		i := p.childOf(id)
		if i > 0 {
			before = p.child(i - 1)
		}
		p = t.read(p.child(i))
	}
	if i := p.upTo(id); i > 0 {
		return walk{t, p, i - 1}, true
	}
	if before == 0 {
		return w, false
	}
	for p = t.read(before); p.level() > 0; {
		p = t.read(p.child(p.count() - 1))
	}
	return walk{t, p, p.count() - 1}, true
}

func (w *walk) next() bool {
	if w.i++; w.i < w.leaf.count() {
		return true
	}
	after, ok := w.leaf.id(w.i - 1).Next()
	if ok {
		*w, ok = w.t.from(after)
	}
	return ok
}

func (w *walk) prev() bool {
	if w.i--; w.i >= 0 {
		return true
	}
	before, ok := w.leaf.id(0).Prev()
	if ok {
		*w, ok = w.t.upTo(before)
	}
	return ok
}
