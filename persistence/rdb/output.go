package rdb

import (
	"encoding/binary"
	"io"
	"math"
	"strconv"

	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
)

// The parts that everything else in a file is made of:
//
//	length   00llllll | 01llllll l | 0x80 l:4 | 0x81 l:8                 the higher bytes first
//	string   length text | 0xC0 n:1 | 0xC1 n:2 | 0xC2 n:4 | 0xC3 length length compressed
//
// A string that is the canonical text of a number of up to 32 bits is that number; the two lengths of a compressed
// one are those of its bytes and of its text. Numbers of a fixed width have the lower bytes first, IDs of streams
// the higher.
const (
	length6Max  = 1<<6 - 1
	length14Max = 1<<14 - 1
	length14    = 0x40
	length32    = 0x80
	length64    = 0x81
	textInt8    = 0xC0
	textInt16   = 0xC1
	textInt32   = 0xC2
	textLZF     = 0xC3

	intTextMax   = 11 // the longest text of a number of 32 bits
	plainTextMax = 20 // up to here compression is not tried
)

const (
	// pieceBytes is what an output collects before it writes.
	pieceBytes = 64 << 10
	// directBytes is the length from which on bytes are written without being copied first.
	directBytes = 64 << 10
)

// output collects bytes. What an io.Writer takes is written in large pieces, whatever the length of a value;
// without one all bytes stay in buf. The first error ends everything: what comes later goes nowhere.
type output struct {
	to      io.Writer // nil: keep
	buf     []byte
	full    int // bytes of buf that are enough to be written
	flushed int64
	sum     uint64
	sums    bool
	lzf     *lzfMatcher // nil: do not compress
	err     error
}

// spill writes what has been collected when it is enough for a piece.
func (o *output) spill() {
	if len(o.buf) >= o.full {
		o.flush()
	}
}

func (o *output) flush() {
	o.write(o.buf)
	o.buf = o.buf[:0]
}

// write hands bytes to the writer; what was collected before has to be there already.
func (o *output) write(b []byte) {
	if o.err != nil || len(b) == 0 {
		return
	}
	if o.sums {
		o.sum = crcUpdate(o.sum, b)
	}
	n, err := o.to.Write(b)
	o.flushed += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	o.err = err
}

// raw puts bytes.
func (o *output) raw(b []byte) {
	if len(b) >= directBytes && o.to != nil {
		o.flush()
		o.write(b)
		return
	}
	o.buf = append(o.buf, b...)
	o.spill()
}

func (o *output) opcode(op byte) { o.buf = append(o.buf, op) }

func (o *output) length(n uint64) {
	switch {
	case n <= length6Max:
		o.buf = append(o.buf, byte(n))
	case n <= length14Max:
		o.buf = append(o.buf, length14|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		o.buf = binary.BigEndian.AppendUint32(append(o.buf, length32), uint32(n))
	default:
		o.buf = binary.BigEndian.AppendUint64(append(o.buf, length64), n)
	}
	o.spill()
}

// word puts eight bytes: times, and the bits of scores.
func (o *output) word(bits uint64) {
	o.buf = binary.LittleEndian.AppendUint64(o.buf, bits)
	o.spill()
}

// text puts a string in its shortest form.
func (o *output) text(b []byte) {
	if len(b) <= intTextMax {
		if n, ok := value.IntText(b); ok && n == int64(int32(n)) {
			o.number(n)
			return
		}
	}
	if o.lzf != nil && len(b) > plainTextMax {
		if compressed := o.lzf.compressed(b); compressed != nil {
			o.buf = append(o.buf, textLZF)
			o.length(uint64(len(compressed)))
			o.length(uint64(len(b)))
			o.raw(compressed)
			return
		}
	}
	o.length(uint64(len(b)))
	o.raw(b)
}

// number puts the string that is the text of n.
func (o *output) number(n int64) {
	switch {
	case n == int64(int8(n)):
		o.buf = append(o.buf, textInt8, byte(n))
	case n == int64(int16(n)):
		o.buf = binary.LittleEndian.AppendUint16(append(o.buf, textInt16), uint16(n))
	case n == int64(int32(n)):
		o.buf = binary.LittleEndian.AppendUint32(append(o.buf, textInt32), uint32(n))
	default:
		at := len(o.buf)
		o.buf = strconv.AppendInt(append(o.buf, 0), n, 10)
		o.buf[at] = byte(len(o.buf) - at - 1)
	}
	o.spill()
}

// element puts the element of a listpack as a string.
func (o *output) element(lp []byte, at int) {
	if e := listpack.Get(lp, at); e.IsInt {
		o.number(e.Int)
	} else {
		o.text(e.Text)
	}
}
