package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value"
)

// LMOVE and RPOPLPUSH.

// Keys of the commands that move an element from list to list.
var listMoveKeys = keyspace.TwoKeys(keyspace.KeyRW|keyspace.KeyAccess|keyspace.KeyDelete,
	keyspace.KeyRW|keyspace.KeyInsert)

func listMoveCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "lmove", Arity: 5, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Brief,
			Keys: listMoveKeys, Group: groupList, Since: "6.2.0", Complexity: "O(1)",
			Summary: "Takes an element from an end of a list, adds it to an end of another, and returns it.",
			Syntax:  "source destination <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT>", Handler: lmove},
		{Name: "rpoplpush", Arity: 3, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Brief,
			Keys: listMoveKeys, Group: groupList, Since: "1.2.0", Complexity: "O(1)",
			Deprecated: "6.2.0 `LMOVE` with the `RIGHT` and `LEFT` arguments",
			Summary:    "Takes the last element of a list, adds it at the front of another, and returns it.",
			Syntax:     "source destination", Handler: rpoplpush},
	}
}

func lmove(c *keyspace.Ctx) error {
	from, to, err := parseMove(c)
	if err != nil {
		return err
	}
	return moveOrNull(c, from, to)
}

func rpoplpush(c *keyspace.Ctx) error { return moveOrNull(c, tail, head) }

// parseMove reads the two ends of LMOVE and BLMOVE.
func parseMove(c *keyspace.Ctx) (from, to listEnd, err error) {
	if from, err = parseEnd(c.Arg(3)); err != nil {
		return from, to, err
	}
	to, err = parseEnd(c.Arg(4))
	return from, to, err
}

func moveOrNull(c *keyspace.Ctx, from, to listEnd) error {
	moved, err := moveElement(c, from, to)
	if err != nil || moved {
		return err
	}
	return c.ReplyNull()
}

// moveElement moves an element from the list at argument 1 to the one at argument 2, and
// tells whether there was one.
//
// What goes in is told of before what came out. So the element is added while it is
// still in the source, whose bytes stay where they are when another key changes; if
// both are the same list, rotateList works on a copy.
func moveElement(c *keyspace.Ctx, from, to listEnd) (moved bool, err error) {
	source, destination := c.Arg(1), c.Arg(2)
	it, found, err := writeList(c, source)
	if err != nil || !found {
		return false, err
	}
	if string(source) == string(destination) {
		rotateList(c, source, it, from, to)
		return true, nil
	}
	other, otherFound, err := writeList(c, destination)
	if err != nil {
		return false, err
	}

	at := endCursor(c, it, from)
	var digits [24]byte
	text := at.Text(digits[:0])
	c.ReplyBulk(text)
	pushElements(c, destination, other, otherFound, to, text)
	c.Event(destination, keyspace.EventList, to.pushEvent())

	it, _ = c.Write(source) // the table may have moved it
	removedFromEnd(c, source, it, from, 1, listLen(c, it))
	return true, nil
}

// rotateList moves an element within a list.
func rotateList(c *keyspace.Ctx, key []byte, it keyspace.Item, from, to listEnd) {
	at := endCursor(c, it, from)
	var digits [24]byte
	text := at.Text(digits[:0])
	c.ReplyBulk(text)
	total := listLen(c, it)
	var moved []byte
	if it.Kind() == value.List {
		moved = append(c.Pack(), text...) // the node that holds the text may move
		text = moved
	}

	e := editList(c, key, it, true)
	if from == head {
		e.delete(0, 1)
	} else {
		e.delete(total-1, 1)
	}
	e.push(to, text)
	if moved != nil {
		c.Keep(moved)
	}
	e.close(true)
	c.Modified(key, keyspace.EventList, to.pushEvent())
	c.Event(key, keyspace.EventList, from.popEvent())
}
