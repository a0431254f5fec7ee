package geo

import "math"

// Shape is what a search looks into: a circle, or a box whose sides are parallel to
// the meridians. Lengths are in units, each Unit metres long.
type Shape struct {
	Center        Point
	Box           bool
	Radius        float64
	Width, Height float64
	Unit          float64
}

// Contains tells whether a place is in the shape, and how far it is from the
// centre, in metres.
func (s *Shape) Contains(p Point) (distance float64, ok bool) {
	if !s.Box {
		distance = Distance(s.Center, p)
		return distance, distance <= s.Radius*s.Unit
	}
	// The height is measured first: it is cheap. The width is measured on the
	// parallel of the place, not on that of the centre.
	if latitudeDistance(p.Latitude, s.Center.Latitude) > s.Height*s.Unit/2 {
		return 0, false
	}
	if Distance(p, Point{s.Center.Longitude, p.Latitude}) > s.Width*s.Unit/2 {
		return 0, false
	}
	return Distance(s.Center, p), true
}

// reach is half the width and half the height of the shape's bounds, in metres.
func (s *Shape) reach() (width, height float64) {
	if s.Box {
		return s.Unit * (s.Width / 2), s.Unit * (s.Height / 2)
	}
	return s.Unit * s.Radius, s.Unit * s.Radius
}

// farthest is the distance from the centre to the shape's farthest place, in metres.
func (s *Shape) farthest() float64 {
	if s.Box {
		return math.Sqrt(float64((s.Width/2)*(s.Width/2))+float64((s.Height/2)*(s.Height/2))) * s.Unit
	}
	return s.Radius * s.Unit
}

// bounds is the smallest area that holds the shape, roughly: it may reach beyond
// the edges of the map. Meridians draw together towards the poles, so the side that
// is nearer to one decides the width.
func (s *Shape) bounds() Area {
	width, height := s.reach()
	c := s.Center
	dLatitude := degrees(height / earthRadius)
	north, south := c.Latitude+dLatitude, c.Latitude-dLatitude
	polar := north
	if c.Latitude < 0 {
		polar = south
	}
	dLongitude := degrees(width / earthRadius / cos(radians(polar)))
	return Area{
		Min: Point{c.Longitude - dLongitude, south},
		Max: Point{c.Longitude + dLongitude, north},
	}
}
