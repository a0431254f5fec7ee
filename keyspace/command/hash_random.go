package command

import (
	"math"

	"solokv/keyspace"
	"solokv/keyspace/value/hash"
)

// HRANDFIELD.

func hashRandomCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "hrandfield", Arity: -2, Flags: keyspace.ReadOnly,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupHash, Since: "6.2.0",
			Complexity: "O(N) where N is the number of fields returned.",
			Summary:    "Returns fields of a hash that are picked at random.",
			Hints:      []string{"nondeterministic_output"},
			Syntax:     "key [options: count [WITHVALUES]]", Handler: hrandField},
	}
}

const (
	errHashCount keyspace.Error = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"

	// randomExpireMax is the number of expired fields that HRANDFIELD removes
	// before it picks. More than that are passed over.
	randomExpireMax = 1000
	// randomTriesMax is how often it picks again when it has met an expired field,
	// before it counts what there is.
	randomTriesMax = 100
	// randomPickShare tells how many fields a hash must have, for each one that is
	// wanted, for it to be quicker to pick and to remember than to walk.
	randomPickShare = 3
)

func hrandField(c *keyspace.Ctx) error {
	count, withValues, err := parseRandomCount(c)
	if err != nil {
		return err
	}
	h, err := readHash(c, c.Arg(1))
	if err != nil {
		return err
	}
	if h.found && c.ExpireFields(h.it, randomExpireMax) > 0 {
		if h, err = readHash(c, c.Arg(1)); err != nil {
			return err
		}
	}
	if c.Argc() == 2 {
		return h.replyRandom()
	}
	if !h.found || count == 0 {
		return c.ReplyArray(0)
	}
	r := randomReply{hashKey: &h, withValues: withValues, pairs: withValues && c.Proto() >= 3}
	if count < 0 {
		return r.repeated(-count)
	}
	return r.unique(count)
}

func parseRandomCount(c *keyspace.Ctx) (count int64, withValues bool, err error) {
	if c.Argc() == 2 {
		return 1, false, nil
	}
	if count, err = c.Int(2); err != nil {
		return 0, false, err
	}
	withValues = c.Argc() > 3
	switch {
	case count == math.MinInt64:
		return 0, false, errHashCount
	case c.Argc() > 4 || withValues && !keyspace.EqualFold(c.Arg(3), "WITHVALUES"):
		return 0, false, keyspace.ErrSyntax
	case withValues && (count > math.MaxInt64/2 || count < -math.MaxInt64/2):
		return 0, false, keyspace.ErrOutOfRange
	}
	return count, withValues, nil
}

// replyRandom replies one field, or the null.
func (h *hashKey) replyRandom() error {
	if h.found {
		if p, ok := h.pick(); ok {
			return replyHashElement(h.c, h.Field(p))
		}
	}
	return h.c.ReplyNull()
}

// pick returns some field that has not expired; ok is false without any.
func (h *hashKey) pick() (p hash.Place, ok bool) {
	for range randomTriesMax {
		if p = h.Random(h.c.Engine().Random); !h.gone(p) {
			return p, true
		}
	}
	seen := uint64(0)
	h.Each(func(at hash.Place) bool {
		if !h.gone(at) {
			if seen++; h.c.Engine().Random()%seen == 0 {
				p = at
			}
		}
		return true
	})
	return p, seen > 0
}

// randomReply is the reply of several fields. In RESP3 a field and its value are an
// array of their own.
type randomReply struct {
	*hashKey
	withValues bool
	pairs      bool
}

func (r *randomReply) begin(n int) {
	if r.withValues && !r.pairs {
		n *= 2
	}
	r.c.ReplyArray(n)
}

func (r *randomReply) add(p hash.Place) {
	if r.pairs {
		r.c.ReplyArray(2)
	}
	r.replyPair(p, true, r.withValues)
}

// repeated replies count fields, of which some may be the same.
func (r *randomReply) repeated(count int64) error {
	p, ok := r.pick()
	if !ok {
		return r.c.ReplyArray(0)
	}
	return replyRepeated(r.c, count, r.begin, func() {
		r.add(p)
		p, _ = r.pick()
	})
}

// unique replies count different fields, or all that there are.
func (r *randomReply) unique(count int64) error {
	live := int64(r.live())
	count = min(count, live)
	r.begin(int(count))
	if live/randomPickShare < count || r.Large() == nil {
		r.sample(count, live)
		return nil
	}
	picked := make(map[hash.Place]struct{}, count)
	for int64(len(picked)) < count {
		p, _ := r.pick()
		if _, again := picked[p]; !again {
			picked[p] = struct{}{}
			r.add(p)
		}
	}
	return nil
}

// sample walks over the fields and takes each with the chance that makes count of
// them in the end.
func (r *randomReply) sample(count, live int64) {
	r.Each(func(p hash.Place) bool {
		if r.gone(p) {
			return true
		}
		if int64(r.c.Engine().Random()%uint64(live)) < count {
			r.add(p)
			count--
		}
		live--
		return count > 0
	})
}
