package zset

import (
	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
)

// insert adds an element that is not there: ref, whose entry is complete.
func (t *tree) insert(ref arena.Ref) {
	e := dict.At(t.arena, ref)
	add := insertion{ref: ref, score: scoreOf(e)}
	add.at = bound{score: add.score, member: e.Key(), byScore: true, byMember: true}
	if t.root.node == 0 {
		node, l := t.newLeaf(1)
		l.all()[0], l.n = packRef(ref), 1
		t.root = child{node, ref, add.score, 1}
		return
	}

	left, right := t.insertBelow(t.root, t.level, &add, true, true)
	t.root = left
	if right.node != 0 {
		t.level++
		node, n := t.newInner(t.level)
		n.insert(0, left)
		n.insert(1, right)
		t.root.node, t.root.size = node, left.size+right.size
	}
}

type insertion struct {
	ref   arena.Ref
	score float64
	at    bound
}

// insertBelow inserts into a subtree. leftmost and rightmost tell whether it
// stands at that edge of the tree: there elements that come in order are not
// followed by others, so a node that overflows leaves its old elements together
// and full. It returns the subtree, and if it was split the new one to its right.
func (t *tree) insertBelow(c child, level int, add *insertion, leftmost, rightmost bool) (left, right child) {
	if level == 0 {
		return t.insertLeaf(c, add, leftmost, rightmost)
	}
	n := t.inner(c.node)
	i := max(t.childrenBefore(n, &add.at)-1, 0)
	c.node, n = t.ownInner(c.node)
	below, more := t.insertBelow(n.child(i), level-1, add, leftmost && i == 0, rightmost && i == int(n.n)-1)
	n.put(i, below)
	c.size++
	if i == 0 {
		c.first, c.score = below.first, below.score
	}
	if more.node == 0 {
		return c, right
	}
	i++
	if n.n < innerMax {
		n.insert(i, more)
		return c, right
	}
	return t.splitInner(c, level, i, more, leftmost, rightmost)
}

func (t *tree) splitInner(c child, level, i int, more child, leftmost, rightmost bool) (left, right child) {
	at := innerMax / 2
	switch {
	case rightmost && i == innerMax:
		at = innerMax
	case leftmost && i == 1:
		at = 1
	}
	n := t.inner(c.node)
	node, m := t.newInner(level)
	m.take(n, at)
	n.n = uint16(at)
	if i <= at && at < innerMax {
		n.insert(i, more)
	} else {
		m.insert(i-at, more)
	}
	right = t.describe(node)
	c.size -= right.size
	return c, right
}

func (t *tree) insertLeaf(c child, add *insertion, leftmost, rightmost bool) (left, right child) {
	l := t.leaf(c.node)
	i := t.leafBefore(l, &add.at)
	if l.n == leafMax {
		return t.splitLeaf(c, i, add, leftmost, rightmost)
	}
	c.node, l = t.ownLeaf(c.node, int(l.n)+1)
	l.insert(i, add.ref)
	c.size++
	if i == 0 {
		c.first, c.score = add.ref, add.score
	}
	return c, right
}

func (l *leaf) insert(i int, ref arena.Ref) {
	l.n++
	refs := l.refs()
	copy(refs[i+1:], refs[i:])
	refs[i] = packRef(ref)
}

func (t *tree) splitLeaf(c child, i int, add *insertion, leftmost, rightmost bool) (left, right child) {
	alone := child{first: add.ref, score: add.score, size: 1}
	switch {
	case rightmost && i == leafMax:
		alone.node = t.leafOf(nil, 0, add.ref)
		return c, alone
	case leftmost && i == 0:
		alone.node = t.leafOf(nil, 0, add.ref)
		return alone, c
	}
	const half = leafMax / 2
	refs := t.leaf(c.node).refs()
	var low, high arena.Ref
	if i <= half {
		low, high = t.leafOf(refs[:half], i, add.ref), t.leafOf(refs[half:], 0, 0)
	} else {
		low, high = t.leafOf(refs[:half], 0, 0), t.leafOf(refs[half:], i-half, add.ref)
	}
	t.release(c.node)
	return t.describe(low), t.describe(high)
}

// leafOf makes a leaf of refs with add, unless that is 0, at i.
func (t *tree) leafOf(refs []packedRef, i int, add arena.Ref) arena.Ref {
	node, l := t.newLeaf(len(refs) + 1)
	l.n = uint16(copy(l.all(), refs))
	if add != 0 {
		l.insert(i, add)
	}
	return node
}
