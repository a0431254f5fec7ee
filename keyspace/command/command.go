package command

import (
	"bytes"

	"solokv/keyspace"
	"solokv/keyspace/glob"
)

// COMMAND: the table of commands, told to clients. All of it is derived from the
// entries; command_info.go and command_docs.go hold the two long forms.

func commandCommands() []*keyspace.Command {
	const flags = keyspace.Loading | keyspace.Stale
	const manyNames = "O(N) where N is the number of commands to look up"
	category := []string{"connection"}
	anyOrder := []string{"nondeterministic_output_order"}
	return []*keyspace.Command{{Name: "command", Arity: -1, Flags: flags, Group: groupServer, Categories: category,
		Summary: "Describes all commands.", Since: "2.8.13", Hints: anyOrder,
		Complexity: "O(N) where N is the total number of commands", Handler: commandAll,
		Subcommands: []*keyspace.Command{
			{Name: "count", Arity: 2, Flags: flags, Categories: category, Summary: "Returns the number of commands.",
				Since: "2.8.13", Complexity: "O(1)", Handler: commandCount},
			{Name: "docs", Arity: -2, Flags: flags, Categories: category, Hints: anyOrder,
				Summary: "Returns the documentation of commands.", Since: "7.0.0", Complexity: manyNames,
				Syntax: "[command-name [command-name ...]]", Handler: commandDocs},
			{Name: "getkeys", Arity: -3, Flags: flags, Categories: category,
				Summary: "Returns the keys of a request.", Since: "2.8.13",
				Complexity: "O(N) where N is the number of arguments to the command",
				Syntax:     "command [arg [arg ...]]", Handler: commandGetKeys},
			{Name: "getkeysandflags", Arity: -3, Flags: flags, Categories: category,
				Summary: "Returns the keys of a request and what is done with them.", Since: "7.0.0",
				Complexity: "O(N) where N is the number of arguments to the command",
				Syntax:     "command [arg [arg ...]]", Handler: commandGetKeysAndFlags},
			{Name: "help", Arity: 2, Flags: flags, Categories: category, Summary: "Describes the subcommands.",
				Since: "5.0.0", Complexity: "O(1)", Handler: commandHelp},
			{Name: "info", Arity: -2, Flags: flags, Categories: category, Hints: anyOrder,
				Summary: "Describes commands.", Since: "2.8.13", Complexity: manyNames,
				Syntax: "[command-name [command-name ...]]", Handler: commandInfo,
				History: []string{"7.0.0 Without a name it describes all commands."}},
			{Name: "list", Arity: -2, Flags: flags, Categories: category, Hints: anyOrder,
				Summary: "Lists the names of commands.", Since: "7.0.0",
				Complexity: "O(N) where N is the total number of commands",
				Syntax:     "[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
				Handler:    commandList},
		}}}
}

var commandHelp = help("command",
	"(no subcommand)",
	"    Describe all commands.",
	"COUNT",
	"    Return the number of commands.",
	"DOCS [<command-name> ...]",
	"    Return the documentation of these commands, or of all.",
	"GETKEYS <full-command>",
	"    Return the keys in a request.",
	"GETKEYSANDFLAGS <full-command>",
	"    Return the keys in a request and what is done with each.",
	"INFO [<command-name> ...]",
	"    Describe these commands, or all.",
	"LIST [FILTERBY (MODULE <module-name>|ACLCAT <category>|PATTERN <pattern>)]",
	"    Return the names of commands.",
)

func commandCount(c *keyspace.Ctx) error {
	return c.ReplyInt(int64(len(c.Engine().Commands().All())))
}

// findCommand finds a command by its full name: "get", "client|kill".
func findCommand(c *keyspace.Ctx, name []byte) *keyspace.Command {
	container, rest, isSub := bytes.Cut(name, []byte("|"))
	cmd := c.Engine().Commands().Lookup(container)
	if cmd != nil && isSub {
		return cmd.Subcommand(rest)
	}
	return cmd
}

// commandFilter tells whether COMMAND LIST shows a command.
type commandFilter func(*keyspace.Command) bool

func commandList(c *keyspace.Ctx) error {
	filter, err := parseCommandFilter(c)
	if err != nil {
		return err
	}

	var names []string
	for _, cmd := range c.Engine().Commands().All() {
		if filter(cmd) {
			names = append(names, cmd.FullName())
		}
		for _, sub := range cmd.Subcommands {
			if filter(sub) {
				names = append(names, sub.FullName())
			}
		}
	}

	return c.ReplyStrings(names)
}

func parseCommandFilter(c *keyspace.Ctx) (commandFilter, error) {
	if c.Argc() == 2 {
		return func(*keyspace.Command) bool { return true }, nil
	}
	if c.Argc() != 5 || !keyspace.EqualFold(c.Arg(2), "FILTERBY") {
		return nil, keyspace.ErrSyntax
	}
	value := c.Arg(4)
	switch kind := c.Arg(3); {
	case keyspace.EqualFold(kind, "MODULE"):
		return func(*keyspace.Command) bool { return false }, nil // there are no modules
	case keyspace.EqualFold(kind, "ACLCAT"):
		category := keyspace.CategoryNamed(string(value))
		return func(cmd *keyspace.Command) bool { return cmd.ACLCategories()&category != 0 }, nil
	case keyspace.EqualFold(kind, "PATTERN"):
		return func(cmd *keyspace.Command) bool { return glob.MatchFold(value, []byte(cmd.FullName())) }, nil
	}
	return nil, keyspace.ErrSyntax
}

func commandGetKeys(c *keyspace.Ctx) error {
	keys, err := keysOfRequest(c)
	if err != nil {
		return err
	}

	c.ReplyArray(len(keys))
	for _, key := range keys {
		c.ReplyBulk(c.Arg(2 + key.Index))
	}
	return nil
}

func commandGetKeysAndFlags(c *keyspace.Ctx) error {
	keys, err := keysOfRequest(c)
	if err != nil {
		return err
	}

	c.ReplyArray(len(keys))
	for _, key := range keys {
		c.ReplyArray(2)
		c.ReplyBulk(c.Arg(2 + key.Index))
		replyNames(c, key.Flags.Names())
	}
	return nil
}

// keysOfRequest finds the keys of the request that is COMMAND GETKEYS' argument.
func keysOfRequest(c *keyspace.Ctx) ([]keyspace.KeyAt, error) {
	request := c.Args()[2:]
	cmd := c.Engine().Commands().Lookup(request[0])
	if cmd != nil && len(cmd.Subcommands) > 0 && len(request) > 1 {
		cmd = cmd.Subcommand(request[1])
	}
	switch {
	case cmd == nil:
		return nil, keyspace.Error("ERR Invalid command specified")
	case len(cmd.Keys) == 0:
		return nil, keyspace.Error("ERR The command has no key arguments")
	case cmd.Arity > 0 && len(request) != cmd.Arity || len(request) < -cmd.Arity:
		return nil, keyspace.Error("ERR Invalid number of arguments specified for command")
	}

	all, ok := cmd.KeysOf(request)
	var keys []keyspace.KeyAt
	for _, key := range all {
		if key.Flags&keyspace.KeyNotKey == 0 {
			keys = append(keys, key)
		}
	}
	if (!ok || len(keys) == 0) && cmd.Flags&keyspace.NoMandatoryKeys == 0 {
		return nil, keyspace.Error("ERR Invalid arguments specified for command")
	}
	return keys, nil
}

// replyNames replies a set of status lines: flags, categories.
func replyNames(c *keyspace.Ctx, names []string) {
	c.ReplySet(len(names))
	for _, name := range names {
		c.Simple(name)
	}
}
