package command

import (
	"encoding/binary"

	"solokv/keyspace"
	"solokv/protocol"
)

// The integers of BITFIELD.

// fieldType is the type of an integer: i1 to i64, u1 to u63. Unsigned ones end at
// 63 bits because replies are signed.
type fieldType struct {
	signed bool
	width  int // in bits
}

func parseFieldType(arg []byte) (t fieldType, ok bool) {
	if len(arg) < 2 || arg[0] != 'i' && arg[0] != 'u' {
		return t, false
	}
	widest := int64(63)
	if t.signed = arg[0] == 'i'; t.signed {
		widest = 64
	}
	n, ok := protocol.ParseInt(arg[1:])
	t.width = int(n)
	return t, ok && n >= 1 && n <= widest
}

// get reads the integer at a bit; behind the end of text there are zeros.
func (t fieldType) get(text []byte, offset int64) int64 {
	var window [fieldBytesMax]byte
	if at := offset >> 3; at < int64(len(text)) {
		copy(window[:], text[at:])
	}
	shift := offset & 7
	bits := binary.BigEndian.Uint64(window[:])<<shift | uint64(window[8])>>(8-shift)
	if t.signed {
		return int64(bits) >> (64 - t.width)
	}
	return int64(bits >> (64 - t.width))
}

// put stores the low bits of n at a bit; text reaches as far as the field.
func (t fieldType) put(text []byte, offset, n int64) {
	var window [fieldBytesMax]byte
	place := text[offset>>3 : (offset+int64(t.width)+7)>>3]
	copy(window[:], place)
	shift := offset & 7
	ones := ^uint64(0) << (64 - t.width)
	bits := uint64(n) << (64 - t.width)
	high := binary.BigEndian.Uint64(window[:])
	binary.BigEndian.PutUint64(window[:], high&^(ones>>shift)|bits>>shift)
	window[8] = window[8]&^byte(ones<<(8-shift)) | byte(bits<<(8-shift))
	copy(place, window[:])
}

// wrap is n as it reads when only the low bits are kept.
func (t fieldType) wrap(n int64) int64 {
	shift := 64 - t.width
	if t.signed {
		return n << shift >> shift
	}
	return int64(uint64(n) << shift >> shift)
}

// fieldOverflow says what happens to a number that does not fit.
type fieldOverflow uint8

const (
	fieldWrap fieldOverflow = iota
	fieldSaturate
	fieldFail
)

func parseFieldOverflow(arg []byte) (fieldOverflow, bool) {
	switch {
	case keyspace.EqualFold(arg, "WRAP"):
		return fieldWrap, true
	case keyspace.EqualFold(arg, "SAT"):
		return fieldSaturate, true
	case keyspace.EqualFold(arg, "FAIL"):
		return fieldFail, true
	}
	return 0, false
}

// result is what the field holds after SET or INCRBY; false when it overflows and
// must stay as it is.
func (op *fieldOp) result(old int64) (now int64, ok bool) {
	base, increment := op.n, int64(0)
	if op.verb == fieldAdd {
		base, increment = old, op.n
	}
	limit, over := op.typ.overflow(base, increment)
	switch {
	case !over || op.over == fieldWrap:
		return op.typ.wrap(base + increment), true
	case op.over == fieldSaturate:
		return limit, true
	}
	return 0, false
}

// overflow tells whether base plus increment is outside the type, and by which
// end of it. A base that is negative but far below a narrow signed type is treated
// as Redis does, where the distance to the upper end overflows: see
// tests/transcripts/testdata/bitmaps/bitfield-overflow.txt.
func (t fieldType) overflow(base, increment int64) (limit int64, over bool) {
	if !t.signed {
		highest := int64(1)<<t.width - 1
		switch {
		case uint64(base) > uint64(highest), increment > highest-base:
			return highest, true
		case increment < -base:
			return 0, true
		}
		return 0, false
	}
	highest := int64(1)<<(t.width-1) - 1
	lowest := -highest - 1
	up, down := highest-base, lowest-base
	switch {
	case base > highest, t.width != 64 && increment > up, base >= 0 && increment > 0 && increment > up:
		return highest, true
	case base < lowest, t.width != 64 && increment < down, base < 0 && increment < 0 && increment < down:
		return lowest, true
	}
	return 0, false
}
