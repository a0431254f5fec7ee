package geo

// Covering a shape: nine cells, the one with the centre and those around it, of the
// smallest size for which they hold the shape. What is in them and not in the shape
// is sorted out place by place.

// mercatorMax is half the width of the Mercator map, in metres.
const mercatorMax = 20037726.37

// coverSteps is the number of steps at which a cell and its neighbours are as large
// as a shape that reaches that far. Towards the poles cells are narrower than they
// are on the map.
func coverSteps(farthest, latitude float64) uint {
	if farthest == 0 {
		return StepsMax
	}
	steps := 1
	for ; farthest < mercatorMax; farthest *= 2 {
		steps++
	}
	steps -= 2
	if latitude > 66 || latitude < -66 {
		steps--
		if latitude > 80 || latitude < -80 {
			steps--
		}
	}
	return uint(min(max(steps, 1), StepsMax))
}

// Cover is the cells that hold a shape, in the order in which they are searched:
// the centre, north, south, east, west, north-east, north-west, south-east,
// south-west. Those that cannot touch the shape are the zero Cell.
type Cover [9]Cell

// directions are the neighbours in that order, as steps to the east and north.
var directions = [9][2]int32{{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}}

// CoverOf covers a shape.
func CoverOf(s *Shape) Cover {
	bounds := s.bounds()
	steps := coverSteps(s.farthest(), s.Center.Latitude)
	cover := around(s.Center, steps)
	if steps > 1 && !cover.reaches(bounds) {
		steps--
		cover = around(s.Center, steps)
	}
	if steps >= 2 {
		cover.trim(bounds)
	}
	return cover
}

func around(center Point, steps uint) (cover Cover) {
	cell := CellOf(center, steps)
	for i, d := range directions {
		cover[i] = cell.move(d[0], d[1])
	}
	return cover
}

// reaches tells whether the outer cells reach as far as the bounds. Near the edges
// of the map, where a neighbour is on the other side, it says no.
func (c *Cover) reaches(bounds Area) bool {
	north, south, east, west := c[1].Area(), c[2].Area(), c[3].Area(), c[4].Area()
	return !(north.Max.Latitude < bounds.Max.Latitude) && !(south.Min.Latitude > bounds.Min.Latitude) &&
		!(east.Max.Longitude < bounds.Max.Longitude) && !(west.Min.Longitude > bounds.Min.Longitude)
}

// trim removes the cells on those sides where the one in the middle reaches beyond
// the bounds by itself.
func (c *Cover) trim(bounds Area) {
	middle := c[0].Area()
	for i, d := range directions {
		if d[1] < 0 && middle.Min.Latitude < bounds.Min.Latitude ||
			d[1] > 0 && middle.Max.Latitude > bounds.Max.Latitude ||
			d[0] < 0 && middle.Min.Longitude < bounds.Min.Longitude ||
			d[0] > 0 && middle.Max.Longitude > bounds.Max.Longitude {
			c[i] = Cell{}
		}
	}
}
