package protocol

// Numbers as the protocol and the commands write them. Integers have one spelling each, so that a string
// which reads as an integer can be stored as one and given back unchanged.

import (
	"bytes"
	"errors"
	"math"
	"math/bits"
	"strconv"
)

const (
	// intTextMax is the length of the longest integer, "-9223372036854775808".
	intTextMax = 20
	// floatTextMax bounds the text of AppendFloat17: sign, 17 digits, point, "e+308" or up to six zeros.
	floatTextMax = 32
	// floatAsIntMax is the magnitude up to which whole floating point numbers are written as integers.
	floatAsIntMax = 1 << 62
)

// ParseInt reads a decimal integer strictly: digits with at most a minus sign before them, no leading zeros,
// no "-0", no blanks, nothing beyond 64 bits.
func ParseInt(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > intTextMax {
		return 0, false
	}
	if b[0] != '-' {
		n, ok := ParseUint(b)
		return int64(n), ok && n <= math.MaxInt64
	}
	n, ok := ParseUint(b[1:])
	if !ok || n == 0 || n > 1<<63 {
		return 0, false
	}
	return -int64(n), true
}

// ParseUint reads a decimal integer without a sign as strictly as ParseInt.
func ParseUint(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > intTextMax {
		return 0, false
	}
	if b[0] == '0' {
		return 0, len(b) == 1
	}
	var n uint64
	for i, c := range b {
		digit := uint64(c - '0')
		if digit > 9 {
			return 0, false
		}
		// Nineteen digits always fit; only the twentieth can overflow.
		if i == intTextMax-1 && (n > math.MaxUint64/10 || n*10 > math.MaxUint64-digit) {
			return 0, false
		}
		n = n*10 + digit
	}
	return n, true
}

// ParseFloat reads a floating point number as C's strtod does, all of b and without blanks: decimal or
// hexadecimal, an optional sign, "inf" and "infinity" in any case. It refuses NaN and what overflows or
// underflows to zero.
func ParseFloat(b []byte) (float64, bool) {
	if n, ok := parseShortInt(b); ok {
		return float64(n), true
	}
	f, err := parseStrtod(b)
	if err != nil || math.IsNaN(f) || (f == 0 && !isZeroText(b)) {
		return 0, false
	}
	return f, true
}

// ParseFloatLoosely is ParseFloat for the ends of ranges, of which Redis asks less: what overflows is infinite,
// what underflows is zero, the empty text is zero, and text ends at a NUL byte.
func ParseFloatLoosely(b []byte) (float64, bool) {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if len(b) == 0 {
		return 0, true
	}
	f, err := parseStrtod(b)
	if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(f) {
		return 0, false
	}
	return f, true
}

// parseShortInt is the shortcut for what floating point numbers are most often: whole and small enough to be
// exact.
func parseShortInt(b []byte) (int64, bool) {
	if len(b) > 15 {
		return 0, false
	}
	return ParseInt(b)
}

// parseStrtod makes up for what strconv and strtod disagree about: strconv takes underscores, and wants an
// exponent behind a hexadecimal mantissa.
func parseStrtod(b []byte) (float64, error) {
	if bytes.IndexByte(b, '_') >= 0 {
		return 0, strconv.ErrSyntax
	}
	if isHexText(b) && bytes.IndexAny(b, "pP") < 0 {
		return strconv.ParseFloat(string(b)+"p0", 64)
	}
	return strconv.ParseFloat(string(b), 64)
}

func isHexText(b []byte) bool {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	return len(b) > 1 && b[0] == '0' && b[1]|0x20 == 'x'
}

// isZeroText tells whether no digit of a well-formed number's mantissa is other than zero.
func isZeroText(b []byte) bool {
	exponent := "eE"
	if isHexText(b) {
		exponent = "pP"
	}
	if end := bytes.IndexAny(b, exponent); end >= 0 {
		b = b[:end]
	}
	return bytes.IndexAny(b, "123456789abcdefABCDEF") < 0
}

