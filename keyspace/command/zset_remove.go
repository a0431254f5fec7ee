package command

import "solokv/keyspace"

// ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX.

func zsetRemoveCommands() []*keyspace.Command {
	entry := func(name, since, summary, syntax string, by rangeBy) *keyspace.Command {
		return &keyspace.Command{Name: name, Arity: 4, Flags: keyspace.Write,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyDelete),
			Since: since,
			Complexity: "O(M*log(N)) where N is the number of members of the sorted set and M that of the members " +
				"removed.",
			Summary: summary, Syntax: syntax,
			Handler: func(c *keyspace.Ctx) error { return zremRange(c, name, by) }}
	}
	return []*keyspace.Command{
		entry("zremrangebyrank", "2.0.0", "Removes the members of a sorted set whose ranks are in a range.",
			"key start:integer stop:integer", rangeByRank),
		entry("zremrangebyscore", "1.2.0", "Removes the members of a sorted set whose scores are in a range.",
			"key min:double max:double", rangeByScore),
		entry("zremrangebylex", "2.8.9", "Removes the members of a sorted set that are in a range of strings.",
			"key min:string max:string", rangeByLex),
	}
}

// zremRange is named event in notifications.
func zremRange(c *keyspace.Ctx, event string, by rangeBy) error {
	q := rangeRequest{by: by}
	if err := q.parseEnds(c.Arg(2), c.Arg(3)); err != nil {
		return err
	}
	e, err := editZSet(c, c.Arg(1))
	if err != nil {
		return err
	}

	from, to := q.span(e.view())
	e.deleteRanks(from, to)
	if emptied := e.finish(); from < to {
		e.shrunk(to-from, event, emptied)
	}

	return c.ReplyInt(int64(to - from))
}

// popRanks replies the members of the ranks from <= rank < to, in reverse order
// for max, and takes them out.
func (e *zsetEdit) popRanks(from, to int, max bool, reply func(member []byte, score float64)) {
	visit := func(member []byte, score float64) bool {
		reply(member, score)
		return true
	}
	eachRange(e.view(), from, to, max, visit)
	e.deleteRanks(from, to)
}
