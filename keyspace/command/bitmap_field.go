package command

import (
	"math"

	"solokv/keyspace"
	"solokv/protocol"
)

// BITFIELD: a string as an array of integers of any width, anywhere.

func bitmapFieldCommands() []*keyspace.Command {
	complexity := "O(1) for each subcommand specified"
	return []*keyspace.Command{
		{Name: "bitfield", Arity: -2, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Brief,
			Keys: keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate |
				keyspace.KeyVariable),
			KeyFlags: bitFieldKeyFlags,
			Group:    groupBitmap, Since: "3.2.0", Complexity: complexity,
			Summary: "Reads, stores and increments integers of any width inside the string that a key holds.",
			Syntax: "key [<operation: GET encoding offset | <write: [OVERFLOW <WRAP | SAT | FAIL>] " +
				"<write-operation: SET encoding offset value:integer | INCRBY encoding offset increment>>> ...]",
			Handler: bitField},
		{Name: "bitfield_ro", Arity: -2, Flags: keyspace.ReadOnly | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupBitmap, Since: "6.0.0", Complexity: complexity,
			Summary: "Reads integers of any width inside the string that a key holds.",
			Syntax:  "key [GET encoding offset [GET encoding offset ...]]", Handler: bitFieldRO},
	}
}

const errBitFieldType keyspace.Error = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."

// fieldBytesMax is how many bytes a field may touch.
const fieldBytesMax = 9

type fieldVerb uint8

const (
	fieldGet fieldVerb = iota
	fieldSet
	fieldAdd
)

// fieldOp is one operation of a request.
type fieldOp struct {
	verb   fieldVerb
	typ    fieldType
	offset int64 // of its first bit
	n      int64 // to store or to add
	over   fieldOverflow
}

// fieldOps walks over the operations of a request. A request is walked over twice,
// to check it and to execute it, so that none are kept.
type fieldOps struct {
	c    *keyspace.Ctx
	at   int
	over fieldOverflow
}

// next reads an operation; ok is false at the end and with an error.
func (o *fieldOps) next() (op fieldOp, ok bool, err error) {
	for ; o.at < o.c.Argc(); o.at += 2 {
		word, left := o.c.Arg(o.at), o.c.Argc()-o.at-1
		switch {
		case keyspace.EqualFold(word, "GET") && left >= 2:
			return o.read(fieldGet, 3)
		case keyspace.EqualFold(word, "SET") && left >= 3:
			return o.read(fieldSet, 4)
		case keyspace.EqualFold(word, "INCRBY") && left >= 3:
			return o.read(fieldAdd, 4)
		case keyspace.EqualFold(word, "OVERFLOW") && left >= 1:
			if o.over, ok = parseFieldOverflow(o.c.Arg(o.at + 1)); !ok {
				return op, false, keyspace.Error("ERR Invalid OVERFLOW type specified")
			}
		default:
			return op, false, keyspace.ErrSyntax
		}
	}
	return op, false, nil
}

// read reads the operation of n words that begins here.
func (o *fieldOps) read(verb fieldVerb, n int) (op fieldOp, ok bool, err error) {
	op = fieldOp{verb: verb, over: o.over}
	if op.typ, ok = parseFieldType(o.c.Arg(o.at + 1)); !ok {
		return op, false, errBitFieldType
	}
	if op.offset, ok = parseFieldOffset(o.c.Arg(o.at+2), op.typ.width, bitmapBytesMax(o.c)); !ok {
		return op, false, errBitOffset
	}
	if verb != fieldGet {
		if op.n, err = o.c.Int(o.at + 3); err != nil {
			return op, false, err
		}
	}
	o.at += n
	return op, true, nil
}

func bitField(c *keyspace.Ctx) error   { return bitFieldAny(c, false) }
func bitFieldRO(c *keyspace.Ctx) error { return bitFieldAny(c, true) }

func bitFieldAny(c *keyspace.Ctx, readOnly bool) error {
	count, last, err := checkFieldOps(c)
	if err != nil {
		return err
	}
	if last < 0 {
		return bitFieldGet(c, count)
	}
	if readOnly {
		return keyspace.Error("ERR BITFIELD_RO only supports the GET subcommand")
	}
	key := c.Arg(1)
	it, found, err := c.WriteStr(key)
	if err != nil {
		return err
	}

	text, grown := bitmapFor(c, key, it, found, last)
	c.ReplyArray(count)
	changes := 0
	ops := fieldOps{c: c, at: 2}
	for op, ok, _ := ops.next(); ok; op, ok, _ = ops.next() {
		if op.verb == fieldGet {
			c.ReplyInt(op.typ.get(text, op.offset))
			continue
		}
		old := op.typ.get(text, op.offset)
		now, ok := op.result(old)
		if !ok {
			c.ReplyNull()
			continue
		}
		op.typ.put(text, op.offset, now)
		if grown || now != old {
			changes++
		}
		if op.verb == fieldSet {
			c.ReplyInt(old)
		} else {
			c.ReplyInt(now)
		}
	}
	if changes > 0 {
		c.ModifiedMany(changes, key, keyspace.EventString, "setbit")
	}
	return nil
}

// checkFieldOps counts the operations of a request and finds the last bit that
// they write to; -1 when all only read.
func checkFieldOps(c *keyspace.Ctx) (count int, last int64, err error) {
	last = -1
	ops := fieldOps{c: c, at: 2}
	for {
		op, ok, err := ops.next()
		if !ok {
			return count, last, err
		}
		count++
		if op.verb != fieldGet {
			last = max(last, op.offset+int64(op.typ.width)-1)
		}
	}
}

func bitFieldGet(c *keyspace.Ctx, count int) error {
	it, ok, err := c.Str(c.Arg(1))
	if err != nil {
		return err
	}
	var text []byte
	if ok {
		text = c.Text(it)
	}

	c.ReplyArray(count)
	ops := fieldOps{c: c, at: 2}
	for op, ok, _ := ops.next(); ok; op, ok, _ = ops.next() {
		c.ReplyInt(op.typ.get(text, op.offset))
	}
	return nil
}

// bitFieldKeyFlags tells a request that only reads from others. One with a syntax
// error counts as writing.
func bitFieldKeyFlags(args [][]byte) keyspace.KeyFlags {
	const reads = keyspace.KeyRO | keyspace.KeyAccess
	for i := 2; i < len(args); {
		switch left := len(args) - i - 1; {
		case keyspace.EqualFold(args[i], "GET") && left >= 2:
			i += 3
		case keyspace.EqualFold(args[i], "OVERFLOW") && left >= 1:
			i += 2
		default:
			return keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate
		}
	}
	return reads
}

// parseFieldOffset reads where a field begins: a bit, or after "#" the number of
// fields of that width before it.
func parseFieldOffset(arg []byte, width int, bytesMax int64) (offset int64, ok bool) {
	unit := int64(1)
	if len(arg) > 0 && arg[0] == '#' {
		arg, unit = arg[1:], int64(width)
	}
	n, ok := protocol.ParseInt(arg)
	if !ok || n < 0 || n > math.MaxInt64/unit || n*unit>>3 >= bytesMax {
		return 0, false
	}
	return n * unit, true
}
