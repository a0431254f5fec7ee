package listpack

import (
	"encoding/binary"
	"slices"
)

// Empty returns a listpack without elements.
func Empty() []byte { return AppendEmpty(nil) }

// AppendEmpty appends a listpack without elements to dst.
func AppendEmpty(dst []byte) []byte {
	return append(dst, emptyBytes, 0, 0, 0, 0, 0, terminator)
}

// Len is the number of elements. Of more than 65534 it has to count them.
func Len(lp []byte) int {
	n := int(binary.LittleEndian.Uint16(lp[4:]))
	if n != countUnknown {
		return n
	}
	n = 0
	for at, ok := First(lp); ok; at, ok = Next(lp, at) {
		n++
	}
	return n
}

// Fits tells whether more bytes of elements may be added; a listpack ends at 1 GB.
func Fits(lp []byte, more int) bool { return len(lp)+more <= bytesMax }

// Append puts an element at the end. The canonical text of an integer is stored as
// the integer.
func Append(lp, element []byte) []byte { return Insert(lp, End(lp), element) }

// AppendCode is Append of what CodeOf made of an element.
func AppendCode(lp []byte, c Code) []byte { return put(lp, End(lp), 0, c) }

// AppendInt puts the text of n at the end.
func AppendInt(lp []byte, n int64) []byte { return InsertInt(lp, End(lp), n) }

// Insert puts an element before the one at at, or at the end if at is End.
func Insert(lp []byte, at int, element []byte) []byte {
	return put(lp, at, 0, CodeOf(element))
}

// InsertInt is Insert of the text of n.
func InsertInt(lp []byte, at int, n int64) []byte {
	return put(lp, at, 0, Code{n: n})
}

// Replace puts an element in the place of the one at at.
func Replace(lp []byte, at int, element []byte) []byte {
	return put(lp, at, elementBytes(lp, at), CodeOf(element))
}

// ReplaceInt is Replace by the text of n.
func ReplaceInt(lp []byte, at int, n int64) []byte {
	return put(lp, at, elementBytes(lp, at), Code{n: n})
}

// put writes an element over the old bytes at at: none, or those of one element.
func put(lp []byte, at, old int, c Code) []byte {
	size := c.Size()
	lp = resize(lp, at+old, at+size)
	c.write(lp[at : at+size])
	if old == 0 {
		addCount(lp, 1)
	}
	return lp
}

// Delete takes out count elements from the one at at on, or as many as there are.
func Delete(lp []byte, at, count int) []byte {
	end, n := at, 0
	for ; n < count && end < End(lp); n++ {
		end += elementBytes(lp, end)
	}
	lp = resize(lp, end, at)
	addCount(lp, -n)
	return lp
}

// resize moves what begins at from to to, and sets the length accordingly.
func resize(lp []byte, from, to int) []byte {
	old := len(lp)
	total := old + to - from
	if total > old {
		lp = slices.Grow(lp, total-old)[:total]
	}
	if from != to {
		copy(lp[to:total], lp[from:old])
		lp = lp[:total]
		binary.LittleEndian.PutUint32(lp, uint32(total))
	}
	return lp
}

// addCount changes the number in the header. One that is not known stays so: the
// bytes may be a view, so no count could be written into them later.
func addCount(lp []byte, n int) {
	count := int(binary.LittleEndian.Uint16(lp[4:]))
	if count != countUnknown {
		binary.LittleEndian.PutUint16(lp[4:], uint16(min(count+n, countUnknown)))
	}
}
