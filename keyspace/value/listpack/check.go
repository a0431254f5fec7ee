package listpack

import (
	"encoding/binary"
	"errors"
)

// What Check finds.
var (
	errHeader  = errors.New("listpack: the header does not fit the bytes")
	errElement = errors.New("listpack: an element is not one, or passes the end")
	errBacklen = errors.New("listpack: the length behind an element is not its own")
	errCount   = errors.New("listpack: the header counts other elements")
)

// Check tells whether untrusted bytes are a listpack that everything else in this
// package may be used on.
func Check(lp []byte) error {
	if len(lp) < emptyBytes || uint64(binary.LittleEndian.Uint32(lp)) != uint64(len(lp)) ||
		lp[len(lp)-1] != terminator {
		return errHeader
	}
	count := 0
	for at := headerBytes; at < End(lp); count++ {
		n, ok := checkedBytes(lp[at:End(lp)])
		if !ok {
			return errElement
		}
		if back, width := backlen(lp, at+n); back != n-width || width != backlenBytes(back) {
			return errBacklen
		}
		at += n
	}
	if said := int(binary.LittleEndian.Uint16(lp[4:])); said != countUnknown && said != count {
		return errCount
	}
	return nil
}

// checkedBytes is elementBytes of the first of some elements, if all of it is there.
func checkedBytes(b []byte) (n int, ok bool) {
	head := b[0]
	need := 1
	switch {
	case head > headInt64:
		return 0, false
	case head == headText32:
		need = 5
	case head >= 0xC0:
		need = 2
	}
	if len(b) < need {
		return 0, false
	}
	n = elementBytes(b, 0)
	return n, n <= len(b)
}
