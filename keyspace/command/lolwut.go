package command

import (
	"strings"

	"solokv/keyspace"
)

func lolwutCommand() *keyspace.Command {
	return &keyspace.Command{
		Name: "lolwut", Arity: -1, Flags: keyspace.ReadOnly | keyspace.Fast,
		Summary: "Shows a piece of computer art and the version.", Since: "5.0.0", Complexity: "O(1)",
		Syntax: "[VERSION version]", Handler: lolwut,
	}
}

// lolwut draws a picture, in the manner of the one of that version of Redis: 5 and 6 take
// its sizes. What lies beyond the bounds of a size is cut to them.
func lolwut(c *keyspace.Ctx) error {
	version := int64(0)
	args := c.Args()[1:]
	if len(args) >= 2 && keyspace.EqualFold(args[0], "VERSION") {
		var err error
		if version, err = keyspace.ParseInt(args[1]); err != nil {
			return err
		}
		args = args[2:]
	}
	var picture, title string
	var err error
	switch version {
	case 5:
		title = "Squares that fall into disorder, after Georg Nees' Schotter, 1968."
		picture, err = lolwutPicture(c, args, []lolwutSize{{66, 1000}, {8, 200}, {12, 200}}, lolwutSquares)
	case 6:
		title = "A town at night."
		picture, err = lolwutPicture(c, args, []lolwutSize{{80, 1000}, {20, 1000}}, lolwutTown)
	default:
		title = "Two strokes and a coin, after 10 PRINT, 1982."
		picture = lolwutMaze(c.Engine().Random)
	}
	if err != nil {
		return err
	}

	build := c.Engine().Build()
	return c.ReplyVerbatim(picture + "\n" + title + " SoloKV ver. " + build.Version + ", Redis ver. " + build.Compatible + "\n")
}

// lolwutSize is one of the numbers that a picture takes.
type lolwutSize struct{ byDefault, most int64 }

// lolwutPicture reads the sizes of a picture and draws it.
func lolwutPicture(c *keyspace.Ctx, args [][]byte, sizes []lolwutSize,
	draw func(random func() uint64, sizes []int) string) (string, error) {
	values := make([]int, len(sizes))
	for i, size := range sizes {
		n := size.byDefault
		if i < len(args) {
			var err error
			if n, err = keyspace.ParseInt(args[i]); err != nil {
				return "", err
			}
		}
		values[i] = int(max(1, min(n, size.most)))
	}
	return draw(c.Engine().Random, values), nil
}

const (
	lolwutColumns = 60
	lolwutRows    = 8
)

// lolwutMaze is the one-line BASIC program that prints one of two diagonals for ever.
func lolwutMaze(random func() uint64) string {
	var b strings.Builder
	for range lolwutRows {
		bits := random()
		for column := range lolwutColumns {
			b.WriteRune([...]rune{'╱', '╲'}[bits>>column&1])
		}
		b.WriteByte('\n')
	}
	return b.String()
}
