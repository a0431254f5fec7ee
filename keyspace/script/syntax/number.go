package syntax

import (
	"math"
	"strconv"
	"strings"
)

// ParseNumber reads a number the way C's strtod does, with white space around it: decimal, hexadecimal with or
// without an exponent, "inf" and "nan".
func ParseNumber(s string) (float64, bool) {
	s, _, _ = strings.Cut(s, "\x00") // the end of a string of C
	s = strings.Trim(s, " \t\n\v\f\r")
	if s == "" {
		return 0, false
	}
	if c := s[len(s)-1] | 0x20; len(s) < 20 && c >= '0' && c <= '9' {
		if n, ok := parseShort(s); ok {
			return n, true
		}
	}
	return parseSlow(s)
}

// parseShort reads integers of up to 15 digits, which most numbers are.
func parseShort(s string) (float64, bool) {
	digits := strings.TrimPrefix(s, "-")
	if len(digits) == 0 || len(digits) > 15 {
		return 0, false
	}
	n := int64(0)
	for i := range len(digits) {
		d := digits[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	if len(digits) == len(s) {
		return float64(n), true
	}
	return math.Copysign(float64(n), -1), true
}

func parseSlow(s string) (float64, bool) {
	sign, digits := 1.0, s
	switch s[0] {
	case '-':
		sign, digits = -1, s[1:]
	case '+':
		digits = s[1:]
	}
	if digits == "" || digits[0] == '+' || digits[0] == '-' || strings.IndexByte(digits, '_') >= 0 {
		return 0, false
	}
	if len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x' && !strings.ContainsAny(digits, "pP") {
		digits += "p0"
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil && err.(*strconv.NumError).Err != strconv.ErrRange {
		return 0, false
	}
	return math.Copysign(n, sign), true
}

// literal writes a number so that gopher-lua's compiler reads it back as the same one. That takes a leading
// zero for an octal number, but no exponent for one.
func literal(n float64) string { return strconv.FormatFloat(n, 'e', -1, 64) }
