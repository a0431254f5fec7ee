package command

import (
	"bytes"
	"strconv"

	"solokv/keyspace"
)

// Commands about the server itself. Each family has a file: CONFIG, INFO, MEMORY,
// DEBUG, SLOWLOG and LATENCY; here are the small ones.

func serverCommands() []*keyspace.Command {
	commands := []*keyspace.Command{
		aclCommand(), configCommand(), infoCommand(), memoryCommand(), debugCommand(), slowlogCommand(), latencyCommand(),
		hotkeysCommand(), lolwutCommand(), moduleCommand(),
		{Name: "time", Arity: 1, Flags: keyspace.Loading | keyspace.Stale | keyspace.Fast,
			Summary: "Returns the server's time.", Since: "2.6.0", Complexity: "O(1)",
			Hints: []string{hintNondeterministic}, Handler: serverTime},
		{Name: "monitor", Arity: 1, Flags: keyspace.Admin | keyspace.NoScript | keyspace.Loading | keyspace.Stale,
			Summary: "Shows every request that the server executes.", Since: "1.0.0",
			Complexity: "O(1)", Handler: monitor},
		{Name: "role", Arity: 1, Flags: keyspace.NoScript | keyspace.Loading | keyspace.Stale | keyspace.Fast,
			Categories: []string{"admin", "dangerous"},
			Summary:    "Returns the role of the server in replication.", Since: "2.8.12", Complexity: "O(1)",
			Handler: role},
		{Name: "shutdown", Arity: -1,
			Flags: keyspace.Admin | keyspace.NoScript | keyspace.Loading | keyspace.Stale | keyspace.NoMulti |
				keyspace.AllowBusy,
			Summary: "Saves what has to be saved and ends the server.", Since: "1.0.0",
			Complexity: "O(N) when saving, where N is the total number of keys in all databases, otherwise O(1)",
			Syntax:     "[save-selector: NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
			History:    []string{"7.0.0 Added the `NOW`, `FORCE` and `ABORT` modifiers."}, Handler: shutdown},
	}
	commands = append(commands, saveCommands()...)
	for _, cmd := range commands {
		cmd.Group = groupServer
	}
	return commands
}

// The hints of this group.
const (
	hintNondeterministic = "nondeterministic_output"
	hintAllNodes         = "request_policy:all_nodes"
	hintAllShards        = "request_policy:all_shards"
	hintAllSucceeded     = "response_policy:all_succeeded"
	hintSpecial          = "response_policy:special"
)

// hintsReport are those of commands that report about one node.
var hintsReport = []string{hintNondeterministic, hintAllNodes, hintSpecial}

// hintsShardReport are those of commands that report about one shard.
var hintsShardReport = []string{hintNondeterministic, hintAllShards, hintSpecial}

// The flags of what anybody may ask at any time, and of what administrators do.
const (
	serverAnyTime = keyspace.Loading | keyspace.Stale
	serverAdmin   = keyspace.Admin | serverAnyTime
)

// errSubcommandUse is the reply to a subcommand with other arguments than it
// takes, where arity alone does not tell.
func errSubcommandUse(c *keyspace.Ctx) keyspace.Error {
	text := append([]byte(nil), "ERR unknown subcommand or wrong number of arguments for '"...)
	text = keyspace.Quoted(text, c.Arg(1), 128)
	text = append(text, "'. Try "...)
	text = append(text, bytes.ToUpper(c.Arg(0))...)
	return keyspace.Error(append(text, " HELP."...))
}

func serverTime(c *keyspace.Ctx) error {
	us := c.Engine().NowUs()
	c.ReplyArray(2)
	c.ReplyString(strconv.FormatInt(us/1e6, 10))
	return c.ReplyString(strconv.FormatInt(us%1e6, 10))
}

func role(c *keyspace.Ctx) error {
	c.ReplyArray(3)
	c.ReplyString("master")
	c.ReplyInt(0) // offset of replication
	return c.ReplyArray(0)
}

const (
	errNoShutdown keyspace.Error = "ERR No shutdown in progress."
	errShutdown   keyspace.Error = "ERR Errors trying to SHUTDOWN. Check logs."
)

func shutdown(c *keyspace.Ctx) error {
	var save, noSave, abort, other, force bool
	o := c.Options(1)
	for o.Next() {
		switch {
		case o.Is("NOSAVE"):
			noSave = true
		case o.Is("SAVE"):
			save = true
		case o.Is("NOW"): // there are no replicas to wait for
			other = true
		case o.Is("FORCE"):
			other, force = true, true
		case o.Is("ABORT"):
			abort = true
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}

	switch {
	case o.Err() != nil:
		return o.Err()
	case save && noSave, abort && (save || noSave || other):
		return keyspace.ErrSyntax
	case abort:
		return errNoShutdown
	}

	farewell := keyspace.FarewellDefault
	switch {
	case save:
		farewell = keyspace.FarewellSave
	case noSave:
		farewell = keyspace.FarewellNoSave
	}
	if err := c.Engine().BusyError(); err != nil && farewell != keyspace.FarewellNoSave {
		return err
	}

	if c.SayFarewell(farewell, force) != nil {
		return errShutdown
	}

	// The end of the connection is the reply.
	c.Session().CloseAfterReply()
	c.Engine().Shutdown()
	return nil
}

func monitor(c *keyspace.Ctx) error {
	if !c.Monitor() {
		return nil // as in Redis, a second one has no reply
	}
	return c.OK()
}
