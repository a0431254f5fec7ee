package command

import (
	"math"
	"slices"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/protocol"
)

// The commands of strings: storing and expiry in string_set.go, numbers in
// string_number.go, parts of strings in string_range.go, LCS in string_lcs.go,
// and here what reads and stores them whole.

func stringCommands() []*keyspace.Command {
	return slices.Concat(stringWholeCommands(), stringSetCommands(), stringNumberCommands(),
		stringRangeCommands(), stringLCSCommands())
}

func stringWholeCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "get", Arity: 2, Flags: keyspace.ReadOnly | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupString, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Returns the string that a key holds.",
			Syntax:  "key", Handler: get},
		{Name: "getdel", Arity: 2, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyDelete),
			Group: groupString, Since: "6.2.0", Complexity: "O(1)",
			Summary: "Returns the string that a key holds and deletes the key.",
			Syntax:  "key", Handler: getDel},
		{Name: "getset", Arity: 3, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate),
			Group: groupString, Since: "1.0.0", Complexity: "O(1)",
			Deprecated: "6.2.0 `SET` with the `!GET` argument",
			Summary:    "Stores a string in a key and returns the one that was there.",
			Syntax:     "key value", Handler: getSet},
		{Name: "mget", Arity: -2, Flags: keyspace.ReadOnly | keyspace.Fast,
			Keys:  keyspace.ManyKeys(keyspace.KeyRO|keyspace.KeyAccess, 1),
			Group: groupString, Since: "1.0.0", Complexity: "O(N) where N is the number of keys.",
			Summary: "Returns the strings that several keys hold, all as of one moment.",
			Hints:   []string{"request_policy:multi_shard"},
			Syntax:  "key [key ...]", Handler: mget},
		{Name: "mset", Arity: -3, Flags: keyspace.Write | keyspace.DenyOOM,
			Keys:  keyspace.ManyKeys(keyspace.KeyOW|keyspace.KeyUpdate, 2),
			Group: groupString, Since: "1.0.1", Complexity: "O(N) where N is the number of keys.",
			Summary: "Stores strings in several keys, all at one moment.",
			Hints:   []string{"request_policy:multi_shard", "response_policy:all_succeeded"},
			Syntax:  "key value [key value ...]", Handler: mset},
		{Name: "msetnx", Arity: -3, Flags: keyspace.Write | keyspace.DenyOOM,
			Keys:  keyspace.ManyKeys(keyspace.KeyOW|keyspace.KeyInsert, 2),
			Group: groupString, Since: "1.0.1", Complexity: "O(N) where N is the number of keys.",
			Summary: "Stores strings in several keys at one moment, unless one of them exists.",
			Syntax:  "key value [key value ...]", Handler: msetNX},
		{Name: "strlen", Arity: 2, Flags: keyspace.ReadOnly | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRO),
			Group: groupString, Since: "2.2.0", Complexity: "O(1)",
			Summary: "Returns the length of the string that a key holds.",
			Syntax:  "key", Handler: strlen},
	}
}

// Words of records for the journal.
var (
	wordSet       = []byte("SET")
	wordDel       = []byte("DEL")
	wordPersist   = []byte("PERSIST")
	wordPExpireAt = []byte("PEXPIREAT")
	wordPXAt      = []byte("PXAT")
	wordKeepTTL   = []byte("KEEPTTL")
)

func get(c *keyspace.Ctx) error {
	it, ok, err := c.Str(c.Arg(1))
	if err != nil {
		return err
	}
	return stringReply(c, it, ok)
}

// stringReply replies a string that was found, or the null.
func stringReply(c *keyspace.Ctx, it keyspace.Item, found bool) error {
	if !found {
		return c.ReplyNull()
	}
	return c.ReplyText(it)
}

func getDel(c *keyspace.Ctx) error {
	key := c.Arg(1)
	it, ok, err := c.Str(key)
	if err != nil {
		return err
	}
	if !ok {
		return c.ReplyNull()
	}

	c.ReplyText(it) // before its bytes go
	c.Delete(it)
	c.PropagateAs(wordDel, key)
	c.Modified(key, keyspace.EventGeneric, "del")
	return nil
}

func getSet(c *keyspace.Ctx) error {
	key, text := c.Arg(1), c.Arg(2)
	it, ok, err := c.Str(key)
	if err != nil {
		return err
	}

	stringReply(c, it, ok)
	c.SetString(key, text, keyspace.NoExpiry)
	c.PropagateAs(wordSet, key, text)
	c.Modified(key, keyspace.EventString, "set")
	return nil
}

func mget(c *keyspace.Ctx) error {
	c.ReplyArray(c.Argc() - 1)
	for at, warm := 1, 1; at < c.Argc(); at++ {
		if at == warm {
			warm = c.Warm(at, 1)
		}
		it, ok := c.Read(c.Arg(at))
		stringReply(c, it, ok && value.IsString(it.Kind()))
	}
	return nil
}

func mset(c *keyspace.Ctx) error {
	if c.Argc()%2 == 0 {
		return keyspace.ErrArity("mset")
	}

	msetAll(c)

	return c.OK()
}

func msetNX(c *keyspace.Ctx) error {
	if c.Argc()%2 == 0 {
		return keyspace.ErrArity("msetnx")
	}
	for i := 1; i < c.Argc(); i += 2 {
		if _, exists := c.Write(c.Arg(i)); exists {
			return c.ReplyFlag(false)
		}
	}

	msetAll(c)

	return c.ReplyFlag(true)
}

func msetAll(c *keyspace.Ctx) {
	for at, warm := 1, 1; at < c.Argc(); at += 2 {
		if at == warm {
			warm = c.Warm(at, 2)
		}
		c.SetString(c.Arg(at), c.Arg(at+1), keyspace.NoExpiry)
		c.Modified(c.Arg(at), keyspace.EventString, "set")
	}
}

func strlen(c *keyspace.Ctx) error {
	it, ok, err := c.Str(c.Arg(1))
	if err != nil {
		return err
	}
	if !ok {
		return c.ReplyInt(0)
	}
	return c.ReplyInt(int64(stringLen(it)))
}

// stringLen is the length of a string item's text.
func stringLen(it keyspace.Item) int {
	if it.Kind() == value.StringInt {
		return protocol.DecimalLen(value.Int(it.Value()))
	}
	return it.ValueLen()
}

// stringBytesMax is what the length field of an entry can tell; the limit in
// force is proto-max-bulk-len, which is lower unless somebody raises it.
const stringBytesMax = math.MaxUint32

// checkStringLen refuses a string of n and more bytes if it were too long.
// What the journal says was allowed once.
func checkStringLen(c *keyspace.Ctx, n, more int64) error {
	limit := int64(stringBytesMax)
	if !c.Replaying() {
		limit = min(limit, c.Engine().Config().Values().ProtoMaxBulkLen)
	}
	if n > limit-more {
		return keyspace.ErrStringTooLong
	}
	return nil
}
