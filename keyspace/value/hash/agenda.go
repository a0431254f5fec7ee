package hash

import (
	"unsafe"

	"solokv/keyspace/arena"
)

// An agenda is the fields of one large hash that expire, ordered by time: a B+tree
// of (time, hash of the field) in the arena.
//
//	leaf    | count | at hash | at hash | ...            up to 31 items
//	branch  | count | at hash ref | at hash ref | ...    up to 20 children, each with
//	                                                     a lower bound of its items
//
// It is exact: a field that is deleted, or given another time, leaves at once, so
// nothing has to be swept and Bytes is what it is. Sparse leaves are merged, for
// fields that get a new time again and again; branches are freed when they are
// empty, which is soon enough. An agenda that fills from the end, as with a constant
// time to live, has full leaves.
//
// No snapshot ever looks at an agenda, so its nodes carry no epoch.
//
// Two fields with the same 64-bit hash and the same time would share an item; the
// second of them is then hidden when its time has come, but not removed by itself.
//
//	file, drop   a logarithm of cache misses        least   the same, leftmost
//
// Rejected: a heap (half the memory, but what was deleted stays until it fires, or
// every entry pays for its place in the heap); a timing wheel (20 KB to begin with).
type agenda struct {
	arena *arena.Arena
	root  arena.Ref // 0: empty
	depth int       // levels of branches above the leaves
	bytes int64
}

// appointment is an item: when which field expires.
type appointment struct {
	at   int64
	hash uint64
}

func (a appointment) less(b appointment) bool {
	return a.at < b.at || a.at == b.at && a.hash < b.hash
}

const (
	leafMax   = 31
	branchMax = 20
	leafFirst = 3 // of a first leaf, which grows until it is full sized

	leafMerge  = 15 // a leaf with fewer looks for a neighbour to join
	leafMerged = 28 // what they may have together

	nodeHeader     = 8
	leafBytes      = nodeHeader + leafMax*16
	branchBytes    = nodeHeader + branchMax*24
	agendaDepthMax = 12
)

type leaf struct {
	count int32
	max   int32
	items [leafMax]appointment // of a small leaf only the first max
}

type branch struct {
	count    int64
	children [branchMax]child
}

type child struct {
	from appointment // no item of the child is less, but in the first child
	ref  arena.Ref
}

// step is a branch that was passed on the way down, and the child that was taken.
type step struct {
	b  *branch
	at int
}

func (g *agenda) leaf(ref arena.Ref) *leaf     { return (*leaf)(g.arena.Ptr(ref)) }
func (g *agenda) branch(ref arena.Ref) *branch { return (*branch)(g.arena.Ptr(ref)) }

func (g *agenda) alloc(size int) arena.Ref {
	g.bytes += int64(arena.ClassBytes(size))
	return g.arena.Alloc(size)
}

func (g *agenda) free(ref arena.Ref) {
	g.bytes -= int64(g.arena.BlockBytes(ref))
	g.arena.Free(ref)
}

func (g *agenda) newLeaf(limit int) arena.Ref {
	ref := g.alloc(nodeHeader + limit*int(unsafe.Sizeof(appointment{})))
	l := g.leaf(ref)
	l.count, l.max = 0, int32(limit)
	return ref
}

// least is the first item.
func (g *agenda) least() (first appointment, ok bool) {
	if g.root == 0 {
		return first, false
	}
	ref := g.root
	for range g.depth {
		ref = g.branch(ref).children[0].ref
	}
	return g.leaf(ref).items[0], true
}

// descend finds the leaf in which a belongs.
func (g *agenda) descend(a appointment, path *[agendaDepthMax]step) (ref arena.Ref) {
	ref = g.root
	for level := range g.depth {
		b := g.branch(ref)
		low, high := 1, int(b.count) // the first child has no lower bound
		for low < high {
			if mid := (low + high) / 2; a.less(b.children[mid].from) {
				high = mid
			} else {
				low = mid + 1
			}
		}
		path[level] = step{b, low - 1}
		ref = b.children[low-1].ref
	}
	return ref
}

