package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value/stream"
)

// XGROUP.

func streamGroupCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "xgroup", Arity: -2,
			Group: groupStream, Since: "5.0.0", Complexity: "Depends on subcommand.",
			Summary: "A container for commands that manage consumer groups.",
			Subcommands: []*keyspace.Command{
				{Name: "create", Arity: -5, Flags: keyspace.Write | keyspace.DenyOOM,
					Keys:  secondKey(keyspace.KeyRW | keyspace.KeyInsert),
					Since: "5.0.0", Complexity: "O(1)",
					Summary: "Creates a consumer group.",
					History: []string{"7.0.0 Added the `entries_read` named argument."},
					Syntax:  "key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]", Handler: xgroupCreate},
				{Name: "createconsumer", Arity: 5, Flags: keyspace.Write | keyspace.DenyOOM,
					Keys:  secondKey(keyspace.KeyRW | keyspace.KeyInsert),
					Since: "6.2.0", Complexity: "O(1)",
					Summary: "Makes a consumer a member of a group.",
					Syntax:  "key group consumer", Handler: xgroupCreateConsumer},
				{Name: "delconsumer", Arity: 5, Flags: keyspace.Write,
					Keys:  secondKey(keyspace.KeyRW | keyspace.KeyDelete),
					Since: "5.0.0", Complexity: "O(N log M) for N entries pending for the consumer and M for the group.",
					Summary: "Removes a consumer from a group, and what is pending for it.",
					Syntax:  "key group consumer", Handler: xgroupDelConsumer},
				{Name: "destroy", Arity: 4, Flags: keyspace.Write,
					Keys:  secondKey(keyspace.KeyRW | keyspace.KeyDelete),
					Since: "5.0.0", Complexity: "O(N) where N is the number of entries that are pending.",
					Summary: "Removes a consumer group.",
					Syntax:  "key group", Handler: xgroupDestroy},
				{Name: "setid", Arity: -5, Flags: keyspace.Write,
					Keys:  secondKey(keyspace.KeyRW | keyspace.KeyUpdate),
					Since: "5.0.0", Complexity: "O(1)",
					Summary: "Sets the ID that was last delivered to a group.",
					History: []string{"7.0.0 Added the optional `entries_read` argument."},
					Syntax:  "key group <id | $> [ENTRIESREAD entries-read]", Handler: xgroupSetID},
				{Name: "help", Arity: 2, Flags: keyspace.Loading | keyspace.Stale,
					Since: "5.0.0", Complexity: "O(1)",
					Summary: "Lists the subcommands.",
					Handler: help("xgroup",
						"CREATE <key> <groupname> <id|$> [option]",
						"    Create a consumer group that begins behind an ID. Options are:",
						"    * MKSTREAM",
						"      Create an empty stream if there is none.",
						"    * ENTRIESREAD entries_read",
						"      Set the number of entries that the group counts as read.",
						"CREATECONSUMER <key> <groupname> <consumer>",
						"    Make a consumer a member of the group.",
						"DELCONSUMER <key> <groupname> <consumer>",
						"    Remove a consumer, and what is pending for it.",
						"DESTROY <key> <groupname>",
						"    Remove the group.",
						"SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
						"    Set the group's last ID, and the number of entries read.")},
			}},
	}
}

// secondKey is the key of a subcommand that has one.
func secondKey(flags keyspace.KeyFlags) []keyspace.KeySpec {
	return []keyspace.KeySpec{{Flags: flags, Begin: 2, Step: 1}}
}

const (
	errXGroupKey keyspace.Error = "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you " +
		"may want to use the MKSTREAM option to create an empty stream automatically."
	errXGroupBusy keyspace.Error = "BUSYGROUP Consumer Group name already exists"
	errXGroupRead keyspace.Error = "ERR value for ENTRIESREAD must be positive or -1"
)

// groupRequest is what CREATE and SETID are told besides the ID.
type groupRequest struct {
	read   int64
	create bool // the stream, if there is none
}

// groupRequestMax is the length of XGROUP CREATE with every option, and
// setIDRequestMax that of SETID. Options may be repeated, but not for long; Redis
// looks at the key before it counts.
const (
	groupRequestMax = 8
	setIDRequestMax = 7
)

func parseGroupRequest(c *keyspace.Ctx, creates bool) (r groupRequest, err error) {
	r.read = stream.Unknown
	o := c.Options(5)
	for o.Next() {
		switch {
		case o.Is("MKSTREAM") && creates:
			r.create = true
		case o.Is("ENTRIESREAD") && o.Left() > 0:
			if r.read = o.Int(); r.read < stream.Unknown {
				o.Fail(errXGroupRead)
			}
		default:
			o.Fail(streamArity(c, "XGROUP"))
		}
	}
	return r, o.Err()
}

