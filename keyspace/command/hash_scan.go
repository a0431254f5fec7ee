package command

import (
	"strconv"

	"solokv/keyspace"
	"solokv/keyspace/value/hash"
)

// HSCAN.

func hashScanCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "hscan", Arity: -3, Flags: keyspace.ReadOnly,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupHash, Since: "2.8.0",
			Complexity: "O(1) for every call; O(N) for a walk over a hash of N fields.",
			Summary:    "Walks over the fields of a hash and their values, some at each call.",
			Hints:      []string{"nondeterministic_output"},
			Syntax:     "key cursor [MATCH pattern] [COUNT count] [NOVALUES]", Handler: hscan},
	}
}

// hscan looks at its options last: those of a missing key do not matter.
func hscan(c *keyspace.Ctx) error {
	cursor, err := parseScanCursor(c.Arg(2))
	if err != nil {
		return err
	}
	h, err := readHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	if !h.found {
		replyScan(c, 0, nil)
		return nil
	}
	options, err := parseScanOptions(c, 3, scanFields)
	if err != nil {
		return err
	}

	// The next cursor stands in front of what is found on the way to it.
	var places []hash.Place
	seen, buckets := int64(0), options.count*scanBucketsPerCount
	visit := func(p hash.Place) {
		seen++
		places = append(places, p)
	}
	for more := true; more && seen < options.count && buckets > 0; buckets-- {
		cursor = h.Scan(cursor, visit)
		more = cursor != 0
	}
	var digits [20]byte
	c.ReplyArray(2)
	c.ReplyBulk(strconv.AppendUint(digits[:0], cursor, 10))
	return h.replyMatching(places, options.pattern, !options.noValues)
}

// replyMatching replies the fields at places that match and have not expired.
func (h *hashKey) replyMatching(places []hash.Place, pattern keyPattern, values bool) error {
	found := 0
	var digits [24]byte
	mark := h.c.ReplyMark()
	for _, p := range places {
		if h.gone(p) || !pattern.match(hashText(h.Field(p), digits[:0])) {
			continue
		}
		h.replyPair(p, true, values)
		found++
	}
	if values {
		found *= 2
	}
	h.c.ReplyArrayAt(mark, found)
	return nil
}
