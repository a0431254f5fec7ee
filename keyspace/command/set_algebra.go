package command

import (
	"slices"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
)

// Set algebra: intersections, unions, differences. Each is a walk that visits the
// members of the outcome one by one (intersect, unite, subtract, set_walks.go); a
// command replies them, counts them or stores them.

func setAlgebraCommands() []*keyspace.Command {
	const (
		intersection = "O(N*M) where N is the size of the smallest set and M the number of sets."
		total        = "O(N) where N is the number of members of all sets together."
	)
	return []*keyspace.Command{
		setAlgebraCommand("sinter", intersection, "Returns the members that several sets have in common.", sinter),
		setAlgebraCommand("sunion", total, "Returns the members of several sets.", sunion),
		setAlgebraCommand("sdiff", total, "Returns the members of a set that are in none of some others.", sdiff),
		setStoreCommand("sinterstore", keyspace.KeyRW, intersection,
			"Stores the members that several sets have in common.", sinterstore),
		setStoreCommand("sunionstore", keyspace.KeyOW, total, "Stores the members of several sets.", sunionstore),
		setStoreCommand("sdiffstore", keyspace.KeyOW, total,
			"Stores the members of a set that are in none of some others.", sdiffstore),
		{Name: "sintercard", Arity: -3, Flags: keyspace.ReadOnly,
			Keys: []keyspace.KeySpec{{Flags: keyspace.KeyRO | keyspace.KeyAccess, Begin: 1, Count: true,
				CountAt: 0, First: 1, Step: 1}},
			Group: groupSet, Since: "7.0.0", Complexity: intersection,
			Summary: "Counts the members that several sets have in common.",
			Syntax:  "numkeys key [key ...] [LIMIT limit]", Handler: sintercard},
	}
}

func setAlgebraCommand(name, complexity, summary string, handler keyspace.Handler) *keyspace.Command {
	return &keyspace.Command{Name: name, Arity: -2, Flags: keyspace.ReadOnly,
		Keys:  keyspace.ManyKeys(keyspace.KeyRO|keyspace.KeyAccess, 1),
		Group: groupSet, Since: "1.0.0", Complexity: complexity, Summary: summary,
		Hints:  []string{"nondeterministic_output_order"},
		Syntax: "key [key ...]", Handler: handler}
}

func setStoreCommand(name string, target keyspace.KeyFlags, complexity, summary string,
	handler keyspace.Handler) *keyspace.Command {
	return &keyspace.Command{Name: name, Arity: -3, Flags: keyspace.Write | keyspace.DenyOOM,
		Keys: []keyspace.KeySpec{
			{Flags: target | keyspace.KeyUpdate, Begin: 1, Step: 1},
			{Flags: keyspace.KeyRO | keyspace.KeyAccess, Begin: 2, Last: -1, Step: 1},
		},
		Group: groupSet, Since: "1.0.0", Complexity: complexity, Summary: summary,
		Syntax: "destination key [key ...]", Handler: handler}
}

const (
	errSetNumKeys  keyspace.Error = "ERR numkeys should be greater than 0"
	errSetManyKeys keyspace.Error = "ERR Number of keys can't be greater than number of args"
	errSetLimit    keyspace.Error = "ERR LIMIT can't be negative"
)

// setsUsual is the number of sets that a request names without costing memory.
const setsUsual = 8

// setWalk visits each member of an outcome once, until visit returns false.
type setWalk func(c *keyspace.Ctx, sets []setView, visit func(e listpack.Element) bool)

func sinter(c *keyspace.Ctx) error { return replyAlgebra(c, intersect) }
func sunion(c *keyspace.Ctx) error { return replyAlgebra(c, unite) }
func sdiff(c *keyspace.Ctx) error  { return replyAlgebra(c, subtract) }

func sinterstore(c *keyspace.Ctx) error { return storeAlgebra(c, intersect, "sinterstore") }
func sunionstore(c *keyspace.Ctx) error { return storeAlgebra(c, uniteRepeating, "sunionstore") }
func sdiffstore(c *keyspace.Ctx) error  { return storeAlgebra(c, subtract, "sdiffstore") }

// readSets makes views of the sets of several keys, missing ones as empty sets. All
// must be sets, also when an empty one already decides the outcome.
func readSets(c *keyspace.Ctx, keys [][]byte, room []setView) ([]setView, error) {
	sets := slices.Grow(room, len(keys))
	for _, key := range keys {
		v, _, err := readSet(c, key)
		if err != nil {
			return nil, err
		}
		sets = append(sets, v)
	}
	return sets, nil
}

// replyAlgebra replies an outcome, whose size is known at the end.
func replyAlgebra(c *keyspace.Ctx, walk setWalk) error {
	var room [setsUsual]setView
	sets, err := readSets(c, c.Args()[1:], room[:0])
	if err != nil {
		return err
	}

	mark, n := c.ReplyMark(), 0
	walk(c, sets, func(e listpack.Element) bool {
		replyMember(c, e)
		n++
		return true
	})
	c.ReplySetAt(mark, n)
	return nil
}

func storeAlgebra(c *keyspace.Ctx, walk setWalk, event string) error {
	var room [setsUsual]setView
	sets, err := readSets(c, c.Args()[2:], room[:0])
	if err != nil {
		return err
	}

	d := newSetDraft(c)
	d.begin(value.SetInts)
	walk(c, sets, func(e listpack.Element) bool {
		d.addMember(e)
		return true
	})
	return storeOutcome(c, &d, event)
}

// storeOutcome makes the destination hold the draft, whatever it held before. A
// set without members does not exist.
func storeOutcome(c *keyspace.Ctx, d *setDraft, event string) error {
	key, n := c.Arg(1), d.len()
	if n == 0 {
		c.Keep(d.packed)
		if it, found := c.Write(key); found {
			c.Delete(it)
			c.Modified(key, keyspace.EventGeneric, "del")
		}
		return c.ReplyInt(0)
	}

	d.storeOver(key)
	c.Modified(key, keyspace.EventSet, event)

	return c.ReplyInt(int64(n))
}

func sintercard(c *keyspace.Ctx) error {
	keys, limit, err := parseSintercard(c)
	if err != nil {
		return err
	}
	var room [setsUsual]setView
	sets, err := readSets(c, keys, room[:0])
	if err != nil {
		return err
	}

	n := int64(0)
	intersect(c, sets, func(listpack.Element) bool {
		n++
		return n != limit
	})
	return c.ReplyInt(n)
}

// parseSintercard reads the keys and the limit; 0 stands for none.
func parseSintercard(c *keyspace.Ctx) (keys [][]byte, limit int64, err error) {
	count, err := c.Int(1)
	if err != nil || count < 1 {
		return nil, 0, errSetNumKeys
	}
	if count > int64(c.Argc()-2) {
		return nil, 0, errSetManyKeys
	}
	after := 2 + int(count)
	o := c.Options(after)
	for o.Next() {
		if !o.Is("LIMIT") || o.Left() == 0 {
			o.Fail(keyspace.ErrSyntax)
			continue
		}
		if limit, err = keyspace.ParseInt(o.Arg()); err != nil || limit < 0 {
			o.Fail(errSetLimit)
		}
	}
	return c.Args()[2:after], limit, o.Err()
}
