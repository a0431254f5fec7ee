package list

import "math"

// Limit is how large a node may become: the directive list-max-listpack-size.
type Limit struct {
	bytes   int // of the listpack
	entries int
}

// sizesMax are the limits in bytes that the values -1, -2, ... stand for.
var sizesMax = [...]int{4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10}

const (
	// entriesMax is the largest limit in entries; a node of so many counts them in
	// its header.
	entriesMax = 1<<15 - 1
	// bytesUsual is the limit in bytes that goes with a limit in entries.
	bytesUsual = 8 << 10
)

// LimitOf reads the value of the directive: entries, or, below zero, a size.
func LimitOf(size int) Limit {
	if size >= 0 {
		return Limit{bytesUsual, min(max(size, 1), entriesMax)}
	}
	return Limit{sizesMax[min(-size, len(sizesMax))-1], math.MaxInt}
}

// Exceeded tells whether a listpack of that size is too large for one node.
func (l Limit) Exceeded(bytes, entries int) bool { return bytes > l.bytes || entries > l.entries }

// Small tells whether the only node of a list that has shrunk goes back into the
// entry of its key: at half the limit, so that a list which shrinks and grows is not
// converted again and again. A limit in entries knows no size then.
func (l Limit) Small(bytes, entries int) bool {
	if l.entries == math.MaxInt {
		return bytes <= l.bytes/2
	}
	return entries <= l.entries/2
}