// search is the place of the first item of l that is not less than a.
func (l *leaf) search(a appointment) int {
	low, high := 0, int(l.count)
	for low < high {
		if mid := (low + high) / 2; l.items[mid].less(a) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// file adds an item.
func (g *agenda) file(a appointment) {
	if g.root == 0 {
		g.root, g.depth = g.newLeaf(leafFirst), 0
	}
	var path [agendaDepthMax]step
	ref := g.descend(a, &path)
	l := g.leaf(ref)
	at, n := l.search(a), int(l.count)
	switch {
	case at < n && l.items[at] == a:
		return
	case n == int(l.max) && n < leafMax:
		l = g.enlarge(l)
	case n == leafMax:
		// A leaf that is full at its end is left full: times that grow fill every leaf.
		right := g.newLeaf(leafMax)
		r := g.leaf(right)
		keep := leafMax / 2
		if at == n {
			keep = n
		}
		r.count = int32(copy(r.items[:], l.items[keep:n]))
		l.count = int32(keep)
		from := a
		if r.count > 0 {
			from = r.items[0]
		}
		if at > keep || at == n {
			l, at = r, at-keep
		}
		g.link(&path, child{from, right})
	}
	copy(l.items[at+1:l.count+1], l.items[at:l.count])
	l.items[at] = a
	l.count++
}

// enlarge moves the only leaf into a larger block.
func (g *agenda) enlarge(l *leaf) *leaf {
	old, n := g.root, int(l.count)
	g.root = g.newLeaf(min(2*n+1, leafMax))
	bigger := g.leaf(g.root)
	bigger.count = int32(copy(bigger.items[:n], l.items[:n]))
	g.free(old)
	return bigger
}

// link adds a child behind those that path leads to, splitting branches that are full.
func (g *agenda) link(path *[agendaDepthMax]step, add child) {
	for level := g.depth - 1; level >= 0; level-- {
		b, at := path[level].b, path[level].at+1
		if b.count < branchMax {
			b.insert(at, add)
			return
		}
		ref := g.alloc(branchBytes)
		right := g.branch(ref)
		keep := branchMax / 2
		if at == branchMax {
			keep = branchMax - 1
		}
		right.count = int64(copy(right.children[:], b.children[keep:]))
		b.count = int64(keep)
		if at > keep {
			right.insert(at-keep, add)
		} else {
			b.insert(at, add)
		}
		add = child{right.children[0].from, ref}
	}
	ref := g.alloc(branchBytes)
	b := g.branch(ref)
	b.count = 2
	b.children[0], b.children[1] = child{ref: g.root}, add
	g.root = ref
	g.depth++
}

func (b *branch) insert(at int, add child) {
	copy(b.children[at+1:b.count+1], b.children[at:b.count])
	b.children[at] = add
	b.count++
}

// drop removes an item, if it is there.
func (g *agenda) drop(a appointment) {
	if g.root == 0 {
		return
	}
	var path [agendaDepthMax]step
	ref := g.descend(a, &path)
	l := g.leaf(ref)
	at := l.search(a)
	if at == int(l.count) || l.items[at] != a {
		return
	}
	copy(l.items[at:l.count-1], l.items[at+1:l.count])
	switch l.count--; {
	case l.count == 0:
		g.unlink(&path, ref)
	case l.count < leafMerge && g.depth > 0:
		g.merge(path[g.depth-1])
	}
}

// merge joins a leaf that has become sparse with a neighbour below the same branch,
// if both fit one with some room.
func (g *agenda) merge(s step) {
	left := s.at
	if left == int(s.b.count)-1 {
		left--
	}
	if left < 0 {
		return
	}
	ref := s.b.children[left+1].ref
	l, r := g.leaf(s.b.children[left].ref), g.leaf(ref)
	if l.count+r.count > leafMerged {
		return
	}
	l.count += int32(copy(l.items[l.count:], r.items[:r.count]))
	g.free(ref)
	g.unhook(s.b, left+1)
}

// unlink frees an empty leaf and the branches that become empty with it.
func (g *agenda) unlink(path *[agendaDepthMax]step, ref arena.Ref) {
	level := g.depth - 1
	for ; level >= 0 && path[level].b.count == 1; level-- {
		parent := g.root
		if level > 0 {
			parent = path[level-1].b.children[path[level-1].at].ref
		}
		g.free(ref)
		ref = parent
	}
	g.free(ref)
	if level < 0 {
		g.root, g.depth = 0, 0
		return
	}
	g.unhook(path[level].b, path[level].at)
}

// unhook takes a child out of a branch that has others, and a root away that has
// only one left.
func (g *agenda) unhook(b *branch, at int) {
	copy(b.children[at:b.count-1], b.children[at+1:b.count])
	b.count--
	for g.depth > 0 && g.branch(g.root).count == 1 {
		only := g.branch(g.root).children[0].ref
		g.free(g.root)
		g.root = only
		g.depth--
	}
}

// drain frees about budget items from the front and tells whether any are left.
func (g *agenda) drain(budget int) (more bool) {
	for ; g.root != 0 && budget > 0; budget -= leafMax {
		var path [agendaDepthMax]step
		ref := g.root
		for level := range g.depth {
			b := g.branch(ref)
			path[level] = step{b, 0}
			ref = b.children[0].ref
		}
		g.unlink(&path, ref)
	}
	return g.root != 0
}
