package zset

import (
	"math"
	"strconv"

	"solokv/keyspace/value/listpack"
)

// A packed sorted set is a listpack of pairs in order:
//
//	| listpack header | member | score | member | score | ... | end |
//
// The bytes are those of Redis: a score that is a whole number is stored as an
// integer, any other as the shortest text that reads back as it. Everything is a
// walk over a few kilobytes at most.

// PackedLen is the number of members.
func PackedLen(packed []byte) int { return listpack.Len(packed) / 2 }

// PackedFind looks a member up. rank is its place and at the position of its
// member; without it they mean nothing.
func PackedFind(packed, member []byte) (at, rank int, score float64, ok bool) {
	at, more := listpack.First(packed)
	for ; more; rank++ {
		next, _ := listpack.Next(packed, at)
		if e := listpack.Get(packed, at); e.Equal(member) {
			return at, rank, packedScore(packed, next), true
		}
		at, more = listpack.Next(packed, next)
	}
	return 0, 0, 0, false
}

// PackedScore is PackedFind for the score alone.
func PackedScore(packed, member []byte) (score float64, ok bool) {
	first, ok := listpack.First(packed)
	if !ok {
		return 0, false
	}
	at, ok := listpack.Find(packed, first, member, 1)
	if !ok {
		return 0, false
	}
	next, _ := listpack.Next(packed, at)
	return packedScore(packed, next), true
}

// PackedInsert adds a member that is not there, at its place in the order, and
// returns the listpack, as append does.
func PackedInsert(packed, member []byte, score float64) []byte {
	b := bound{score: score, member: member, byScore: true, byMember: true}
	_, at := packedBefore(packed, &b)
	packed = listpack.Insert(packed, at, member)
	next, ok := listpack.Next(packed, at)
	if !ok {
		next = listpack.End(packed)
	}
	return packedInsertScore(packed, next, score)
}

// PackedAppend adds a member that comes after all others.
func PackedAppend(packed, member []byte, score float64) []byte {
	packed = listpack.Append(packed, member)
	return packedInsertScore(packed, listpack.End(packed), score)
}

func packedInsertScore(packed []byte, at int, score float64) []byte {
	if isTextWhole(score) {
		return listpack.InsertInt(packed, at, int64(score))
	}
	var text [32]byte
	return listpack.Insert(packed, at, appendScoreText(text[:0], score))
}

// isTextWhole includes -0, which becomes 0, as in Redis.
func isTextWhole(score float64) bool {
	return score == math.Trunc(score) && math.Abs(score) <= textWholeMax
}

// PackedUpdate gives the member at at another score. The member is written anew
// only if it has to move.
func PackedUpdate(packed []byte, at int, member []byte, score float64) []byte {
	scoreAt, _ := listpack.Next(packed, at)
	if packedStays(packed, at, scoreAt, member, score) {
		if isTextWhole(score) {
			return listpack.ReplaceInt(packed, scoreAt, int64(score))
		}
		var text [32]byte
		return listpack.Replace(packed, scoreAt, appendScoreText(text[:0], score))
	}
	return PackedInsert(listpack.Delete(packed, at, 2), member, score)
}

// packedStays tells whether a member with its new score is still between its
// neighbours.
func packedStays(packed []byte, at, scoreAt int, member []byte, score float64) bool {
	b := bound{score: score, member: member, byScore: true, byMember: true}
	var number [24]byte
	if before, ok := listpack.Prev(packed, at); ok {
		memberBefore, _ := listpack.Prev(packed, before)
		text := listpack.Get(packed, memberBefore)
		if !b.before(packedScore(packed, before), elementText(&text, number[:0])) {
			return false
		}
	}
	if after, ok := listpack.Next(packed, scoreAt); ok {
		scoreAfter, _ := listpack.Next(packed, after)
		text := listpack.Get(packed, after)
		if b.before(packedScore(packed, scoreAfter), elementText(&text, number[:0])) {
			return false
		}
	}
	return true
}

// PackedDelete takes out the member at at.
func PackedDelete(packed []byte, at int) []byte { return listpack.Delete(packed, at, 2) }

// PackedDeleteRanks takes out the members of the ranks from <= rank < to.
func PackedDeleteRanks(packed []byte, from, to int) []byte {
	if from >= to {
		return packed
	}
	at, _ := listpack.Seek(packed, 2*from)
	return listpack.Delete(packed, at, 2*(to-from))
}

// packedBefore counts the members before b, and returns the position after them.
func packedBefore(packed []byte, b *bound) (rank, at int) {
	var number [24]byte
	at, more := listpack.First(packed)
	for ; more; rank++ {
		next, _ := listpack.Next(packed, at)
		text, score := listpack.Get(packed, at), 0.0
		if b.byScore {
			score = packedScore(packed, next)
		}
		if !b.before(score, elementText(&text, number[:0])) {
			return rank, at
		}
		at, more = listpack.Next(packed, next)
	}
	return rank, listpack.End(packed)
}

// elementText is the bytes of an element, in number if it is one.
func elementText(e *listpack.Element, number []byte) []byte {
	if e.IsInt {
		return strconv.AppendInt(number, e.Int, 10)
	}
	return e.Text
}

// PackedScoreAt reads the score whose element is at at.
func PackedScoreAt(packed []byte, at int) float64 { return packedScore(packed, at) }

func packedScore(packed []byte, at int) float64 {
	e := listpack.Get(packed, at)
	if e.IsInt {
		return float64(e.Int)
	}
	return parseScore(e.Text)
}

// parseScore reads the text of a score: our own, or what a file of Redis holds.
// What is no number counts as 0.
func parseScore(text []byte) float64 {
	score, _ := strconv.ParseFloat(string(text), 64)
	if math.IsNaN(score) {
		return 0
	}
	return score
}

// PackedFrom makes the packed form of a large set.
func PackedFrom(dst []byte, z *ZSet) []byte {
	dst = listpack.AppendEmpty(dst)
	z.Each(func(member []byte, score float64) bool {
		dst = PackedAppend(dst, member, score)
		return true
	})
	return dst
}

// FromPacked makes a large set of a packed one.
func (z *ZSet) FromPacked(packed []byte) {
	r := Packed(packed)
	r.Each(0, r.Len(), func(member []byte, score float64) bool {
		z.Set(member, score)
		return true
	})
}
