package command

import (
	"solokv/keyspace"
)

// Parts of strings: APPEND, SETRANGE, GETRANGE.

func stringRangeCommands() []*keyspace.Command {
	rangeComplexity := "O(N) where N is the length of the part."
	return []*keyspace.Command{
		{Name: "append", Arity: 3, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyInsert),
			Group: groupString, Since: "2.0.0",
			Complexity: "O(1) on average for short values: a string that grows is given room in advance.",
			Summary:    "Appends to the string that a key holds; a missing key counts as empty.",
			Syntax:     "key value", Handler: appendString},
		{Name: "setrange", Arity: 4, Flags: keyspace.Write | keyspace.DenyOOM,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate),
			Group: groupString, Since: "2.2.0",
			Complexity: "O(M) where M is the length of the value; when the string has to grow, of the string.",
			Summary:    "Overwrites part of the string that a key holds, from an offset on.",
			Syntax:     "key offset value", Handler: setRange},
		{Name: "getrange", Arity: 4, Flags: keyspace.ReadOnly | keyspace.Brief,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupString, Since: "2.4.0", Complexity: rangeComplexity,
			Summary: "Returns part of the string that a key holds.",
			Syntax:  "key start end", Handler: getRange},
		{Name: "substr", Arity: 4, Flags: keyspace.ReadOnly | keyspace.Brief,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupString, Since: "1.0.0", Complexity: rangeComplexity,
			Deprecated: "2.0.0 `GETRANGE`",
			Summary:    "Returns part of the string that a key holds.",
			Syntax:     "key start end", Handler: getRange},
	}
}

func appendString(c *keyspace.Ctx) error {
	key, tail := c.Arg(1), c.Arg(2)
	it, found, err := c.WriteStr(key)
	if err != nil {
		return err
	}
	old := 0
	if found {
		old = stringLen(it)
		if err := checkStringLen(c, int64(old), int64(len(tail))); err != nil {
			return err
		}
	}

	if found {
		copy(c.Extend(key, it, true, old+len(tail))[old:], tail)
	} else {
		c.SetString(key, tail, keyspace.NoExpiry)
	}
	c.Modified(key, keyspace.EventString, "append")

	return c.ReplyInt(int64(old + len(tail)))
}

// setRange leaves everything as it is when there is nothing to write: then no
// offset is too large, and a missing key stays missing.
func setRange(c *keyspace.Ctx) error {
	key, part := c.Arg(1), c.Arg(3)
	offset, err := c.Int(2)
	if err != nil {
		return err
	}
	if offset < 0 {
		return keyspace.ErrOffset
	}
	it, found, err := c.WriteStr(key)
	if err != nil {
		return err
	}
	old := 0
	if found {
		old = stringLen(it)
	}
	if len(part) == 0 {
		return c.ReplyInt(int64(old))
	}
	if err := checkStringLen(c, offset, int64(len(part))); err != nil {
		return err
	}

	n := max(old, int(offset)+len(part))
	copy(c.Extend(key, it, found, n)[offset:], part)
	c.Modified(key, keyspace.EventString, "setrange")

	return c.ReplyInt(int64(n))
}

func getRange(c *keyspace.Ctx) error {
	start, err := c.Int(2)
	if err != nil {
		return err
	}
	end, err := c.Int(3)
	if err != nil {
		return err
	}
	it, ok, err := c.Str(c.Arg(1))
	if err != nil {
		return err
	}
	if !ok {
		return c.ReplyBulk(nil)
	}

	return c.ReplyBulk(stringPart(c.Text(it), start, end))
}

// stringPart is text from start to end, both included; negative ones count from
// the end, and what lies outside is cut off.
func stringPart(text []byte, start, end int64) []byte {
	n := int64(len(text))
	if start < 0 && end < 0 && start > end {
		return nil // before they are cut off, or both would become 0
	}
	if start < 0 {
		start = max(start+n, 0)
	}
	if end < 0 {
		end = max(end+n, 0)
	}
	end = min(end, n-1)
	if start > end {
		return nil
	}
	return text[start : end+1]
}
