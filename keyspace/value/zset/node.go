package zset

import (
	"unsafe"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
)

// The tree is a B+-tree with counts. Its elements are refs of the table's entries,
// five bytes each; what an element is, its entry says.
//
//	leaf    | epoch 4 | n 2 | room 1 | level 1 |  ref 5 | ref 5 | ...            up to 100
//	inner   | epoch 4 | n 2 | room 1 | level 1 |  46 scores | 46 sizes | 46 children | 46 firsts
//
// Of each child an inner node knows the number of elements below it, for ranks,
// and a copy of its first element's score and ref, for searches: a descent compares
// numbers that lie side by side and looks at an entry only where scores are equal.
// The copies are exact at all times. A change ends at the root anyway, because of
// the sizes, and mends them on the way.
//
//	search    2 or 3 inner nodes, then 6 entries of a leaf
//	insert    the same, and 250 bytes moved
//	rank      the same, and sums of 46 numbers that lie side by side
//
// A leaf's block grows with it in the arena's steps of 12.5 %, so leaves are 93 %
// full where fixed ones are 69 %; members that come in order fill them. With its
// share of the inner nodes an element costs 5.6 bytes.
//
// Nodes are copied on write, see value.Collection.
//
// Rejected: a skip list (two to three words per member, a cache miss per step);
// scores in the leaves too (8 bytes per member to save 6 misses per search); links
// between leaves (a copied leaf would have to be linked anew by its neighbours,
// which are frozen).

const (
	leafMax  = 100
	innerMax = 46

	headerBytes = 8
	refBytes    = 5

	// leafFew and innerFew are the sizes below which a node is merged with a
	// neighbour, if there is room for both.
	leafFew       = leafMax / 4
	innerFew      = innerMax / 4
	leafMergeMax  = leafMax * 3 / 4
	innerMergeMax = innerMax * 3 / 4

	// leafSpareMax is the room that a leaf may keep when elements have gone.
	leafSpareMax = 16

	// levelsMax bounds the height: two neighbours hold more than innerMergeMax
	// children, so 2^32 elements need less than ten levels.
	levelsMax = 16
)

type header struct {
	epoch uint32
	n     uint16
	room  uint8 // of a leaf: the elements that its block has room for
	level uint8 // 0 for a leaf
}

type packedRef [refBytes]byte

func (p *packedRef) ref() arena.Ref {
	return arena.Ref(uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16 | uint64(p[3])<<24 | uint64(p[4])<<32)
}

func packRef(ref arena.Ref) packedRef {
	return packedRef{byte(ref), byte(ref >> 8), byte(ref >> 16), byte(ref >> 24), byte(ref >> 32)}
}

type leaf struct{ header }

type inner struct {
	header
	scores   [innerMax]float64
	sizes    [innerMax]uint32
	children [innerMax]packedRef
	firsts   [innerMax]packedRef
}

const innerBytes = int(unsafe.Sizeof(inner{}))

// child is what a node is to the one above it.
type child struct {
	node  arena.Ref // 0: there is none
	first arena.Ref // its first element, and that one's score
	score float64
	size  uint32
}

// all is the room of a leaf, used or not.
func (l *leaf) all() []packedRef {
	return unsafe.Slice((*packedRef)(unsafe.Add(unsafe.Pointer(l), headerBytes)), int(l.room))
}

func (l *leaf) refs() []packedRef { return l.all()[:l.n] }

func (n *inner) child(i int) child {
	return child{n.children[i].ref(), n.firsts[i].ref(), n.scores[i], n.sizes[i]}
}

func (n *inner) put(i int, c child) {
	n.children[i], n.firsts[i] = packRef(c.node), packRef(c.first)
	n.scores[i], n.sizes[i] = c.score, c.size
}

// insert makes room at i for a child; there must be room.
func (n *inner) insert(i int, c child) {
	copy(n.children[i+1:], n.children[i:n.n])
	copy(n.firsts[i+1:], n.firsts[i:n.n])
	copy(n.scores[i+1:], n.scores[i:n.n])
	copy(n.sizes[i+1:], n.sizes[i:n.n])
	n.n++
	n.put(i, c)
}

