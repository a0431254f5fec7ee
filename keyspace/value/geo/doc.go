// Package geo is places on the globe as numbers: the cell of a grid that a
// longitude and a latitude fall into, the cells around a shape, and distances.
//
// It owns the arithmetic, and it is Redis's to the last digit: scores of sorted
// sets are such numbers, and results are compared. It must not know sorted sets or
// replies. Start at hash.go, which explains the numbers; shape.go is what is
// searched for, cover.go which cells it touches, distance.go how far it is.
package geo
