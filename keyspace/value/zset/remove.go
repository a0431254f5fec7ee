package zset

import (
	"solokv/keyspace/dict"
)

// remove takes out the element of that score and member, which must be there.
func (t *tree) remove(score float64, member []byte) {
	t.removal(&removal{at: bound{score: score, member: member, byScore: true, byMember: true, inclusive: true}})
}

// move is remove for an element that will come back with another score. If it is
// between the same neighbours then, it stays where it is, and move returns true.
func (t *tree) move(score float64, member []byte, to float64) (stays bool) {
	r := removal{at: bound{score: score, member: member, byScore: true, byMember: true, inclusive: true}}
	r.mayStay = true
	r.to = bound{score: to, member: member, byScore: true, byMember: true}
	t.removal(&r)
	return r.stays
}

type removal struct {
	at      bound // the element is the last before it
	mayStay bool  // if it is between its neighbours at to as well
	to      bound
	stays   bool
}

func (t *tree) removal(r *removal) {
	t.root = t.removeBelow(t.root, t.level, r)
	if t.root.node == 0 {
		t.level = 0
		return
	}
	for t.level > 0 {
		n := t.inner(t.root.node)
		if n.n > 1 {
			return
		}
		only := n.child(0)
		t.release(t.root.node)
		t.root = only
		t.level--
	}
}

// removeBelow removes an element from a subtree and returns what is left of it.
func (t *tree) removeBelow(c child, level int, r *removal) child {
	if level == 0 {
		return t.removeLeaf(c, r)
	}
	n := t.inner(c.node)
	i := t.childrenBefore(n, &r.at) - 1
	c.node, n = t.ownInner(c.node)
	below := t.removeBelow(n.child(i), level-1, r)
	if below.node != 0 {
		n.put(i, below)
	}
	switch {
	case r.stays:
		return c
	case below.node != 0:
		t.mergeFew(n, i)
	case n.n == 1:
		t.release(c.node)
		return child{}
	default:
		n.remove(i)
	}
	c.size--
	c.first, c.score = n.firsts[0].ref(), n.scores[0]
	return c
}

func (t *tree) removeLeaf(c child, r *removal) child {
	l := t.leaf(c.node)
	i := t.leafBefore(l, &r.at) - 1
	if r.mayStay && t.staysIn(l, i, &r.to) {
		r.stays = true
		return c
	}
	if l.n == 1 {
		t.release(c.node)
		return child{}
	}
	c.node, l = t.ownLeaf(c.node, int(l.n))
	refs := l.refs()
	copy(refs[i:], refs[i+1:])
	l.n--
	c.size--
	if i == 0 {
		c.first = refs[0].ref()
		c.score = scoreOf(dict.At(t.arena, c.first))
	}
	if spare := int(l.room) - int(l.n); spare > leafSpareMax && spare > int(l.n)/2 {
		node := t.leafOf(l.refs(), 0, 0)
		t.release(c.node)
		c.node = node
	}
	return c
}

// staysIn tells whether the element at i, moved to to, is still between its
// neighbours. At the edges of a leaf it says no: there inner nodes would change.
func (t *tree) staysIn(l *leaf, i int, to *bound) bool {
	refs := l.refs()
	return i > 0 && i+1 < len(refs) &&
		t.entryBefore(refs[i-1].ref(), to) && !t.entryBefore(refs[i+1].ref(), to)
}

// mergeFew merges child i of n with a neighbour if it has become small and both
// together leave room to grow. If they do not, the neighbour is large, and nodes
// are half full on average all the same.
func (t *tree) mergeFew(n *inner, i int) {
	h := t.header(n.children[i].ref())
	few, most := leafFew, leafMergeMax
	if h.level > 0 {
		few, most = innerFew, innerMergeMax
	}
	if int(h.n) >= few {
		return
	}
	for _, left := range [2]int{i - 1, i} {
		if left < 0 || left+1 >= int(n.n) {
			continue
		}
		a, b := n.child(left), n.child(left+1)
		if int(t.header(a.node).n)+int(t.header(b.node).n) > most {
			continue
		}
		t.merge(&a, b)
		n.put(left, a)
		n.remove(left + 1)
		return
	}
}

// merge appends the node b to the node a.
func (t *tree) merge(a *child, b child) {
	if t.header(a.node).level > 0 {
		var n *inner
		a.node, n = t.ownInner(a.node)
		n.take(t.inner(b.node), 0)
	} else {
		more := t.leaf(b.node).refs()
		var l *leaf
		a.node, l = t.ownLeaf(a.node, int(t.leaf(a.node).n)+len(more))
		copy(l.all()[l.n:], more)
		l.n += uint16(len(more))
	}
	a.size += b.size
	t.release(b.node)
}