// AppendDecimal appends the decimal digits of n.
func AppendDecimal(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// DecimalLen is the number of bytes that AppendDecimal appends for n.
func DecimalLen(n int64) int {
	if n < 0 {
		return 1 + digitCount(-uint64(n))
	}
	return digitCount(uint64(n))
}

// powersOf10 holds 10^0 to 10^19, all that 64 bits can.
var powersOf10 = [20]uint64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// digitCount is the number of decimal digits of n. The bit length times log10(2), which is 1233/4096 closely
// enough for 64 bits, is that or one less.
func digitCount(n uint64) int {
	k := bits.Len64(n|1) * 1233 >> 12
	if n|1 >= powersOf10[k] {
		return k + 1
	}
	return k
}

// AppendFloat17 appends the shortest text, of at most 17 digits, that reads back as f. The layout is the one
// that Redis has had since 7.2: whole numbers as integers up to 2^62, and beyond while at most six zeros end
// them; a point with up to six digits behind it or in a number of at least 0.001 and below 10000, and an
// exponent without padding otherwise: 0.1 1e-7 1.5e+300 inf -inf nan -0. The text of Redis, whose algorithm
// is Grisu2, is not the shortest for about one number in 300; both read back as the same number.
func AppendFloat17(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 0):
		return appendInf(dst, f < 0)
	case f == 0 && math.Signbit(f):
		return append(dst, "-0"...)
	case math.Abs(f) <= floatAsIntMax && f == math.Trunc(f):
		return AppendDecimal(dst, int64(f))
	}
	var text [floatTextMax]byte
	scientific := strconv.AppendFloat(text[:0], math.Abs(f), 'e', -1, 64) // d.ddde±xx
	mark := bytes.IndexByte(scientific, 'e')
	digits := scientific[:mark]
	exponent, _ := strconv.Atoi(string(scientific[mark+1:]))
	if len(digits) > 1 {
		digits[1] = digits[0] // overwrites the point
		digits = digits[1:]
	}
	if f < 0 {
		dst = append(dst, '-')
	}
	return appendDigits(dst, digits, exponent)
}

// appendDigits appends the number d.ddd * 10^exponent, whose digits are given without the point.
func appendDigits(dst, digits []byte, exponent int) []byte {
	const zeros = "000000000000000000000000"
	behind := len(digits) - 1 - exponent // digits behind the point; negative: zeros before it
	magnitude := max(exponent, -exponent)
	switch {
	case behind <= 0 && magnitude < len(digits)+7:
		dst = append(dst, digits...)
		return append(dst, zeros[:-behind]...)
	case behind > 0 && (behind < 7 || magnitude < 4) && exponent >= 0:
		dst = append(dst, digits[:exponent+1]...)
		dst = append(dst, '.')
		return append(dst, digits[exponent+1:]...)
	case behind > 0 && (behind < 7 || magnitude < 4):
		dst = append(dst, '0', '.')
		dst = append(dst, zeros[:magnitude-1]...)
		return append(dst, digits...)
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(dst, '.')
		dst = append(dst, digits[1:]...)
	}
	if exponent < 0 {
		dst = append(dst, 'e', '-')
	} else {
		dst = append(dst, 'e', '+')
	}
	return AppendDecimal(dst, int64(magnitude))
}

// AppendFloatHuman appends f with up to 17 digits behind the point and never an exponent, as replies show
// coordinates.
func AppendFloatHuman(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 0):
		return appendInf(dst, f < 0)
	}
	start := len(dst)
	return trimHuman(strconv.AppendFloat(dst, f, 'f', 17, 64), start)
}

// trimHuman cuts the zeros that end the fraction of the number in dst[start:], and the sign of a zero.
func trimHuman(dst []byte, start int) []byte {
	dst = bytes.TrimRight(dst, "0") // the point stops it
	dst = bytes.TrimSuffix(dst, []byte("."))
	if string(dst[start:]) == "-0" {
		return append(dst[:start], '0')
	}
	return dst
}

func appendInf(dst []byte, negative bool) []byte {
	if negative {
		return append(dst, "-inf"...)
	}
	return append(dst, "inf"...)
}
