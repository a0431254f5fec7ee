package zset

import "solokv/keyspace/arena"

// at returns the element of a rank.
func (t *tree) at(rank int) arena.Ref {
	ref := t.root.node
	for level := t.level; level > 0; level-- {
		n := t.inner(ref)
		i := 0
		for ; rank >= int(n.sizes[i]); i++ {
			rank -= int(n.sizes[i])
		}
		ref = n.children[i].ref()
	}
	return t.leaf(ref).refs()[rank].ref()
}

// each visits the elements of the ranks from <= rank < to in their order until
// visit returns false.
func (t *tree) each(from, to int, visit func(arena.Ref) bool) {
	if from < to {
		t.eachBelow(t.root.node, t.level, from, to, visit)
	}
}

func (t *tree) eachBelow(ref arena.Ref, level, from, to int, visit func(arena.Ref) bool) bool {
	if level == 0 {
		refs := t.leaf(ref).refs()
		refs = refs[from:min(to, len(refs))]
		for i := range refs {
			if i%touchAhead == 0 {
				t.touch(refs[i:min(i+touchAhead, len(refs))], 1)
			}
			if !visit(refs[i].ref()) {
				return false
			}
		}
		return true
	}
	n := t.inner(ref)
	for i := 0; i < int(n.n) && to > 0; i++ {
		size := int(n.sizes[i])
		if from < size && !t.eachBelow(n.children[i].ref(), level-1, max(from, 0), to, visit) {
			return false
		}
		from, to = from-size, to-size
	}
	return true
}

// eachReverse is each in the opposite order, from rank to-1 down to from.
func (t *tree) eachReverse(from, to int, visit func(arena.Ref) bool) {
	if from < to {
		t.reverseBelow(t.root.node, t.level, int(t.root.size), from, to, visit)
	}
}

// reverseBelow is eachReverse for a subtree of size elements.
func (t *tree) reverseBelow(ref arena.Ref, level, size, from, to int, visit func(arena.Ref) bool) bool {
	if level == 0 {
		refs := t.leaf(ref).refs()
		refs = refs[max(from, 0):min(to, len(refs))]
		for i := len(refs) - 1; i >= 0; i-- {
			if (len(refs)-1-i)%touchAhead == 0 {
				t.touch(refs[max(i+1-touchAhead, 0):i+1], 1)
			}
			if !visit(refs[i].ref()) {
				return false
			}
		}
		return true
	}
	n := t.inner(ref)
	start := size // of the ranks of child i
	for i := int(n.n) - 1; i >= 0 && start > from; i-- {
		start -= int(n.sizes[i])
		if start < to && !t.reverseBelow(n.children[i].ref(), level-1, int(n.sizes[i]), from-start, to-start, visit) {
			return false
		}
	}
	return true
}

// draining is how far the nodes of a dead tree have been released.
type draining struct {
	begun bool
	depth int
	path  [levelsMax]struct {
		node arena.Ref
		next int // the child to go on with
	}
}

// drain releases the nodes of about budget elements and returns the rest of the
// budget, below zero if any nodes are left. Frozen nodes stay readable.
func (t *tree) drain(d *draining, budget int) int {
	if !d.begun {
		d.begun = true
		if t.root.node != 0 {
			d.path[0].node = t.root.node
			d.depth = 1
		}
	}
	const nodeCost = 8 // of releasing one, in elements
	for ; d.depth > 0; budget -= nodeCost {
		if budget <= 0 {
			return -1
		}
		top := &d.path[d.depth-1]
		h := t.header(top.node)
		if h.level > 0 && top.next < int(h.n) {
			below := t.inner(top.node).children[top.next].ref()
			top.next++
			d.path[d.depth].node, d.path[d.depth].next = below, 0
			d.depth++
			continue
		}
		t.release(top.node)
		d.depth--
	}
	t.root = child{}
	return max(budget, 0)
}
