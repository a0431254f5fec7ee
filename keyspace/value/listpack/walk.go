package listpack

import "encoding/binary"

// End is the position behind the last element.
func End(lp []byte) int { return len(lp) - 1 }

// First is the position of the first element.
func First(lp []byte) (at int, ok bool) { return headerBytes, len(lp) > emptyBytes }

// Last is the position of the last element.
func Last(lp []byte) (at int, ok bool) { return Prev(lp, End(lp)) }

// Next is the position behind the element at at, and whether there is an element.
func Next(lp []byte, at int) (next int, ok bool) {
	next = at + elementBytes(lp, at)
	return next, next < End(lp)
}

// Prev is the position of the element before the one at at, which may be End.
func Prev(lp []byte, at int) (prev int, ok bool) {
	n, width := backlen(lp, at)
	if width == 0 {
		return at, false
	}
	return at - width - n, true
}

// Seek is the position of an element by its index; a negative index counts from
// the end, -1 being the last element.
func Seek(lp []byte, index int) (at int, ok bool) {
	count := int(binary.LittleEndian.Uint16(lp[4:]))
	if count != countUnknown {
		if index < 0 {
			index += count
		}
		if index < 0 || index >= count {
			return 0, false
		}
		if index > count/2 {
			index -= count // from the nearer end
		}
	}
	if index < 0 {
		at, ok = Last(lp)
		for ; ok && index < -1; index++ {
			at, ok = Prev(lp, at)
		}
		return at, ok
	}
	at, ok = First(lp)
	for ; ok && index > 0; index-- {
		at, ok = Next(lp, at)
	}
	return at, ok
}
