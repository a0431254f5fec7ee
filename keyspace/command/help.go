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

// errSubcommandArguments is the reply to too many arguments of the subcommands that
// check them by themselves.
func errSubcommandArguments(c *keyspace.Ctx) error {
	return keyspace.Errorf("ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.",
		keyspace.Quoted(nil, c.Arg(1), 128), strings.ToUpper(c.Command().Parent().Name))
}
