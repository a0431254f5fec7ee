package command

import (
	"math"
	"strconv"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/protocol"
)

// Pops from sorted sets: ZPOPMIN ZPOPMAX ZMPOP, and the same with waiting.

func zsetPopCommands() []*keyspace.Command {
	popKeys := keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyDelete
	pop := func(name, summary string, max bool) *keyspace.Command {
		return &keyspace.Command{Name: name, Arity: -2, Flags: keyspace.Write | keyspace.Fast,
			Keys: keyspace.OneKey(popKeys), Since: "5.0.0",
			Complexity: "O(log(N)*M) where N is the number of members of the sorted set and M that of the members " +
				"popped.",
			Summary: summary, Syntax: "key [count]",
			Handler: func(c *keyspace.Ctx) error { return zpop(c, max) }}
	}
	blockingPop := func(name, summary string, max bool) *keyspace.Command {
		return &keyspace.Command{Name: name, Arity: -3,
			Flags: keyspace.Write | keyspace.NoScript | keyspace.Blocking | keyspace.Fast,
			Keys:  []keyspace.KeySpec{{Flags: popKeys, Begin: 1, Last: -2, Step: 1}}, Since: "5.0.0",
			Complexity: "O(log(N)) where N is the number of members of the sorted set.",
			Summary:    summary, Syntax: "key [key ...] timeout:double",
			History: []string{"6.0.0 `timeout` is interpreted as a double instead of an integer."},
			Handler: func(c *keyspace.Ctx) error { return bzpop(c, max) }}
	}
	complexity := "O(K) + O(M*log(N)) where K is the number of keys, N that of the members of the sorted set, and M " +
		"that of the members popped."
	return []*keyspace.Command{
		pop("zpopmin", "Pops the members with the lowest scores of a sorted set.", false),
		pop("zpopmax", "Pops the members with the highest scores of a sorted set.", true),
		blockingPop("bzpopmin", "Pops the member with the lowest score of a sorted set, or waits for one.", false),
		blockingPop("bzpopmax", "Pops the member with the highest score of a sorted set, or waits for one.", true),
		{Name: "zmpop", Arity: -4, Flags: keyspace.Write, Since: "7.0.0",
			Keys:       []keyspace.KeySpec{{Flags: popKeys, Begin: 1, Count: true, First: 1, Step: 1}},
			Complexity: complexity,
			Summary:    "Pops members from the first of several sorted sets that is there.",
			Syntax:     "numkeys key [key ...] <where: MIN | MAX> [COUNT count]", Handler: zmpop},
		{Name: "bzmpop", Arity: -5, Flags: keyspace.Write | keyspace.Blocking, Since: "7.0.0",
			Keys:       []keyspace.KeySpec{{Flags: popKeys, Begin: 2, Count: true, First: 1, Step: 1}},
			Complexity: complexity,
			Summary:    "Pops members from the first of several sorted sets that is there, or waits for one.",
			Syntax:     "timeout:double numkeys key [key ...] <where: MIN | MAX> [COUNT count]", Handler: bzmpop},
	}
}

// Words of records for the journal.
var (
	wordZPopMin = []byte("ZPOPMIN")
	wordZPopMax = []byte("ZPOPMAX")
)

func zpopWord(max bool) []byte {
	if max {
		return wordZPopMax
	}
	return wordZPopMin
}

// zpop replies pairs in RESP3 only to those who gave a count.
func zpop(c *keyspace.Ctx, max bool) error {
	count, counted := int64(1), c.Argc() == 3
	if c.Argc() > 3 {
		return keyspace.ErrSyntax
	}
	if counted {
		n, ok := protocol.ParseInt(c.Arg(2))
		if !ok || n < 0 {
			return keyspace.ErrPositive
		}
		count = n
	}
	e, err := editZSet(c, c.Arg(1))
	if err != nil {
		return err
	}
	size := e.view().Len()
	if size == 0 || count == 0 {
		e.discard()
		return c.ReplyArray(0)
	}

	n := int(min(count, int64(size)))
	if counted {
		replyScoredHeader(c, n, true)
	} else {
		c.ReplyArray(2)
	}
	zpopFrom(c, &e, n, max, func(member []byte, score float64) {
		if counted {
			replyScored(c, member, score, true)
			return
		}
		c.ReplyBulk(member)
		c.ReplyDouble(score)
	})
	return nil
}

