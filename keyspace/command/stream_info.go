package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value/stream"
)

// XINFO.

func streamInfoCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "xinfo", Arity: -2,
			Group: groupStream, Since: "5.0.0", Complexity: "Depends on subcommand.",
			Summary: "A container for commands that describe streams.",
			Subcommands: []*keyspace.Command{
				{Name: "stream", Arity: -3, Flags: keyspace.ReadOnly,
					Keys:  secondKey(keyspace.KeyRO | keyspace.KeyAccess),
					Since: "5.0.0", Complexity: "O(1); with FULL and no COUNT the size of the reply.",
					Summary: "Describes a stream.",
					History: []string{"6.0.0 Added the `FULL` modifier.",
						"7.0.0 Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, " +
							"`entries-read` and `lag` fields"},
					Syntax: "key [full-block: FULL [COUNT count]]", Handler: xinfoStream},
				{Name: "groups", Arity: 3, Flags: keyspace.ReadOnly,
					Keys:  secondKey(keyspace.KeyRO | keyspace.KeyAccess),
					Since: "5.0.0", Complexity: "O(1) for each group.",
					Summary: "Describes the consumer groups of a stream.",
					History: []string{"7.0.0 Added the `entries-read` and `lag` fields"},
					Syntax:  "key", Handler: xinfoGroups},
				{Name: "consumers", Arity: 4, Flags: keyspace.ReadOnly,
					Keys:  secondKey(keyspace.KeyRO | keyspace.KeyAccess),
					Since: "5.0.0", Complexity: "O(1) for each consumer.",
					Summary: "Describes the consumers of a group.",
					Hints:   []string{"nondeterministic_output"},
					History: []string{"7.2.0 Added the `inactive` field, and changed the meaning of `idle`."},
					Syntax:  "key group", Handler: xinfoConsumers},
				{Name: "help", Arity: 2, Flags: keyspace.Loading | keyspace.Stale,
					Since: "5.0.0", Complexity: "O(1)",
					Summary: "Lists the subcommands.",
					Handler: help("xinfo",
						"CONSUMERS <key> <groupname>",
						"    Describe the consumers of a group.",
						"GROUPS <key>",
						"    Describe the groups of a stream.",
						"STREAM <key> [FULL [COUNT <count>]]",
						"    Describe a stream; with FULL also its entries, and what is pending.")},
			}},
	}
}

// infoStream finds the stream that XINFO is asked about.
func infoStream(c *keyspace.Ctx) (*stream.Stream, error) {
	s, err := readStream(c, c.Arg(2))
	if err == nil && s == nil {
		err = keyspace.ErrNoKey
	}
	return s, err
}

// infoCount is how many entries FULL shows of everything.
const infoCount = 10

// parseInfoFull reads FULL and how many entries to show.
func parseInfoFull(c *keyspace.Ctx) (full bool, count int64, err error) {
	if c.Argc() == 3 {
		return false, 0, nil
	}
	words := c.Argc() == 4 || c.Argc() == 6 && keyspace.EqualFold(c.Arg(4), "COUNT")
	if !words || !keyspace.EqualFold(c.Arg(3), "FULL") {
		return false, 0, streamArity(c, "XINFO")
	}
	if c.Argc() == 4 {
		return true, infoCount, nil
	}
	if count, err = c.Int(5); count < 0 {
		count = infoCount
	}
	return true, count, err
}

// xinfoStream looks at the key before the options, as Redis does.
func xinfoStream(c *keyspace.Ctx) error {
	s, err := infoStream(c)
	if err != nil {
		return err
	}
	full, count, err := parseInfoFull(c)
	if err != nil {
		return err
	}

	if full {
		c.ReplyMap(9)
	} else {
		c.ReplyMap(10)
	}
	infoCounters(c, s)
	if full {
		c.ReplyString("entries")
		replyEntries(c, s.Between(stream.Min, stream.Max), count)
		infoGroupsFull(c, s, count)
		return nil
	}
	c.ReplyString("groups")
	c.ReplyInt(int64(len(s.Groups())))
	c.ReplyString("first-entry")
	infoEntry(c, s.Between(stream.Min, stream.Max))
	c.ReplyString("last-entry")
	infoEntry(c, s.Backwards(stream.Min, stream.Max))
	return nil
}

