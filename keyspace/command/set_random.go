package command

import (
	"math"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/listpack"
	largeset "solokv/keyspace/value/set"
)

// Random members: SPOP and SRANDMEMBER.
//
// Several distinct members are picked in one of two ways (pickMembers). A walk
// takes each member with the chance that the number still wanted has among those
// still to come: every choice is equally likely, and it costs the size of the set.
// When few are wanted of a large set, random members are drawn instead, and those
// that came up before are drawn again.

func setRandomCommands() []*keyspace.Command {
	complexity := "O(1) without a count, otherwise O(N) where N is the number of members returned."
	return []*keyspace.Command{
		{Name: "spop", Arity: -2, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyDelete),
			Group: groupSet, Since: "1.0.0", Complexity: complexity,
			Summary: "Removes random members from a set and returns them.",
			Hints:   []string{"nondeterministic_output"},
			History: []string{"3.2.0 Added the `count` argument."},
			Syntax:  "key [count]", Handler: spop},
		{Name: "srandmember", Arity: -2, Flags: keyspace.ReadOnly | keyspace.Brief,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupSet, Since: "1.0.0", Complexity: complexity,
			Summary: "Returns random members of a set.",
			Hints:   []string{"nondeterministic_output"},
			History: []string{"2.6.0 Added the optional `count` argument."},
			Syntax:  "key [count]", Handler: srandmember},
	}
}

// Words of records for the journal.
var (
	wordSRem   = []byte("SREM")
	wordUnlink = []byte("UNLINK")
)

// spopRecordMax is the number of members in one record of the journal.
const spopRecordMax = 1024

func spop(c *keyspace.Ctx) error {
	if c.Argc() > 3 {
		return keyspace.ErrSyntax
	}
	if c.Argc() == 3 {
		return spopMany(c)
	}
	key := c.Arg(1)
	d, err := editSet(c, key)
	if err != nil {
		return err
	}
	if !d.found {
		return c.ReplyNull()
	}

	var digits [20]byte
	member := memberText(d.random(c.Engine().Random), digits[:0])
	c.ReplyBulk(member)
	c.PropagateAs(wordSRem, key, member)
	d.remove(member)
	setShrunk(c, key, 1, d.store(key), "spop")
	return nil
}

func spopMany(c *keyspace.Ctx) error {
	key := c.Arg(1)
	count, err := c.Int(2)
	if err != nil || count < 0 {
		return keyspace.ErrPositive
	}
	d, err := editSet(c, key)
	if err != nil {
		return err
	}
	if !d.found || count == 0 {
		return c.ReplySet(0)
	}
	if count >= int64(d.len()) {
		return spopAll(c, key, &d)
	}

	picked := d.pickMembers(int(count), c.Engine().Random)
	c.ReplySet(len(picked))
	for _, member := range picked {
		c.ReplyBulk(member)
	}
	propagateMembers(c, key, picked)
	d.removePicked(picked)
	setShrunk(c, key, len(picked), d.store(key), "spop")
	return nil
}

// spopAll takes the whole set, and with it the key.
func spopAll(c *keyspace.Ctx, key []byte, d *setDraft) error {
	n := d.len()
	c.ReplySet(n)
	replyMembers(c, &d.setView)
	d.delete(key)
	word := wordDel
	if d.limits.LazyfreeLazyServerDel {
		word = wordUnlink
	}
	c.PropagateAs(word, key)
	setShrunk(c, key, n, true, "spop")
	return nil
}

// propagateMembers records that members were removed.
func propagateMembers(c *keyspace.Ctx, key []byte, members [][]byte) {
	record := make([][]byte, 0, 2+min(len(members), spopRecordMax))
	for len(members) > 0 {
		n := min(len(members), spopRecordMax)
		record = append(append(record[:0], wordSRem, key), members[:n]...)
		c.PropagateAs(record...)
		members = members[n:]
	}
}

