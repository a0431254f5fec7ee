package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value"
)

// LPUSH, RPUSH, LPUSHX, RPUSHX.

func listPushCommands() []*keyspace.Command {
	push := func(name, since, summary, history string, handler keyspace.Handler) *keyspace.Command {
		return listWrite(keyspace.KeyInsert, keyspace.Command{
			Name: name, Arity: -3, Flags: keyspace.DenyOOM | keyspace.Fast, Since: since, Summary: summary,
			Complexity: "O(N) where N is the number of elements that are added.",
			History:    []string{history + " Accepts multiple `element` arguments."},
			Syntax:     "key element [element ...]", Handler: handler})
	}
	return []*keyspace.Command{
		push("lpush", "1.0.0", "Adds elements at the front of a list; a missing key counts as empty.", "2.4.0",
			func(c *keyspace.Ctx) error { return pushList(c, head, false) }),
		push("rpush", "1.0.0", "Adds elements at the end of a list; a missing key counts as empty.", "2.4.0",
			func(c *keyspace.Ctx) error { return pushList(c, tail, false) }),
		push("lpushx", "2.2.0", "Adds elements at the front of a list if it exists.", "4.0.0",
			func(c *keyspace.Ctx) error { return pushList(c, head, true) }),
		push("rpushx", "2.2.0", "Adds elements at the end of a list if it exists.", "4.0.0",
			func(c *keyspace.Ctx) error { return pushList(c, tail, true) }),
	}
}

func pushList(c *keyspace.Ctx, to listEnd, onlyIfThere bool) error {
	key := c.Arg(1)
	it, found, err := writeList(c, key)
	if err != nil {
		return err
	}
	if !found && onlyIfThere {
		return c.ReplyInt(0)
	}

	elements := c.Args()[2:]
	n := pushElements(c, key, it, found, to, elements...)
	c.ModifiedMany(len(elements), key, keyspace.EventList, to.pushEvent())

	return c.ReplyInt(int64(n))
}

// pushElements adds elements to a list or makes it, and returns its new length. The
// caller tells of it.
func pushElements(c *keyspace.Ctx, key []byte, it keyspace.Item, found bool, to listEnd,
	elements ...[]byte) (n int) {
	if found && it.Kind() == value.List { // no listEdit, which is for both encodings
		large := mutableList(c, it)
		for _, element := range elements {
			pushLarge(large, to, element)
		}
		n = large.Len()
	} else {
		e := editList(c, key, it, found)
		e.push(to, elements...)
		n = e.len()
		e.close(false)
	}
	return n
}
