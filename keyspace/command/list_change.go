package command

import (
	"math"

	"solokv/keyspace"
	"solokv/keyspace/value/listpack"
)

// Changes in the middle of lists: LSET, LINSERT, LREM, LTRIM.

const errListIndex keyspace.Error = "ERR index out of range"

func listChangeCommands() []*keyspace.Command {
	return []*keyspace.Command{
		listWrite(keyspace.KeyUpdate, keyspace.Command{Name: "lset", Arity: 4,
			Flags: keyspace.DenyOOM | keyspace.Brief, Since: "1.0.0",
			Complexity: "O(1) for the elements at both ends; nearly so for those between.",
			Summary:    "Replaces the element at an index of a list.",
			Syntax:     "key index element", Handler: lset}),
		listWrite(keyspace.KeyInsert, keyspace.Command{Name: "linsert", Arity: 5,
			Flags: keyspace.DenyOOM, Since: "2.2.0",
			Complexity: "O(N) where N is the number of elements before the pivot.",
			Summary:    "Adds an element to a list before or after another one.",
			Syntax:     "key <BEFORE | AFTER> pivot element", Handler: linsert}),
		listWrite(keyspace.KeyDelete, keyspace.Command{Name: "lrem", Arity: 4, Since: "1.0.0",
			Complexity: "O(N) where N is the length of the list.",
			Summary:    "Removes the elements of a list that are equal to one.",
			Syntax:     "key count element", Handler: lrem}),
		listWrite(keyspace.KeyDelete, keyspace.Command{Name: "ltrim", Arity: 4, Since: "1.0.0",
			Complexity: "O(1) whatever is removed: most of that is freed later, in small steps.",
			Summary:    "Removes what is outside a range from both ends of a list.",
			Syntax:     "key start stop", Handler: ltrim}),
	}
}

func lset(c *keyspace.Ctx) error {
	key, element := c.Arg(1), c.Arg(3)
	it, found, err := writeList(c, key)
	if err != nil {
		return err
	}
	if !found {
		return keyspace.ErrNoKey
	}
	index, err := c.Int(2)
	if err != nil {
		return err
	}
	i, ok := listIndex(index, listLen(c, it))
	if !ok {
		return errListIndex
	}

	e := editList(c, key, it, true)
	e.set(i, element)
	e.close(true)
	c.Modified(key, keyspace.EventList, "lset")

	return c.OK()
}

func linsert(c *keyspace.Ctx) error {
	key, pivot, element := c.Arg(1), c.Arg(3), c.Arg(4)
	after := 0
	switch {
	case keyspace.EqualFold(c.Arg(2), "AFTER"):
		after = 1
	case !keyspace.EqualFold(c.Arg(2), "BEFORE"):
		return keyspace.ErrSyntax
	}
	it, found, err := writeList(c, key)
	if err != nil {
		return err
	}
	if !found {
		return c.ReplyInt(0)
	}
	index, ok := pivotIndex(c, it, pivot)
	if !ok {
		return c.ReplyInt(-1)
	}

	e := editList(c, key, it, true)
	e.insert(index+after, element)
	n := e.len()
	e.close(false)
	c.Modified(key, keyspace.EventList, "linsert")

	return c.ReplyInt(int64(n))
}

// pivotIndex is the index of the first element that is equal to pivot.
func pivotIndex(c *keyspace.Ctx, it keyspace.Item, pivot []byte) (index int, ok bool) {
	m := listpack.NewMatcher(pivot)
	at := listCursor(c, it, 0)
	for at.OK() && !at.Match(&m) {
		at.Next()
		index++
	}
	return index, at.OK()
}

func lrem(c *keyspace.Ctx) error {
	key := c.Arg(1)
	count, err := c.Int(2)
	if err != nil {
		return err
	}
	it, found, err := writeList(c, key)
	if err != nil {
		return err
	}
	if !found {
		return c.ReplyInt(0)
	}
	from, limit := head, count
	switch {
	case count == 0 || count == math.MinInt64:
		limit = math.MaxInt64
	case count < 0:
		from, limit = tail, -count
	}

	e := editList(c, key, it, true)
	removed := e.remove(c.Arg(3), int(limit), from)
	if removed == 0 {
		return c.ReplyInt(0)
	}
	empty := e.close(true)
	c.ModifiedMany(removed, key, keyspace.EventList, "lrem")
	listEmptied(c, key, empty)

	return c.ReplyInt(int64(removed))
}

// ltrim tells of itself even if it has removed nothing, as in Redis, but only what
// has removed something is recorded.
func ltrim(c *keyspace.Ctx) error {
	key := c.Arg(1)
	start, stop, err := listRange(c)
	if err != nil {
		return err
	}
	it, found, err := writeList(c, key)
	if err != nil {
		return err
	}
	if !found {
		return c.OK()
	}
	total := listLen(c, it)
	from, n := start.resolve(stop, total)
	if n == total {
		c.Event(key, keyspace.EventList, "ltrim")
		return c.OK()
	}

	if n == 0 {
		c.Delete(it)
	} else {
		e := editList(c, key, it, true)
		e.trim(from, n)
		e.close(true)
	}
	c.ModifiedMany(total-n, key, keyspace.EventList, "ltrim")
	listEmptied(c, key, n == 0)

	return c.OK()
}
