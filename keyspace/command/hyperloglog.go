package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/hll"
)

// The commands of HyperLogLogs, which are strings: GET and SET move them about.
// What Redis keeps for its own tests is in hyperloglog_debug.go.

func hyperLogLogCommands() []*keyspace.Command {
	return append(hyperLogLogDebugCommands(), []*keyspace.Command{
		{Name: "pfadd", Arity: -2, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyInsert),
			Group: groupHLL, Since: "2.8.9", Complexity: "O(1) to add every element.",
			Summary: "Adds elements to a HyperLogLog, which is created when it is missing.",
			Syntax:  "key [element [element ...]]", Handler: pfAdd},
		{Name: "pfcount", Arity: -2, Flags: keyspace.ReadOnly | keyspace.MayReplicate,
			Keys:  keyspace.ManyKeys(keyspace.KeyRW|keyspace.KeyAccess, 1),
			Group: groupHLL, Since: "2.8.9",
			Complexity: "O(1) with a very small average constant time when called with a single key. " +
				"O(N) with N being the number of keys, and much bigger constant times, " +
				"when called with multiple keys.",
			Summary: "Estimates how many different elements were added to one or several HyperLogLogs.",
			Syntax:  "key [key ...]", Handler: pfCount},
		{Name: "pfmerge", Arity: -2, Flags: keyspace.Write | keyspace.DenyOOM,
			Keys: []keyspace.KeySpec{
				{Flags: keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyInsert, Begin: 1, Step: 1},
				{Flags: keyspace.KeyRO | keyspace.KeyAccess, Begin: 2, Last: -1, Step: 1}},
			Group: groupHLL, Since: "2.8.9",
			Complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
			Summary:    "Merges HyperLogLogs into one.",
			Syntax:     "destkey [sourcekey [sourcekey ...]]", Handler: pfMerge},
	}...)
}

const (
	errNotHLL       keyspace.Error = "WRONGTYPE Key is not a valid HyperLogLog string value."
	errCorruptedHLL keyspace.Error = "INVALIDOBJ Corrupted HLL object detected"
)

// readHLL finds a HyperLogLog; text is a view of it.
func readHLL(c *keyspace.Ctx, key []byte) (text []byte, found bool, err error) {
	it, found, err := c.Str(key)
	return hllText(it, found, err)
}

// writeHLL is readHLL for a command that changes it.
func writeHLL(c *keyspace.Ctx, key []byte) (it keyspace.Item, text []byte, found bool, err error) {
	it, found, err = c.WriteStr(key)
	text, found, err = hllText(it, found, err)
	return it, text, found, err
}

// hllText checks a string that was found. An integer is none: its bytes cannot
// begin like one.
func hllText(it keyspace.Item, found bool, err error) ([]byte, bool, error) {
	if err != nil || !found {
		return nil, false, err
	}
	text := it.Value()
	if !hll.Valid(text) {
		return nil, false, errNotHLL
	}
	return text, true, nil
}

func hllSparseMax(c *keyspace.Ctx) int {
	return int(c.Engine().Config().Values().HLLSparseMaxBytes)
}

func pfAdd(c *keyspace.Ctx) error {
	key, elements := c.Arg(1), c.Args()[2:]
	it, text, found, err := writeHLL(c, key)
	if err != nil {
		return err
	}

	var changes int
	if found && hll.IsDense(text) {
		changes = addDense(c, key, it, text, elements)
	} else if changes, err = addSparse(c, key, it, text, elements); err != nil {
		return err
	}
	if changes > 0 {
		c.ModifiedMany(changes, key, keyspace.EventString, "pfadd")
	}

	return c.ReplyFlag(changes > 0)
}

// addDense adds in place. Most elements raise nothing; then the string is not
// touched. Each element that raises something is a change.
func addDense(c *keyspace.Ctx, key []byte, it keyspace.Item, text []byte, elements [][]byte) (changes int) {
	for _, element := range elements {
		place := hll.PlaceOf(element)
		if !hll.WouldRaise(text, place) {
			continue
		}
		if changes++; changes == 1 {
			text = c.Extend(key, it, true, len(text))
			hll.Invalidate(text)
		}
		hll.Raise(text, place, 0)
	}
	return changes
}

// addSparse adds to a sparse one, or to none: that is a change even without
// elements. When the opcodes turn out to be damaged nothing is stored.
func addSparse(c *keyspace.Ctx, key []byte, it keyspace.Item, text []byte, elements [][]byte) (changes int, err error) {
	b, found := c.Pack(), text != nil
	if found {
		b = append(b, text...)
	} else {
		b, changes = hll.AppendEmpty(b), 1
	}
	for _, element := range elements {
		var raised bool
		if b, raised, err = hll.Raise(b, hll.PlaceOf(element), hllSparseMax(c)); err != nil {
			return 0, errCorruptedHLL
		}
		if raised {
			changes++
		}
	}
	if changes > 0 {
		hll.Invalidate(b)
		putHLL(c, key, it, found, b)
	}
	c.Keep(b)
	return changes, nil
}

// putHLL stores a HyperLogLog as a string that was edited, as Redis keeps them.
func putHLL(c *keyspace.Ctx, key []byte, it keyspace.Item, found bool, text []byte) {
	c.PutPacked(key, it, found, value.StringEdited, text)
}

func pfCount(c *keyspace.Ctx) error {
	if c.Argc() > 2 {
		return pfCountUnion(c)
	}
	key := c.Arg(1)
	text, found, err := readHLL(c, key)
	if err != nil {
		return err
	}
	if !found {
		return c.ReplyInt(0)
	}
	count, ok := hll.Cached(text)
	if ok {
		return c.ReplyInt(int64(count))
	}
	if count, err = hll.Count(text); err != nil {
		return errCorruptedHLL
	}

	// The estimate is kept in the string, which is a change: what GET replies is
	// the same after a restart.
	it, _ := c.Write(key)
	hll.SetCached(c.Extend(key, it, true, len(text)), count)
	c.Modified(key, keyspace.EventNone, "")

	return c.ReplyInt(int64(count))
}

func pfCountUnion(c *keyspace.Ctx) error {
	var union hll.Set
	for _, key := range c.Args()[1:] {
		text, found, err := readHLL(c, key)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if err := union.Merge(text); err != nil {
			return errCorruptedHLL
		}
	}
	return c.ReplyInt(int64(union.Count()))
}

// pfMerge counts its destination among the sources. The result is dense as soon as
// one of them is.
func pfMerge(c *keyspace.Ctx) error {
	var union hll.Set
	dense := false
	for _, key := range c.Args()[1:] {
		text, found, err := readHLL(c, key)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		dense = dense || hll.IsDense(text)
		if err := union.Merge(text); err != nil {
			return errCorruptedHLL
		}
	}

	key := c.Arg(1)
	it, found := c.Write(key)
	b := c.Pack()
	if found {
		b = append(b, it.Value()...)
	} else {
		b = hll.AppendEmpty(b)
	}
	var err error
	if dense && !hll.IsDense(b) {
		b, err = hll.Dense(b)
	}
	if err == nil {
		b, err = union.Into(b, hllSparseMax(c))
	}
	if err != nil {
		return errCorruptedHLL
	}
	putHLL(c, key, it, found, b)
	c.Keep(b)
	c.Modified(key, keyspace.EventString, "pfadd")

	return c.OK()
}
