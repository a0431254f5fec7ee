package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value/stream"
)

// XRANGE and XREVRANGE.

func streamRangeCommands() []*keyspace.Command {
	return []*keyspace.Command{
		rangeOfStream("xrange", "Returns the entries of a stream between two IDs.",
			"key start:string end:string [COUNT count]", xrange),
		rangeOfStream("xrevrange", "Returns the entries of a stream between two IDs, the last one first.",
			"key end:string start:string [COUNT count]", xrevRange),
	}
}

func rangeOfStream(name, summary, syntax string, handler keyspace.Handler) *keyspace.Command {
	return &keyspace.Command{Name: name, Arity: -4, Flags: keyspace.ReadOnly,
		Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
		Group: groupStream, Since: "5.0.0",
		Complexity: "O(log N + M) where N is the number of entries of the stream and M that of those returned.",
		Summary:    summary, History: []string{"6.2.0 Added exclusive ranges."},
		Syntax: syntax, Handler: handler}
}

func xrange(c *keyspace.Ctx) error {
	return xrangeGeneric(c, c.Arg(2), c.Arg(3), (*stream.Stream).Between)
}

func xrevRange(c *keyspace.Ctx) error {
	return xrangeGeneric(c, c.Arg(3), c.Arg(2), (*stream.Stream).Backwards)
}

func xrangeGeneric(c *keyspace.Ctx, start, end []byte,
	walk func(s *stream.Stream, first, last stream.ID) stream.Range) error {
	first, last, err := parseInterval(start, end)
	if err != nil {
		return err
	}
	count, counted := int64(0), false
	o := c.Options(4)
	for o.Next() {
		if !o.Is("COUNT") || o.Left() == 0 {
			return keyspace.ErrSyntax
		}
		count, counted = max(o.Int(), 0), true
	}
	if o.Err() != nil {
		return o.Err()
	}
	s, err := readStream(c, c.Arg(1))
	if err != nil {
		return err
	}

	switch {
	case s == nil:
		return c.ReplyArray(0)
	case counted && count == 0:
		return c.ReplyNullArray()
	}
	replyEntries(c, walk(s, first, last), count)
	return nil
}
