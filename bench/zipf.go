package main

import (
	"math"
	"math/rand/v2"
	"sort"
)

// zipf draws numbers in [0, n) of which the i-th is drawn in proportion to 1/(i+1)^exponent: the popularity of what
// caches keep. The standard library's has no exponents below 1, so this one looks the number up in the table of sums.
type zipf struct {
	sums []float64 // of the weights up to each number, the last one 1
}

func newZipf(n int, exponent float64) zipf {
	z := zipf{sums: make([]float64, n)}
	sum := 0.0
	for i := range z.sums {
		sum += math.Pow(float64(i+1), -exponent)
		z.sums[i] = sum
	}
	for i := range z.sums {
		z.sums[i] /= sum
	}
	return z
}

func (z zipf) draw(random *rand.Rand) int {
	return min(sort.SearchFloat64s(z.sums, random.Float64()), len(z.sums)-1)
}

// share is the part of all draws that gives one of the most popular numbers: the hit ratio of a cache that knows them.
func (z zipf) share(most int) float64 { return z.sums[most-1] }
