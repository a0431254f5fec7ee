package command

import (
	"slices"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
	largeset "solokv/keyspace/value/set"
)

// The walks over what set algebra yields. Each visits every member of the outcome
// once, until visit returns false, and may put its sets into another order. No
// outcome is built up for it: members come from the sets and are looked up in the
// others. A helping set is made only where that saves lookups.

// intersect visits the members of the smallest set that all others have.
func intersect(_ *keyspace.Ctx, sets []setView, visit func(e listpack.Element) bool) {
	slices.SortStableFunc(sets, func(a, b setView) int { return a.len() - b.len() })
	others := sets[1:]
	sets[0].each(func(e listpack.Element) bool {
		for i := range others {
			if !others[i].hasMember(e) {
				return true
			}
		}
		return visit(e)
	})
}

// uniteSetsMax is the number of sets up to which each member is looked up in the
// sets before its own; more would cost more than remembering what was seen.
const uniteSetsMax = 4

// unite visits the members of all sets, the largest set first: its members need no
// lookup.
func unite(c *keyspace.Ctx, sets []setView, visit func(e listpack.Element) bool) {
	if len(sets) > uniteSetsMax {
		uniteRemembering(c, sets, visit)
		return
	}
	sortLargestFirst(sets)
	more := true
	for i := range sets {
		before := sets[:i]
		sets[i].each(func(e listpack.Element) bool {
			if !anyHas(before, e) {
				more = visit(e)
			}
			return more
		})
		if !more {
			return
		}
	}
}

func uniteRemembering(c *keyspace.Ctx, sets []setView, visit func(e listpack.Element) bool) {
	seen := largeset.New(c.Epochs())
	uniteRepeating(c, sets, func(e listpack.Element) bool {
		var digits [20]byte
		return !seen.Add(memberText(e, digits[:0])) || visit(e)
	})
	discardSet(seen)
}

// uniteRepeating is unite for who puts the members into a set anyway: they come as
// often as there are sets that have them.
func uniteRepeating(_ *keyspace.Ctx, sets []setView, visit func(e listpack.Element) bool) {
	more := true
	for i := range sets {
		sets[i].each(func(e listpack.Element) bool {
			more = visit(e)
			return more
		})
		if !more {
			return
		}
	}
}

// subtract visits the members of the first set that no other has. It looks each up
// in the others, the largest first because it is the likeliest to have it; or, if
// there are many or slow others, in one set of all their members.
func subtract(c *keyspace.Ctx, sets []setView, visit func(e listpack.Element) bool) {
	first, others := &sets[0], sets[1:]
	sortLargestFirst(others)
	lookups, members := 0, 0
	for i := range others {
		lookups += others[i].lookupCost()
		members += others[i].len()
	}
	if first.len()*lookups <= members*insertCost+first.len()*largeLookupCost {
		first.each(func(e listpack.Element) bool { return anyHas(others, e) || visit(e) })
		return
	}
	excluded := largeset.New(c.Epochs())
	uniteRepeating(c, others, func(e listpack.Element) bool {
		var digits [20]byte
		excluded.Add(memberText(e, digits[:0]))
		return true
	})
	rest := []setView{{kind: value.Set, large: excluded}}
	first.each(func(e listpack.Element) bool { return anyHas(rest, e) || visit(e) })
	discardSet(excluded)
}

// What it costs to look a member up and to put one into a helping set, in units of
// about 20 ns.
const (
	largeLookupCost      = 2
	insertCost           = 5
	packedMembersPerUnit = 8 // of a listpack, compared one by one
)

func (v *setView) lookupCost() int {
	switch v.kind {
	case value.SetPacked:
		return 1 + v.len()/packedMembersPerUnit
	case value.Set:
		return largeLookupCost
	}
	return 1
}

func anyHas(sets []setView, e listpack.Element) bool {
	for i := range sets {
		if sets[i].hasMember(e) {
			return true
		}
	}
	return false
}

func sortLargestFirst(sets []setView) {
	slices.SortStableFunc(sets, func(a, b setView) int { return b.len() - a.len() })
}