func (n *inner) remove(i int) {
	copy(n.children[i:], n.children[i+1:n.n])
	copy(n.firsts[i:], n.firsts[i+1:n.n])
	copy(n.scores[i:], n.scores[i+1:n.n])
	copy(n.sizes[i:], n.sizes[i+1:n.n])
	n.n--
}

// take appends the children of m from i on.
func (n *inner) take(m *inner, i int) {
	at := n.n
	copy(n.children[at:], m.children[i:m.n])
	copy(n.firsts[at:], m.firsts[i:m.n])
	copy(n.scores[at:], m.scores[i:m.n])
	copy(n.sizes[at:], m.sizes[i:m.n])
	n.n += m.n - uint16(i)
}

// tree is the order of the elements of a sorted set.
type tree struct {
	arena  *arena.Arena
	epochs *dict.Epochs
	root   child
	level  int // of the root
	bytes  int64
}

func (t *tree) leaf(ref arena.Ref) *leaf     { return (*leaf)(t.arena.Ptr(ref)) }
func (t *tree) inner(ref arena.Ref) *inner   { return (*inner)(t.arena.Ptr(ref)) }
func (t *tree) header(ref arena.Ref) *header { return (*header)(t.arena.Ptr(ref)) }

// describe is the child that a node is, for the node above it.
func (t *tree) describe(ref arena.Ref) child {
	h := t.header(ref)
	if h.level == 0 {
		first := t.leaf(ref).refs()[0].ref()
		return child{ref, first, scoreOf(dict.At(t.arena, first)), uint32(h.n)}
	}
	n := t.inner(ref)
	c := n.child(0)
	c.node = ref
	for _, size := range n.sizes[1:n.n] {
		c.size += size
	}
	return c
}

// newLeaf returns an empty leaf with room for n elements and some more.
func (t *tree) newLeaf(n int) (arena.Ref, *leaf) {
	const more = 3
	bytes := arena.ClassBytes(headerBytes + min(n+more, leafMax)*refBytes)
	ref := t.arena.Alloc(bytes)
	t.bytes += int64(bytes)
	l := t.leaf(ref)
	l.header = header{epoch: t.epochs.Epoch(), room: uint8(min((bytes-headerBytes)/refBytes, leafMax))}
	return ref, l
}

func (t *tree) newInner(level int) (arena.Ref, *inner) {
	ref := t.arena.Alloc(innerBytes)
	t.bytes += int64(arena.ClassBytes(innerBytes))
	n := t.inner(ref)
	n.header = header{epoch: t.epochs.Epoch(), level: uint8(level)}
	return ref, n
}

func (t *tree) release(ref arena.Ref) {
	h := t.header(ref)
	t.bytes -= int64(h.blockBytes())
	t.epochs.Release(ref, h.epoch)
}

func (h *header) blockBytes() int {
	if h.level > 0 {
		return arena.ClassBytes(innerBytes)
	}
	return arena.ClassBytes(headerBytes + int(h.room)*refBytes)
}

// ownLeaf returns a leaf that may be written and has room for n elements: the one
// at ref or a copy of it.
func (t *tree) ownLeaf(ref arena.Ref, n int) (arena.Ref, *leaf) {
	l := t.leaf(ref)
	if n <= int(l.room) && !t.epochs.Frozen(l.epoch) {
		return ref, l
	}
	own, c := t.newLeaf(max(n, int(l.n)))
	c.n = uint16(copy(c.all(), l.refs()))
	t.release(ref)
	return own, c
}

// ownInner is ownLeaf for an inner node.
func (t *tree) ownInner(ref arena.Ref) (arena.Ref, *inner) {
	n := t.inner(ref)
	if !t.epochs.Frozen(n.epoch) {
		return ref, n
	}
	own, c := t.newInner(int(n.level))
	c.take(n, 0)
	t.release(ref)
	return own, c
}
