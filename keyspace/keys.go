package keyspace

import (
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// What the commands about keys need beyond lookup.go and store.go.

// Ask finds a key for a command that asks about it: it counts a hit or a miss,
// as Read, but does not mark the key as used.
func (c *Ctx) Ask(key []byte) (Item, bool) {
	it, ok := c.AskQuietly(key)
	if !ok {
		c.notify(key, EventMiss, "keymiss")
	}
	return it, ok
}

// AskQuietly is Ask that tells nobody of a miss: OBJECT.
func (c *Ctx) AskQuietly(key []byte) (Item, bool) {
	it, ok := c.find(key)
	if ok {
		c.e.stats.hits++
	} else {
		c.e.stats.misses++
	}
	return it, ok
}

// Touch marks a key as used, also for a session under CLIENT NO-TOUCH, and tells
// whether it is there.
func (c *Ctx) Touch(key []byte) bool {
	it, ok := c.Ask(key)
	if ok {
		c.db.table.SetClock(it.pos, c.nextClock(it.pos.Clock()))
	}
	return ok
}

// SetText is SetString for text that stays text although it may read as an
// integer: a sum of INCRBYFLOAT. Only OBJECT ENCODING tells the difference.
func (c *Ctx) SetText(key, text []byte, expiry Expiry) {
	copy(c.put(key, value.String, len(text), expiry), text)
}

// ReplaceInt is SetInt for a key that was found; it keeps its expiry.
func (c *Ctx) ReplaceInt(it Item, n int64) {
	value.PutInt(c.overwrite(it, value.StringInt, value.IntWidth(n), KeepExpiry), n)
}

// MoveTo gives the value of a key that was found, its expiry and its access
// clock to another key, in another database perhaps, where that key must not be.
func (c *Ctx) MoveTo(db *DB, key []byte, it Item) {
	clock := it.Clock()
	s := dict.Spec{Kind: it.Kind(), Key: key, ValueLen: it.ValueLen(), Expires: it.Expires()}
	if s.Expires {
		s.ExpireAt = it.ExpireAt()
	}
	c.copyEntry(db, key, &s, it.Value())
	if pos, ok := db.table.Find(hashKey(key), key); ok {
		db.table.SetClock(pos, clock)
	}

	// The copy may have moved the places of others, but the old entry's bytes
	// are where they were.
	if pos, ok := c.db.table.Find(it.hash, it.Key()); ok {
		it.pos = pos
		c.db.removeEntry(it)
	}
}

// RandomLive returns a random key of the selected database. It deletes the
// expired ones that it meets, so it finds a key if there is one. The key is a
// view of its entry.
func (c *Ctx) RandomLive() ([]byte, bool) {
	for {
		pos, ok := c.db.table.Random(c.e.random)
		if !ok {
			return nil, false
		}
		key := c.db.table.Entry(pos).Key()
		if _, ok := c.find(key); ok {
			return key, true
		}
	}
}

// ScanAll is Scan that visits expired keys too, for a walk that deletes them
// once it has done with the others. The keys are views of their entries.
func (c *Ctx) ScanAll(cursor uint64, visit func(key []byte, kind value.Kind, expired bool)) (next uint64) {
	return c.db.table.Scan(cursor, func(_ dict.Pos, e dict.Entry) {
		visit(e.Key(), e.Kind(), e.Expires() && c.isExpired(e.ExpireAt()))
	})
}
