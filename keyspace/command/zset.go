package command

import (
	"slices"

	"solokv/keyspace"
	"solokv/protocol"
)

// The commands of sorted sets: members and their scores here, ranges in
// zset_range.go, removal of ranges in zset_remove.go, pops in zset_pop.go, unions
// and the like in zset_combine.go, ZRANDMEMBER and ZSCAN in zset_scan.go.
// zset_edit.go is how a set is changed, zset_access.go what other groups may use.

func zsetCommands() []*keyspace.Command {
	commands := slices.Concat(zsetMemberCommands(), zsetRangeCommands(), zsetRangeByCommands(),
		zsetRemoveCommands(), zsetPopCommands(), zsetCombineCommands(), zsetStoreCommands(), zsetScanCommands())
	for _, cmd := range commands {
		cmd.Group = groupZSet
	}
	return commands
}

// oneZSetRead is the key of a command that reads one sorted set.
func oneZSetRead() []keyspace.KeySpec { return keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess) }

func zsetMemberCommands() []*keyspace.Command {
	const fastRead = keyspace.ReadOnly | keyspace.Fast
	return []*keyspace.Command{
		{Name: "zadd", Arity: -4, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Fast,
			Keys:       keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate),
			Since:      "1.2.0",
			Complexity: "O(log(N)) for each member, where N is the number of members of the sorted set.",
			Summary:    "Adds members to a sorted set, or changes their scores.",
			History: []string{"2.4.0 Accepts multiple elements.",
				"3.0.2 Added the `XX`, `NX`, `CH` and `INCR` options.", "6.2.0 Added the `GT` and `LT` options."},
			Syntax: "key [condition: NX | XX] [comparison: GT | LT] [change: CH] [increment: INCR] " +
				"score:double member [score member ...]", Handler: zadd},
		{Name: "zincrby", Arity: 4, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Fast,
			Keys:       keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate),
			Since:      "1.2.0",
			Complexity: "O(log(N)) where N is the number of members of the sorted set.",
			Summary:    "Adds to the score of a member of a sorted set.",
			Syntax:     "key increment:integer member", Handler: zincrBy},
		{Name: "zrem", Arity: -3, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyDelete),
			Since: "1.2.0",
			Complexity: "O(M*log(N)) where N is the number of members of the sorted set and M that of the members " +
				"to be removed.",
			Summary: "Removes members from a sorted set.",
			History: []string{"2.4.0 Accepts multiple elements."},
			Syntax:  "key member [member ...]", Handler: zrem},
		{Name: "zcard", Arity: 2, Flags: fastRead, Keys: keyspace.OneKey(keyspace.KeyRO),
			Since: "1.2.0", Complexity: "O(1)",
			Summary: "Returns the number of members of a sorted set.",
			Syntax:  "key", Handler: zcard},
		{Name: "zscore", Arity: 3, Flags: fastRead, Keys: oneZSetRead(),
			Since: "1.2.0", Complexity: "O(1)",
			Summary: "Returns the score of a member of a sorted set.",
			Syntax:  "key member", Handler: zscore},
		{Name: "zmscore", Arity: -3, Flags: fastRead, Keys: oneZSetRead(),
			Since: "6.2.0", Complexity: "O(N) where N is the number of members asked for.",
			Summary: "Returns the scores of several members of a sorted set.",
			Syntax:  "key member [member ...]", Handler: zmscore},
		{Name: "zrank", Arity: -3, Flags: fastRead, Keys: oneZSetRead(),
			Since: "2.0.0", Complexity: "O(log(N))",
			Summary: "Returns how many members of a sorted set stand before a member.",
			History: []string{"7.2.0 Added the optional `WITHSCORE` argument."},
			Syntax:  "key member [WITHSCORE]",
			Handler: func(c *keyspace.Ctx) error { return zrank(c, false) }},
		{Name: "zrevrank", Arity: -3, Flags: fastRead, Keys: oneZSetRead(),
			Since: "2.0.0", Complexity: "O(log(N))",
			Summary: "Returns how many members of a sorted set stand behind a member.",
			History: []string{"7.2.0 Added the optional `WITHSCORE` argument."},
			Syntax:  "key member [WITHSCORE]",
			Handler: func(c *keyspace.Ctx) error { return zrank(c, true) }},
	}
}

const (
	errZAddNXAndXX     keyspace.Error = "ERR XX and NX options at the same time are not compatible"
	errZAddGTAndLT     keyspace.Error = "ERR GT, LT, and/or NX options at the same time are not compatible"
	errZAddIncrOfPairs keyspace.Error = "ERR INCR option supports a single increment-element pair"
)

