package command

import (
	"strings"

	"solokv/keyspace"
)

// help is the handler of a container's HELP. The lines describe the other
// subcommands, each as its form and, indented by four blanks, what it does:
//
//	help("client",
//	    "GETNAME",
//	    "    Return the name of this connection.")
func help(name string, lines ...string) keyspace.Handler {
	text := []string{strings.ToUpper(name) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"}
	text = append(text, lines...)
	text = append(text, "HELP", "    Print this help.")
	return func(c *keyspace.Ctx) error { return c.ReplySimples(text) }
}
