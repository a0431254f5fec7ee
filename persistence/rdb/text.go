package rdb

import (
	"encoding/binary"
	"math"
	"strconv"
)

// Lengths, numbers and strings, of which everything else is made.
//
// A length's two highest bits say how it is stored; the numbers are big-endian:
//
//	00nnnnnn                 6 bits            10000000 n:4    32 bits
//	01nnnnnn nnnnnnnn       14 bits            10000001 n:8    64 bits
//
// 11 stands where a string's length would, and says that the string is stored otherwise: as a number of 1, 2 or
// 4 bytes, little-endian, whose digits are the string, or compressed: its compressed length, its length, bytes.
const (
	lengthOf32 = 0x80
	lengthOf64 = 0x81

	stringInt8  = 0xC0
	stringInt16 = 0xC1
	stringInt32 = 0xC2
	stringLZF   = 0xC3

	// stringBytesMax is what an entry in memory can hold.
	stringBytesMax = math.MaxUint32
	// lzfRatioMax is more than compression can gain: three bytes stand for 264 at most.
	lzfRatioMax = 88
)

// length reads a length.
func (s *source) length() uint64 { return s.lengthFrom(s.byte()) }

// lengthFrom reads what follows the first byte of a length.
func (s *source) lengthFrom(head byte) uint64 {
	switch {
	case head < 0x40:
		return uint64(head)
	case head < 0x80:
		return uint64(head&0x3F)<<8 | uint64(s.byte())
	case head == lengthOf32:
		if b := s.next(4); b != nil {
			return uint64(binary.BigEndian.Uint32(b))
		}
	case head == lengthOf64:
		if b := s.next(8); b != nil {
			return binary.BigEndian.Uint64(b)
		}
	default:
		s.fail("a length that begins with the byte %#x", head)
	}
	return 0
}

// count reads the number of things that follow, of at least so many bytes each.
func (s *source) count(bytes uint64) uint64 {
	n := s.length()
	if left, known := s.left(); known && n > left/bytes {
		s.fail("%d elements, where %d bytes are left", n, left)
		return 0
	}
	return n
}

// hintMax bounds a number that nothing proves.
const hintMax = 1 << 16

// hint is how many of n announced things it is safe to make room for.
func (s *source) hint(n uint64) int64 {
	if _, known := s.left(); known {
		return int64(min(n, math.MaxInt64))
	}
	return int64(min(n, hintMax))
}

// uint64LE and the like read numbers of a fixed width.
func (s *source) uint64LE() uint64 {
	if b := s.next(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (s *source) uint32LE() uint32 {
	if b := s.next(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (s *source) double() float64 { return math.Float64frombits(s.uint64LE()) }

// rawID reads a stream's ID of 16 bytes, big-endian.
func (s *source) rawID() ID {
	if b := s.next(16); b != nil {
		return idOf(b)
	}
	return ID{}
}

func idOf(b []byte) ID { return ID{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])} }

// textID reads an ID that is two lengths.
func (s *source) textID() (id ID) {
	id.Ms = s.length()
	id.Seq = s.length()
	return id
}

// text reads a string: a view, valid until more is read, of the buffer or of own, which grows as it must.
func (s *source) text(own *[]byte) []byte {
	// Most strings are like this, and then all is said by the first byte.
	if at := s.pos + 1; at <= len(s.buf) {
		if n := int(s.buf[at-1]); n < 0x40 && n <= len(s.buf)-at {
			s.pos = at + n
			return s.buf[at : at+n : at+n]
		}
	}
	return s.anyText(own)
}

// keep is text in memory of its own, which stays as it is when more is read.
func (s *source) keep(own *[]byte) []byte {
	*own = append((*own)[:0], s.text(own)...)
	return *own
}

func (s *source) anyText(own *[]byte) []byte {
	switch head := s.byte(); head {
	case stringInt8:
		return s.digits(own, int64(int8(s.byte())))
	case stringInt16:
		if b := s.next(2); b != nil {
			return s.digits(own, int64(int16(binary.LittleEndian.Uint16(b))))
		}
		return nil
	case stringInt32:
		return s.digits(own, int64(int32(s.uint32LE())))
	case stringLZF:
		return s.compressed(own)
	default:
		if head >= stringInt8 {
			s.fail("a string that begins with the byte %#x", head)
			return nil
		}
		return s.bytes(s.lengthFrom(head), own)
	}
}

func (s *source) digits(own *[]byte, n int64) []byte {
	*own = strconv.AppendInt((*own)[:0], n, 10)
	return *own
}

// bytes reads n bytes.
func (s *source) bytes(n uint64, own *[]byte) []byte {
	switch {
	case s.err != nil:
		return nil
	case n <= bufferedMax || n <= uint64(len(s.buf)-s.pos):
		return s.next(int(n))
	case n > stringBytesMax:
		s.fail("a string of %d bytes", n)
		return nil
	}
	*own = s.long((*own)[:0], int(n))
	return *own
}

// compressed reads a compressed string.
func (s *source) compressed(own *[]byte) []byte {
	packed := s.length()
	n := s.length()
	if packed > stringBytesMax || n > stringBytesMax || n > packed*lzfRatioMax {
		s.fail("a string of %d bytes that is compressed to %d", n, packed)
		return nil
	}
	var long []byte
	from := s.bytes(packed, &long)
	if s.err != nil {
		return nil
	}
	if uint64(cap(*own)) < n {
		*own = make([]byte, n)
	}
	*own = (*own)[:n]
	if lzfDecompress(*own, from) != nil {
		s.fail("a compressed string is broken")
		return nil
	}
	return *own
}

// scratchKeptBytes is what a buffer may keep from one key to the next.
const scratchKeptBytes = 1 << 20
