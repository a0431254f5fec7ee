package command

import (
	"solokv/keyspace"
)

// Counting and searching bits: BITCOUNT, BITPOS.

func bitmapCountCommands() []*keyspace.Command {
	keys := keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess)
	history := []string{"7.0.0 Added the `BYTE|BIT` option."}
	return []*keyspace.Command{
		{Name: "bitcount", Arity: -2, Flags: keyspace.ReadOnly, Keys: keys,
			Group: groupBitmap, Since: "2.6.0", Complexity: "O(N)", History: history,
			Summary: "Counts the bits that are set in the string that a key holds.",
			Syntax:  "key [range: start end [unit: BYTE | BIT]]", Handler: bitCount},
		{Name: "bitpos", Arity: -3, Flags: keyspace.ReadOnly, Keys: keys,
			Group: groupBitmap, Since: "2.8.7", Complexity: "O(N)", History: history,
			Summary: "Finds the first bit that is set, or clear, in the string that a key holds.",
			Syntax:  "key bit [range: start [end-unit-block: end [unit: BYTE | BIT]]]", Handler: bitPos},
	}
}

// bitRange is a part of a string, in bytes or in bits, both ends included;
// negative ones count from the end.
type bitRange struct {
	start, end int64
	bits       bool
}

func parseBitUnit(c *keyspace.Ctx, i int) (bits bool, err error) {
	switch {
	case keyspace.EqualFold(c.Arg(i), "BIT"):
		return true, nil
	case keyspace.EqualFold(c.Arg(i), "BYTE"):
		return false, nil
	}
	return false, keyspace.ErrSyntax
}

// clip makes r a range of bits, from up to but not including to, inside a string
// of n bytes. An end before the string stands for its first byte or bit.
func (r bitRange) clip(n int) (from, to int64) {
	total := int64(n)
	if r.bits {
		total *= 8
	}
	start, end := r.start, r.end
	if start < 0 {
		start = max(start+total, 0)
	}
	if end < 0 {
		end = max(end+total, 0)
	}
	end = min(end, total-1)
	switch {
	case start > end:
		return 0, 0
	case r.bits:
		return start, end + 1
	}
	return start * 8, end*8 + 8
}

func bitCount(c *keyspace.Ctx) error {
	r := bitRange{end: -1}
	switch c.Argc() {
	case 2:
	case 4, 5:
		var err error
		if r, err = parseBitCountRange(c); err != nil {
			return err
		}
	default:
		return keyspace.ErrSyntax
	}
	it, ok, err := c.Str(c.Arg(1))
	if err != nil {
		return err
	}
	if !ok || r.start < 0 && r.end < 0 && r.start > r.end {
		return c.ReplyInt(0)
	}

	text := c.Text(it)
	from, to := r.clip(len(text))
	return c.ReplyInt(countBits(text, from, to))
}

func parseBitCountRange(c *keyspace.Ctx) (r bitRange, err error) {
	if r.start, err = c.Int(2); err != nil {
		return r, err
	}
	if r.end, err = c.Int(3); err != nil {
		return r, err
	}
	if c.Argc() == 5 {
		r.bits, err = parseBitUnit(c, 4)
	}
	return r, err
}

// bitPos finds a clear bit behind the string's end unless an end was given: then
// only what lies in the range counts.
func bitPos(c *keyspace.Ctx) error {
	bit, err := c.Int(2)
	if err != nil {
		return err
	}
	if bit&^1 != 0 {
		return keyspace.Error("ERR The bit argument must be 1 or 0.")
	}
	r, endGiven, err := parseBitPosRange(c)
	if err != nil {
		return err
	}
	it, ok, err := c.Str(c.Arg(1))
	if err != nil {
		return err
	}
	if !ok {
		return c.ReplyInt(-bit)
	}

	text := c.Text(it)
	from, to := r.clip(len(text))
	at := findBit(text, bit == 1, from, to)
	if at == to && (from == to || bit == 1 || endGiven) {
		at = -1
	}
	return c.ReplyInt(at)
}

func parseBitPosRange(c *keyspace.Ctx) (r bitRange, endGiven bool, err error) {
	r.end = -1
	if c.Argc() > 6 {
		return r, false, keyspace.ErrSyntax
	}
	if c.Argc() > 3 {
		if r.start, err = c.Int(3); err != nil {
			return r, false, err
		}
	}
	if c.Argc() == 6 {
		if r.bits, err = parseBitUnit(c, 5); err != nil {
			return r, false, err
		}
	}
	if c.Argc() > 4 {
		r.end, err = c.Int(4)
	}
	return r, c.Argc() > 4, err
}
