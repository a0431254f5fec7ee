package keyspace

import (
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// Item is a key that was found: its entry and its place. It is valid until the
// database next changes.
type Item struct {
	dict.Entry
	pos  dict.Pos
	hash uint64
}

// Read finds a key for a command that reads it: it counts a hit or a miss and
// marks the key as used.
func (c *Ctx) Read(key []byte) (Item, bool) {
	it, ok := c.find(key)
	if !ok {
		c.e.stats.misses++
		c.notify(key, EventMiss, "keymiss")
		return it, false
	}
	c.e.stats.hits++
	c.touch(it)
	return it, true
}

// Write finds a key for a command that changes it.
func (c *Ctx) Write(key []byte) (Item, bool) {
	it, ok := c.find(key)
	if ok {
		c.touch(it)
	}
	return it, ok
}

// Peek finds a key for a command that asks about it and leaves no trace: TTL,
// TYPE, OBJECT.
func (c *Ctx) Peek(key []byte) (Item, bool) { return c.find(key) }

// Exists is Read without a use for the value.
func (c *Ctx) Exists(key []byte) bool {
	_, ok := c.Read(key)
	return ok
}

// find is where expired keys end (I7), however a command reaches them.
func (c *Ctx) find(key []byte) (Item, bool) {
	hash := c.hashOf(key)
	pos, ok := c.db.table.Find(hash, key)
	if !ok {
		return Item{hash: hash}, false
	}
	it := Item{c.db.table.Entry(pos), pos, hash}
	if it.Expires() && c.isExpired(it.ExpireAt()) {
		c.expire(it)
		return Item{hash: hash}, false
	}
	return it, true
}

// isExpired tells whether a key that expires then is gone now. While the journal
// is replayed nothing is: its DELs say when (I6).
func (c *Ctx) isExpired(atMs int64) bool { return c.nowMs > atMs && !c.replaying }

func (c *Ctx) touch(it Item) {
	if c.sess.noTouch {
		return
	}
	c.db.table.SetClock(it.pos, c.nextClock(it.pos.Clock()))
}

// Str finds a key for reading that must hold a string. Without the key, ok is
// false and err nil.
func (c *Ctx) Str(key []byte) (it Item, ok bool, err error) {
	it, ok = c.Read(key)
	if ok && !value.IsString(it.Kind()) {
		return it, false, ErrWrongType
	}
	return it, ok, nil
}

// WriteStr is Str for a command that changes the string.
func (c *Ctx) WriteStr(key []byte) (it Item, ok bool, err error) {
	it, ok = c.Write(key)
	if ok && !value.IsString(it.Kind()) {
		return it, false, ErrWrongType
	}
	return it, ok, nil
}

// Text returns the bytes of a string item: a view of the entry, or, for an
// integer, the context's scratch buffer. Both last until the next change or the
// next Text.
func (c *Ctx) Text(it Item) []byte {
	stored := it.Value()
	if it.Kind() != value.StringInt {
		return stored
	}
	return value.AppendText(c.scratch[:0], value.StringInt, stored)
}

// ReplyText replies a string item.
func (c *Ctx) ReplyText(it Item) error { return c.ReplyBulk(c.Text(it)) }

// Clock is the item's access clock: see evict.go.
func (it Item) Clock() uint32 { return it.pos.Clock() }
