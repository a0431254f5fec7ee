package command

import (
	"bytes"
	"slices"

	"solokv/keyspace"
)

// The commands of sets. Reading goes through setView (set_view.go) and changing
// through setDraft (set_draft.go), so that handlers know nothing of encodings.
// Random members are in set_random.go, set algebra in set_algebra.go, SSCAN in
// set_scan.go, and here what concerns single members.

func setCommands() []*keyspace.Command {
	return slices.Concat(setMemberCommands(), setRandomCommands(), setAlgebraCommands(), setScanCommands())
}

func setMemberCommands() []*keyspace.Command {
	write := keyspace.Write | keyspace.Fast
	read := keyspace.ReadOnly | keyspace.Fast
	return []*keyspace.Command{
		{Name: "sadd", Arity: -3, Flags: write | keyspace.DenyOOM,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyInsert),
			Group: groupSet, Since: "1.0.0", Complexity: "O(N) where N is the number of members given.",
			Summary: "Adds members to a set.",
			History: []string{"2.4.0 Accepts multiple `member` arguments."},
			Syntax:  "key member [member ...]", Handler: sadd},
		{Name: "srem", Arity: -3, Flags: write,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyDelete),
			Group: groupSet, Since: "1.0.0", Complexity: "O(N) where N is the number of members given.",
			Summary: "Removes members from a set.",
			History: []string{"2.4.0 Accepts multiple `member` arguments."},
			Syntax:  "key member [member ...]", Handler: srem},
		{Name: "smove", Arity: 4, Flags: write,
			Keys:  keyspace.TwoKeys(keyspace.KeyRW|keyspace.KeyAccess|keyspace.KeyDelete, keyspace.KeyRW|keyspace.KeyInsert),
			Group: groupSet, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Moves a member from one set to another.",
			Syntax:  "source destination member", Handler: smove},
		{Name: "sismember", Arity: 3, Flags: read,
			Keys:  keyspace.OneKey(keyspace.KeyRO),
			Group: groupSet, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Tells whether a set has a member.",
			Syntax:  "key member", Handler: sismember},
		{Name: "smismember", Arity: -3, Flags: read,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupSet, Since: "6.2.0", Complexity: "O(N) where N is the number of members given.",
			Summary: "Tells which of some members a set has.",
			Syntax:  "key member [member ...]", Handler: smismember},
		{Name: "scard", Arity: 2, Flags: read,
			Keys:  keyspace.OneKey(keyspace.KeyRO),
			Group: groupSet, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Returns the number of members of a set.",
			Syntax:  "key", Handler: scard},
		{Name: "smembers", Arity: 2, Flags: keyspace.ReadOnly,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupSet, Since: "1.0.0", Complexity: "O(N) where N is the number of members.",
			Summary: "Returns all members of a set.",
			Hints:   []string{"nondeterministic_output_order"},
			Syntax:  "key", Handler: smembers},
	}
}

func sadd(c *keyspace.Ctx) error {
	key, members := c.Arg(1), c.Args()[2:]
	d, err := editSet(c, key)
	if err != nil {
		return err
	}

	d.prepare(members[0], len(members))
	added := 0
	for _, member := range members {
		if d.add(member) {
			added++
		}
	}
	d.store(key)
	if added > 0 {
		c.ModifiedMany(added, key, keyspace.EventSet, "sadd")
	}

	return c.ReplyInt(int64(added))
}

func srem(c *keyspace.Ctx) error {
	key := c.Arg(1)
	d, err := editSet(c, key)
	if err != nil {
		return err
	}

	removed := 0
	for _, member := range c.Args()[2:] {
		if d.remove(member) {
			removed++
		}
	}
	if removed > 0 {
		setShrunk(c, key, removed, d.store(key), "srem")
	}

	return c.ReplyInt(int64(removed))
}

// setShrunk reports that so many members have gone, and with the last of them the key.
func setShrunk(c *keyspace.Ctx, key []byte, members int, gone bool, event string) {
	c.ModifiedMany(members, key, keyspace.EventSet, event)
	if gone {
		c.Event(key, keyspace.EventGeneric, "del")
	}
}

// smove looks at both keys before it edits one: a look may end an expired key, and
// then the draft of the other would not be valid.
func smove(c *keyspace.Ctx) error {
	from, to, member := c.Arg(1), c.Arg(2), c.Arg(3)
	source, found := c.Write(from)
	if !found {
		return c.ReplyFlag(false)
	}
	if !isSet(source) {
		return keyspace.ErrWrongType
	}
	if target, found := c.Write(to); found && !isSet(target) {
		return keyspace.ErrWrongType
	}
	d, err := editSet(c, from)
	if err != nil {
		return err
	}
	if bytes.Equal(from, to) {
		return c.ReplyFlag(d.has(member))
	}
	if !d.remove(member) {
		return c.ReplyFlag(false)
	}

	setShrunk(c, from, 1, d.store(from), "srem")
	d, err = editSet(c, to)
	if err != nil {
		return err
	}
	d.prepare(member, 1)
	added := d.add(member)
	d.store(to)
	if added {
		c.Modified(to, keyspace.EventSet, "sadd")
	}

	return c.ReplyFlag(true)
}

func sismember(c *keyspace.Ctx) error {
	v, _, err := readSet(c, c.Arg(1))
	if err != nil {
		return err
	}
	return c.ReplyFlag(v.has(c.Arg(2)))
}

func smismember(c *keyspace.Ctx) error {
	v, _, err := readSet(c, c.Arg(1))
	if err != nil {
		return err
	}

	members := c.Args()[2:]
	c.ReplyArray(len(members))
	for _, member := range members {
		c.ReplyFlag(v.has(member))
	}
	return nil
}

func scard(c *keyspace.Ctx) error {
	v, _, err := readSet(c, c.Arg(1))
	if err != nil {
		return err
	}
	return c.ReplyInt(int64(v.len()))
}

func smembers(c *keyspace.Ctx) error {
	v, _, err := readSet(c, c.Arg(1))
	if err != nil {
		return err
	}

	c.ReplySet(v.len())
	replyMembers(c, &v)
	return nil
}
