package command

import "solokv/keyspace"

// LLEN, LINDEX, LRANGE.

func listReadCommands() []*keyspace.Command {
	llenCommand := listRead(keyspace.Command{Name: "llen", Arity: 2, Flags: keyspace.Fast, Since: "1.0.0",
		Complexity: "O(1)",
		Summary:    "Returns the length of a list.",
		Syntax:     "key", Handler: llen})
	llenCommand.Keys = keyspace.OneKey(keyspace.KeyRO)
	return []*keyspace.Command{
		llenCommand,
		listRead(keyspace.Command{Name: "lindex", Arity: 3, Flags: keyspace.Brief, Since: "1.0.0",
			Complexity: "O(1) for the elements at both ends; nearly so for those between.",
			Summary:    "Returns the element at an index of a list.",
			Syntax:     "key index", Handler: lindex}),
		listRead(keyspace.Command{Name: "lrange", Arity: 4, Since: "1.0.0",
			Complexity: "O(N) where N is the number of elements that are returned; finding the first costs little.",
			Summary:    "Returns the elements of a list between two indexes.",
			Syntax:     "key start stop", Handler: lrange}),
	}
}

func llen(c *keyspace.Ctx) error {
	it, found, err := readList(c, c.Arg(1))
	if err != nil {
		return err
	}
	if !found {
		return c.ReplyInt(0)
	}
	return c.ReplyInt(int64(listLen(c, it)))
}

func lindex(c *keyspace.Ctx) error {
	it, found, err := readList(c, c.Arg(1))
	if err != nil {
		return err
	}
	if !found {
		return c.ReplyNull()
	}
	index, err := c.Int(2)
	if err != nil {
		return err
	}

	i, ok := listIndex(index, listLen(c, it))
	if !ok {
		return c.ReplyNull()
	}
	at := listCursor(c, it, i)
	replyElement(c, &at)
	return nil
}

// listIndex resolves an index into a list of n elements, where a negative one counts
// from the end.
func listIndex(index int64, n int) (i int, ok bool) {
	if index < 0 {
		index += int64(n)
	}
	return int(index), index >= 0 && index < int64(n)
}

func lrange(c *keyspace.Ctx) error {
	start, stop, err := listRange(c)
	if err != nil {
		return err
	}
	it, found, err := readList(c, c.Arg(1))
	if err != nil {
		return err
	}
	if !found {
		return c.ReplyArray(0)
	}

	from, n := start.resolve(stop, listLen(c, it))
	c.ReplyArray(n)
	at := listCursor(c, it, from)
	for range n {
		replyElement(c, &at)
		at.Next()
	}
	return nil
}

// listBound is the start or the stop of a range.
type listBound int64

// listRange reads the range of LRANGE and LTRIM.
func listRange(c *keyspace.Ctx) (start, stop listBound, err error) {
	from, err := c.Int(2)
	if err != nil {
		return 0, 0, err
	}
	to, err := c.Int(3)
	return listBound(from), listBound(to), err
}

// resolve cuts a range off at the ends of a list of n elements.
func (start listBound) resolve(stop listBound, n int) (from, count int) {
	if start < 0 {
		start = max(start+listBound(n), 0)
	}
	if stop < 0 {
		stop += listBound(n)
	}
	stop = min(stop, listBound(n)-1)
	if start > stop {
		return 0, 0
	}
	return int(start), int(stop-start) + 1
}
