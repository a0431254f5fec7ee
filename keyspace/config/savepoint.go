package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// SavePoint asks for a snapshot when that many seconds have passed since the
// last one and at least that many changes were made.
type SavePoint struct {
	Seconds int64
	Changes int64
}

// saveDirective is a list of save points; an empty argument empties it. In one
// configuration the first line replaces the defaults and later ones add to it.
func saveDirective(name string, field *[]SavePoint, byDefault []SavePoint) Directive {
	d := newDirective(name, field, byDefault, MultiArg|AlwaysWrite, kind[[]SavePoint]{
		parse: parseSavePoints,
		text: func(points []SavePoint) string {
			return strings.Join(savePointLines(points), " ")
		},
		lines: func(points []SavePoint) []string {
			if len(points) == 0 {
				return []string{`""`}
			}
			return savePointLines(points)
		},
	})
	d.slot = saveSlot{d.slot, field}
	return d
}

// saveSlot adds the accumulation of repeated lines.
type saveSlot struct {
	slot
	points *[]SavePoint
}

func (s saveSlot) add(args []string) error {
	more, err := parseSavePoints(args)
	switch {
	case err != nil:
		return err
	case len(args) == 1: // save ""
		*s.points = nil
	default:
		*s.points = append(append([]SavePoint(nil), *s.points...), more...)
	}
	return nil
}

func parseSavePoints(args []string) ([]SavePoint, error) {
	if len(args) == 1 && args[0] == "" {
		return nil, nil
	}
	bad := errors.New("Invalid save parameters")
	if len(args)%2 != 0 {
		return nil, bad
	}
	var points []SavePoint
	for ; len(args) > 0; args = args[2:] {
		seconds, errSeconds := strconv.ParseInt(args[0], 10, 64)
		changes, errChanges := strconv.ParseInt(args[1], 10, 64)
		if errSeconds != nil || errChanges != nil || seconds < 1 || changes < 0 {
			return nil, bad
		}
		points = append(points, SavePoint{seconds, changes})
	}
	return points, nil
}

func savePointLines(points []SavePoint) []string {
	lines := make([]string, len(points))
	for i, p := range points {
		lines[i] = fmt.Sprintf("%d %d", p.Seconds, p.Changes)
	}
	return lines
}