func zadd(c *keyspace.Ctx) error {
	var o zaddOptions
	from := 2
	for ; from < c.Argc() && o.parse(c.Arg(from)); from++ {
		continue
	}
	pairs := c.Args()[from:]
	switch {
	case len(pairs) == 0 || len(pairs)%2 != 0:
		return keyspace.ErrSyntax
	case o.onlyNew && o.onlyExisting:
		return errZAddNXAndXX
	case o.greater && o.onlyNew || o.less && o.onlyNew || o.greater && o.less:
		return errZAddGTAndLT
	case o.increment && len(pairs) > 2:
		return errZAddIncrOfPairs
	}
	var few [8]scoredMember // most requests have no more, and need no memory for them
	members := few[:0]
	for i := 0; i < len(pairs); i += 2 {
		score, ok := protocol.ParseFloat(pairs[i])
		if !ok {
			return keyspace.ErrNotFloat
		}
		members = append(members, scoredMember{pairs[i+1], score})
	}

	return addToZSet(c, c.Arg(1), o, members)
}

// parse takes an option and tells whether it was one.
func (o *zaddOptions) parse(arg []byte) bool {
	switch {
	case keyspace.EqualFold(arg, "NX"):
		o.onlyNew = true
	case keyspace.EqualFold(arg, "XX"):
		o.onlyExisting = true
	case keyspace.EqualFold(arg, "GT"):
		o.greater = true
	case keyspace.EqualFold(arg, "LT"):
		o.less = true
	case keyspace.EqualFold(arg, "CH"):
		o.changed = true
	case keyspace.EqualFold(arg, "INCR"):
		o.increment = true
	default:
		return false
	}
	return true
}

func isZAddOption(arg []byte) bool {
	for _, word := range [...]string{"NX", "XX", "GT", "LT", "CH", "INCR"} {
		if keyspace.EqualFold(arg, word) {
			return true
		}
	}
	return false
}

func zincrBy(c *keyspace.Ctx) error {
	if isZAddOption(c.Arg(2)) {
		return keyspace.ErrSyntax // as in Redis, where this is ZADD INCR
	}
	increment, ok := protocol.ParseFloat(c.Arg(2))
	if !ok {
		return keyspace.ErrNotFloat
	}

	members := [1]scoredMember{{c.Arg(3), increment}}
	return addToZSet(c, c.Arg(1), zaddOptions{increment: true}, members[:])
}

func zrem(c *keyspace.Ctx) error {
	e, err := editZSet(c, c.Arg(1))
	if err != nil {
		return err
	}

	deleted := 0
	for _, member := range c.Args()[2:] {
		if e.delete(member) {
			deleted++
		}
	}
	if emptied := e.finish(); deleted > 0 {
		e.shrunk(deleted, "zrem", emptied)
	}

	return c.ReplyInt(int64(deleted))
}

func zcard(c *keyspace.Ctx) error {
	r, _, err := readZSet(c, c.Arg(1))
	if err != nil {
		return err
	}
	return c.ReplyInt(int64(r.Len()))
}

func zscore(c *keyspace.Ctx) error {
	r, _, err := readZSet(c, c.Arg(1))
	if err != nil {
		return err
	}
	score, ok := r.Score(c.Arg(2))
	if !ok {
		return c.ReplyNull()
	}
	return c.ReplyDouble(score)
}

func zmscore(c *keyspace.Ctx) error {
	r, _, err := readZSet(c, c.Arg(1))
	if err != nil {
		return err
	}

	members := c.Args()[2:]
	c.ReplyArray(len(members))
	for _, member := range members {
		if score, ok := r.Score(member); ok {
			c.ReplyDouble(score)
		} else {
			c.ReplyNull()
		}
	}
	return nil
}

func zrank(c *keyspace.Ctx, reverse bool) error {
	withScore := c.Argc() == 4
	switch {
	case c.Argc() > 4:
		return keyspace.ErrArity(c.Command().FullName())
	case withScore && !keyspace.EqualFold(c.Arg(3), "WITHSCORE"):
		return keyspace.ErrSyntax
	}
	r, _, err := readZSet(c, c.Arg(1))
	if err != nil {
		return err
	}

	rank, score, ok := r.Rank(c.Arg(2))
	if reverse {
		rank = r.Len() - 1 - rank
	}

	switch {
	case !ok && withScore:
		return c.ReplyNullArray()
	case !ok:
		return c.ReplyNull()
	case withScore:
		c.ReplyArray(2)
		c.ReplyInt(int64(rank))
		return c.ReplyDouble(score)
	}
	return c.ReplyInt(int64(rank))
}

// replyScoredHeader begins a reply of n members, with their scores if scores is
// set: pairs in RESP3, one flat array in RESP2.
func replyScoredHeader(c *keyspace.Ctx, n int, scores bool) {
	if scores && c.Proto() < 3 {
		n *= 2
	}
	c.ReplyArray(n)
}

// replyScored replies one of them.
func replyScored(c *keyspace.Ctx, member []byte, score float64, scores bool) {
	if scores && c.Proto() >= 3 {
		c.ReplyArray(2)
	}
	c.ReplyBulk(member)
	if scores {
		c.ReplyDouble(score)
	}
}
