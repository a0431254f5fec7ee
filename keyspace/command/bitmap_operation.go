package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value"
)

// BITOP: strings combined bit by bit. Sources count as if zero bytes followed
// them, up to the length of the longest.

func bitmapOperationCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "bitop", Arity: -4, Flags: keyspace.Write | keyspace.DenyOOM,
			Keys: []keyspace.KeySpec{
				{Flags: keyspace.KeyOW | keyspace.KeyUpdate, Begin: 2, Step: 1},
				{Flags: keyspace.KeyRO | keyspace.KeyAccess, Begin: 3, Last: -1, Step: 1}},
			Group: groupBitmap, Since: "2.6.0", Complexity: "O(N)",
			Summary: "Combines the strings that keys hold bit by bit and stores the result.",
			Syntax:  "<operation: AND | OR | XOR | NOT> destkey key [key ...]", Handler: bitOp},
	}
}

// bitOperation is what BITOP does with its sources.
type bitOperation uint8

const (
	bitAnd bitOperation = iota
	bitOr
	bitXor
	bitNot
)

func parseBitOperation(arg []byte) (bitOperation, error) {
	switch {
	case keyspace.EqualFold(arg, "AND"):
		return bitAnd, nil
	case keyspace.EqualFold(arg, "OR"):
		return bitOr, nil
	case keyspace.EqualFold(arg, "XOR"):
		return bitXor, nil
	case keyspace.EqualFold(arg, "NOT"):
		return bitNot, nil
	}
	return 0, keyspace.ErrSyntax
}

// fold combines dst with src, behind the end of which there are zeros. A switch,
// and no function value: the compiler would put the buffers on the heap for it.
func (op bitOperation) fold(dst, src []byte) {
	src = src[:min(len(src), len(dst))]
	switch op {
	case bitAnd:
		andBytes(dst[:len(src)], src)
		clear(dst[len(src):])
	case bitOr:
		orBytes(dst[:len(src)], src)
	case bitXor:
		xorBytes(dst[:len(src)], src)
	}
}

func bitOp(c *keyspace.Ctx) error {
	op, err := parseBitOperation(c.Arg(1))
	if err != nil {
		return err
	}
	if op == bitNot && c.Argc() != 4 {
		return keyspace.Error("ERR BITOP NOT must be called with a single source key.")
	}
	longest, err := longestString(c, c.Args()[3:])
	if err != nil {
		return err
	}

	if longest > 0 {
		bitOpInto(c, op, longest)
	} else if it, found := c.Write(c.Arg(2)); found {
		c.Delete(it)
		c.Modified(c.Arg(2), keyspace.EventGeneric, "del")
	}

	return c.ReplyInt(int64(longest))
}

func longestString(c *keyspace.Ctx, keys [][]byte) (longest int, err error) {
	for _, key := range keys {
		it, ok, err := c.Str(key)
		if err != nil {
			return 0, err
		}
		if ok {
			longest = max(longest, stringLen(it))
		}
	}
	return longest, nil
}

// bitOpInto makes the destination n bytes long and fills it in place, block by
// block. It may be a source too: the zero bytes that it grows by change nothing,
// and each block has been read when it is written.
func bitOpInto(c *keyspace.Ctx, op bitOperation, n int) {
	dest := c.Arg(2)
	it, found := c.Write(dest)
	if found && !value.IsString(it.Kind()) {
		c.SetString(dest, nil, keyspace.NoExpiry)
		it, _ = c.Write(dest)
	}
	if found && it.Expires() {
		c.SetExpire(it, keyspace.NoExpiry)
		it, _ = c.Write(dest)
	}
	result := c.Extend(dest, it, found, n)

	// The sources are looked up after that change; nothing changes from here on.
	var few [8][]byte
	sources := few[:0]
	for _, key := range c.Args()[3:] {
		var text []byte
		if it, ok := c.Peek(key); ok {
			if text = c.Text(it); it.Kind() == value.StringInt {
				text = append([]byte(nil), text...) // the next one uses the same buffer
			}
		}
		sources = append(sources, text)
	}
	bitOpBlocks(op, result, sources)
	c.Modified(dest, keyspace.EventString, "set")
}

// bitOpBlock is the number of bytes that are combined in one go, small enough for
// the fastest cache.
const bitOpBlock = 4096

func bitOpBlocks(op bitOperation, result []byte, sources [][]byte) {
	var block [bitOpBlock]byte
	for at := 0; at < len(result); at += bitOpBlock {
		part := block[:min(bitOpBlock, len(result)-at)]
		clear(part[copy(part, from(sources[0], at)):])
		for _, source := range sources[1:] {
			op.fold(part, from(source, at))
		}
		if op == bitNot {
			notBytes(part)
		}
		copy(result[at:], part)
	}
}

// from is text without its first n bytes, of which there may be fewer.
func from(text []byte, n int) []byte { return text[min(n, len(text)):] }
