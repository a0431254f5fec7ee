package command

import (
	"slices"

	"solokv/keyspace"
	"solokv/protocol"
)

// The commands of bitmaps. A bitmap is a string; bit 0 is the highest bit of its
// first byte, and beyond its end all bits are 0. Here single bits; counting and
// searching in bitmap_count.go, whole strings in bitmap_operation.go, integers of
// any width in bitmap_field.go, and the loops over bytes in bitmap_words.go.

func bitmapCommands() []*keyspace.Command {
	return slices.Concat(bitmapBitCommands(), bitmapCountCommands(), bitmapOperationCommands(),
		bitmapFieldCommands())
}

func bitmapBitCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "setbit", Arity: 4, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Brief,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate),
			Group: groupBitmap, Since: "2.2.0", Complexity: "O(1)",
			Summary: "Sets or clears one bit of the string that a key holds, and returns what it was.",
			Syntax:  "key offset value:integer", Handler: setBit},
		{Name: "getbit", Arity: 3, Flags: keyspace.ReadOnly | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupBitmap, Since: "2.2.0", Complexity: "O(1)",
			Summary: "Returns one bit of the string that a key holds.",
			Syntax:  "key offset", Handler: getBit},
	}
}

const (
	errBitOffset keyspace.Error = "ERR bit offset is not an integer or out of range"
	errBit       keyspace.Error = "ERR bit is not an integer or out of range"
)

// setBit makes the string long enough even when the bit that it sets is 0, and
// ready to be edited even when nothing changes, which OBJECT ENCODING shows.
func setBit(c *keyspace.Ctx) error {
	key := c.Arg(1)
	offset, err := bitOffset(c, c.Arg(2))
	if err != nil {
		return err
	}
	bit, err := c.Int(3)
	if err != nil || bit&^1 != 0 {
		return errBit
	}
	it, found, err := c.WriteStr(key)
	if err != nil {
		return err
	}

	text, grown := bitmapFor(c, key, it, found, offset)
	at, mask := &text[offset>>3], byte(0x80)>>(offset&7)
	old := *at&mask != 0
	if *at &^= mask; bit == 1 {
		*at |= mask
	}
	if grown || old != (bit == 1) {
		c.Modified(key, keyspace.EventString, "setbit")
	}

	return c.ReplyFlag(old)
}

func getBit(c *keyspace.Ctx) error {
	offset, err := bitOffset(c, c.Arg(2))
	if err != nil {
		return err
	}
	it, ok, err := c.Str(c.Arg(1))
	if err != nil {
		return err
	}
	if !ok {
		return c.ReplyInt(0)
	}

	text := c.Text(it)
	at := offset >> 3
	return c.ReplyFlag(at < int64(len(text)) && text[at]<<(offset&7)&0x80 != 0)
}

// bitOffset reads the place of a bit.
func bitOffset(c *keyspace.Ctx, arg []byte) (int64, error) {
	offset, ok := protocol.ParseInt(arg)
	if !ok || offset < 0 || offset>>3 >= bitmapBytesMax(c) {
		return 0, errBitOffset
	}
	return offset, nil
}

// bitmapBytesMax is the length up to which a bit may be named. A field that begins
// with the last bit still fits: it ends less than fieldBytesMax later.
func bitmapBytesMax(c *keyspace.Ctx) int64 {
	const limit = stringBytesMax - fieldBytesMax
	if c.Replaying() {
		return limit // what the journal says was allowed once
	}
	return min(limit, c.Engine().Config().Values().ProtoMaxBulkLen)
}

// bitmapFor returns the bytes of a string that is going to be edited, up to the
// byte of its bit last at least, and tells whether it had to grow.
func bitmapFor(c *keyspace.Ctx, key []byte, it keyspace.Item, found bool, last int64) (text []byte, grown bool) {
	n := int(last>>3) + 1
	if found {
		old := stringLen(it)
		return c.Extend(key, it, true, max(old, n)), n > old
	}
	return c.Extend(key, it, false, n), true
}
