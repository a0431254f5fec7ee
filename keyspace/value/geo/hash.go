package geo

import "math"

// A geohash halves the map again and again: each step says of the longitude and of
// the latitude in which half of what is left a place lies. The answers alternate,
// latitude in the even bits and longitude in the odd ones, counted from the lowest:
//
//	step 1   bit 1: east half   bit 0: north half
//	step 26  52 bits: what is stored, and just what a double holds exactly
//
// Places that are close mostly have numbers that begin alike, so a cell of fewer
// steps is one range of the stored numbers. Longitudes are those of WGS84, and
// latitudes end where the square of the Mercator map does.

// StepsMax is the number of steps of stored places.
const StepsMax = 26

// The edges of the map, in degrees.
const (
	LongitudeMin, LongitudeMax = -180.0, 180.0
	LatitudeMin, LatitudeMax   = -85.05112878, 85.05112878
)

// Point is a place, in degrees.
type Point struct{ Longitude, Latitude float64 }

// Valid tells whether the map has the place.
func (p Point) Valid() bool {
	return p.Longitude >= LongitudeMin && p.Longitude <= LongitudeMax &&
		p.Latitude >= LatitudeMin && p.Latitude <= LatitudeMax
}

// Cell is a square of the grid after some steps. The zero Cell is none.
type Cell struct {
	Bits  uint64
	Steps uint
}

// Area is what a cell covers, in degrees.
type Area struct{ Min, Max Point }

// CellOf is the cell that a place is in.
func CellOf(p Point, steps uint) Cell {
	return cellIn(p, steps, LatitudeMin, LatitudeMax)
}

func cellIn(p Point, steps uint, latitudeMin, latitudeMax float64) Cell {
	x := (p.Longitude - LongitudeMin) / (LongitudeMax - LongitudeMin)
	y := (p.Latitude - latitudeMin) / (latitudeMax - latitudeMin)
	scale := float64(uint64(1) << steps)
	return Cell{spread(uint32(int64(y*scale))) | spread(uint32(int64(x*scale)))<<1, steps}
}

// Hash is the 52 bits that are stored for a place.
func Hash(p Point) uint64 { return CellOf(p, StepsMax).Bits }

// PointOf is the middle of the cell that stored bits stand for.
func PointOf(hash uint64) Point { return Cell{hash, StepsMax}.Area().middle() }

// Range is the stored bits of the places in a cell, from first up to but not
// including end.
func (c Cell) Range() (first, end uint64) {
	shift := 2 * (StepsMax - c.Steps)
	return c.Bits << shift, (c.Bits + 1) << shift
}

// Area is what the cell covers.
func (c Cell) Area() Area {
	y, x := float64(gather(c.Bits)), float64(gather(c.Bits>>1))
	scale := float64(uint64(1) << c.Steps)
	const width, height = LongitudeMax - LongitudeMin, LatitudeMax - LatitudeMin
	return Area{
		Min: Point{LongitudeMin + float64(x/scale*width), LatitudeMin + float64(y/scale*height)},
		Max: Point{LongitudeMin + float64((x+1)/scale*width), LatitudeMin + float64((y+1)/scale*height)},
	}
}

func (a Area) middle() Point {
	return Point{
		clamp((a.Min.Longitude+a.Max.Longitude)/2, LongitudeMin, LongitudeMax),
		clamp((a.Min.Latitude+a.Max.Latitude)/2, LatitudeMin, LatitudeMax),
	}
}

func clamp(f, low, high float64) float64 { return math.Max(low, math.Min(high, f)) }

// move is the neighbour of a cell some cells to the east and to the north; at the
// edges of the map it comes in again on the other side. A place on the very last
// longitude or latitude is in a cell beyond the grid, and only moves bring it back.
func (c Cell) move(east, north int32) Cell {
	mask := uint32(1)<<c.Steps - 1
	x, y := gather(c.Bits>>1), gather(c.Bits)
	if east != 0 {
		x = (x + uint32(east)) & mask
	}
	if north != 0 {
		y = (y + uint32(north)) & mask
	}
	return Cell{spread(y) | spread(x)<<1, c.Steps}
}

// spread puts the bits of n into the even bits of a word.
func spread(n uint32) uint64 {
	x := uint64(n)
	x = (x | x<<16) & 0x0000FFFF0000FFFF
	x = (x | x<<8) & 0x00FF00FF00FF00FF
	x = (x | x<<4) & 0x0F0F0F0F0F0F0F0F
	x = (x | x<<2) & 0x3333333333333333
	return (x | x<<1) & 0x5555555555555555
}

// gather is the inverse of spread.
func gather(x uint64) uint32 {
	x &= 0x5555555555555555
	x = (x | x>>1) & 0x3333333333333333
	x = (x | x>>2) & 0x0F0F0F0F0F0F0F0F
	x = (x | x>>4) & 0x00FF00FF00FF00FF
	x = (x | x>>8) & 0x0000FFFF0000FFFF
	return uint32(x | x>>16)
}

// TextLen is the length of a geohash in letters.
const TextLen = 11

const letters = "0123456789bcdefghjkmnpqrstuvwxyz"

// AppendText appends the geohash of a place as geohash.org writes it: five bits a
// letter, on a map whose latitudes end at the poles. The 52 bits are ten letters
// and two bits; the eleventh is always 0.
func AppendText(dst []byte, p Point) []byte {
	bits := cellIn(p, StepsMax, -90, 90).Bits
	for i := range TextLen - 1 {
		dst = append(dst, letters[bits>>(2*StepsMax-5*(i+1))&31])
	}
	return append(dst, letters[0])
}
