package zset

import (
	"strconv"

	"solokv/keyspace/value/listpack"
)

// Reader reads a sorted set, packed or large. The zero Reader is an empty set.
// What it returns are views, valid until the set next changes.
type Reader struct {
	packed []byte
	large  *ZSet
}

// Packed reads a packed set.
func Packed(packed []byte) Reader { return Reader{packed: packed} }

// Large reads a large set.
func Large(z *ZSet) Reader { return Reader{large: z} }

// Len is the number of members.
func (r Reader) Len() int {
	switch {
	case r.large != nil:
		return r.large.Len()
	case r.packed != nil:
		return PackedLen(r.packed)
	}
	return 0
}

// Score looks a member up.
func (r Reader) Score(member []byte) (score float64, ok bool) {
	switch {
	case r.large != nil:
		p, ok := r.large.Find(member)
		return p.Score, ok
	case r.packed != nil:
		return PackedScore(r.packed, member)
	}
	return 0, false
}

// Rank looks a member up and counts those before it.
func (r Reader) Rank(member []byte) (rank int, score float64, ok bool) {
	switch {
	case r.large != nil:
		p, ok := r.large.Find(member)
		if !ok {
			return 0, 0, false
		}
		b := bound{score: p.Score, member: member, byScore: true, byMember: true}
		return r.large.tree.before(&b), p.Score, true
	case r.packed != nil:
		_, rank, score, ok := PackedFind(r.packed, member)
		return rank, score, ok
	}
	return 0, 0, false
}

// ScoreRange is an interval of scores; an open end is not part of it.
type ScoreRange struct {
	Min, Max         float64
	MinOpen, MaxOpen bool
}

// LexEnd is an end of an interval of members.
type LexEnd struct {
	Member   []byte
	Open     bool
	Infinite int // -1 before all members, +1 after them, 0: Member
}

// LexRange is an interval of members, for sets in which all scores are equal.
type LexRange struct{ Min, Max LexEnd }

// SpanOfScores returns the ranks from <= rank < to of the members whose scores are
// in the range.
func (r Reader) SpanOfScores(s ScoreRange) (from, to int) {
	if s.Min > s.Max || s.Min == s.Max && (s.MinOpen || s.MaxOpen) {
		return 0, 0
	}
	low := bound{byScore: true, score: s.Min, inclusive: s.MinOpen}
	high := bound{byScore: true, score: s.Max, inclusive: !s.MaxOpen}
	return r.span(&low, &high)
}

// SpanOfMembers returns the ranks from <= rank < to of the members in the range.
func (r Reader) SpanOfMembers(l LexRange) (from, to int) {
	if l.Min.Infinite > 0 || l.Max.Infinite < 0 {
		return 0, 0
	}
	if l.Min.Infinite == 0 {
		from = r.before(&bound{byMember: true, member: l.Min.Member, inclusive: l.Min.Open})
	}
	to = r.Len()
	if l.Max.Infinite == 0 {
		to = r.before(&bound{byMember: true, member: l.Max.Member, inclusive: !l.Max.Open})
	}
	return from, max(from, to)
}

func (r Reader) span(low, high *bound) (from, to int) {
	from = r.before(low)
	return from, max(from, r.before(high))
}

func (r Reader) before(b *bound) int {
	switch {
	case r.large != nil:
		return r.large.tree.before(b)
	case r.packed != nil:
		rank, _ := packedBefore(r.packed, b)
		return rank
	}
	return 0
}

// At returns the element of a rank, 0 <= rank < Len. The text of a number in a
// packed set is written into number.
func (r Reader) At(rank int, number *[24]byte) (member []byte, score float64) {
	if r.large != nil {
		return r.large.At(rank)
	}
	at, _ := listpack.Seek(r.packed, 2*rank)
	next, _ := listpack.Next(r.packed, at)
	text := listpack.Get(r.packed, at)
	return elementText(&text, number[:0]), packedScore(r.packed, next)
}

// Each visits the elements of the ranks from <= rank < to in their order until
// visit returns false. The set must not change meanwhile, and a member lasts until
// visit returns.
func (r Reader) Each(from, to int, visit func(member []byte, score float64) bool) {
	if r.large != nil {
		r.large.EachRank(from, to, visit)
		return
	}
	var number []byte // nearly never needed, and it would always escape
	at, more := r.seek(from, to)
	for n := to - from; more && n > 0; n-- {
		next, _ := listpack.Next(r.packed, at)
		member := listpack.Get(r.packed, at)
		if member.IsInt {
			number = strconv.AppendInt(number[:0], member.Int, 10)
			member.Text = number
		}
		if !visit(member.Text, packedScore(r.packed, next)) {
			return
		}
		at, more = listpack.Next(r.packed, next)
	}
}

// EachReverse is Each in the opposite order.
func (r Reader) EachReverse(from, to int, visit func(member []byte, score float64) bool) {
	if r.large != nil {
		r.large.EachReverse(from, to, visit)
		return
	}
	var number []byte // nearly never needed, and it would always escape
	at, more := r.seek(to-1, to)
	for n := to - from; more && n > 0; n-- {
		next, _ := listpack.Next(r.packed, at)
		member := listpack.Get(r.packed, at)
		if member.IsInt {
			number = strconv.AppendInt(number[:0], member.Int, 10)
			member.Text = number
		}
		if !visit(member.Text, packedScore(r.packed, next)) {
			return
		}
		if at, more = listpack.Prev(r.packed, at); more {
			at, more = listpack.Prev(r.packed, at)
		}
	}
}

func (r Reader) seek(from, to int) (at int, ok bool) {
	if r.packed == nil || from < 0 || from >= to {
		return 0, false
	}
	return listpack.Seek(r.packed, 2*from)
}
