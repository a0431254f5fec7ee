package intset

import (
	"encoding/binary"
	"math"
)

// An intset is a header and the numbers in ascending order, all of one width:
//
//	+-------+--------+--------+--------+-----+
//	| width | count  | number | number | ... |      little-endian
//	+-------+--------+--------+--------+-----+
//	    4       4      width    width
//
// Width is 2, 4 or 8 bytes: that of the widest number there ever was. A number
// that does not fit widens all others first; removing it does not narrow them
// again, or a number at the border would cost a rewrite each time.
//
//	Find     O(log n)
//	Add      O(n) bytes moved; nothing but a copy for the greatest number so far
//	Remove   O(n) bytes moved
//
// Sorted bytes were kept, rather than something with cheaper inserts, because
// snapshots want exactly these bytes and the sets are small by configuration
// (set-max-intset-entries, 512).
const (
	headerBytes = 8
	countAt     = 4
	countMax    = math.MaxUint32 // what the header can tell
)

// Empty returns a fresh empty intset.
func Empty() []byte { return AppendEmpty(nil) }

// AppendEmpty appends an empty intset to dst.
func AppendEmpty(dst []byte) []byte { return append(dst, 2, 0, 0, 0, 0, 0, 0, 0) }

// Len is the number of numbers.
func Len(set []byte) int { return int(binary.LittleEndian.Uint32(set[countAt:])) }

func width(set []byte) int { return int(set[0]) }

func setLen(set []byte, n int) { binary.LittleEndian.PutUint32(set[countAt:], uint32(n)) }

// widthOf is the number of bytes that n needs.
func widthOf(n int64) int {
	switch {
	case n == int64(int16(n)):
		return 2
	case n == int64(int32(n)):
		return 4
	}
	return 8
}

// Get returns the number at an index, 0 <= index < Len.
func Get(set []byte, index int) int64 { return get(set, index, width(set)) }

func get(set []byte, index, width int) int64 {
	b := set[headerBytes+index*width:]
	switch width {
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(b)))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b)))
	}
	return int64(binary.LittleEndian.Uint64(b))
}

func put(set []byte, index, width int, n int64) {
	b := set[headerBytes+index*width:]
	switch width {
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(n))
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(n))
	default:
		binary.LittleEndian.PutUint64(b, uint64(n))
	}
}

// Find returns the index of n, or, when it is not there, the one that it would
// get.
func Find(set []byte, n int64) (index int, ok bool) {
	w := width(set)
	low, high := 0, Len(set)
	if high > 0 && n > get(set, high-1, w) {
		return high, false // numbers are often added in ascending order
	}
	for low < high {
		middle := int(uint(low+high) >> 1)
		switch at := get(set, middle, w); {
		case at == n:
			return middle, true
		case at < n:
			low = middle + 1
		default:
			high = middle
		}
	}
	return low, false
}

// Add puts n in and tells whether it was missing.
func Add(set []byte, n int64) (changed []byte, added bool) {
	index, found := Find(set, n)
	if found || Len(set) == countMax {
		return set, false
	}
	if wide := widthOf(n); wide > width(set) {
		set = widen(set, wide)
	}
	w := width(set)
	set = grow(set, w)
	at := headerBytes + index*w
	copy(set[at+w:], set[at:len(set)-w])
	put(set, index, w, n)
	setLen(set, Len(set)+1)
	return set, true
}

// grow makes room for n bytes more, with whatever is in them.
func grow(set []byte, n int) []byte {
	if free := cap(set) - len(set); free >= n {
		return set[:len(set)+n]
	}
	return append(set, make([]byte, n)...)
}

// widen gives every number w bytes, from the last to the first: each lands at or
// behind where it was.
func widen(set []byte, w int) []byte {
	old, count := width(set), Len(set)
	set = grow(set, count*(w-old))
	for i := count - 1; i >= 0; i-- {
		put(set, i, w, get(set, i, old))
	}
	set[0] = uint8(w)
	return set
}

// Remove takes n out and tells whether it was there.
func Remove(set []byte, n int64) (changed []byte, removed bool) {
	index, found := Find(set, n)
	if !found {
		return set, false
	}
	w := width(set)
	at := headerBytes + index*w
	copy(set[at:], set[at+w:])
	set = set[:len(set)-w]
	setLen(set, Len(set)-1)
	return set, true
}
