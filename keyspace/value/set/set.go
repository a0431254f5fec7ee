package set

import (
	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// A member is an entry of a dict.Table that has a key and nothing else:
//
//	+-------+--------+--------+
//	| flags | keyLen | member |        2 bytes of header, 5 from 256 bytes on
//	+-------+--------+--------+
//
// so a member of 14 bytes is a block of 16, and about 11 bytes are its slot in the
// table. Everything that a large set needs, the table has: search, removal, a walk
// that survives growth (SSCAN), random picks, and copy-on-write of segments while
// a view is open. The members' bytes are never changed.
//
//	Add, Has, Remove, Random   O(1)
//	Fork                       a few bytes for hundreds of members
//	memory                     27 bytes for a member of 14, at 83 % fill
//
// Rejected: integers in fewer bytes than their digits. A block has at least 8
// bytes, which hold six digits already, and every reader would need two paths.

// Set is the root. It implements value.Collection.
type Set struct {
	table  *dict.Table
	epochs *dict.Epochs
	// memberBytes is the sum of the members' blocks.
	memberBytes int64
}

var _ value.Collection = (*Set)(nil)

// New returns an empty set whose changes respect the open view of epochs.
func New(epochs *dict.Epochs) *Set {
	return &Set{table: dict.New(epochs.Arena(), epochs), epochs: epochs}
}

// Reserve prepares an empty set for n members, so that filling it splits nothing.
func (s *Set) Reserve(n int) { s.table.Reserve(n) }

// New returns an empty set in the same memory, to help with a computation.
func (s *Set) New() *Set { return New(s.epochs) }

// Has tells whether member is in the set.
func (s *Set) Has(member []byte) bool {
	_, ok := s.table.Find(dict.Hash(member), member)
	return ok
}

// Add puts member in and tells whether it was missing. Its bytes are copied.
func (s *Set) Add(member []byte) (added bool) {
	hash := dict.Hash(member)
	if _, ok := s.table.Find(hash, member); ok {
		return false
	}
	s.insert(hash, member)
	return true
}

// insert adds a member that is not there.
func (s *Set) insert(hash uint64, member []byte) {
	spec := dict.Spec{Key: member, NoValue: true}
	s.memberBytes += int64(arena.ClassBytes(spec.Bytes()))
	s.table.Insert(hash, dict.NewEntry(s.epochs.Arena(), &spec), 0)
}

// Remove takes member out and tells whether it was there. The argument may be a
// view of the set's own bytes; without an open view it is not valid afterwards.
func (s *Set) Remove(member []byte) (removed bool) {
	hash := dict.Hash(member)
	pos, ok := s.table.Find(hash, member)
	if !ok {
		return false
	}
	s.memberBytes -= int64(arena.ClassBytes(s.table.Entry(pos).Bytes()))
	s.table.Delete(pos, hash)
	s.table.Shrink(hash)
	return true
}

// Random returns some member, picked by random numbers: a view that is valid
// until the set next changes. The set must not be empty.
func (s *Set) Random(next func() uint64) (member []byte) {
	pos, _ := s.table.Random(next)
	return s.table.Entry(pos).Key()
}

// Each visits every member until visit returns false. The set must not change
// meanwhile. Any goroutine may call it on a root that a view reaches.
func (s *Set) Each(visit func(member []byte) bool) {
	s.table.Each(func(_ dict.Pos, e dict.Entry) bool { return visit(e.Key()) })
}

// Scan visits some members from cursor on and returns where to go on, 0 at the
// end. A member that is there throughout a walk is visited exactly once.
func (s *Set) Scan(cursor uint64, visit func(member []byte)) (next uint64) {
	return s.table.Scan(cursor, func(_ dict.Pos, e dict.Entry) { visit(e.Key()) })
}

// Len implements value.Collection.
func (s *Set) Len() int { return s.table.Len() }

// Bytes implements value.Collection.
func (s *Set) Bytes() int64 { return s.table.Bytes() + s.memberBytes }

// Index is the table of the members, to be looked at only.
func (s *Set) Index() *dict.Table { return s.table }

// Fork implements value.Collection.
func (s *Set) Fork() value.Collection {
	fork := *s
	fork.table = s.table.Fork()
	return &fork
}

// Clone implements value.Collection.
func (s *Set) Clone() value.Collection {
	clone := New(s.epochs)
	clone.Reserve(s.Len())
	s.table.Each(func(_ dict.Pos, e dict.Entry) bool {
		clone.insert(dict.Hash(e.Key()), e.Key())
		return true
	})
	return clone
}

// Drain implements value.Collection.
func (s *Set) Drain(budget int) (more bool) { return s.table.Drain(budget, nil) }

// Encoding implements value.Collection.
func (s *Set) Encoding() string { return "hashtable" }