// groupStreamOf finds the stream of a request; with mustHave also its group must be
// there.
func groupStreamOf(c *keyspace.Ctx, mustHave bool) (*stream.Stream, error) {
	s, err := writeStream(c, c.Arg(2))
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return nil, errXGroupKey
	case mustHave && s.Group(c.Arg(3)) == nil:
		return nil, errNoSuchGroup(c.Arg(3), c.Arg(2))
	}
	return s, nil
}

func errNoSuchGroup(group, key []byte) error {
	return keyspace.Errorf("NOGROUP No such consumer group '%s' for key name '%s'", group, key)
}

// parseGroupID reads where a group is to begin: $ is the end of the stream.
func parseGroupID(arg []byte, s *stream.Stream) (stream.ID, error) {
	if string(arg) != "$" {
		return parseStreamID(arg)
	}
	if s == nil {
		return stream.Min, nil
	}
	return s.LastID(), nil
}

// parseNewGroupID is parseGroupID for SETID, which knows the ends by - and +, too.
func parseNewGroupID(arg []byte, s *stream.Stream) (stream.ID, error) {
	switch string(arg) {
	case "-":
		return stream.Min, nil
	case "+":
		return stream.Max, nil
	}
	return parseGroupID(arg, s)
}

func xgroupCreate(c *keyspace.Ctx) error {
	key, name := c.Arg(2), c.Arg(3)
	r, err := parseGroupRequest(c, true)
	if err != nil {
		return err
	}
	s, err := groupStreamOf(c, false)
	if err != nil && (err != errXGroupKey || !r.create) {
		return err
	}
	if c.Argc() > groupRequestMax {
		return streamArity(c, "XGROUP")
	}
	id, err := parseGroupID(c.Arg(4), s)
	if err != nil {
		return err
	}
	if s != nil && s.Group(name) != nil {
		return errXGroupBusy
	}

	ownStream(c, key).AddGroup(name, id, r.read)
	c.Modified(key, keyspace.EventStream, "xgroup-create")

	return c.OK()
}

func xgroupSetID(c *keyspace.Ctx) error {
	key, name := c.Arg(2), c.Arg(3)
	r, err := parseGroupRequest(c, false)
	if err != nil {
		return err
	}
	s, err := groupStreamOf(c, true)
	if err != nil {
		return err
	}
	if c.Argc() > setIDRequestMax {
		return streamArity(c, "XGROUP")
	}
	id, err := parseNewGroupID(c.Arg(4), s)
	if err != nil {
		return err
	}

	g := ownStream(c, key).Own(name)
	g.LastID, g.Read = id, r.read
	c.Noted(key, keyspace.EventStream, "xgroup-setid")

	return c.OK()
}

func xgroupDestroy(c *keyspace.Ctx) error {
	key, name := c.Arg(2), c.Arg(3)
	s, err := groupStreamOf(c, false)
	if err != nil {
		return err
	}
	if s.Group(name) == nil {
		return c.ReplyFlag(false)
	}

	c.Drain(ownStream(c, key).RemoveGroup(name))
	c.Modified(key, keyspace.EventStream, "xgroup-destroy")

	return c.ReplyFlag(true)
}

func xgroupCreateConsumer(c *keyspace.Ctx) error {
	key, group, name := c.Arg(2), c.Arg(3), c.Arg(4)
	s, err := groupStreamOf(c, true)
	if err != nil {
		return err
	}
	if s.Group(group).Consumer(name) != nil {
		return c.ReplyFlag(false)
	}

	ownStream(c, key).Own(group).AddConsumer(name, c.NowMs(), stream.Unknown)
	c.Noted(key, keyspace.EventStream, "xgroup-createconsumer")

	return c.ReplyFlag(true)
}

func xgroupDelConsumer(c *keyspace.Ctx) error {
	key, group, name := c.Arg(2), c.Arg(3), c.Arg(4)
	s, err := groupStreamOf(c, true)
	if err != nil {
		return err
	}
	member := s.Group(group).Consumer(name)
	if member == nil {
		return c.ReplyInt(0)
	}

	pending := member.PendingLen()
	ownStream(c, key).Own(group).RemoveConsumer(name)
	c.Noted(key, keyspace.EventStream, "xgroup-delconsumer")

	return c.ReplyInt(int64(pending))
}
