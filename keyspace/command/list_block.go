package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value"
)

// The commands that wait for an element: BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH.
// Each tries what its sibling without a B does, and blocks if there is nothing; when
// a key gets a list it is executed again from its start. They are recorded as that
// sibling, so the journal never waits.

func listBlockCommands() []*keyspace.Command {
	const flags = keyspace.Write | keyspace.Blocking
	asDouble := []string{"6.0.0 `timeout` is interpreted as a double instead of an integer."}
	blockingPop := func(name, summary string, handler keyspace.Handler) *keyspace.Command {
		return &keyspace.Command{Name: name, Arity: -3, Flags: flags, Group: groupList, Since: "2.0.0",
			Keys: []keyspace.KeySpec{{Flags: keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyDelete,
				Begin: 1, Last: -2, Step: 1}},
			Complexity: "O(N) where N is the number of keys.", Summary: summary, History: asDouble,
			Syntax: "key [key ...] timeout:double", Handler: handler}
	}
	return []*keyspace.Command{
		blockingPop("blpop", "Takes the first element of the first of several lists that exists, or waits for one.",
			func(c *keyspace.Ctx) error { return blockingPopOne(c, head) }),
		blockingPop("brpop", "Takes the last element of the first of several lists that exists, or waits for one.",
			func(c *keyspace.Ctx) error { return blockingPopOne(c, tail) }),
		{Name: "blmpop", Arity: -5, Flags: flags, Group: groupList, Since: "7.0.0", Keys: listCountedKeys(2),
			Complexity: "O(N+M) where N is the number of keys and M that of the elements that are returned.",
			Summary:    "Takes elements from the first of several lists that exists, or waits for one.",
			Syntax:     "timeout:double numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", Handler: blmpop},
		{Name: "blmove", Arity: 6, Flags: flags | keyspace.DenyOOM, Keys: listMoveKeys,
			Group: groupList, Since: "6.2.0", Complexity: "O(1)",
			Summary: "Moves an element from a list to another and returns it, or waits for one.",
			Syntax:  "source destination <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT> timeout:double",
			Handler: blmove},
		{Name: "brpoplpush", Arity: 4, Flags: flags | keyspace.DenyOOM, Keys: listMoveKeys,
			Group: groupList, Since: "2.2.0", Complexity: "O(1)", History: asDouble,
			Deprecated: "6.2.0 `BLMOVE` with the `RIGHT` and `LEFT` arguments",
			Summary:    "Moves the last element of a list to the front of another and returns it, or waits for one.",
			Syntax:     "source destination timeout:double", Handler: brpoplpush},
	}
}

// waitForList blocks until one of the keys may hold a list.
func waitForList(c *keyspace.Ctx, keys [][]byte, untilMs int64) error {
	return c.Block(keyspace.WaitFor{Type: value.TypeList, Keys: keys, UntilMs: untilMs})
}

// waitForElement blocks until the first argument may hold a list.
func waitForElement(c *keyspace.Ctx, untilMs int64) error {
	return c.Block(keyspace.WaitFor{Type: value.TypeList, Keys: c.Args()[1:2], UntilMs: untilMs, One: true})
}

func blockingPopOne(c *keyspace.Ctx, from listEnd) error {
	last := c.Argc() - 1
	keys := c.Args()[1:last]
	until, err := c.BlockUntil(c.Arg(last))
	if err != nil {
		return err
	}

	for _, key := range keys {
		it, found, err := writeList(c, key)
		if err != nil {
			return err
		}
		if found {
			c.ReplyArray(2)
			c.ReplyBulk(key)
			popOne(c, key, it, from)
			c.PropagateAs(from.popWord(), key)
			return nil
		}
	}
	return waitForList(c, keys, until)
}

func blmpop(c *keyspace.Ctx) error {
	until, err := c.BlockUntil(c.Arg(1))
	if err != nil {
		return err
	}
	p, err := parseListMultiPop(c, 2)
	if err != nil {
		return err
	}

	done, err := p.pop(c)
	if err != nil || done {
		return err
	}
	return waitForList(c, p.keys, until)
}

func blmove(c *keyspace.Ctx) error {
	from, to, err := parseMove(c)
	if err != nil {
		return err
	}
	until, err := c.BlockUntil(c.Arg(5))
	if err != nil {
		return err
	}

	moved, err := moveElement(c, from, to)
	if err != nil {
		return err
	}
	if moved {
		c.PropagateAs(wordLMove, c.Arg(1), c.Arg(2), c.Arg(3), c.Arg(4))
		return nil
	}
	return waitForElement(c, until)
}

func brpoplpush(c *keyspace.Ctx) error {
	until, err := c.BlockUntil(c.Arg(3))
	if err != nil {
		return err
	}

	moved, err := moveElement(c, tail, head)
	if err != nil {
		return err
	}
	if moved {
		c.PropagateAs(wordRPopLPush, c.Arg(1), c.Arg(2))
		return nil
	}
	return waitForElement(c, until)
}
