package command

import (
	"bytes"

	"solokv/keyspace"
)

// Values under other keys and in other databases: RENAME, COPY, MOVE.
//
// An item lasts until the database changes, and looking a key up changes it when
// the key has expired. So each of these commands first does all that may change
// something, and looks the source up again when it needs it.

func keyMoveCommands() []*keyspace.Command {
	source := keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyDelete
	return []*keyspace.Command{
		{Name: "rename", Arity: 3, Flags: keyspace.Write,
			Keys:  keyspace.TwoKeys(source, keyspace.KeyOW|keyspace.KeyUpdate),
			Group: groupGeneric, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Gives a key another name; a key of that name is overwritten.",
			Syntax:  "key newkey", Handler: rename},
		{Name: "renamenx", Arity: 3, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.TwoKeys(source, keyspace.KeyOW|keyspace.KeyInsert),
			Group: groupGeneric, Since: "1.0.0", Complexity: "O(1)",
			History: []string{"3.2.0 The command no longer returns an error when source and destination" +
				" names are the same."},
			Summary: "Gives a key another name unless there is a key of that name.",
			Syntax:  "key newkey", Handler: renameNX},
		{Name: "copy", Arity: -3, Flags: keyspace.Write | keyspace.DenyOOM,
			Keys:  keyspace.TwoKeys(keyspace.KeyRO|keyspace.KeyAccess, keyspace.KeyOW|keyspace.KeyUpdate),
			Group: groupGeneric, Since: "6.2.0",
			Complexity: "O(N) where N is the number of elements of a collection. O(1) for strings.",
			Summary:    "Copies the value and the expiry of a key to another key.",
			Syntax:     "source destination [DB destination-db] [REPLACE]", Handler: copyKey},
		{Name: "move", Arity: 3, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate),
			Group: groupGeneric, Since: "1.0.0", Complexity: "O(1)",
			Summary: "Moves a key to another database unless that has one of its name.",
			Syntax:  "key db", Handler: move},
	}
}

func rename(c *keyspace.Ctx) error {
	from, to := c.Arg(1), c.Arg(2)
	if _, ok := c.Write(from); !ok {
		return keyspace.ErrNoKey
	}
	if bytes.Equal(from, to) {
		return c.OK()
	}

	if old, ok := c.Write(to); ok {
		c.Delete(old)
	}
	renameTo(c, from, to)

	return c.OK()
}

func renameNX(c *keyspace.Ctx) error {
	from, to := c.Arg(1), c.Arg(2)
	if _, ok := c.Write(from); !ok {
		return keyspace.ErrNoKey
	}
	if _, taken := c.Write(to); taken {
		return c.ReplyFlag(false) // by from itself, perhaps
	}

	renameTo(c, from, to)

	return c.ReplyFlag(true)
}

// renameTo renames a key that exists to one that does not.
func renameTo(c *keyspace.Ctx, from, to []byte) {
	it, _ := c.Peek(from)
	c.MoveTo(c.DB(), to, it)
	c.Event(from, keyspace.EventGeneric, "rename_from")
	c.Modified(to, keyspace.EventGeneric, "rename_to")
}

func copyKey(c *keyspace.Ctx) error {
	from, to := c.Arg(1), c.Arg(2)
	db, replace, err := parseCopyOptions(c)
	if err != nil {
		return err
	}
	if db == c.DB() && bytes.Equal(from, to) {
		return keyspace.ErrSameObject
	}
	if _, ok := c.Read(from); !ok {
		return c.ReplyFlag(false)
	}

	taken := false
	c.In(db, func() {
		var old keyspace.Item
		if old, taken = c.Write(to); taken && replace {
			c.Delete(old)
		}
	})
	if taken && !replace {
		return c.ReplyFlag(false)
	}
	it, _ := c.Peek(from)
	c.CopyTo(db, to, it)
	c.In(db, func() { c.Modified(to, keyspace.EventGeneric, "copy_to") })

	return c.ReplyFlag(true)
}

func parseCopyOptions(c *keyspace.Ctx) (db *keyspace.DB, replace bool, err error) {
	db = c.DB()
	o := c.Options(3)
	for o.Next() {
		switch {
		case o.Is("REPLACE"):
			replace = true
		case o.Is("DB"):
			index := o.Int()
			if o.Err() == nil {
				db, err = keyDB(c, index)
				o.Fail(err)
			}
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	return db, replace, o.Err()
}

func move(c *keyspace.Ctx) error {
	key := c.Arg(1)
	index, err := c.Int(2)
	if err != nil {
		return err
	}
	db, err := keyDB(c, index)
	if err != nil {
		return err
	}
	if db == c.DB() {
		return keyspace.ErrSameObject
	}
	if _, ok := c.Write(key); !ok {
		return c.ReplyFlag(false)
	}
	taken := false
	c.In(db, func() { _, taken = c.Write(key) })
	if taken {
		return c.ReplyFlag(false)
	}

	it, _ := c.Peek(key)
	c.MoveTo(db, key, it)
	c.Event(key, keyspace.EventGeneric, "move_from")
	c.In(db, func() { c.Modified(key, keyspace.EventGeneric, "move_to") })

	return c.ReplyFlag(true)
}
