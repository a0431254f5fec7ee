package keyspace

import (
	"solokv/keyspace/dict"
	"solokv/keyspace/wheel"
)

// Keys expire in two ways: find deletes one that is looked at too late, and the
// wheel of each database brings up the others when their time has come.
//
// Fields of hashes expire too: expire_fields.go.
//
// Every key with an expiry has an item in its database's wheel that fires at its
// expiry or before. A later expiry needs no second item: when the first fires,
// the key is filed again. Items of keys that are gone, or have an earlier item,
// are garbage that goes away by firing, or with its wheel (timetable.go).

// expireBatch is the number of items that a step of the expirer drains before it
// looks at the clock again: about 20 us when every key is out of the cache.
const expireBatch = 128

// file makes the wheel bring up a key that has got an expiry.
func (c *Ctx) file(hash uint64, atMs int64) {
	if c.db.times.wheel == nil {
		c.db.times.wheel = wheel.New(c.e.arena, c.nowMs)
	}
	c.db.times.wheel.File(dict.Tag(hash), atMs)
	c.e.wantTickAt(atMs, c.nowMs)
}

// refile does so for a key whose expiry has changed.
func (c *Ctx) refile(hash uint64, fromMs, toMs int64) {
	if toMs < fromMs {
		c.file(hash, toMs)
	}
}

// expire deletes a key whose time has come, and tells everybody.
func (c *Ctx) expire(it Item) {
	started := c.e.watchStep()
	key := it.Key()
	c.propagateDelete(key)
	c.e.stats.expired++
	c.e.signalExpiry(c.db, key)
	if c.e.tracking.inUse() {
		c.e.tracking.keyChanged(c, key)
	}
	c.notify(key, EventExpired, "expired")
	c.Delete(it)
	c.stepWatched("expire-del", started)
}

// expireCycle is expireDue in the rounds of the writer, which began at startNs.
func (e *Engine) expireCycle(startNs, nowMs, untilNs int64) (more bool) {
	more = e.expireDue(nowMs, untilNs)
	took := e.clock.NowNs() - startNs
	e.stats.expireNs += took
	if more {
		e.stats.expireCapped++
	}
	e.latency.add("expire-cycle", nowMs, took/1e6)
	return more
}

// expireDue expires what is due in all databases until untilNs on the engine's
// clock; more tells that it did not finish.
func (e *Engine) expireDue(nowMs int64, untilNs int64) (more bool) {
	c := e.background(nowMs)
	for _, db := range e.dbs {
		if db.times.items() == 0 {
			continue
		}
		c.db = db
		// A key is there to the end of its last millisecond. With nowMs itself an
		// item that is filed again for it would come back in the same call.
		for db.times.advance(nowMs-1, c.fire) {
			if e.clock.NowNs() > untilNs {
				return true
			}
		}
		for c.fireOverdue() {
			if e.clock.NowNs() > untilNs {
				return true
			}
		}
	}
	return false
}

// fire looks up the keys of items that have fired. The loads of a batch are
// issued first, bucket by bucket and then entry by entry, so that they overlap.
func (c *Ctx) fire(tags []uint64) {
	t := c.db.table
	var touched uint64
	for _, tag := range tags {
		_, meta := t.TouchTag(tag)
		touched ^= meta
	}
	for _, tag := range tags {
		bucket, _ := t.TouchTag(tag)
		touched ^= uint64(t.TouchEntry(tag, bucket)) // the tag's low byte is the hash's
	}
	c.e.touched = touched
	fields := expireBatch
	for _, tag := range tags {
		fields = c.fireTag(tag, fields)
	}
}

// nextExpiryMs is the time at which expireDue has something to do next; ok is
// false without any.
func (e *Engine) nextExpiryMs() (ms int64, ok bool) {
	for _, db := range e.dbs {
		if at, has := db.times.nextMs(); has && (!ok || at < ms) {
			ms, ok = at, true
		}
	}
	return ms + 1, ok
}
