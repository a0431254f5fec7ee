package rdb

import (
	"bytes"
	"cmp"
	"errors"
	"hash/maphash"
	"math"
	"slices"
	"strconv"

	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
)

// What a listpack of untrusted bytes must be before it is a value: well-formed, of whole rows, without the same
// field or member twice, and in order where the kind has one. Order alone is mended, for versions and servers
// may differ in it; everything else is refused.

// rowElements is the number of elements of which the rows of a kind are made.
func rowElements(kind value.Kind) int {
	switch kind {
	case value.HashPacked, value.ZSetPacked:
		return 2
	case value.HashPackedExpiry:
		return 3
	}
	return 1
}

// checked returns the listpack, or, when it has to be put in order, another one.
func (d *decoder) checked(kind value.Kind, lp []byte) []byte {
	switch {
	case d.err != nil:
		return nil
	case listpack.Check(lp) != nil:
		d.fail("a listpack that is not one")
		return nil
	}
	n, width := listpack.Len(lp), rowElements(kind)
	switch {
	case n == 0:
		d.empty()
	case n%width != 0:
		d.fail("a listpack of %d elements, where they go by %d", n, width)
	case kind == value.ListPacked:
	case !d.distinct.all(lp, n/width, width):
		d.fail("a listpack with the same element twice")
	case kind == value.ZSetPacked || kind == value.HashPackedExpiry:
		return d.ordered(kind, lp)
	}
	return lp
}

// row is a row of a listpack that has an order: by rank, then, in sorted sets, by the first element's text.
type row struct {
	at, end int
	rank    float64
}

// ordered checks what the rows are ordered by: scores, or times.
func (d *decoder) ordered(kind value.Kind, lp []byte) []byte {
	last := row{rank: math.Inf(-1)}
	inOrder := true
	for at, ok := listpack.First(lp); ok; at = last.end {
		r, valid := rowAt(kind, lp, at)
		if !valid {
			d.fail("a listpack with a score or a time that is none")
			return nil
		}
		if inOrder && last.end > 0 {
			inOrder = compareRows(kind, lp, last, r) <= 0
		}
		last, ok = r, r.end < listpack.End(lp)
	}
	if inOrder {
		return lp
	}
	return sorted(kind, lp)
}

// rowAt reads the row that begins at at.
func rowAt(kind value.Kind, lp []byte, at int) (r row, ok bool) {
	by := at
	for range rowElements(kind) - 1 {
		by, _ = listpack.Next(lp, by)
	}
	r.at = at
	r.end, _ = listpack.Next(lp, by)
	e := listpack.Get(lp, by)
	if kind == value.ZSetPacked {
		r.rank, ok = scoreOf(e)
		return r, ok
	}
	r.rank = float64(e.Int)
	if e.Int == 0 {
		r.rank = math.Inf(1) // fields that do not expire come last
	}
	return r, e.IsInt && e.Int >= 0 && e.Int <= fieldExpiryMsMax
}

// scoreOf reads a score.
func scoreOf(e listpack.Element) (score float64, ok bool) {
	if e.IsInt {
		return float64(e.Int), true
	}
	score, err := strconv.ParseFloat(string(e.Text), 64)
	return score, (err == nil || errors.Is(err, strconv.ErrRange)) && !math.IsNaN(score)
}

func compareRows(kind value.Kind, lp []byte, a, b row) int {
	if a.rank != b.rank || kind != value.ZSetPacked {
		return cmp.Compare(a.rank, b.rank)
	}
	var digitsA, digitsB [24]byte
	return bytes.Compare(listpack.Text(lp, a.at, digitsA[:0]), listpack.Text(lp, b.at, digitsB[:0]))
}

// sorted returns the rows in order: the same bytes in another sequence.
func sorted(kind value.Kind, lp []byte) []byte {
	var rows []row
	for at, ok := listpack.First(lp); ok; {
		r, _ := rowAt(kind, lp, at)
		rows = append(rows, r)
		at, ok = r.end, r.end < listpack.End(lp)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return compareRows(kind, lp, a, b) })
	first, _ := listpack.First(lp)
	out := append(make([]byte, 0, len(lp)), lp[:first]...)
	for _, r := range rows {
		out = append(out, lp[r.at:r.end]...)
	}
	return append(out, lp[listpack.End(lp):]...)
}

// distinct finds elements of a listpack that are there twice. It is a table of their positions that is kept from
// one listpack to the next: what an older one has left has another stamp.
//
//	slot    stamp:16 tag:16 position:32
type distinct struct {
	slots []uint64
	mask  uint64
	stamp uint64
}

var distinctSeed = maphash.MakeSeed()

// all tells whether the first elements of n rows are different.
func (t *distinct) all(lp []byte, n, width int) bool {
	if n == 1 {
		return true
	}
	t.begin(n)
	for at, ok := listpack.First(lp); ok; {
		if !t.add(lp, at) {
			return false
		}
		for range width {
			at, ok = listpack.Next(lp, at)
		}
	}
	return true
}

// begin prepares for n elements.
func (t *distinct) begin(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	t.mask = uint64(size - 1)
	t.stamp++
	if len(t.slots) < size {
		t.slots, t.stamp = make([]uint64, size), 1
	}
	if t.stamp > math.MaxUint16 {
		clear(t.slots)
		t.stamp = 1
	}
}

// add notes the element at a position and tells whether it is new.
func (t *distinct) add(lp []byte, at int) bool {
	e := canonical(listpack.Get(lp, at))
	hash := uint64(e.Int) * 0x9E3779B97F4A7C15
	if !e.IsInt {
		hash = maphash.Bytes(distinctSeed, e.Text)
	}
	mark := t.stamp<<48 | hash>>48<<32
	for i := hash >> 16 & t.mask; ; i = (i + 1) & t.mask {
		switch slot := t.slots[i]; {
		case slot>>48 != t.stamp:
			t.slots[i] = mark | uint64(at)
			return true
		case slot>>32 == mark>>32 && same(canonical(listpack.Get(lp, int(uint32(slot)))), e):
			return false
		}
	}
}

// canonical makes a number of a text that could be stored as one.
func canonical(e listpack.Element) listpack.Element {
	if !e.IsInt {
		if n, ok := value.IntText(e.Text); ok {
			return listpack.Element{Int: n, IsInt: true}
		}
	}
	return e
}

func same(a, b listpack.Element) bool {
	return a.IsInt == b.IsInt && a.Int == b.Int && bytes.Equal(a.Text, b.Text)
}
