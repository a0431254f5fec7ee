package listpack

import (
	"encoding/binary"
	"math"

	"solokv/keyspace/value"
)

// The bytes:
//
//	total:4  count:2  element ...  0xFF
//
// total is the length of the whole run, count the number of elements, both little
// endian; a count of 65535 says that there may be more, and that they have to be
// counted. An element is
//
//	head  text or number  backlen
//
// and its head says what it is and how long:
//
//	0nnnnnnn                      a number, 0 to 127
//	10llllll           text       up to 63 bytes of text
//	110nnnnn nnnnnnnn             a number in 13 bits, signed
//	1110llll llllllll  text       up to 4095 bytes of text
//	11110000 l:4       text       longer text
//	11110001 n:2                  a number, signed
//	11110010 n:3
//	11110011 n:4
//	11110100 n:8
//
// The two forms that spread a number over both bytes have the higher bits first,
// the others are little endian. backlen is the length of head and text in groups
// of seven bits, written so that it can be read from its end: the last byte holds
// the lowest group, and each byte but the first one has its top bit set.
const (
	headerBytes  = 6
	emptyBytes   = 7
	countUnknown = math.MaxUint16
	terminator   = 0xFF

	headText32 = 0xF0
	headInt16  = 0xF1
	headInt24  = 0xF2
	headInt32  = 0xF3
	headInt64  = 0xF4

	text6Max  = 1<<6 - 1
	text12Max = 1<<12 - 1

	// backlenMax and headMax bound what surrounds a text.
	backlenMax = 5
	headMax    = 5

	// bytesMax is the size that Fits keeps listpacks below.
	bytesMax = 1 << 30
)

// code is an element as it is about to be written: its head, and its text if it is
// one; the bytes of a number are part of the head.
type code struct {
	head  [9]byte
	headN int
	text  []byte
}

func codeOf(element []byte) code {
	if n, ok := value.IntText(element); ok {
		return codeOfInt(n)
	}
	c := code{text: element}
	switch n := len(element); {
	case n <= text6Max:
		c.head[0], c.headN = 0x80|byte(n), 1
	case n <= text12Max:
		c.head[0], c.head[1], c.headN = 0xE0|byte(n>>8), byte(n), 2
	default:
		c.head[0], c.headN = headText32, 5
		binary.LittleEndian.PutUint32(c.head[1:], uint32(n))
	}
	return c
}

func codeOfInt(n int64) (c code) {
	switch {
	case n >= 0 && n <= 127:
		c.head[0], c.headN = byte(n), 1
	case n >= -1<<12 && n < 1<<12:
		c.head[0], c.head[1], c.headN = 0xC0|byte(n>>8)&0x1F, byte(n), 2
	case n >= math.MinInt16 && n <= math.MaxInt16:
		c.head[0], c.headN = headInt16, 3
		binary.LittleEndian.PutUint16(c.head[1:], uint16(n))
	case n >= -1<<23 && n < 1<<23:
		c.head[0], c.headN = headInt24, 4
		c.head[1], c.head[2], c.head[3] = byte(n), byte(n>>8), byte(n>>16)
	case n >= math.MinInt32 && n <= math.MaxInt32:
		c.head[0], c.headN = headInt32, 5
		binary.LittleEndian.PutUint32(c.head[1:], uint32(n))
	default:
		c.head[0], c.headN = headInt64, 9
		binary.LittleEndian.PutUint64(c.head[1:], uint64(n))
	}
	return c
}

// size is the number of bytes of the whole element.
func (c *code) size() int {
	n := c.headN + len(c.text)
	return n + backlenBytes(n)
}

// write puts the element at the start of dst, which has room for it.
func (c *code) write(dst []byte) {
	n := copy(dst, c.head[:c.headN])
	n += copy(dst[n:], c.text)
	putBacklen(dst[n:], n)
}

// backlenBytes is the width of the backlen of n bytes. The limits are Redis's own,
// each but the first one less than its groups could hold.
func backlenBytes(n int) int {
	switch {
	case n <= 127:
		return 1
	case n < 1<<14-1:
		return 2
	case n < 1<<21-1:
		return 3
	case n < 1<<28-1:
		return 4
	default:
		return 5
	}
}

func putBacklen(dst []byte, n int) {
	width := backlenBytes(n)
	for i := width - 1; i > 0; i-- {
		dst[i] = byte(n)&0x7F | 0x80
		n >>= 7
	}
	dst[0] = byte(n)
}

// backlen reads the backlen that ends before end, and tells its width, which is 0
// if it is broken.
func backlen(lp []byte, end int) (n, width int) {
	for shift := 0; width < backlenMax && end-width > headerBytes; shift += 7 {
		width++
		b := lp[end-width]
		n |= int(b&0x7F) << shift
		if b&0x80 == 0 {
			return n, width
		}
	}
	return 0, 0
}

// codeBytes is the length of an element's head and text. The bytes of the head must
// be there.
func codeBytes(lp []byte, at int) int {
	switch head := lp[at]; {
	case head < 0x80:
		return 1
	case head < 0xC0:
		return 1 + int(head&0x3F)
	case head < 0xE0:
		return 2
	case head < 0xF0:
		return 2 + int(head&0x0F)<<8 + int(lp[at+1])
	case head == headText32:
		return 5 + int(binary.LittleEndian.Uint32(lp[at+1:]))
	case head == headInt64:
		return 9
	default:
		return 2 + int(head-headText32)
	}
}

// elementBytes is the length of an element with its backlen.
func elementBytes(lp []byte, at int) int {
	n := codeBytes(lp, at)
	return n + backlenBytes(n)
}