// zpopFrom takes n members out of a set that has as many.
func zpopFrom(c *keyspace.Ctx, e *zsetEdit, n int, max bool, reply func(member []byte, score float64)) {
	from, event := 0, "zpopmin"
	if max {
		from, event = e.view().Len()-n, "zpopmax"
	}
	e.popRanks(from, from+n, max, reply)
	e.shrunk(n, event, e.finish())
}

// firstZSet is the first of keys that is there, if it is a sorted set.
func firstZSet(c *keyspace.Ctx, keys [][]byte) (key []byte, err error) {
	for _, key := range keys {
		it, found := c.Write(key)
		if !found {
			continue
		}
		if !isZSet(it) {
			return nil, keyspace.ErrWrongType
		}
		return key, nil
	}
	return nil, nil
}

func bzpop(c *keyspace.Ctx, max bool) error {
	last := c.Argc() - 1
	until, err := c.BlockUntil(c.Arg(last))
	if err != nil {
		return err
	}
	keys := c.Args()[1:last]
	key, err := firstZSet(c, keys)
	if err != nil {
		return err
	}
	if key == nil {
		return waitForZSet(c, keys, until)
	}
	e, err := editZSet(c, key)
	if err != nil {
		return err
	}

	c.ReplyArray(3)
	c.ReplyBulk(key)
	zpopFrom(c, &e, 1, max, func(member []byte, score float64) {
		c.ReplyBulk(member)
		c.ReplyDouble(score)
	})
	c.PropagateAs(zpopWord(max), key)
	return nil
}

func waitForZSet(c *keyspace.Ctx, keys [][]byte, until int64) error {
	return c.Block(keyspace.WaitFor{Type: value.TypeZSet, UntilMs: until, Keys: keys})
}

// manyPop is what ZMPOP and BZMPOP ask for.
type manyPop struct {
	keys  [][]byte
	max   bool
	count int64
}

const (
	errZNumKeys  keyspace.Error = "ERR numkeys should be greater than 0"
	errZPopCount keyspace.Error = "ERR count should be greater than 0"
)

// parseManyPop reads "numkeys key [key ...] <MIN | MAX> [COUNT count]" from at on.
func parseManyPop(c *keyspace.Ctx, at int) (p manyPop, err error) {
	n, ok := protocol.ParseInt(c.Arg(at))
	if !ok || n <= 0 {
		return p, errZNumKeys
	}
	if n >= int64(c.Argc()-at-1) {
		return p, keyspace.ErrSyntax
	}
	where := at + 1 + int(n)
	p.keys = c.Args()[at+1 : where]
	switch {
	case keyspace.EqualFold(c.Arg(where), "MAX"):
		p.max = true
	case !keyspace.EqualFold(c.Arg(where), "MIN"):
		return p, keyspace.ErrSyntax
	}
	o := c.Options(where + 1)
	for o.Next() {
		if !o.Is("COUNT") || p.count != 0 || o.Left() == 0 {
			o.Fail(keyspace.ErrSyntax)
			break
		}
		if p.count, ok = protocol.ParseInt(o.Arg()); !ok || p.count <= 0 {
			o.Fail(errZPopCount)
		}
	}
	p.count = max(p.count, 1)
	return p, o.Err()
}

func zmpop(c *keyspace.Ctx) error {
	p, err := parseManyPop(c, 1)
	if err != nil {
		return err
	}
	popped, err := p.pop(c)
	if err != nil || popped {
		return err
	}
	return c.ReplyNullArray()
}

func bzmpop(c *keyspace.Ctx) error {
	until, err := c.BlockUntil(c.Arg(1))
	if err != nil {
		return err
	}
	p, err := parseManyPop(c, 2)
	if err != nil {
		return err
	}
	popped, err := p.pop(c)
	if err != nil || popped {
		return err
	}
	return waitForZSet(c, p.keys, until)
}

// pop pops from the first set that is there, and tells whether there is one.
func (p *manyPop) pop(c *keyspace.Ctx) (popped bool, err error) {
	key, err := firstZSet(c, p.keys)
	if key == nil {
		return false, err
	}
	e, err := editZSet(c, key)
	if err != nil {
		return false, err
	}

	n := int(min(p.count, int64(e.view().Len()), math.MaxInt32))
	c.ReplyArray(2)
	c.ReplyBulk(key)
	c.ReplyArray(n)
	zpopFrom(c, &e, n, p.max, func(member []byte, score float64) {
		c.ReplyArray(2)
		c.ReplyBulk(member)
		c.ReplyDouble(score)
	})
	var digits [20]byte
	c.PropagateAs(zpopWord(p.max), key, strconv.AppendInt(digits[:0], int64(n), 10))
	return true, nil
}
