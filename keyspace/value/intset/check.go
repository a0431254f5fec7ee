package intset

import (
	"encoding/binary"
	"errors"
)

// What Check finds.
var (
	errHeader = errors.New("intset: the header does not fit the bytes")
	errOrder  = errors.New("intset: the numbers are not in ascending order")
)

// Check tells whether untrusted bytes are an intset that everything else in this
// package may be used on.
func Check(set []byte) error {
	if len(set) < headerBytes {
		return errHeader
	}
	w := uint64(binary.LittleEndian.Uint32(set))
	if w != 2 && w != 4 && w != 8 || uint64(len(set)-headerBytes) != uint64(Len(set))*w {
		return errHeader
	}
	for i := 1; i < Len(set); i++ {
		if Get(set, i-1) >= Get(set, i) {
			return errOrder
		}
	}
	return nil
}
