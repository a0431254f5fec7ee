package command

import (
	"slices"

	"solokv/keyspace"
	"solokv/keyspace/value/hash"
)

// The commands of hashes: those that read and write fields are here, numbers in
// hash_number.go, walks in hash_scan.go and hash_random.go, the time to live of
// fields in hash_expire.go and, for reading and writing at once, hash_getex.go.

func hashCommands() []*keyspace.Command {
	return slices.Concat(hashWriteCommands(), hashReadCommands(), hashNumberCommands(),
		hashScanCommands(), hashRandomCommands(), hashExpireCommands(), hashGetEXCommands())
}

func hashWriteCommands() []*keyspace.Command {
	flags := keyspace.Write | keyspace.DenyOOM | keyspace.Fast
	update := keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate)
	return []*keyspace.Command{
		{Name: "hset", Arity: -4, Flags: flags, Keys: update,
			Group: groupHash, Since: "2.0.0", Complexity: "O(N) where N is the number of fields.",
			Summary: "Sets the values of fields of a hash.",
			History: []string{"4.0.0 Accepts multiple `field` and `value` arguments."},
			Syntax:  "key field value [field value ...]", Handler: hset},
		{Name: "hmset", Arity: -4, Flags: flags, Keys: update,
			Group: groupHash, Since: "2.0.0", Complexity: "O(N) where N is the number of fields.",
			Deprecated: "4.0.0 `HSET` with multiple field-value pairs",
			Summary:    "Sets the values of fields of a hash.",
			Syntax:     "key field value [field value ...]", Handler: hset},
		{Name: "hsetnx", Arity: 4, Flags: flags, Keys: keyspace.OneKey(keyspace.KeyRW | keyspace.KeyInsert),
			Group: groupHash, Since: "2.0.0", Complexity: "O(1)",
			Summary: "Sets the value of a field of a hash that does not have the field.",
			Syntax:  "key field value", Handler: hsetNX},
		{Name: "hdel", Arity: -3, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyDelete),
			Group: groupHash, Since: "2.0.0", Complexity: "O(N) where N is the number of fields.",
			Summary: "Deletes fields of a hash, and the key with the last of them.",
			History: []string{"2.4.0 Accepts multiple `field` arguments."},
			Syntax:  "key field [field ...]", Handler: hdel},
	}
}

func hashReadCommands() []*keyspace.Command {
	fast := keyspace.ReadOnly | keyspace.Fast
	access := keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess)
	ask := keyspace.OneKey(keyspace.KeyRO)
	unordered := []string{"nondeterministic_output_order"}
	whole := "O(N) where N is the number of fields of the hash."
	return []*keyspace.Command{
		{Name: "hget", Arity: 3, Flags: fast, Keys: access,
			Group: groupHash, Since: "2.0.0", Complexity: "O(1)",
			Summary: "Returns the value of a field of a hash.",
			Syntax:  "key field", Handler: hget},
		{Name: "hmget", Arity: -3, Flags: fast, Keys: access,
			Group: groupHash, Since: "2.0.0", Complexity: "O(N) where N is the number of fields asked for.",
			Summary: "Returns the values of several fields of a hash.",
			Syntax:  "key field [field ...]", Handler: hmget},
		{Name: "hgetall", Arity: 2, Flags: keyspace.ReadOnly, Keys: access,
			Group: groupHash, Since: "2.0.0", Complexity: whole, Hints: unordered,
			Summary: "Returns all fields of a hash and their values.",
			Syntax:  "key", Handler: hgetAll},
		{Name: "hkeys", Arity: 2, Flags: keyspace.ReadOnly, Keys: access,
			Group: groupHash, Since: "2.0.0", Complexity: whole, Hints: unordered,
			Summary: "Returns all fields of a hash.",
			Syntax:  "key", Handler: hkeys},
		{Name: "hvals", Arity: 2, Flags: keyspace.ReadOnly, Keys: access,
			Group: groupHash, Since: "2.0.0", Complexity: whole, Hints: unordered,
			Summary: "Returns the values of all fields of a hash.",
			Syntax:  "key", Handler: hvals},
		{Name: "hlen", Arity: 2, Flags: fast, Keys: ask,
			Group: groupHash, Since: "2.0.0", Complexity: "O(1)",
			Summary: "Returns the number of fields of a hash.",
			Syntax:  "key", Handler: hlen},
		{Name: "hstrlen", Arity: 3, Flags: fast, Keys: ask,
			Group: groupHash, Since: "3.2.0", Complexity: "O(1)",
			Summary: "Returns the length of the value of a field of a hash.",
			Syntax:  "key field", Handler: hstrlen},
		{Name: "hexists", Arity: 3, Flags: fast, Keys: ask,
			Group: groupHash, Since: "2.0.0", Complexity: "O(1)",
			Summary: "Tells whether a hash has a field.",
			Syntax:  "key field", Handler: hexists},
	}
}

