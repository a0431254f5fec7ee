package zset

import (
	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// A ZSet is a large sorted set. Each member is one entry, in a table under its
// bytes and in a tree under its score:
//
//	table   hash -> | clock 24 | ref 40 |----+
//	                                         v
//	entry                     | flags | keyLen | valueLen | member | score |
//	                                         ^
//	tree    rank -> | ... | ref 40 | ref 40 | ... |
//
//	Find, Score     one lookup in the table
//	Insert, Remove  a lookup and a descent
//	Update          the same if the order stays, else a removal and an insertion
//	Rank, Span      a descent
//
// A member of 14 bytes with a score that is a double costs 32 for the entry, 11 in
// the table and 5.6 in the tree.
//
// Under an open view an entry that the view may reach is not changed: a member
// whose score changes gets a new entry, and the tree the new ref. What the view
// holds, table and tree, goes on naming the old one, whose block the table frees
// when the view has closed.
type ZSet struct {
	epochs     *dict.Epochs
	table      *dict.Table
	tree       tree
	entryBytes int64
	draining   draining
}

var _ value.Collection = (*ZSet)(nil)

// New returns an empty set, whose changes respect the open view of epochs.
func New(epochs *dict.Epochs) *ZSet {
	a := epochs.Arena()
	return &ZSet{epochs: epochs, table: dict.New(a, epochs), tree: tree{arena: a, epochs: epochs}}
}

// Reserve prepares an empty set for n members, so that filling it splits nothing of the table.
func (z *ZSet) Reserve(n int) { z.table.Reserve(n) }

// Place is where a member is, or is not. It is valid until the set next changes.
type Place struct {
	Score float64
	pos   dict.Pos
	hash  uint64
}

// Find looks a member up. Also without it the place is what Insert wants.
func (z *ZSet) Find(member []byte) (p Place, ok bool) {
	p.hash = dict.Hash(member)
	p.pos, ok = z.table.Find(p.hash, member)
	if ok {
		p.Score = scoreOf(z.table.Entry(p.pos))
	}
	return p, ok
}

// Insert adds a member that Find did not find.
func (z *ZSet) Insert(p Place, member []byte, score float64) {
	ref := z.newEntry(member, score)
	z.table.Insert(p.hash, ref, 0)
	z.tree.insert(ref)
}

func (z *ZSet) newEntry(member []byte, score float64) arena.Ref {
	s := dict.Spec{Key: member, ValueLen: scoreBytes(score)}
	z.entryBytes += int64(arena.ClassBytes(s.Bytes()))
	ref := dict.NewEntry(z.tree.arena, &s)
	putScore(dict.At(z.tree.arena, ref).Value(), score)
	return ref
}

// Update gives a member that Find found another score.
func (z *ZSet) Update(p Place, score float64) {
	ref := p.pos.Ref()
	old := dict.At(z.tree.arena, ref)
	bytes, n := old.Bytes(), scoreBytes(score)
	e, block, ok := z.table.Editable(p.pos)
	if ok && arena.ClassBytes(bytes-old.ValueLen()+n) == block {
		stays := z.tree.move(p.Score, old.Key(), score)
		e.Resize(n, block)
		putScore(e.Value(), score)
		if !stays {
			z.tree.insert(ref)
		}
		return
	}
	z.tree.remove(p.Score, old.Key())
	z.entryBytes -= int64(arena.ClassBytes(bytes))
	ref = z.newEntry(old.Key(), score)
	z.table.Replace(p.pos, ref)
	z.tree.insert(ref)
}

// Remove takes out a member that Find found.
func (z *ZSet) Remove(p Place) {
	e := z.table.Entry(p.pos)
	z.tree.remove(p.Score, e.Key())
	z.entryBytes -= int64(arena.ClassBytes(e.Bytes()))
	z.table.Delete(p.pos, p.hash)
	z.table.Shrink(p.hash)
}

// Set is Insert or Update, whichever it takes.
func (z *ZSet) Set(member []byte, score float64) {
	p, found := z.Find(member)
	switch {
	case !found:
		z.Insert(p, member, score)
	case p.Score != score:
		z.Update(p, score)
	}
}

// Delete takes a member out and tells whether it was there.
func (z *ZSet) Delete(member []byte) bool {
	p, found := z.Find(member)
	if found {
		z.Remove(p)
	}
	return found
}

// At returns the element of a rank, 0 <= rank < Len. The member is a view, valid
// until the set next changes.
func (z *ZSet) At(rank int) (member []byte, score float64) {
	return element(dict.At(z.tree.arena, z.tree.at(rank)))
}

func element(e dict.Entry) (member []byte, score float64) { return e.Key(), scoreOf(e) }

// RemoveRanks takes out the elements of the ranks from <= rank < to.
func (z *ZSet) RemoveRanks(from, to int) {
	for range to - from {
		member, _ := z.At(from)
		z.Delete(member)
	}
}

// Each visits all elements in their order until visit returns false.
func (z *ZSet) Each(visit func(member []byte, score float64) bool) {
	z.EachRank(0, z.Len(), visit)
}

// EachRank visits the elements of the ranks from <= rank < to in their order until
// visit returns false. The set must not change meanwhile.
func (z *ZSet) EachRank(from, to int, visit func(member []byte, score float64) bool) {
	z.tree.each(from, to, func(ref arena.Ref) bool { return visit(element(dict.At(z.tree.arena, ref))) })
}

// EachReverse is EachRank in the opposite order. Any goroutine may call it, as the
// others of its kind, on a root that a view reaches.
func (z *ZSet) EachReverse(from, to int, visit func(member []byte, score float64) bool) {
	z.tree.eachReverse(from, to, func(ref arena.Ref) bool { return visit(element(dict.At(z.tree.arena, ref))) })
}

// Scan visits some members from cursor on, in no order, and returns the next
// cursor, 0 at the end: see dict.Table.Scan.
func (z *ZSet) Scan(cursor uint64, visit func(member []byte, score float64)) (next uint64) {
	return z.table.Scan(cursor, func(_ dict.Pos, e dict.Entry) { visit(element(e)) })
}

// Len implements value.Collection.
func (z *ZSet) Len() int { return z.table.Len() }

// Bytes implements value.Collection.
func (z *ZSet) Bytes() int64 { return z.table.Bytes() + z.entryBytes + z.tree.bytes }

// Encoding implements value.Collection.
func (z *ZSet) Encoding() string { return "skiplist" }

// Index is the table of the members, to be looked at only.
func (z *ZSet) Index() *dict.Table { return z.table }

// Fork implements value.Collection.
func (z *ZSet) Fork() value.Collection {
	f := *z
	f.table = z.table.Fork()
	return &f
}

// Clone implements value.Collection. Members come in order, so the copy's leaves
// are full.
func (z *ZSet) Clone() value.Collection {
	c := New(z.epochs)
	z.Each(func(member []byte, score float64) bool {
		c.Insert(Place{hash: dict.Hash(member)}, member, score)
		return true
	})
	return c
}

// Drain implements value.Collection.
func (z *ZSet) Drain(budget int) (more bool) {
	if budget = z.tree.drain(&z.draining, budget); budget < 0 {
		return true
	}
	return z.table.Drain(budget, func(e dict.Entry) { z.entryBytes -= int64(arena.ClassBytes(e.Bytes())) })
}
