package command

import (
	"math"
	"strconv"

	"solokv/keyspace"
	"solokv/keyspace/value/listpack"
	"solokv/protocol"
)

// Fields of hashes as numbers. They keep their expiry.

const (
	errHashNotInteger keyspace.Error = "ERR hash value is not an integer"
	errHashNotFloat   keyspace.Error = "ERR hash value is not a float"
	errInfiniteFloat  keyspace.Error = "ERR value is NaN or Infinity"
)

func hashNumberCommands() []*keyspace.Command {
	flags := keyspace.Write | keyspace.DenyOOM | keyspace.Fast
	keys := keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate)
	return []*keyspace.Command{
		{Name: "hincrby", Arity: 4, Flags: flags, Keys: keys,
			Group: groupHash, Since: "2.0.0", Complexity: "O(1)",
			Summary: "Adds to the integer that a field of a hash holds; a missing field counts as 0.",
			Syntax:  "key field increment", Handler: hincrBy},
		{Name: "hincrbyfloat", Arity: 4, Flags: flags, Keys: keys,
			Group: groupHash, Since: "2.6.0", Complexity: "O(1)",
			Summary: "Adds to the floating point number that a field of a hash holds; a missing field counts as 0.",
			Syntax:  "key field increment:double", Handler: hincrByFloat},
	}
}

func hincrBy(c *keyspace.Ctx) error {
	n, err := c.Int(3)
	if err != nil {
		return err
	}
	h, err := writeHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	field, old := c.Arg(2), int64(0)
	if p, ok := h.find(field); ok {
		if old, ok = hashInt(h.Value(p)); !ok {
			return errHashNotInteger
		}
	}
	if n > 0 && old > math.MaxInt64-n || n < 0 && old < math.MinInt64-n {
		return keyspace.ErrOverflow
	}

	var digits [24]byte
	h.set(field, strconv.AppendInt(digits[:0], old+n, 10), keepFieldExpiry)
	h.close("hincrby")

	return c.ReplyInt(old + n)
}

// hashInt reads a value as a whole number.
func hashInt(e listpack.Element) (n int64, ok bool) {
	if e.IsInt {
		return e.Int, true
	}
	return protocol.ParseInt(e.Text)
}

// hincrByFloat is journaled as an HSET of the sum: the digits must not depend on who
// computes them. That would drop an expiry, which follows.
func hincrByFloat(c *keyspace.Ctx) error {
	increment, ok := protocol.ParseLongDouble(c.Arg(3))
	if !ok {
		return keyspace.ErrNotFloat
	}
	var old protocol.LongDouble
	if _, finite := increment.Add(&old); !finite {
		return errInfiniteFloat
	}
	key, field := c.Arg(1), c.Arg(2)
	h, err := writeHash(c, key)
	if err != nil {
		return err
	}
	expireAtMs := int64(noFieldExpiry)
	if p, ok := h.find(field); ok {
		var digits [24]byte
		if old, ok = protocol.ParseLongDouble(hashText(h.Value(p), digits[:0])); !ok {
			return errHashNotFloat
		}
		expireAtMs = h.ExpireAt(p)
	}
	sum, ok := old.Add(&increment)
	if !ok {
		return keyspace.ErrNaN
	}

	text := sum.AppendHuman(nil)
	h.set(field, text, expireAtMs)
	h.close("hincrbyfloat")
	c.PropagateAs(wordHSet, key, field, text)
	if expireAtMs != noFieldExpiry {
		recordFieldExpiry(c, expireAtMs, [][]byte{field})
	}

	return c.ReplyBulk(text)
}
