package command

import (
	"strings"

	"solokv/keyspace"
)

// COMMAND DOCS: what people and their tools need to know of a command. It maps
// names to maps; redis-cli makes its hints and its help of it.

func commandDocs(c *keyspace.Ctx) error {
	commands := c.Engine().Commands().All()
	if c.Argc() > 2 {
		commands = nil
		for _, name := range c.Args()[2:] {
			if cmd := findCommand(c, name); cmd != nil {
				commands = append(commands, cmd)
			}
		}
	}

	replyCommandDocs(c, commands)
	return nil
}

func replyCommandDocs(c *keyspace.Ctx, commands []*keyspace.Command) {
	c.ReplyMap(len(commands))
	for _, cmd := range commands {
		c.ReplyString(cmd.FullName())
		replyDocs(c, cmd)
	}
}

// docField is a pair of a map in COMMAND DOCS. Its value is written by a
// function, so that the pairs are counted before they are written.
type docField struct {
	name  string
	reply func()
}

// docFields is a map in the making.
type docFields struct {
	c      *keyspace.Ctx
	fields []docField
}

// add puts a pair into the map if there is something to tell.
func (d *docFields) add(told bool, name string, reply func()) {
	if told {
		d.fields = append(d.fields, docField{name, reply})
	}
}

// addString adds a pair of strings unless the value is empty.
func (d *docFields) addString(name, value string) {
	d.add(value != "", name, func() { d.c.ReplyString(value) })
}

func (d *docFields) reply() {
	d.c.ReplyMap(len(d.fields))
	for _, f := range d.fields {
		d.c.ReplyString(f.name)
		f.reply()
	}
}

func replyDocs(c *keyspace.Ctx, cmd *keyspace.Command) {
	d := docFields{c: c}
	d.addString("summary", cmd.Summary)
	d.addString("since", cmd.Since)
	d.addString("group", string(cmd.Group))
	d.addString("complexity", cmd.Complexity)
	deprecatedSince, replacedBy, deprecated := strings.Cut(cmd.Deprecated, " ")
	var flags []string
	if deprecated {
		flags = append(flags, "deprecated")
	}
	if cmd.System {
		flags = append(flags, "syscmd")
	}
	d.add(len(flags) > 0, "doc_flags", func() { replyNames(c, flags) })
	d.addString("deprecated_since", deprecatedSince)
	d.addString("replaced_by", replacedBy)
	d.add(len(cmd.History) > 0, "history", func() { replyHistory(c, cmd.History) })
	args := arguments(cmd)
	d.add(len(args) > 0, "arguments", func() { replyArguments(c, args) })
	d.add(len(cmd.Subcommands) > 0, "subcommands", func() { replyCommandDocs(c, cmd.Subcommands) })
	d.reply()
}

// replyHistory replies what changed: pairs of a version and a sentence.
func replyHistory(c *keyspace.Ctx, history []string) {
	c.ReplySet(len(history))
	for _, line := range history {
		version, text, _ := strings.Cut(line, " ")
		c.ReplyStrings([]string{version, text})
	}
}

func replyArguments(c *keyspace.Ctx, args []argument) {
	c.ReplyArray(len(args))
	for i := range args {
		replyArgument(c, &args[i])
	}
}

func replyArgument(c *keyspace.Ctx, arg *argument) {
	d := docFields{c: c}
	d.addString("name", arg.name)
	d.addString("type", string(arg.kind))
	d.addString("display_text", arg.display)
	d.add(arg.keySpec != noKeySpec, "key_spec_index", func() { c.ReplyInt(int64(arg.keySpec)) })
	d.add(arg.token != "", "token", func() { c.ReplyString(strings.Trim(arg.token, `"`)) })
	d.addString("since", arg.since)
	flags := arg.flags()
	d.add(len(flags) > 0, "flags", func() { replyNames(c, flags) })
	d.add(len(arg.args) > 0, "arguments", func() { replyArguments(c, arg.args) })
	d.reply()
}

// flags are the argument's, as COMMAND DOCS names them.
func (arg *argument) flags() (names []string) {
	if arg.optional {
		names = append(names, "optional")
	}
	if arg.multiple {
		names = append(names, "multiple")
	}
	if arg.multipleToken {
		names = append(names, "multiple_token")
	}
	return names
}
