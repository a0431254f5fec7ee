package command

import (
	"math"
	"slices"

	"solokv/keyspace"
	"solokv/keyspace/value"
)

// The commands of keys, whatever they hold: expiry in key_expire.go, copies and
// new names in key_move.go, walks in key_scan.go, OBJECT in key_object.go, whole
// databases in key_database.go, DUMP and RESTORE in dump.go, and here the rest.

func keyCommands() []*keyspace.Command {
	return slices.Concat(keyPresenceCommands(), keyExpireCommands(), keyMoveCommands(), keyScanCommands(),
		keyObjectCommands(), keyDatabaseCommands(), dumpCommands())
}

func keyPresenceCommands() []*keyspace.Command {
	hints := []string{"request_policy:multi_shard", "response_policy:agg_sum"}
	return []*keyspace.Command{
		{Name: "del", Arity: -2, Flags: keyspace.Write,
			Keys:  keyspace.ManyKeys(keyspace.KeyRM|keyspace.KeyDelete, 1),
			Group: groupGeneric, Since: "1.0.0",
			Complexity: "O(N) where N is the number of keys. The memory of large values is freed later, in slices.",
			Summary:    "Deletes keys.",
			Hints:      hints, Syntax: "key [key ...]", Handler: del},
		{Name: "unlink", Arity: -2, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.ManyKeys(keyspace.KeyRM|keyspace.KeyDelete, 1),
			Group: groupGeneric, Since: "4.0.0",
			Complexity: "O(N) where N is the number of keys. The memory of large values is freed later, in slices.",
			Summary:    "Deletes keys. DEL does the same here.",
			Hints:      hints, Syntax: "key [key ...]", Handler: del},
		{Name: "exists", Arity: -2, Flags: keyspace.ReadOnly | keyspace.Fast,
			Keys:  keyspace.ManyKeys(keyspace.KeyRO, 1),
			Group: groupGeneric, Since: "1.0.0", Complexity: "O(N) where N is the number of keys.",
			Summary: "Counts which of the keys exist.",
			Hints:   hints, Syntax: "key [key ...]", Handler: exists,
			History: []string{"3.0.3 Accepts multiple `key` arguments."}},
		{Name: "touch", Arity: -2, Flags: keyspace.ReadOnly | keyspace.Fast,
			Keys:  keyspace.ManyKeys(keyspace.KeyRO, 1),
			Group: groupGeneric, Since: "3.2.1", Complexity: "O(N) where N is the number of keys.",
			Summary: "Marks keys as used and counts which of them exist.",
			Hints:   hints, Syntax: "key [key ...]", Handler: touch},
		{Name: "type", Arity: 2, Flags: keyspace.ReadOnly | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRO),
			Group: groupGeneric, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Tells the type of the value that a key holds.",
			Syntax:  "key", Handler: keyType},
	}
}

func del(c *keyspace.Ctx) error {
	deleted := int64(0)
	for at, warm := 1, 1; at < c.Argc(); at++ {
		if at == warm {
			warm = c.Warm(at, 1)
		}
		key := c.Arg(at)
		it, ok := c.Write(key)
		if !ok {
			continue
		}
		c.Delete(it)
		c.Modified(key, keyspace.EventGeneric, "del")
		deleted++
	}
	return c.ReplyInt(deleted)
}

func exists(c *keyspace.Ctx) error {
	found := int64(0)
	for at, warm := 1, 1; at < c.Argc(); at++ {
		if at == warm {
			warm = c.Warm(at, 1)
		}
		if _, ok := c.Ask(c.Arg(at)); ok {
			found++
		}
	}
	return c.ReplyInt(found)
}

func touch(c *keyspace.Ctx) error {
	found := int64(0)
	for _, key := range c.Args()[1:] {
		if c.Touch(key) {
			found++
		}
	}
	return c.ReplyInt(found)
}

func keyType(c *keyspace.Ctx) error {
	it, ok := c.Ask(c.Arg(1))
	if !ok {
		return c.Simple(value.TypeNone)
	}
	return c.Simple(value.TypeName(it.Kind()))
}

// keyDB is the database that an argument names.
func keyDB(c *keyspace.Ctx, index int64) (*keyspace.DB, error) {
	if index < math.MinInt32 || index > math.MaxInt32 {
		return nil, keyspace.Errorf("ERR value is out of range, value must between %d and %d",
			math.MinInt32, math.MaxInt32)
	}
	return c.DBAt(index)
}
