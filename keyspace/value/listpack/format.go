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

// Code is an element as it is about to be written: its text, or a number. Its four
// words stay in registers; a struct that holds the head's bytes does not, and made
// pushing an element to a list a tenth slower.
type Code struct {
	text []byte // nil: the element is n
	n    int64
}

// CodeOf is the code of a text, which must not change before it is written. The
// canonical text of an integer becomes the integer.
func CodeOf(element []byte) Code {
	if n, ok := value.IntText(element); ok {
		return Code{n: n}
	}
	if element == nil {
		element = []byte{}
	}
	return Code{text: element}
}

// Size is the number of bytes of the whole element.
func (c Code) Size() int {
	n := c.headBytes() + len(c.text)
	return n + backlenBytes(n)
}

// headBytes is the length of the head; a number is all head.
func (c Code) headBytes() int {
	if c.text != nil {
		switch n := len(c.text); {
		case n <= text6Max:
			return 1
		case n <= text12Max:
			return 2
		default:
			return 5
		}
	}
	switch n := c.n; {
	case n >= 0 && n <= 127:
		return 1
	case n >= -1<<12 && n < 1<<12:
		return 2
	case n >= math.MinInt16 && n <= math.MaxInt16:
		return 3
	case n >= -1<<23 && n < 1<<23:
		return 4
	case n >= math.MinInt32 && n <= math.MaxInt32:
		return 5
	default:
		return 9
	}
}

// write puts the element at the start of dst, which has room for it.
func (c Code) write(dst []byte) {
	n := c.headBytes()
	if c.text == nil {
		c.writeInt(dst, n)
	} else {
		c.writeHead(dst, n)
		n += copy(dst[n:], c.text)
	}
	putBacklen(dst[n:], n)
}

// writeHead writes the head of a text, which takes n bytes.
func (c Code) writeHead(dst []byte, n int) {
	length := len(c.text)
	switch n {
	case 1:
		dst[0] = 0x80 | byte(length)
	case 2:
		dst[0], dst[1] = 0xE0|byte(length>>8), byte(length)
	default:
		dst[0] = headText32
		binary.LittleEndian.PutUint32(dst[1:], uint32(length))
	}
}

// writeInt writes a number into its n bytes.
func (c Code) writeInt(dst []byte, n int) {
	switch n {
	case 1:
		dst[0] = byte(c.n)
	case 2:
		dst[0], dst[1] = 0xC0|byte(c.n>>8)&0x1F, byte(c.n)
	case 3:
		dst[0] = headInt16
		binary.LittleEndian.PutUint16(dst[1:], uint16(c.n))
	case 4:
		dst[0], dst[1], dst[2], dst[3] = headInt24, byte(c.n), byte(c.n>>8), byte(c.n>>16)
	case 5:
		dst[0] = headInt32
		binary.LittleEndian.PutUint32(dst[1:], uint32(c.n))
	default:
		dst[0] = headInt64
		binary.LittleEndian.PutUint64(dst[1:], uint64(c.n))
	}
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
