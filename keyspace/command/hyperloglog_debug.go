package command

import (
	"encoding/binary"
	"math"

	"solokv/keyspace"
	"solokv/keyspace/value/hll"
)

// What test suites ask about HyperLogLogs: PFDEBUG, PFSELFTEST.

func hyperLogLogDebugCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "pfdebug", System: true, Arity: 3, Flags: keyspace.Write | keyspace.DenyOOM | keyspace.Admin,
			Keys:  []keyspace.KeySpec{{Flags: keyspace.KeyRW | keyspace.KeyAccess, Begin: 2, Step: 1}},
			Group: groupHLL, Since: "2.8.9", Complexity: "N/A",
			Summary: "Shows how a HyperLogLog is stored.",
			Syntax:  "subcommand key", Handler: pfDebug},
		{Name: "pfselftest", System: true, Arity: 1, Flags: keyspace.Admin,
			Group: groupHLL, Since: "2.8.9", Complexity: "N/A",
			Summary: "Tests the arithmetic of HyperLogLogs.",
			Handler: pfSelfTest},
	}
}

func pfDebug(c *keyspace.Ctx) error {
	verb, key := c.Arg(1), c.Arg(2)
	it, text, found, err := writeHLL(c, key)
	if err != nil {
		return err
	}
	if !found {
		return keyspace.Error("ERR The specified key does not exist")
	}

	switch {
	case keyspace.EqualFold(verb, "GETREG"):
		return pfDebugGetReg(c, it, text)
	case keyspace.EqualFold(verb, "DECODE"):
		return pfDebugDecode(c, text)
	case keyspace.EqualFold(verb, "ENCODING"):
		if hll.IsDense(text) {
			return c.Simple("dense")
		}
		return c.Simple("sparse")
	case keyspace.EqualFold(verb, "TODENSE"):
		if hll.IsDense(text) {
			return c.ReplyInt(0)
		}
		if err := makeDense(c, it, text); err != nil {
			return err
		}
		return c.ReplyInt(1)
	}
	return keyspace.Errorf("ERR Unknown PFDEBUG subcommand '%s'", keyspace.Quoted(nil, verb, math.MaxInt))
}

// pfDebugGetReg makes a sparse one dense, as in Redis.
func pfDebugGetReg(c *keyspace.Ctx, it keyspace.Item, text []byte) error {
	var set hll.Set
	if err := set.Merge(text); err != nil {
		return errCorruptedHLL
	}
	if !hll.IsDense(text) {
		if err := makeDense(c, it, text); err != nil {
			return err
		}
	}

	c.ReplyArray(len(set))
	for _, rank := range set {
		c.ReplyInt(int64(rank))
	}
	return nil
}

func pfDebugDecode(c *keyspace.Ctx, text []byte) error {
	if hll.IsDense(text) {
		return keyspace.Error("ERR HLL encoding is not sparse")
	}
	words, err := hll.AppendOpcodes(nil, text)
	if err != nil {
		return errCorruptedHLL
	}
	return c.ReplyBulk(words)
}

// makeDense is a change to the journal, though not an event.
func makeDense(c *keyspace.Ctx, it keyspace.Item, text []byte) error {
	b, err := hll.Dense(append(c.Pack(), text...))
	if err != nil {
		return errCorruptedHLL
	}
	key := c.Arg(2)
	putHLL(c, key, it, true, b)
	c.Keep(b)
	c.Modified(key, keyspace.EventString, "")
	return nil
}

// selfTestElements is how many elements PFSELFTEST adds, to a sparse and to a dense
// one at the same time.
const selfTestElements = 100_000

// pfSelfTest compares both encodings with each other and the estimate with the
// truth, at every power of ten. The bound on the error is that of Redis: six times
// the standard deviation, and never less than ten.
func pfSelfTest(c *keyspace.Ctx) error {
	a := hll.AppendEmpty(nil)
	b, err := hll.Dense(hll.AppendEmpty(nil))
	if err != nil {
		return errSelfTest(0, "an empty one is corrupted")
	}
	seed, checkpoint := c.Engine().Random(), 1
	for n := 1; n <= selfTestElements; n++ {
		var element [8]byte
		binary.LittleEndian.PutUint64(element[:], seed+uint64(n))
		place := hll.PlaceOf(element[:])
		a, _, err = hll.Raise(a, place, hllSparseMax(c))
		b, _, _ = hll.Raise(b, place, 0)
		if err != nil {
			return errSelfTest(n, err.Error())
		}
		if n != checkpoint {
			continue
		}
		checkpoint *= 10
		one, err := hll.Count(a)
		other, _ := hll.Count(b)
		if err != nil || one != other {
			return errSelfTest(n, "the encodings disagree")
		}
		if math.Abs(float64(one)-float64(n)) > max(10, math.Ceil(6*0.0081*float64(n))) {
			return errSelfTest(n, "the error is too large")
		}
	}
	return c.OK()
}

func errSelfTest(n int, what string) keyspace.Error {
	return keyspace.Errorf("TESTFAILED after %d elements: %s", n, what)
}
