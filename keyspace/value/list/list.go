package list

import (
	"slices"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
)

// A large list is a row of nodes, and each node a listpack of some kilobytes. Pages
// say where the nodes are and how many elements each of them has; the root says the
// same of the pages. An element by its index is found by three short sums: over the
// pages, over the nodes of one page, over the elements of one node.
//
//	root    [page 130k] [page 127k] ... [page 4k]           a Go slice
//	page    epoch n [node 511] [node 498] ... up to 255     a block of up to 2 kB
//	node    epoch start ... listpack ...                    a block of up to 8 kB, as a rule
//
//	operation                     cost
//	push, pop at an end           O(1); now and then a new node, seldom a new page
//	element by index              O(pages + nodes of a page + elements of a node)
//	insert, delete in the middle  the same, and moving half a node
//	fork for a snapshot           16 bytes for each page: for 130,000 elements of 14 bytes
//
// There are pages because a flat row of nodes would have to be copied as a whole
// when a snapshot begins (160 kB for ten million elements), and moved as a whole
// when a node is added in the middle. A balanced tree would cost a walk at each push
// and give nothing up to a thousand million elements. Links between nodes, as Redis
// has them, make LINDEX walk over all nodes, and cannot be shared with a snapshot:
// copying one node would change its neighbours.
//
// Invariants: no node and no page is empty; a page's words count the elements of
// their nodes; an element that exceeds the limit is alone in its node.
type List struct {
	epochs *dict.Epochs
	arena  *arena.Arena
	pages  []pageEntry
	count  int
	bytes  int64 // of the blocks
	limit  Limit
}

// pageEntry is what the root knows of a page.
type pageEntry struct {
	ref   arena.Ref
	count int // of elements
}

// place is where a node is: a page and a word in it.
type place struct{ page, word int }

// New returns an empty list.
func New(epochs *dict.Epochs, limit Limit) *List {
	return &List{epochs: epochs, arena: epochs.Arena(), limit: limit}
}

// SetLimit changes how large nodes may become from now on.
func (l *List) SetLimit(limit Limit) { l.limit = limit }

var _ value.Collection = (*List)(nil)

// Len implements value.Collection.
func (l *List) Len() int { return l.count }

// Bytes implements value.Collection.
func (l *List) Bytes() int64 { return l.bytes + int64(cap(l.pages))*16 }

// Encoding implements value.Collection.
func (l *List) Encoding() string { return "quicklist" }

// Fork implements value.Collection.
func (l *List) Fork() value.Collection {
	fork := *l
	fork.pages = slices.Clone(l.pages)
	return &fork
}

// Clone implements value.Collection.
func (l *List) Clone() value.Collection {
	clone := New(l.epochs, l.limit)
	l.EachNode(func(lp []byte) bool {
		clone.AppendNode(lp)
		return true
	})
	return clone
}

// Nodes is the number of nodes, also of the root that a view reads.
func (l *List) Nodes() (n int) {
	for _, entry := range l.pages {
		n += len(l.words(entry.ref))
	}
	return n
}

// EachNode calls visit for the listpack of each node until it returns false. It may
// be called for the root that a view reads, by any goroutine.
func (l *List) EachNode(visit func(lp []byte) bool) {
	for _, entry := range l.pages {
		for _, word := range l.words(entry.ref) {
			if !visit(l.read(wordRef(word))) {
				return
			}
		}
	}
}

// appendedBytesMax is twice what any limit allows in a node.
const appendedBytesMax = 128 << 10

// AppendNode puts a node of its own at the end, which holds the elements of a
// listpack. One that no limit could explain, from a file perhaps, is taken apart.
func (l *List) AppendNode(lp []byte) {
	count := listpack.Len(lp)
	switch {
	case count == 0:
	case count == 1 || len(lp) <= appendedBytesMax:
		l.insertNode(l.end(), l.newNode(lp, nodeHeader+len(lp)), count)
	default:
		l.appendEach(lp)
	}
}

func (l *List) appendEach(lp []byte) {
	var text []byte
	for at, ok := listpack.First(lp); ok; at, ok = listpack.Next(lp, at) {
		text = listpack.Get(lp, at).Append(text[:0])
		l.PushTail(text)
	}
}

// Packed returns the listpack of a list that is small enough to go back into an
// entry; it is a view, valid until the list changes.
func (l *List) Packed() (lp []byte, ok bool) {
	if len(l.pages) != 1 {
		return nil, false
	}
	words := l.words(l.pages[0].ref)
	if len(words) != 1 {
		return nil, false
	}
	lp = l.read(wordRef(words[0]))
	return lp, l.limit.Small(len(lp), l.count)
}

// Drain implements value.Collection. Freeing a node costs about as much as freeing
// an element of other collections, so it counts as one.
func (l *List) Drain(budget int) (more bool) {
	for len(l.pages) > 0 && budget > 0 {
		last := len(l.pages) - 1
		words := l.words(l.pages[last].ref)
		n := min(budget, len(words))
		for _, word := range words[len(words)-n:] {
			l.count -= wordCount(word)
			l.releaseNode(wordRef(word))
		}
		budget -= n
		if n == len(words) {
			l.releasePage(l.pages[last].ref)
			l.pages = l.pages[:last]
			continue
		}
		l.ownPage(last)
		l.setWords(l.pages[last].ref, len(words)-n)
	}
	if len(l.pages) == 0 {
		l.pages = nil
	}
	return len(l.pages) > 0
}

// end is the place behind the last node.
func (l *List) end() place {
	if len(l.pages) == 0 {
		return place{}
	}
	last := len(l.pages) - 1
	return place{last, len(l.words(l.pages[last].ref))}
}

// find returns the node of an element, and the element's index in it.
func (l *List) find(index int) (at place, offset int) {
	if index > l.count/2 { // from the nearer end
		at.page = len(l.pages)
		for before := l.count; before > index; before -= l.pages[at.page].count {
			at.page--
			offset = index - (before - l.pages[at.page].count)
		}
	} else {
		offset = index
		for ; offset >= l.pages[at.page].count; at.page++ {
			offset -= l.pages[at.page].count
		}
	}
	for _, word := range l.words(l.pages[at.page].ref) {
		n := wordCount(word)
		if offset < n {
			break
		}
		offset -= n
		at.word++
	}
	return at, offset
}

// after and before are the places of the neighbours; ok is false beyond the ends.
func (l *List) after(at place) (next place, ok bool) {
	if at.word++; at.word == len(l.words(l.pages[at.page].ref)) {
		at = place{at.page + 1, 0}
	}
	return at, at.page < len(l.pages)
}

func (l *List) before(at place) (prev place, ok bool) {
	if at.word--; at.word < 0 {
		if at.page--; at.page < 0 {
			return at, false
		}
		at.word = len(l.words(l.pages[at.page].ref)) - 1
	}
	return at, true
}
