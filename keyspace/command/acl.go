package command

import (
	"encoding/binary"

	"solokv/keyspace"
	"solokv/keyspace/acl"
)

// ACL: the users and what they may do. The rules are package acl's, and what follows
// for connections is the engine's; here are the words. Users are shown and changed in
// acl_user.go.

func aclCommand() *keyspace.Command {
	const anybody = keyspace.NoScript | serverAnyTime
	const admin = keyspace.NoScript | serverAdmin
	const perUser = "O(N). Where N is the number of configured users."
	everywhere := []string{hintAllNodes, hintAllSucceeded}
	return &keyspace.Command{
		Name: "acl", Arity: -2, Summary: "A container for commands about users and what they may do.", Since: "6.0.0",
		Complexity: "Depends on subcommand.",
		Subcommands: []*keyspace.Command{
			{Name: "cat", Arity: -2, Flags: anybody, Since: "6.0.0", Syntax: "[category]",
				Summary:    "Lists the categories of commands, or the commands in one.",
				Complexity: "O(1) since the categories and commands are a fixed set.", Handler: aclCat},
			{Name: "deluser", Arity: -3, Flags: admin, Since: "6.0.0", Syntax: "username [username ...]",
				Summary: "Deletes users and ends their connections.", Hints: everywhere,
				Complexity: "O(1) amortized time considering the typical user.", Handler: aclDelUser},
			{Name: "dryrun", Arity: -4, Flags: admin, Since: "7.0.0", Syntax: "username command [arg [arg ...]]",
				Summary:    "Tells whether a user may execute a command, without executing it.",
				Complexity: "O(1).", Handler: aclDryRun},
			{Name: "genpass", Arity: -2, Flags: anybody, Since: "6.0.0", Syntax: "[bits:integer]",
				Summary: "Makes up a password that nobody can guess.", Complexity: "O(1)", Handler: aclGenPass},
			{Name: "getuser", Arity: 3, Flags: admin, Since: "6.0.0", Syntax: "username",
				Summary:    "Returns the rules of a user.",
				Complexity: "O(N). Where N is the number of password, command and pattern rules that the user has.",
				History: []string{"6.2.0 Added the patterns of channels.", "7.0.0 Added selectors, and patterns are" +
					" shown as rules."}, Handler: aclGetUser},
			{Name: "help", Arity: 2, Flags: serverAnyTime, Since: "6.0.0", Complexity: "O(1)",
				Summary: "Returns helpful text about the subcommands.", Handler: aclHelp},
			{Name: "list", Arity: 2, Flags: admin, Since: "6.0.0", Complexity: perUser,
				Summary: "Returns the rules of all users, as the ACL file holds them.", Handler: aclList},
			{Name: "load", Arity: 2, Flags: admin, Since: "6.0.0", Complexity: perUser, Hints: everywhere,
				Summary: "Reads the users from the ACL file again.", Handler: aclLoad},
			{Name: "log", Arity: -2, Flags: admin, Since: "6.0.0", Syntax: "[operation: count | RESET]",
				Summary:    "Returns what was denied lately.",
				Complexity: "O(N) with N being the number of entries shown.",
				History:    []string{"7.2.0 Added the number of an entry, and when it was made and changed."}, Handler: aclLog},
			{Name: "save", Arity: 2, Flags: admin, Since: "6.0.0", Complexity: perUser, Hints: everywhere,
				Summary: "Writes the users to the ACL file.", Handler: aclSave},
			{Name: "setuser", Arity: -3, Flags: admin, Since: "6.0.0", Syntax: "username [rule [rule ...]]",
				Summary: "Makes a user, or changes what he may do.", Hints: everywhere,
				Complexity: "O(N). Where N is the number of rules provided.",
				History:    []string{"6.2.0 Added the patterns of channels.", "7.0.0 Added selectors and key based permissions."},
				Handler:    aclSetUser},
			{Name: "users", Arity: 2, Flags: admin, Since: "6.0.0", Complexity: perUser,
				Summary: "Returns the names of all users.", Handler: aclUsers},
			{Name: "whoami", Arity: 2, Flags: anybody, Since: "6.0.0", Complexity: "O(1)",
				Summary: "Returns the name of the connection's user.", Handler: aclWhoAmI},
		},
	}
}

