package sandbox

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