// removePicked removes what pickMembers has picked. Packed sets are written anew
// without them: one walk instead of one search for each.
func (d *setDraft) removePicked(picked [][]byte) {
	if d.kind == value.Set {
		for _, member := range picked {
			d.remove(member)
		}
		return
	}
	before := d.setView
	d.begin(before.kind)
	d.changed = true
	before.each(func(e listpack.Element) bool {
		switch {
		case len(picked) > 0 && e.Equal(picked[0]):
			picked = picked[1:]
		case d.kind == value.SetInts:
			d.packed, _ = intset.Add(d.packed, e.Int)
		case e.IsInt:
			d.packed = listpack.AppendInt(d.packed, e.Int)
		default:
			d.packed = listpack.Append(d.packed, e.Text)
		}
		return true
	})
}

func srandmember(c *keyspace.Ctx) error {
	switch {
	case c.Argc() > 3:
		return keyspace.ErrSyntax
	case c.Argc() == 3:
		return srandmemberMany(c)
	}
	v, found, err := readSet(c, c.Arg(1))
	if err != nil {
		return err
	}
	if !found {
		return c.ReplyNull()
	}
	replyMember(c, v.random(c.Engine().Random))
	return nil
}

// srandmemberMany takes a negative count as leave to repeat members.
func srandmemberMany(c *keyspace.Ctx) error {
	count, err := c.Int(2)
	if err != nil {
		return err
	}
	if count < -math.MaxInt64 {
		return keyspace.Errorf("ERR value is out of range, value must between %d and %d", -math.MaxInt64, math.MaxInt64)
	}
	v, found, err := readSet(c, c.Arg(1))
	if err != nil {
		return err
	}

	switch {
	case !found || count == 0:
		return c.ReplyArray(0)
	case count < 0:
		return replyDraws(c, &v, -count)
	case count >= int64(v.len()):
		c.ReplyArray(v.len())
		replyMembers(c, &v)
	default:
		picked := v.pickMembers(int(count), c.Engine().Random)
		c.ReplyArray(len(picked))
		for _, member := range picked {
			c.ReplyBulk(member)
		}
	}
	return nil
}

// replyDraws replies count random members, each drawn from all. The elements of a
// listpack are looked up once, for each search walks over half of it.
func replyDraws(c *keyspace.Ctx, v *setView, count int64) error {
	random := c.Engine().Random
	begin := func(n int) { c.ReplyArray(n) }
	if v.kind != value.SetPacked || count == 1 {
		return replyRepeated(c, count, begin, func() { replyMember(c, v.random(random)) })
	}
	members := make([]listpack.Element, 0, v.len())
	v.each(func(e listpack.Element) bool {
		members = append(members, e)
		return true
	})
	return replyRepeated(c, count, begin, func() {
		replyMember(c, members[randomBelow(random, len(members))])
	})
}

// drawsPerMember: up to a third of a large set, drawing with repetitions costs
// less than a walk over all of it.
const drawsPerMember = 3

// pickMembers returns count distinct members, fewer than there are: views of the
// set, digits of numbers. Those of packed sets are in the order of the set.
func (v *setView) pickMembers(count int, next func() uint64) [][]byte {
	picked := make([][]byte, 0, count)
	if v.kind == value.Set && count < v.large.Len()/drawsPerMember {
		return drawDistinct(v.large, picked, next)
	}
	var digits []byte // grows by moving on; what was handed out stays
	left := v.len()
	v.each(func(e listpack.Element) bool {
		if randomBelow(next, left) < count-len(picked) {
			start := len(digits)
			if e.IsInt {
				digits = e.Append(digits)
				picked = append(picked, digits[start:len(digits):len(digits)])
			} else {
				picked = append(picked, e.Text)
			}
		}
		left--
		return len(picked) < count
	})
	return picked
}

// drawDistinct fills picked with members, each drawn from those not drawn yet. Which
// were, a set knows: it takes no Go memory.
func drawDistinct(s *largeset.Set, picked [][]byte, next func() uint64) [][]byte {
	drawn := s.New()
	for len(picked) < cap(picked) {
		if member := s.Random(next); drawn.Add(member) {
			picked = append(picked, member)
		}
	}
	discardSet(drawn)
	return picked
}

// discardSet frees a set that no key held.
func discardSet(s *largeset.Set) {
	const step = 1 << 20
	for s.Drain(step) {
		continue
	}
}