var aclHelp = help("acl",
	"CAT [<category>]",
	"    Return the categories of commands, or the commands in <category>.",
	"DELUSER <username> [<username> ...]",
	"    Delete users, and end their connections.",
	"DRYRUN <username> <command> [<arg> ...]",
	"    Return whether the user may execute the command, without executing it.",
	"GENPASS [<bits>]",
	"    Return a password that was made up, of 256 bits or <bits>.",
	"GETUSER <username>",
	"    Return what is known about a user.",
	"LIST",
	"    Return the rules of all users, as the ACL file holds them.",
	"LOAD",
	"    Read the users from the ACL file again.",
	"LOG [<count>|RESET]",
	"    Return the latest entries (default: 10) of the log of what was denied, or empty it.",
	"SAVE",
	"    Write the users to the ACL file.",
	"SETUSER <username> [<rule> ...]",
	"    Make a user, or apply rules to one.",
	"USERS",
	"    Return the names of all users.",
	"WHOAMI",
	"    Return the name of this connection's user.",
)

func aclCat(c *keyspace.Ctx) error {
	users := c.Engine().Users()
	switch {
	case c.Argc() > 3:
		return errSubcommandArguments(c)
	case c.Argc() == 2:
		return c.ReplyStrings(users.Categories())
	}

	names, err := users.CommandsIn(string(c.Arg(2)))
	if err != nil {
		return err
	}

	return c.ReplyStrings(names)
}

// randomReader makes bytes of the engine's random numbers.
type randomReader struct{ engine *keyspace.Engine }

// Read implements io.Reader.
func (r randomReader) Read(p []byte) (int, error) {
	var number [8]byte
	for i := range p {
		if i%8 == 0 {
			binary.LittleEndian.PutUint64(number[:], r.engine.Random())
		}
		p[i] = number[i%8]
	}
	return len(p), nil
}

func aclGenPass(c *keyspace.Ctx) error {
	bits := int64(acl.GenPassBits)
	if c.Argc() > 3 {
		return errSubcommandArguments(c)
	}
	if c.Argc() == 3 {
		n, err := c.Int(2)
		if err != nil {
			return err
		}
		bits = n
	}

	password, err := acl.GenPass(randomReader{c.Engine()}, int(bits))
	if err != nil {
		return err
	}

	return c.ReplyString(password)
}

const aclLogCountDefault = 10

func aclLog(c *keyspace.Ctx) error {
	count := int64(aclLogCountDefault)
	switch {
	case c.Argc() > 3:
		return errSubcommandArguments(c)
	case c.Argc() == 3 && keyspace.EqualFold(c.Arg(2), "RESET"):
		c.Engine().ACLLog().Reset()
		return c.OK()
	case c.Argc() == 3:
		n, err := c.Int(2)
		if err != nil {
			return err
		}
		count = n
	}

	entries := c.Engine().ACLLog().Entries(int(count))

	c.ReplyArray(len(entries))
	for i := range entries {
		replyACLEntry(c, &entries[i])
	}
	return nil
}

func replyACLEntry(c *keyspace.Ctx, entry *acl.Entry) {
	text := func(name, value string) {
		c.ReplyString(name)
		c.ReplyString(value)
	}
	number := func(name string, value int64) {
		c.ReplyString(name)
		c.ReplyInt(value)
	}
	c.ReplyMap(10)
	number("count", int64(entry.Count))
	text("reason", entry.Reason.String())
	text("context", entry.Context.String())
	text("object", entry.Object)
	text("username", entry.Username)
	c.ReplyString("age-seconds")
	c.ReplyDouble(float64(c.NowMs()-entry.UpdatedMs) / 1000)
	text("client-info", entry.Client)
	number("entry-id", int64(entry.ID))
	number("timestamp-created", entry.CreatedMs)
	number("timestamp-last-updated", entry.UpdatedMs)
}

// aclDryRun replies why the user may not, or OK. The command need not make sense, only
// have as many arguments as it takes.
func aclDryRun(c *keyspace.Ctx) error {
	request := c.Args()[3:]
	user := c.Engine().Users().Get(string(c.Arg(2)))
	cmd := c.Engine().Commands().Lookup(request[0]).Resolve(request)
	switch {
	case user == nil:
		return keyspace.Errorf("ERR User '%s' not found", c.Arg(2))
	case cmd == nil:
		return keyspace.Errorf("ERR Command '%s' not found", request[0])
	case cmd.Arity > 0 && len(request) != cmd.Arity || len(request) < -cmd.Arity:
		return keyspace.ErrArity(cmd.FullName())
	}

	denial := c.Engine().Denied(user, cmd, request)

	if denial.Reason != acl.Permitted {
		return c.ReplyString(denial.Explanation(user, cmd.FullName(), request))
	}
	return c.OK()
}
