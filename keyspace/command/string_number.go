package command

import (
	"math"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/protocol"
)

// Strings as numbers: INCR and its kin.

func stringNumberCommands() []*keyspace.Command {
	flags := keyspace.Write | keyspace.DenyOOM | keyspace.Fast
	keys := keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate)
	return []*keyspace.Command{
		{Name: "incr", Arity: 2, Flags: flags, Keys: keys,
			Group: groupString, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Adds one to the integer that a key holds; a missing key counts as 0.",
			Syntax:  "key", Handler: incr},
		{Name: "decr", Arity: 2, Flags: flags, Keys: keys,
			Group: groupString, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Takes one from the integer that a key holds; a missing key counts as 0.",
			Syntax:  "key", Handler: decr},
		{Name: "incrby", Arity: 3, Flags: flags, Keys: keys,
			Group: groupString, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Adds to the integer that a key holds; a missing key counts as 0.",
			Syntax:  "key increment", Handler: incrBy},
		{Name: "decrby", Arity: 3, Flags: flags, Keys: keys,
			Group: groupString, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Takes from the integer that a key holds; a missing key counts as 0.",
			Syntax:  "key decrement", Handler: decrBy},
		{Name: "incrbyfloat", Arity: 3, Flags: flags, Keys: keys,
			Group: groupString, Since: "2.6.0", Complexity: "O(1)",
			Summary: "Adds to the floating point number that a key holds; a missing key counts as 0.",
			Syntax:  "key increment:double", Handler: incrByFloat},
	}
}

func incr(c *keyspace.Ctx) error { return stringAdd(c, 1) }
func decr(c *keyspace.Ctx) error { return stringAdd(c, -1) }

func incrBy(c *keyspace.Ctx) error {
	n, err := c.Int(2)
	if err != nil {
		return err
	}
	return stringAdd(c, n)
}

func decrBy(c *keyspace.Ctx) error {
	n, err := c.Int(2)
	if err != nil {
		return err
	}
	if n == math.MinInt64 {
		return keyspace.Error("ERR decrement would overflow")
	}
	return stringAdd(c, -n)
}

func stringAdd(c *keyspace.Ctx, n int64) error {
	key := c.Arg(1)
	it, found, err := c.WriteStr(key)
	if err != nil {
		return err
	}
	old, err := stringInt(it, found)
	if err != nil {
		return err
	}
	if n > 0 && old > math.MaxInt64-n || n < 0 && old < math.MinInt64-n {
		return keyspace.ErrOverflow
	}

	if found {
		c.ReplaceInt(it, old+n)
	} else {
		c.SetInt(key, old+n, keyspace.NoExpiry)
	}
	c.Modified(key, keyspace.EventString, "incrby")

	return c.ReplyInt(old + n)
}

// stringInt is the integer that a string item holds; a missing one is 0.
func stringInt(it keyspace.Item, found bool) (int64, error) {
	switch {
	case !found:
		return 0, nil
	case it.Kind() == value.StringInt:
		return value.Int(it.Value()), nil
	}
	return keyspace.ParseInt(it.Value())
}

// incrByFloat is journaled as a SET of the sum: the digits must not depend on
// who computes them.
func incrByFloat(c *keyspace.Ctx) error {
	key := c.Arg(1)
	it, found, err := c.WriteStr(key)
	if err != nil {
		return err
	}
	var old protocol.LongDouble
	if found {
		var ok bool
		if old, ok = protocol.ParseLongDouble(c.Text(it)); !ok {
			return keyspace.ErrNotFloat
		}
	}
	increment, ok := protocol.ParseLongDouble(c.Arg(2))
	if !ok {
		return keyspace.ErrNotFloat
	}
	sum, ok := old.Add(&increment)
	if !ok {
		return keyspace.ErrNaN
	}

	text := sum.AppendHuman(nil)
	c.SetText(key, text, keyspace.KeepExpiry)
	c.PropagateAs(wordSet, key, text, wordKeepTTL)
	c.Modified(key, keyspace.EventString, "incrbyfloat")

	return c.ReplyBulk(text)
}
