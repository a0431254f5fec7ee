package command

import (
	"math"
	"strings"
)

// canvas is a picture of dots. A character of Braille has two columns and four rows of
// them.
type canvas struct {
	width, height int // in dots
	dots          []bool
}

func newCanvas(width, height int) *canvas {
	return &canvas{width, height, make([]bool, width*height)}
}

func (p *canvas) set(x, y int) {
	if 0 <= x && x < p.width && 0 <= y && y < p.height {
		p.dots[y*p.width+x] = true
	}
}

func (p *canvas) line(x0, y0, x1, y1 float64) {
	steps := math.Ceil(max(math.Abs(x1-x0), math.Abs(y1-y0), 1))
	for i := 0.0; i <= steps; i++ {
		p.set(int(math.Round(x0+(x1-x0)*i/steps)), int(math.Round(y0+(y1-y0)*i/steps)))
	}
}

// braille are the bits of a character, by row and column.
var braille = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

func (p *canvas) String() string {
	var b strings.Builder
	for y := 0; y < p.height; y += len(braille) {
		for x := 0; x < p.width; x += 2 {
			char := rune(0x2800)
			for dy, row := range braille {
				for dx, bit := range row {
					if x+dx < p.width && y+dy < p.height && p.dots[(y+dy)*p.width+x+dx] {
						char |= bit
					}
				}
			}
			b.WriteRune(char)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// unit makes a number between -1 and 1.
func unit(random func() uint64) float64 { return float64(random()>>11)/(1<<52) - 1 }

// lolwutSquares draws rows of squares. The first stand straight; the further down, the
// more each is turned and moved.
func lolwutSquares(random func() uint64, sizes []int) string {
	columns, perRow, perColumn := sizes[0], sizes[1], sizes[2]
	width, margin := columns*2, 0.0
	if width > 4 {
		margin = 2
	}
	side := (float64(width) - 2*margin) / float64(perRow)
	p := newCanvas(width, max(1, int(side*float64(perColumn)+2*margin)))
	for row := range perColumn {
		disorder := float64(row) / float64(perColumn)
		for column := range perRow {
			x := margin + (float64(column)+0.5)*side + unit(random)*disorder*side/3
			y := margin + (float64(row)+0.5)*side + unit(random)*disorder*side/3
			p.square(x, y, side, unit(random)*disorder)
		}
	}
	return p.String()
}

// square draws one around a point, turned by an angle.
func (p *canvas) square(x, y, side, angle float64) {
	corner := func(i int) (float64, float64) {
		sin, cos := math.Sincos(angle + math.Pi/4 + float64(i)*math.Pi/2)
		radius := side / math.Sqrt2
		return x + radius*cos, y + radius*sin
	}
	for i := range 4 {
		x0, y0 := corner(i)
		x1, y1 := corner(i + 1)
		p.line(x0, y0, x1, y1)
	}
}

// lolwutTown draws houses of chance before a sky with stars; some windows are lit.
func lolwutTown(random func() uint64, sizes []int) string {
	columns, rows := sizes[0], sizes[1]
	roof := make([]int, columns) // by column, the first row that a house covers
	wall := make([]bool, columns)
	for x := 0; x < columns; {
		width := 4 + int(random()%8)
		top := rows/4 + int(random()%uint64(rows-rows/4))
		for i := x; i < min(x+width, columns); i++ {
			roof[i], wall[i] = top, i == x
		}
		x += width
	}
	var b strings.Builder
	for y := range rows {
		for x := range columns {
			b.WriteRune(townChar(random, x, y, roof[x], wall[x]))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func townChar(random func() uint64, x, y, roof int, wall bool) rune {
	switch chance := random() % 40; {
	case y < roof && chance == 0:
		return '.'
	case y < roof:
		return ' '
	case y == roof || wall:
		return '█'
	case (x+y)%2 == 0 && chance < 12:
		return '░'
	}
	return '▓'
}
