package zset

import (
	"bytes"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
)

// bound is a place between two elements: all that are before it form a prefix of
// the order. It is given by a score, by a member, or by both.
type bound struct {
	score     float64
	member    []byte
	byScore   bool
	byMember  bool
	inclusive bool // elements that are equal to it are before it
}

// before tells whether an element is before the bound.
func (b *bound) before(score float64, member []byte) bool {
	if b.byScore {
		if score != b.score {
			return score < b.score
		}
		if !b.byMember {
			return b.inclusive
		}
	}
	order := bytes.Compare(member, b.member)
	return order < 0 || order == 0 && b.inclusive
}

// entryBefore is before for an element of the tree.
func (t *tree) entryBefore(ref arena.Ref, b *bound) bool {
	e := dict.At(t.arena, ref)
	if !b.byScore {
		return b.before(0, e.Key())
	}
	if score := scoreOf(e); score != b.score {
		return score < b.score
	}
	return b.before(b.score, e.Key())
}

// leafBefore counts a leaf's elements before b.
func (t *tree) leafBefore(l *leaf, b *bound) int {
	refs := l.refs()
	low, high := 0, len(refs)
	if high > touchAhead {
		low, high = t.narrow(refs, b)
	}
	for low < high {
		middle := int(uint(low+high) / 2)
		if t.entryBefore(refs[middle].ref(), b) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// narrow finds the eighth of refs in which the elements before b end. It loads what
// it compares at once, and then all of that eighth: two waits for memory where
// halving has seven.
func (t *tree) narrow(refs []packedRef, b *bound) (low, high int) {
	step := (len(refs) + 7) / 8
	t.touch(refs, step)
	for high = step; high < len(refs) && t.entryBefore(refs[high].ref(), b); high += step {
		low = high + 1
	}
	high = min(high, len(refs))
	t.touch(refs[low:high], 1)
	return low, high
}

// childrenBefore counts a node's children whose first element is before b. The
// last of them is the one in which elements before b end.
func (t *tree) childrenBefore(n *inner, b *bound) int {
	low, high := 0, int(n.n)
	for low < high {
		middle := int(uint(low+high) / 2)
		before := false
		if b.byScore && n.scores[middle] != b.score {
			before = n.scores[middle] < b.score
		} else {
			before = t.entryBefore(n.firsts[middle].ref(), b)
		}
		if before {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// before counts the elements before b: the rank of the first that is not.
func (t *tree) before(b *bound) int {
	rank, ref := 0, t.root.node
	if ref == 0 {
		return 0
	}
	for level := t.level; level > 0; level-- {
		n := t.inner(ref)
		i := t.childrenBefore(n, b) - 1
		if i < 0 {
			return rank
		}
		for _, size := range n.sizes[:i] {
			rank += int(size)
		}
		ref = n.children[i].ref()
	}
	return rank + t.leafBefore(t.leaf(ref), b)
}
