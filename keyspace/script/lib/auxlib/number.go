package auxlib

import (
	"math"
	"strconv"
	"strings"
)

// Digits is the precision of Lua's numbers as text, C's "%.14g".
const Digits = 14

// wholeMax are the powers of ten: a whole number below the one of the precision
// prints in full.
var wholeMax = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14}

// AppendNumber appends a number as C's "%.<digits>g" prints it. Digits are 1 to
// 14.
func AppendNumber(dst []byte, f float64, digits int) []byte {
	if limit := wholeMax[digits]; f > -limit && f < limit {
		if n := int64(f); float64(n) == f && (n != 0 || !math.Signbit(f)) {
			return strconv.AppendInt(dst, n, 10)
		}
	}
	switch {
	case f != f && math.Signbit(f):
		return append(dst, "-nan"...)
	case f != f:
		return append(dst, "nan"...)
	case f > math.MaxFloat64:
		return append(dst, "inf"...)
	case f < -math.MaxFloat64:
		return append(dst, "-inf"...)
	}
	return strconv.AppendFloat(dst, f, 'g', digits, 64)
}

// ParseNumber reads a whole string as a number, as Lua does: space around it is
// allowed, and whatever C's strtod takes, which includes hexadecimal numbers,
// "inf" and "nan". Like any string in C it ends at its first zero byte.
func ParseNumber(s string) (f float64, ok bool) {
	if f, ok = parseShort(s); ok {
		return f, true
	}
	s, _, _ = strings.Cut(s, "\x00")
	s = strings.Trim(s, space)
	f, n := Strtod(s)
	if n == 0 || n != len(s) {
		return 0, false
	}
	return f, true
}

// shortMax is how many digits a whole number has at most that is read digit by digit.
const shortMax = 15

// parseShort reads the numbers that most are: digits, perhaps with a minus.
func parseShort(s string) (f float64, ok bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > shortMax {
		return 0, false
	}
	n := int64(0)
	for i := range len(digits) {
		if !isDigit(digits[i]) {
			return 0, false
		}
		n = n*10 + int64(digits[i]-'0')
	}
	return signed(float64(n), len(digits) < len(s)), true
}

const space = " \t\n\v\f\r"

// Strtod reads the longest number that the string begins with, without space
// before it, and returns how long it is: 0 if there is none.
func Strtod(s string) (f float64, n int) {
	at := 0
	if at < len(s) && (s[at] == '-' || s[at] == '+') {
		at++
	}
	negative := at == 1 && s[0] == '-'
	if word := wordLen(s[at:]); word > 0 {
		return special(s[at], negative), at + word
	}
	if at+1 < len(s) && s[at] == '0' && s[at+1]|0x20 == 'x' {
		if f, n := hexadecimal(s[at+2:]); n > 0 {
			return signed(f, negative), at + 2 + n
		}
	}
	digits := mantissaLen(s[at:], isDigit)
	if digits == 0 {
		return 0, 0
	}
	end := at + digits
	end += exponentLen(s[end:], 'e')
	f, _ = strconv.ParseFloat(s[at:end], 64) // out of range is infinity, as in C
	return signed(f, negative), end
}

// wordLen returns the length of the infinity or "not a number" that s begins
// with, or 0.
func wordLen(s string) int {
	switch {
	case hasWord(s, "infinity"):
		return len("infinity")
	case hasWord(s, "inf"):
		return len("inf")
	case !hasWord(s, "nan"):
		return 0
	}
	// "nan(letters)" is one word, if the bracket is closed.
	if rest := s[len("nan"):]; strings.HasPrefix(rest, "(") {
		for i := 1; i < len(rest); i++ {
			if rest[i] == ')' {
				return len("nan") + i + 1
			}
			if !isDigit(rest[i]) && rest[i] != '_' && (rest[i]|0x20 < 'a' || rest[i]|0x20 > 'z') {
				break
			}
		}
	}
	return len("nan")
}

func hasWord(s, word string) bool {
	return len(s) >= len(word) && strings.EqualFold(s[:len(word)], word)
}

func special(first byte, negative bool) float64 {
	if first|0x20 == 'i' {
		return signed(math.Inf(1), negative)
	}
	return signed(math.Float64frombits(0x7ff8000000000000), negative)
}

func signed(f float64, negative bool) float64 {
	if negative {
		return math.Copysign(f, -1)
	}
	return f
}

// hexadecimal reads what follows "0x".
func hexadecimal(s string) (f float64, n int) {
	digits := mantissaLen(s, isHexDigit)
	if digits == 0 {
		return 0, 0
	}
	exponent := exponentLen(s[digits:], 'p')
	text := "0x" + s[:digits+exponent]
	if exponent == 0 {
		text += "p0" // which Go insists on
	}
	f, _ = strconv.ParseFloat(text, 64)
	return f, digits + exponent
}

// mantissaLen returns the length of digits with at most one point in them, or 0
// if there is no digit.
func mantissaLen(s string, isDigit func(byte) bool) int {
	n, digits, points := 0, 0, 0
	for ; n < len(s); n++ {
		if isDigit(s[n]) {
			digits++
		} else if s[n] == '.' && points == 0 {
			points++
		} else {
			break
		}
	}
	if digits == 0 {
		return 0
	}
	return n
}

// exponentLen returns the length of an exponent with its letter, or 0 if there is
// none, or no digit in it.
func exponentLen(s string, letter byte) int {
	if len(s) < 2 || s[0]|0x20 != letter {
		return 0
	}
	from := 1
	if s[from] == '-' || s[from] == '+' {
		from++
	}
	n := from
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n == from {
		return 0
	}
	return n
}

func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isHexDigit(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
