package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
)

// SSCAN walks over a set. Packed sets are replied whole, as in Redis.

func setScanCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "sscan", Arity: -3, Flags: keyspace.ReadOnly | keyspace.Brief,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupSet, Since: "2.8.0",
			Complexity: "O(1) for every call; O(N) for a walk over a set of N members.",
			Summary:    "Walks over the members of a set, some at each call.",
			Hints:      []string{"nondeterministic_output"},
			Syntax:     "key cursor [MATCH pattern] [COUNT count]", Handler: sscan},
	}
}

func sscan(c *keyspace.Ctx) error {
	cursor, err := parseScanCursor(c.Arg(2))
	if err != nil {
		return err
	}
	v, found, err := readSet(c, c.Arg(1))
	if err != nil {
		return err
	}
	if !found {
		replyScan(c, 0, nil)
		return nil
	}
	options, err := parseScanOptions(c, 3, scanElements)
	if err != nil {
		return err
	}

	if v.kind != value.Set {
		scanPackedSet(c, &v, &options)
		return nil
	}
	var members [][]byte
	seen, buckets := int64(0), options.count*scanBucketsPerCount
	visit := func(member []byte) {
		seen++
		if options.pattern.match(member) {
			members = append(members, member)
		}
	}
	for more := true; more && seen < options.count && buckets > 0; buckets-- {
		cursor = v.large.Scan(cursor, visit)
		more = cursor != 0
	}
	replyScan(c, cursor, members)
	return nil
}

// scanPackedSet replies all members that match.
func scanPackedSet(c *keyspace.Ctx, v *setView, options *scanOptions) {
	c.ReplyArray(2)
	c.ReplyString("0")
	mark, matching := c.ReplyMark(), 0
	var digits [20]byte
	v.each(func(e listpack.Element) bool {
		if text := memberText(e, digits[:0]); options.pattern.match(text) {
			c.ReplyBulk(text)
			matching++
		}
		return true
	})
	c.ReplyArrayAt(mark, matching)
}
