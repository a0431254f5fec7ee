package command

import (
	"math"

	"solokv/keyspace"
)

func slowlogCommand() *keyspace.Command {
	return &keyspace.Command{
		Name: "slowlog", Arity: -2, Summary: "A container for commands about the slow log.", Since: "2.2.12",
		Complexity: "Depends on subcommand.",
		Subcommands: []*keyspace.Command{
			{Name: "get", Arity: -2, Flags: serverAdmin, Summary: "Returns the latest entries of the slow log.",
				Since: "2.2.12", Complexity: "O(N) where N is the number of entries returned", Syntax: "[count]",
				Hints:   []string{hintAllNodes, hintNondeterministic},
				History: []string{"4.0.0 Added client IP address, port and name to the reply."}, Handler: slowlogGet},
			{Name: "len", Arity: 2, Flags: serverAdmin, Summary: "Returns the number of entries in the slow log.",
				Since: "2.2.12", Complexity: "O(1)",
				Hints: []string{hintAllNodes, "response_policy:agg_sum", hintNondeterministic}, Handler: slowlogLen},
			{Name: "reset", Arity: 2, Flags: serverAdmin, Summary: "Empties the slow log.",
				Since: "2.2.12", Complexity: "O(N) where N is the number of entries in the slow log",
				Hints: []string{hintAllNodes, hintAllSucceeded}, Handler: slowlogReset},
			{Name: "help", Arity: 2, Flags: serverAnyTime, Summary: "Returns helpful text about the subcommands.",
				Since: "6.2.0", Complexity: "O(1)",
				Handler: help("slowlog",
					"GET [<count>]",
					"    Return the latest <count> entries of the slow log (default: 10, -1 means all).",
					"    An entry is:",
					"    id, timestamp, time in microseconds, array of arguments, client IP and port,",
					"    client name",
					"LEN",
					"    Return the length of the slow log.",
					"RESET",
					"    Empty the slow log.")},
		},
	}
}

const (
	slowlogCountDefault = 10

	errSlowlogCount keyspace.Error = "ERR count should be greater than or equal to -1"
)

func slowlogGet(c *keyspace.Ctx) error {
	count := int64(slowlogCountDefault)
	if c.Argc() > 3 {
		return errSubcommandUse(c)
	}
	if c.Argc() == 3 {
		n, err := c.Int(2)
		if err != nil || n < -1 {
			return errSlowlogCount
		}
		count = n
	}

	entries := c.Engine().Slowlog(int(min(count, math.MaxInt)))

	c.ReplyArray(len(entries))
	for i := range entries {
		e := &entries[i]
		c.ReplyArray(6)
		c.ReplyInt(e.ID)
		c.ReplyInt(e.UnixSec)
		c.ReplyInt(e.Us)
		c.ReplyStrings(e.Args)
		c.ReplyString(e.Addr)
		c.ReplyString(e.Name)
	}
	return nil
}

func slowlogLen(c *keyspace.Ctx) error { return c.ReplyInt(int64(c.Engine().SlowlogLen())) }

func slowlogReset(c *keyspace.Ctx) error {
	c.Engine().SlowlogReset()
	return c.OK()
}