// infoCounters is what both forms of XINFO STREAM begin with: seven pairs. Redis
// keeps nodes in a radix tree; one of n keys has n+1 nodes at least.
func infoCounters(c *keyspace.Ctx, s *stream.Stream) {
	c.ReplyString("length")
	c.ReplyInt(int64(s.Len()))
	c.ReplyString("radix-tree-keys")
	c.ReplyInt(int64(s.Nodes()))
	c.ReplyString("radix-tree-nodes")
	c.ReplyInt(int64(s.Nodes()) + 1)
	c.ReplyString("last-generated-id")
	replyStreamID(c, s.LastID())
	c.ReplyString("max-deleted-entry-id")
	replyStreamID(c, s.MaxDeletedID())
	c.ReplyString("entries-added")
	c.ReplyInt(int64(s.Added()))
	c.ReplyString("recorded-first-entry-id")
	replyStreamID(c, s.FirstID())
}

func infoEntry(c *keyspace.Ctx, r stream.Range) {
	if r.Next() {
		replyEntry(c, &r.Entry)
	} else {
		c.ReplyNull()
	}
}

// infoProgress is three pairs: how far a group has read.
func infoProgress(c *keyspace.Ctx, s *stream.Stream, g *stream.Group) {
	c.ReplyString("last-delivered-id")
	replyStreamID(c, g.LastID)
	c.ReplyString("entries-read")
	if g.Read == stream.Unknown {
		c.ReplyNull()
	} else {
		c.ReplyInt(g.Read)
	}
	c.ReplyString("lag")
	if lag, ok := s.Lag(g); ok {
		c.ReplyInt(lag)
	} else {
		c.ReplyNull()
	}
}

func infoGroupsFull(c *keyspace.Ctx, s *stream.Stream, count int64) {
	c.ReplyString("groups")
	c.ReplyArray(len(s.Groups()))
	for _, g := range s.Groups() {
		c.ReplyMap(7)
		c.ReplyString("name")
		c.ReplyString(g.Name)
		infoProgress(c, s, g)
		infoPending(c, g.PendingLen(), g.PendingFrom(stream.Min), count, true)
		c.ReplyString("consumers")
		c.ReplyArray(len(g.Consumers()))
		for _, member := range g.Consumers() {
			c.ReplyMap(5)
			c.ReplyString("name")
			c.ReplyString(member.Name)
			c.ReplyString("seen-time")
			c.ReplyInt(member.SeenMs)
			c.ReplyString("active-time")
			c.ReplyInt(member.ActiveMs)
			infoPending(c, member.PendingLen(), g.PendingOf(member, stream.Min), count, false)
		}
	}
}

// infoPending is two pairs: how many entries are pending, and which.
func infoPending(c *keyspace.Ctx, total int, walk stream.PendingRange, count int64, named bool) {
	c.ReplyString("pel-count")
	c.ReplyInt(int64(total))
	c.ReplyString("pending")
	if count > 0 {
		total = min(total, int(count))
	}
	c.ReplyArray(total)
	for range total {
		p, _ := walk.Next()
		if named {
			c.ReplyArray(4)
		} else {
			c.ReplyArray(3)
		}
		replyStreamID(c, p.ID)
		if named {
			c.ReplyString(p.Consumer.Name)
		}
		c.ReplyInt(p.DeliveredMs)
		c.ReplyInt(p.Count)
	}
}

func xinfoGroups(c *keyspace.Ctx) error {
	s, err := infoStream(c)
	if err != nil {
		return err
	}

	c.ReplyArray(len(s.Groups()))
	for _, g := range s.Groups() {
		c.ReplyMap(6)
		c.ReplyString("name")
		c.ReplyString(g.Name)
		c.ReplyString("consumers")
		c.ReplyInt(int64(len(g.Consumers())))
		c.ReplyString("pending")
		c.ReplyInt(int64(g.PendingLen()))
		infoProgress(c, s, g)
	}
	return nil
}

func xinfoConsumers(c *keyspace.Ctx) error {
	s, err := infoStream(c)
	if err != nil {
		return err
	}
	g := s.Group(c.Arg(3))
	if g == nil {
		return errNoSuchGroup(c.Arg(3), c.Arg(2))
	}

	c.ReplyArray(len(g.Consumers()))
	for _, member := range g.Consumers() {
		inactive := member.ActiveMs
		if inactive != stream.Unknown {
			inactive = max(c.NowMs()-member.ActiveMs, 0)
		}
		c.ReplyMap(4)
		c.ReplyString("name")
		c.ReplyString(member.Name)
		c.ReplyString("pending")
		c.ReplyInt(int64(member.PendingLen()))
		c.ReplyString("idle")
		c.ReplyInt(max(c.NowMs()-member.SeenMs, 0))
		c.ReplyString("inactive")
		c.ReplyInt(inactive)
	}
	return nil
}
