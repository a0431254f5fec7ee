package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/zset"
)

// How commands of other groups reach sorted sets: the geo commands keep places in
// them, and SORT reads them.

// scoredMember is a member with its score.
type scoredMember struct {
	member []byte
	score  float64
}

func isZSet(it keyspace.Item) bool { return value.TypeName(it.Kind()) == value.TypeZSet }

// viewZSet reads an item that holds a sorted set. It is valid as long as the item.
func viewZSet(c *keyspace.Ctx, it keyspace.Item) zset.Reader {
	if it.Kind() == value.ZSet {
		return zset.Large(c.Collection(it).(*zset.ZSet))
	}
	return zset.Packed(it.Value())
}

// readZSet finds a sorted set for reading. Without the key, found is false, err nil
// and r the empty set.
//
//	r, found, err := readZSet(c, key)
//	score, ok := r.Score(member)
//	from, to := r.SpanOfScores(zset.ScoreRange{Min: 1, Max: 2, MaxOpen: true})
//	r.Each(from, to, func(member []byte, score float64) bool { ... })
func readZSet(c *keyspace.Ctx, key []byte) (r zset.Reader, found bool, err error) {
	it, found := c.Read(key)
	if !found {
		return r, false, nil
	}
	if !isZSet(it) {
		return r, false, keyspace.ErrWrongType
	}
	return viewZSet(c, it), true, nil
}

// zaddOptions are those of ZADD.
type zaddOptions struct {
	onlyNew      bool // NX
	onlyExisting bool // XX
	greater      bool // GT
	less         bool // LT
	changed      bool // CH: count members that were changed, not only those that are new
	increment    bool // INCR
}

// addToZSet is ZADD behind its arguments: it stores the members, says that the key
// was modified, and replies.
func addToZSet(c *keyspace.Ctx, key []byte, o zaddOptions, members []scoredMember) error {
	e, err := editZSet(c, key)
	if err != nil {
		return err
	}
	e.expect(len(members), len(members[0].member))

	added, updated := 0, 0
	outcome := zaddNothing
	var score float64
	for _, m := range members {
		if score, outcome, err = e.add(m.member, m.score, &o); err != nil {
			e.discard()
			return err
		}
		switch outcome {
		case zaddAdded:
			added++
		case zaddUpdated:
			updated++
		}
	}
	e.finish()
	if added+updated > 0 {
		event := "zadd"
		if o.increment {
			event = "zincr"
		}
		c.ModifiedMany(added+updated, key, keyspace.EventZSet, event)
	}

	switch {
	case o.increment && outcome == zaddNothing:
		return c.ReplyNull()
	case o.increment:
		return c.ReplyDouble(score)
	case o.changed:
		return c.ReplyInt(int64(added + updated))
	}
	return c.ReplyInt(int64(added))
}

// storeZSet makes key hold the sorted set of members, whatever it held before, and
// says that it was modified: event, or "del" if there are no members and there was
// a key. A member that comes twice keeps the last score. The members must not be
// views of what is stored. Each counts as a change.
func storeZSet(c *keyspace.Ctx, key []byte, members []scoredMember, event string) {
	result := zset.New(c.Epochs())
	for _, m := range members {
		result.Set(m.member, m.score)
	}
	storeLargeZSet(c, key, result, len(members), event)
}

// storeLargeZSet is storeZSet for a set that was just made and belongs to nobody.
// It is packed if it is small, and drained if it is not kept. It counts as so many
// changes.
func storeLargeZSet(c *keyspace.Ctx, key []byte, z *zset.ZSet, changes int, event string) {
	switch {
	case z.Len() == 0:
		drainZSet(z)
		if it, existed := c.Write(key); existed {
			c.Delete(it)
			c.Modified(key, keyspace.EventGeneric, "del")
		}
		return
	case fitsPacked(c, z):
		packed := zset.PackedFrom(c.Pack(), z)
		c.StorePacked(key, value.ZSetPacked, packed)
		c.Keep(packed)
		drainZSet(z)
	default:
		c.StoreCollection(key, value.ZSet, z)
	}
	c.ModifiedMany(changes, key, keyspace.EventZSet, event)
}

func fitsPacked(c *keyspace.Ctx, z *zset.ZSet) bool {
	limits := &c.Engine().Config().Values().Encoding
	if z.Len() > limits.ZSetMaxListpackEntries {
		return false
	}
	fits := true
	z.Each(func(member []byte, _ float64) bool {
		fits = int64(len(member)) <= limits.ZSetMaxListpackValue
		return fits
	})
	return fits
}

// drainZSet frees a set that has no key. What it costs is in proportion to what it
// cost the same request to make it.
func drainZSet(z *zset.ZSet) {
	for z.Drain(1 << 20) {
		continue
	}
}
