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

const (
	lolwutColumns = 60
	lolwutRows    = 8
)

// lolwut draws a maze in the manner of the one-line BASIC program that prints
// one of two diagonals for ever. Arguments for the art of other versions are
// ignored.
func lolwut(c *keyspace.Ctx) error {
	if c.Argc() >= 3 && keyspace.EqualFold(c.Arg(1), "VERSION") {
		if _, err := c.Int(2); err != nil {
			return err
		}
	}

	var b strings.Builder
	for range lolwutRows {
		bits := c.Engine().Random()
		for column := range lolwutColumns {
			b.WriteRune([...]rune{'╱', '╲'}[bits>>column&1])
		}
		b.WriteByte('\n')
	}
	build := c.Engine().Build()
	b.WriteString("\nTwo strokes and a coin, after 10 PRINT, 1982. SoloKV ver. " + build.Version +
		", Redis ver. " + build.Compatible + "\n")
	return c.ReplyVerbatim(b.String())
}