// hset is HSET and HMSET, which differ in their reply. A field that was there is
// replaced, its expiry goes; whether that had passed makes no difference.
func hset(c *keyspace.Ctx) error {
	if c.Argc()%2 != 0 {
		return keyspace.ErrArity(c.Command().Name)
	}
	h, err := writeHash(c, c.Arg(1))
	if err != nil {
		return err
	}

	h.expect(c.Argc()/2 - 1)
	created := int64(0)
	for i := 2; i < c.Argc(); i += 2 {
		if h.set(c.Arg(i), c.Arg(i+1), noFieldExpiry) {
			created++
		}
	}
	h.close("hset")

	if c.Command().Name == "hmset" {
		return c.OK()
	}
	return c.ReplyInt(created)
}

func hsetNX(c *keyspace.Ctx) error {
	h, err := writeHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	if _, ok := h.find(c.Arg(2)); ok {
		return c.ReplyFlag(false)
	}

	h.set(c.Arg(2), c.Arg(3), noFieldExpiry)
	h.close("hset")

	return c.ReplyFlag(true)
}

// hdel counts fields that have expired unnoticed too, as Redis does.
func hdel(c *keyspace.Ctx) error {
	h, err := writeHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	if !h.found {
		return c.ReplyInt(0)
	}

	deleted := int64(0)
	for _, field := range c.Args()[2:] {
		if p, ok := h.Find(field); ok {
			h.delete(p)
			deleted++
		}
	}
	h.close("hdel")

	return c.ReplyInt(deleted)
}

func hget(c *keyspace.Ctx) error {
	h, err := readHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	h.replyValue(c.Arg(2))
	h.close()
	return nil
}

func hmget(c *keyspace.Ctx) error {
	h, err := readHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	fields := c.Args()[2:]
	c.ReplyArray(len(fields))
	for _, field := range fields {
		h.replyValue(field)
	}
	h.close()
	return nil
}

// replyValue replies the value of a field, or the null.
func (h *hashKey) replyValue(field []byte) error {
	p, ok := h.find(field)
	if !ok {
		return h.c.ReplyNull()
	}
	return replyHashElement(h.c, h.Value(p))
}

func hgetAll(c *keyspace.Ctx) error { return hashReplyAll(c, true, true) }
func hkeys(c *keyspace.Ctx) error   { return hashReplyAll(c, true, false) }
func hvals(c *keyspace.Ctx) error   { return hashReplyAll(c, false, true) }

func hashReplyAll(c *keyspace.Ctx, fields, values bool) error {
	h, err := readHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	n := 0
	if h.found {
		n = h.live()
	}
	if fields && values {
		c.ReplyMap(n)
	} else {
		c.ReplyArray(n)
	}
	if n == 0 {
		return nil
	}
	all := n == h.Len()
	h.Each(func(p hash.Place) bool {
		if all || !h.gone(p) {
			h.replyPair(p, fields, values)
		}
		return true
	})
	return nil
}

// replyPair replies the field at p, its value, or both.
func (h *hashKey) replyPair(p hash.Place, field, value bool) {
	if field {
		replyHashElement(h.c, h.Field(p))
	}
	if value {
		replyHashElement(h.c, h.Value(p))
	}
}

// hlen counts fields that have expired unnoticed too, as Redis does.
func hlen(c *keyspace.Ctx) error {
	h, err := readHash(c, c.Arg(1))
	switch {
	case err != nil:
		return err
	case !h.found:
		return c.ReplyInt(0)
	}
	return c.ReplyInt(int64(h.Len()))
}

func hstrlen(c *keyspace.Ctx) error {
	h, err := readHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	n := 0
	if p, ok := h.find(c.Arg(2)); ok {
		n = h.Value(p).Len()
	}
	h.close()
	return c.ReplyInt(int64(n))
}

func hexists(c *keyspace.Ctx) error {
	h, err := readHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	_, ok := h.find(c.Arg(2))
	h.close()
	return c.ReplyFlag(ok)
}
