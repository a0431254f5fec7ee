package hll

import "errors"

// The sparse encoding: runs of registers, one opcode each, in the order of the
// registers, all 16384 of them and no more.
//
//	00llllll           ZERO   l+1 registers at 0
//	01llllll llllllll  XZERO  l+1 registers at 0
//	1rrrrrll           VAL    l+1 registers at r+1
//
// Raising a register splits the run that it is in, up to three ways, and then
// joins VALs of the same rank around it. A rank above 32, or a string that would
// grow beyond the limit, makes it dense instead.

const (
	zeroRunMax  = 64
	xzeroRunMax = 1 << 14
	valRunMax   = 4
	valRankMax  = 32
)

// errFull tells that a register cannot be raised in the sparse encoding.
var errFull = errors.New("hll: does not fit the sparse encoding")

// run is a decoded opcode.
type run struct {
	rank   uint8 // 0 for ZERO and XZERO
	length int   // registers
	bytes  int   // of the opcode: 1, or 2 for XZERO
}

// readRun decodes the opcode at at; false when it is cut off.
func readRun(text []byte, at int) (run, bool) {
	switch op := text[at]; {
	case op&0x80 != 0:
		return run{rank: op>>2&31 + 1, length: int(op&3) + 1, bytes: 1}, true
	case op&0x40 == 0:
		return run{length: int(op) + 1, bytes: 1}, true
	case at+1 < len(text):
		return run{length: int(op&63)<<8 + int(text[at+1]) + 1, bytes: 2}, true
	}
	return run{}, false
}

func val(rank uint8, length int) byte { return 0x80 | (rank-1)<<2 | byte(length-1) }

// appendZeros appends the opcode of n registers at 0.
func appendZeros(dst []byte, n int) []byte {
	if n <= zeroRunMax {
		return append(dst, byte(n-1))
	}
	return append(dst, 0x40|byte((n-1)>>8), byte(n-1))
}

// eachRun calls visit for all runs and checks that they cover the registers.
func eachRun(text []byte, visit func(first int, r run)) error {
	first := 0
	for at := headerBytes; at < len(text); {
		r, ok := readRun(text, at)
		if !ok || first+r.length > Registers {
			return ErrCorrupted
		}
		visit(first, r)
		first += r.length
		at += r.bytes
	}
	if first != Registers {
		return ErrCorrupted
	}
	return nil
}

// finger is a place in the opcodes where a search may begin: an opcode, the
// register that it begins with, and the opcode before. Registers that are raised
// in ascending order share one, so that a merge walks over the opcodes once.
type finger struct{ at, first, before int }

func newFinger() finger { return finger{at: headerBytes, before: -1} }

// raise raises a register to a rank if it is lower. The string may grow up to
// bytesMax; with errFull nothing was changed.
func (f *finger) raise(text []byte, p Place, bytesMax int) (_ []byte, changed bool, err error) {
	if p.rank > valRankMax {
		return text, false, errFull
	}
	at, first, before := f.at, f.first, f.before
	before2, beforeFirst := before, first
	var r run
	for {
		if at >= len(text) {
			return text, false, ErrCorrupted
		}
		var ok bool
		if r, ok = readRun(text, at); !ok {
			return text, false, ErrCorrupted
		}
		if p.register < first+r.length {
			break
		}
		before2, before, beforeFirst = before, at, first
		at += r.bytes
		first += r.length
	}
	if r.rank >= p.rank {
		return text, false, nil
	}

	var parts [5]byte
	split := splitRun(parts[:0], r, p.register-first, p.rank)
	grows := len(split) - r.bytes
	if grows > 0 && len(text)+grows > bytesMax {
		return text, false, errFull
	}
	text = replace(text, at, r.bytes, split)

	// From here on the finger stands at the opcode before, which joining may
	// change but does not move. What is before that is known only if the search
	// has passed it.
	if at == f.at {
		*f = newFinger()
	} else {
		*f = finger{at: before, first: beforeFirst, before: before2}
	}
	return joinVals(text, max(before, headerBytes)), true, nil
}

// splitRun appends the opcodes of a run whose register number i has that rank.
func splitRun(dst []byte, r run, i int, rank uint8) []byte {
	rest := r.length - i - 1
	if i > 0 {
		dst = appendRun(dst, r.rank, i)
	}
	dst = append(dst, val(rank, 1))
	if rest > 0 {
		dst = appendRun(dst, r.rank, rest)
	}
	return dst
}

func appendRun(dst []byte, rank uint8, length int) []byte {
	if rank == 0 {
		return appendZeros(dst, length)
	}
	return append(dst, val(rank, length))
}

// joinScanMax is how many opcodes are looked at for joining.
const joinScanMax = 5

// joinVals joins neighbours of one rank, from at on, where their lengths allow. It
// looks no further than Redis does: one join more would be another string.
func joinVals(text []byte, at int) []byte {
	for range joinScanMax {
		if at >= len(text) {
			break
		}
		r, _ := readRun(text, at)
		if r.rank != 0 && at+1 < len(text) {
			next, _ := readRun(text, at+1)
			if next.rank == r.rank && r.length+next.length <= valRunMax {
				text = replace(text, at, 2, []byte{val(r.rank, r.length+next.length)})
				continue
			}
		}
		at += max(r.bytes, 1)
	}
	return text
}

// replace puts other bytes in the place of n bytes at at.
func replace(text []byte, at, n int, with []byte) []byte {
	switch grows := len(with) - n; {
	case grows > 0:
		var room [4]byte
		end := len(text)
		text = append(text, room[:grows]...)
		copy(text[at+len(with):], text[at+n:end])
	case grows < 0:
		copy(text[at+len(with):], text[at+n:])
		text = text[:len(text)+grows]
	}
	copy(text[at:], with)
	return text
}

// AppendDense appends the dense form of a sparse one; its header goes along.
func AppendDense(dst, text []byte) ([]byte, error) {
	start := len(dst)
	dst = append(dst, text[:headerBytes]...)
	dst[start+encodingAt] = dense
	var zeros [512]byte
	for n := DenseBytes - headerBytes; n > 0; n -= len(zeros) {
		dst = append(dst, zeros[:min(n, len(zeros))]...)
	}
	to := dst[start:]
	err := eachRun(text, func(first int, r run) {
		if r.rank == 0 {
			return
		}
		for i := range r.length {
			raiseDense(to, Place{first + i, r.rank})
		}
	})
	return dst, err
}

// AppendOpcodes appends the opcodes in words, as PFDEBUG DECODE shows them.
func AppendOpcodes(dst, text []byte) ([]byte, error) {
	start := len(dst)
	err := eachRun(text, func(_ int, r run) {
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = appendOpcode(dst, r)
	})
	return dst, err
}
