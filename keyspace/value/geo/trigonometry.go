package geo

import (
	"math"
	"math/big"
)

// Sine, cosine and arcsine, rounded right in all but about one case in ten
// thousand. Those of package math are off by one in the last place every few
// times, which nobody would see in metres, but everybody in the scores that
// STOREDIST stores with 17 digits.
//
// An angle is the nearest multiple of 1/128, whose sine and cosine stand in a table
// to twice the precision of a double, and a rest of at most 1/256, for which two
// terms of the series are enough to correct the sum of the large parts.

const (
	tableSteps = 128 // for each radian
	tableMax   = 4   // radians, more than half a turn
)

// double is a number in two parts, the second less than half of the first's last
// place.
type double struct{ high, low float64 }

// sines and cosines are those of i/tableSteps.
var sines, cosines = trigonometryTable()

func trigonometryTable() (sines, cosines [tableSteps*tableMax + 1]double) {
	s, c := newBig(0), newBig(1)
	stepSin, stepCos := bigSinCos(1.0 / tableSteps)
	for i := range sines {
		sines[i], cosines[i] = splitBig(s), splitBig(c)
		s, c = bigSum(s, stepCos, c, stepSin), bigSum(c, stepCos, newBig(0).Neg(s), stepSin)
	}
	return sines, cosines
}

const bigBits = 200

func newBig(f float64) *big.Float { return new(big.Float).SetPrec(bigBits).SetFloat64(f) }

func splitBig(b *big.Float) double {
	high, _ := b.Float64()
	low, _ := newBig(0).Sub(b, newBig(high)).Float64()
	return double{high, low}
}

// bigSum is a*b + c*d.
func bigSum(a, b, c, d *big.Float) *big.Float {
	return newBig(0).Add(newBig(0).Mul(a, b), newBig(0).Mul(c, d))
}

// bigSinCos sums the series up to where a small angle adds nothing.
func bigSinCos(x float64) (sin, cos *big.Float) {
	sin, cos = newBig(0), newBig(0)
	term := newBig(1)
	for n := 1; n < 40; n++ {
		sum := cos
		if n%2 == 0 {
			sum = sin
		}
		if (n-1)/2%2 == 0 {
			sum.Add(sum, term)
		} else {
			sum.Sub(sum, term)
		}
		term = newBig(0).Quo(newBig(0).Mul(term, newBig(x)), newBig(float64(n)))
	}
	return sin, cos
}

// nearest is the multiple of 1/tableSteps that is nearest to x, which is not
// negative, and the rest.
func nearest(x float64) (i int, rest float64) {
	i = int(x*tableSteps + 0.5)
	return i, x - float64(i)/tableSteps
}

// turned is a + b*r + the rest of the series for an angle r away: with a sine and a
// cosine as a and b it is a sine, with a cosine and a negative sine a cosine.
func turned(a, b double, r float64) double {
	square := r * r
	cosRest := square * (square*(1.0/24-square/720) - 0.5)         // cos r - 1
	sinRest := r * square * (square*(1.0/120-square/5040) - 1.0/6) // sin r - r

	product := b.high * r
	sum := a.high + product
	lost := product - (sum - a.high)
	if math.Abs(product) > math.Abs(a.high) {
		lost = a.high - (sum - product)
	}
	low := math.FMA(b.high, r, -product) + a.low + b.low*r
	return double{sum, lost + (low + (a.high*cosRest + b.high*sinRest))}
}

func sinDouble(x float64) double {
	i, rest := nearest(x)
	return turned(sines[i], cosines[i], rest)
}

func sin(x float64) float64 {
	if x < 0 {
		return -sin(-x)
	}
	if !(x < tableMax) {
		return math.Sin(x)
	}
	d := sinDouble(x)
	return d.high + d.low
}

func cos(x float64) float64 {
	x = math.Abs(x)
	if !(x < tableMax) {
		return math.Cos(x)
	}
	i, rest := nearest(x)
	d := turned(cosines[i], double{-sines[i].high, -sines[i].low}, rest)
	return d.high + d.low
}

// asin corrects that of package math by one step of Newton's method; close to 1,
// where it is steep, it leaves it alone.
func asin(x float64) float64 {
	y := math.Asin(x)
	slope := math.Sqrt(1 - x*x)
	if !(x > 0 && slope > 1e-4) {
		return y
	}
	s := sinDouble(y)
	return y + ((x-s.high)-s.low)/slope
}
