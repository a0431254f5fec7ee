package keyspace

import (
	"math"

	"solokv/keyspace/dict"
	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/protocol"
)

// Fields of hashes expire as keys do: a command that meets one too late does not
// see it, and the wheel of the database brings up the others.
//
// A hash whose fields expire has an item in the wheel that fires at the earliest of
// these times or before. It is the same item that a key with an expiry has: what
// fires looks at both, and is filed again once, for whatever comes next. A hash
// knows its due fields without a search. They go in slices, between two looks at
// the clock; a hash of which some are left waits in timetable.overdue.
//
// A field that went is journaled as HDEL, in front of what the command that met it
// records. A hash without fields goes with its last one: the HDEL says that too.

// never is later than every expiry.
const never = math.MaxInt64

// nextExpiry is when a key, or the first of its fields, expires; or never.
func (c *Ctx) nextExpiry(it Item) int64 {
	at := int64(never)
	if it.Expires() {
		at = it.ExpireAt()
	}
	if v, ok := c.fieldsOf(it); ok {
		if least := v.Least(); least != 0 {
			at = min(at, least)
		}
	}
	return at
}

// fieldsOf views a hash of a kind whose fields may expire, for reading.
func (c *Ctx) fieldsOf(it Item) (v hash.View, ok bool) {
	switch it.Kind() {
	case value.HashPackedExpiry:
		return hash.OfPacked(value.HashPackedExpiry, it.Value()), true
	case value.Hash:
		return hash.OfLarge(c.Collection(it).(*hash.Large)), true
	}
	return v, false
}

// FileFields makes the wheel bring up a hash that has got an earlier field expiry
// than it had; it may be a place that is not valid any more. A value with field
// expiries that comes to a key by another way than a command of hashes needs this
// too.
func (c *Ctx) FileFields(it Item, atMs int64) {
	c.e.special = true
	c.file(it.hash, atMs)
}

// FileAnyFields is FileFields for whatever value a key has got.
func (c *Ctx) FileAnyFields(it Item) {
	if v, ok := c.fieldsOf(it); ok {
		if least := v.Least(); least != 0 {
			c.FileFields(it, least)
		}
	}
}

// FieldGone tells whether a field that expires then is gone now; 0 is never.
func (c *Ctx) FieldGone(atMs int64) bool { return atMs != 0 && c.isExpired(atMs) }

// ExpireFields removes fields of a hash whose time has come, at most budget, and
// tells everybody. The item is not valid afterwards if any went.
func (c *Ctx) ExpireFields(it Item, budget int) (n int) {
	v, ok := c.fieldsOf(it)
	if !ok || !c.FieldGone(v.Least()) {
		return 0
	}
	key := append(c.scratch[:0], it.Key()...)
	if v.Large() != nil {
		v = hash.OfLarge(c.Mutable(it).(*hash.Large))
	} else {
		v = hash.OfPacked(v.Kind(), append(c.Pack(), v.Packed()...))
	}

	r := c.recordFields(key)
	n = v.Expire(c.nowMs, budget, func(field []byte) { r.add(field) })
	r.commit()

	left := v.Len()
	switch {
	case left == 0:
		if it, ok := c.find(key); ok {
			c.Delete(it)
		}
	case v.Large() == nil:
		c.PutPacked(key, it, true, v.Kind(), v.Packed())
	}
	if v.Large() == nil {
		c.Keep(v.Packed())
	}
	c.e.stats.expiredFields += int64(n)
	c.FieldsExpired(key, left == 0)
	return n
}

// RecordExpired journals that a command has removed a field which it met too late.
func (c *Ctx) RecordExpired(key, field []byte) {
	c.e.stats.expiredFields++
	r := c.recordFields(key)
	r.add(field)
	r.commit()
}

// FieldsExpired tells of fields that expired, and of the key if they were the last.
// They are no change that the request itself has made, and do not count.
func (c *Ctx) FieldsExpired(key []byte, last bool) {
	c.Event(key, EventHash, "hexpired")
	if last {
		c.Event(key, EventGeneric, "del")
	}
}

// fieldsRecord is an HDEL on its way to the journal.
type fieldsRecord struct {
	c      *Ctx
	buffer []byte
	mark   int
	args   int
}

func (c *Ctx) recordFields(key []byte) fieldsRecord {
	r := fieldsRecord{c: c}
	if c.e.journal == nil || c.replaying {
		return r
	}
	r.buffer = c.beginRecord()
	r.mark, r.args = len(r.buffer), 2
	r.buffer = append(r.buffer, "$4\r\nHDEL\r\n"...)
	r.buffer = protocol.AppendBulk(r.buffer, key)
	return r
}

func (r *fieldsRecord) add(field []byte) {
	if r.args > 0 {
		r.buffer = protocol.AppendBulk(r.buffer, field)
		r.args++
	}
}

// commit puts the number of arguments, known only now, in front.
func (r *fieldsRecord) commit() {
	if r.args == 0 {
		return
	}
	var header [24]byte
	h := protocol.AppendArray(header[:0], r.args)
	r.buffer = append(r.buffer, h...)
	copy(r.buffer[r.mark+len(h):], r.buffer[r.mark:])
	copy(r.buffer[r.mark:], h)
	r.c.e.commitJournal(r.buffer)
}

// fireTag does what is due for the keys of an item that has fired, with at most
// budget fields, and files what comes next. It returns what is left of the budget.
func (c *Ctx) fireTag(tag uint64, budget int) (left int) {
	for {
		it, at := c.nextOfTag(tag)
		switch {
		case at == never:
			return budget
		case at >= c.nowMs:
			c.db.times.wheel.File(tag, at)
			return budget
		}
		c.e.stats.lateMsMax = max(c.e.stats.lateMsMax, c.nowMs-at)
		if it.Expires() && c.nowMs > it.ExpireAt() {
			c.expire(it)
			return budget - 1
		}
		if budget <= 0 {
			c.db.times.overdue = append(c.db.times.overdue, tag)
			return budget
		}
		budget -= max(1, c.ExpireFields(it, budget))
	}
}

// nextOfTag finds the key that something is to be done about first, of those that
// the tag may belong to: nearly always one.
func (c *Ctx) nextOfTag(tag uint64) (next Item, atMs int64) {
	atMs = never
	c.db.table.FindTag(tag, func(p dict.Pos, entry dict.Entry, hash uint64) bool {
		it := Item{entry, p, hash}
		if at := c.nextExpiry(it); at < atMs {
			next, atMs = it, at
		}
		return true
	})
	return next, atMs
}

// fireOverdue goes on with a hash that had more due fields than fitted a slice, and
// tells whether there is one.
func (c *Ctx) fireOverdue() (more bool) {
	t := &c.db.times
	last := len(t.overdue) - 1
	if last < 0 {
		t.overdue = nil
		return false
	}
	tag := t.overdue[last]
	t.overdue = t.overdue[:last]
	c.fireTag(tag, expireBatch)
	return true
}
