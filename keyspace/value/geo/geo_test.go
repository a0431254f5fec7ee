package geo

import (
	"math"
	"math/big"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"
)

func randomPoint(random *rand.Rand) Point {
	return Point{
		LongitudeMin + random.Float64()*(LongitudeMax-LongitudeMin),
		LatitudeMin + random.Float64()*(LatitudeMax-LatitudeMin),
	}
}

func TestHash(t *testing.T) {
	// The places of Redis's documentation.
	palermo, catania := Point{13.361389, 38.115556}, Point{15.087269, 37.502669}
	require.Equal(t, uint64(3479099956230698), Hash(palermo))
	require.Equal(t, uint64(3479447370796909), Hash(catania))
	require.Equal(t, "sqc8b49rny0", string(AppendText(nil, PointOf(Hash(palermo)))))
	require.Equal(t, "sqdtr74hyu0", string(AppendText(nil, PointOf(Hash(catania)))))
	require.InDelta(t, 166274.1516, Distance(PointOf(Hash(palermo)), PointOf(Hash(catania))), 0.00005)

	random := rand.New(rand.NewSource(1))
	for range 10000 {
		p := randomPoint(random)
		hash := Hash(p)
		require.Less(t, hash, uint64(1)<<52)
		q := PointOf(hash)
		require.InDelta(t, p.Longitude, q.Longitude, 360.0/(1<<26))
		require.InDelta(t, p.Latitude, q.Latitude, 171.0/(1<<26))
		require.Equal(t, hash, Hash(q))

		cell := CellOf(p, uint(1+random.Intn(StepsMax)))
		first, end := cell.Range()
		require.True(t, first <= hash && hash < end)
		area := cell.Area()
		require.True(t, area.Min.Longitude <= p.Longitude && p.Longitude <= area.Max.Longitude)
		require.True(t, area.Min.Latitude <= p.Latitude && p.Latitude <= area.Max.Latitude)
		require.Equal(t, cell, cell.move(1, -1).move(-1, 1))
	}
}

func TestSpread(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 1000 {
		n := random.Uint32()
		require.Equal(t, n, gather(spread(n)|random.Uint64()&0xAAAAAAAAAAAAAAAA))
	}
}

// TestCover throws places into shapes: none that is inside may lie outside the
// cells.
func TestCover(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	inside := 0
	for range 3000 {
		s := Shape{Center: randomPoint(random), Unit: 1, Box: random.Intn(2) == 0}
		s.Center.Latitude *= 0.9
		size := math.Pow(10, 1+random.Float64()*5)
		s.Radius, s.Width, s.Height = size, size, size*random.Float64()
		if math.Abs(s.Center.Longitude)+size/20000 > 175 {
			continue // searches do not go around the world's seam, as in Redis
		}
		cover := CoverOf(&s)
		for range 30 {
			p := s.Center
			p.Longitude += random.NormFloat64() * size / 1e5
			p.Latitude += random.NormFloat64() * size / 1e5
			if !p.Valid() {
				continue
			}
			if _, ok := s.Contains(p); ok {
				inside++
				require.True(t, cover.has(Hash(p)), "%+v %+v", s, p)
			}
		}
	}
	require.Greater(t, inside, 1000)
}

func (c *Cover) has(hash uint64) bool {
	for _, cell := range c {
		if first, end := cell.Range(); cell != (Cell{}) && first <= hash && hash < end {
			return true
		}
	}
	return false
}

// TestTrigonometry compares with the series, summed with 200 bits.
func TestTrigonometry(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	wrong := 0
	count := func(want *big.Float, got float64) {
		if f, _ := want.Float64(); f != got {
			require.InEpsilon(t, f, got, 1e-15)
			wrong++
		}
	}
	for range 3000 {
		x := random.Float64()
		if random.Intn(2) == 0 {
			x *= x * x * x
		}
		wantSin, wantCos := bigSinCos(x)
		count(wantSin, sin(x))
		count(wantSin.Neg(wantSin), sin(-x))
		count(wantCos, cos(x))
		require.InDelta(t, x, asin(sin(x)), 1e-15)
	}
	require.LessOrEqual(t, wrong, 5)
	require.InDelta(t, math.Sin(3), sin(3), 1e-15)
	require.InDelta(t, math.Cos(30), cos(30), 1e-15)
	require.Equal(t, 0.0, sin(0))
	require.Equal(t, 1.0, cos(0))
	require.Equal(t, math.Pi/2, asin(1))
}

func BenchmarkDistance(b *testing.B) {
	p, q := Point{13.361389, 38.115556}, Point{15.087269, 37.502669}
	for b.Loop() {
		Distance(p, q)
	}
}

func BenchmarkHash(b *testing.B) {
	p := Point{13.361389, 38.115556}
	for b.Loop() {
		Hash(p)
	}
}
