package hash

import (
	"slices"

	"solokv/keyspace/value/listpack"
)

// A packed hash is a listpack of rows. Rows without an expiry are a field and its
// value; a hash in which a field has, or had, an expiry has rows of three:
//
//	HashPacked         field value | field value | ...
//	HashPackedExpiry   field value expiry-ms | field value expiry-ms | ... | field value 0
//
// Rows of three are ordered by expiry, so what is due is in front; those that do not
// expire have 0 there and come last. Everything takes time in proportion to the
// bytes, which the configuration keeps few.

// row returns the positions of the value and the expiry of the row at at.
func row(lp []byte, at int) (value, expiry int) {
	value, _ = listpack.Next(lp, at)
	expiry, _ = listpack.Next(lp, value)
	return value, expiry
}

// rowExpiry is the expiry of a row of three, 0 for one that stays.
func rowExpiry(lp []byte, at int) int64 {
	_, expiry := row(lp, at)
	return listpack.Get(lp, expiry).Int
}

// rowPlace is where a row of three with that expiry belongs: behind those of its
// time, or at the end.
func rowPlace(lp []byte, expireAtMs int64) int {
	end := listpack.End(lp)
	if expireAtMs == 0 {
		return end
	}
	at, ok := listpack.First(lp)
	for ok {
		_, expiry := row(lp, at)
		if e := listpack.Get(lp, expiry).Int; e == 0 || e > expireAtMs {
			return at
		}
		at, ok = listpack.Next(lp, expiry)
	}
	return end
}

// insertRow adds a row of three.
func insertRow(lp, field, text []byte, expireAtMs int64) []byte {
	at := rowPlace(lp, expireAtMs)
	lp = listpack.Insert(lp, at, field)
	at, _ = listpack.Next(lp, at)
	lp = listpack.Insert(lp, at, text)
	at, _ = listpack.Next(lp, at)
	return listpack.InsertInt(lp, at, expireAtMs)
}

// setRowExpiry changes the expiry of a row of three and moves the row where it
// belongs.
func setRowExpiry(lp []byte, at int, expireAtMs int64) []byte {
	_, expiry := row(lp, at)
	lp = listpack.ReplaceInt(lp, expiry, expireAtMs)
	next, _ := listpack.Next(lp, expiry)
	switch to := rowPlaceBut(lp, at, next, expireAtMs); {
	case to < at:
		rotate(lp[to:next], at-to)
	case to > next:
		rotate(lp[at:to], next-at)
	}
	return lp
}

// rowPlaceBut is rowPlace as if the row from at to next were not there; it returns
// at when that is its place.
func rowPlaceBut(lp []byte, at, next int, expireAtMs int64) int {
	end := listpack.End(lp)
	for r, ok := listpack.First(lp); ok; {
		_, expiry := row(lp, r)
		if e := listpack.Get(lp, expiry).Int; r != at && expireAtMs != 0 && (e == 0 || e > expireAtMs) {
			if r == next {
				return at
			}
			return r
		}
		r, ok = listpack.Next(lp, expiry)
	}
	if next == end {
		return at
	}
	return end
}

// rotate moves the first n bytes of b to its end.
func rotate(b []byte, n int) {
	slices.Reverse(b[:n])
	slices.Reverse(b[n:])
	slices.Reverse(b)
}

// expireRows removes rows whose time is before nowMs, at most budget, and shows
// their fields to visit first.
func expireRows(lp []byte, nowMs int64, budget int, visit func(field []byte)) (left []byte, n int) {
	var digits [24]byte
	first, ok := listpack.First(lp)
	for at := first; ok && n < budget; n++ {
		_, expiry := row(lp, at)
		if e := listpack.Get(lp, expiry).Int; e == 0 || e >= nowMs {
			break
		}
		visit(text(listpack.Get(lp, at), digits[:0]))
		at, ok = listpack.Next(lp, expiry)
	}
	return listpack.Delete(lp, first, 3*n), n
}

// widen turns rows of two into rows of three.
func widen(dst, lp []byte) []byte {
	dst = listpack.AppendEmpty(dst)
	for at, ok := listpack.First(lp); ok; {
		value, _ := listpack.Next(lp, at)
		dst = appendElement(appendElement(dst, listpack.Get(lp, at)), listpack.Get(lp, value))
		dst = listpack.AppendInt(dst, 0)
		at, ok = listpack.Next(lp, value)
	}
	return dst
}

func appendElement(lp []byte, e listpack.Element) []byte {
	if e.IsInt {
		return listpack.AppendInt(lp, e.Int)
	}
	return listpack.Append(lp, e.Text)
}

// text is the text of an element: a view, or the digits of an integer in buffer.
func text(e listpack.Element, buffer []byte) []byte {
	if e.IsInt {
		return e.Append(buffer)
	}
	return e.Text
}
