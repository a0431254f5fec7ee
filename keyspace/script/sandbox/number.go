package sandbox

import (
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/syntax"
)

// wholeMax is where 14 digits are not enough any more for whole numbers.
const wholeMax = 1e14

// AppendNumber appends a number as Lua shows it: C's "%.14g".
func AppendNumber(dst []byte, n float64) []byte {
	if n > -wholeMax && n < wholeMax && n == float64(int64(n)) && (n != 0 || !math.Signbit(n)) {
		return strconv.AppendInt(dst, int64(n), 10)
	}
	if text, ok := notFinite(n); ok {
		return append(dst, text...)
	}
	return strconv.AppendFloat(dst, n, 'g', 14, 64)
}

// notFinite returns the text of infinities and of what is not a number. The latter has a sign, and what 0/0
// makes is negative.
func notFinite(n float64) (string, bool) {
	switch {
	case math.IsInf(n, 1):
		return "inf", true
	case math.IsInf(n, -1):
		return "-inf", true
	case math.IsNaN(n) && math.Signbit(n):
		return "-nan", true
	case math.IsNaN(n):
		return "nan", true
	}
	return "", false
}

// Text is a string, or a number as text; "" for all others.
func Text(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		var text [32]byte
		return string(AppendNumber(text[:0], float64(v)))
	}
	return ""
}

// Number is Lua's conversion: a number, or a string that is one.
func Number(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return syntax.ParseNumber(string(v))
	}
	return 0, false
}

// Truncate is C's conversion to an integer: towards zero, and what does not fit is the smallest.
func Truncate(n float64) int64 {
	if n >= -0x1p63 && n < 0x1p63 {
		return int64(n)
	}
	return math.MinInt64
}

// random is the generator of Redis's scripts: the 48 bits of drand48, so that a seed gives the same numbers.
type random struct{ state uint64 }

const (
	randomFactor = 0x5deece66d
	randomAdd    = 0xb
	randomLow    = 0x330e
	randomMax    = 1<<31 - 1
)

func newRandom() random { return random{0x1234abcd330e} }

func (r *random) seed(n int32) { r.state = uint64(uint32(n))<<16 | randomLow }

// next returns a number from 0 up to, and without, 1.
func (r *random) next() float64 {
	r.state = (r.state*randomFactor + randomAdd) & (1<<48 - 1)
	return float64(r.state>>17%randomMax) / randomMax
}
