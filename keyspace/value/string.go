package value

import (
	"encoding/binary"
	"math"
	"strconv"
)

// embeddedMax is the length up to which Redis stores a string with its object
// header; it shows in OBJECT ENCODING.
const embeddedMax = 44

// digitsMax is the number of digits that always fit 64 bits, so that only longer
// texts need a check for overflow.
const digitsMax = 18

// IntText tells whether text is the canonical text of an integer, which is then
// stored as StringInt: shorter from two digits on, and ready for INCR. Canonical
// means that the number's own text is the same bytes: no sign but a minus, no
// leading zero, no "-0".
func IntText(text []byte) (n int64, ok bool) {
	digits := text
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		digits = text[1:]
	}
	if len(digits) == 0 || len(digits) > digitsMax+1 || digits[0] == '0' && len(text) > 1 {
		return 0, false
	}
	var u uint64
	for _, d := range digits {
		if d -= '0'; d > 9 {
			return 0, false
		}
		u = u*10 + uint64(d)
	}
	if len(digits) > digitsMax && u > math.MaxInt64 && !(negative && u == 1<<63) {
		return 0, false
	}
	if negative {
		return -int64(u), true
	}
	return int64(u), true
}

// IntWidth is the number of bytes that hold n: 1, 2, 4 or 8.
func IntWidth(n int64) int {
	switch {
	case n == int64(int8(n)):
		return 1
	case n == int64(int16(n)):
		return 2
	case n == int64(int32(n)):
		return 4
	}
	return 8
}

// PutInt stores n in a value of IntWidth(n) bytes or more.
func PutInt(to []byte, n int64) {
	switch len(to) {
	case 1:
		to[0] = byte(n)
	case 2:
		binary.LittleEndian.PutUint16(to, uint16(n))
	case 4:
		binary.LittleEndian.PutUint32(to, uint32(n))
	default:
		binary.LittleEndian.PutUint64(to, uint64(n))
	}
}

// Int reads the value of a StringInt.
func Int(from []byte) int64 {
	switch len(from) {
	case 1:
		return int64(int8(from[0]))
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(from)))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(from)))
	}
	return int64(binary.LittleEndian.Uint64(from))
}

// AppendText appends the text of a string of any kind.
func AppendText(dst []byte, kind Kind, stored []byte) []byte {
	if kind == StringInt {
		return strconv.AppendInt(dst, Int(stored), 10)
	}
	return append(dst, stored...)
}

// StringEncoding is what OBJECT ENCODING says.
func StringEncoding(kind Kind, stored []byte) string {
	switch {
	case kind == StringInt:
		return "int"
	case kind == String && len(stored) <= embeddedMax:
		return "embstr"
	}
	return "raw"
}
