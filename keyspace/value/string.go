package value

import (
	"encoding/binary"
	"strconv"

	"solokv/protocol"
)

// embeddedMax is the length up to which Redis stores a string with its object
// header; it shows in OBJECT ENCODING.
const embeddedMax = 44

// intTextMax is the longest text of a 64-bit integer.
const intTextMax = 20

// IntText tells whether text is the canonical text of an integer, which is then
// stored as StringInt: shorter from two digits on, and ready for INCR.
func IntText(text []byte) (n int64, ok bool) {
	if len(text) == 0 || len(text) > intTextMax || text[0] > '9' {
		return 0, false
	}
	return protocol.ParseInt(text)
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
