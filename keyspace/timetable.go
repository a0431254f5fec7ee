package keyspace

import (
	"solokv/keyspace/dict"
	"solokv/keyspace/wheel"
)

// timetable says when the keys of a database may expire: a wheel, and at times
// the one before it.
//
// Items of keys that are gone stay in the wheel until they fire, so SET k v EX
// 3600 and DEL k, repeated, would fill the memory for an hour. When most of the
// items must be garbage the wheel is replaced: new items go to a new one, the
// table is walked in slices and each key that expires is filed there too, and
// then the old wheel is dropped. Until then both fire, so nothing is late; a key
// that is filed twice meanwhile is found twice, and the second time is harmless.
//
//	items                                 memory
//	2 * keys with an expiry               what keys have, twice
//	2 * hashes whose fields expire        as many as the last walk has met
//	+ keys / 4 + garbageMin               2 bytes a key and 1 MiB
//
// The walk visits at most four keys for each item of garbage that was filed.
// Rejected: to remove an item with its key (a search through a slot's chunks, or
// 8 more bytes a key to know where it is); to go through the wheel and ask the
// table (it cannot tell a key's only item from one of several).
type timetable struct {
	wheel  *wheel.Wheel // made with the first key that expires
	fading *wheel.Wheel // what wheel replaces, while the table is walked
	cursor uint64       // of the walk

	hashes  int      // with field expiries, that the walk has met
	known   int      // the same, of the walk before
	overdue []uint64 // tags of hashes with more due fields than went yet
}

// garbageMin is the number of items below which garbage is not looked for.
const garbageMin = 128 << 10

// items is the number of items, garbage included.
func (t *timetable) items() (n int) {
	if t.wheel != nil {
		n = t.wheel.Len()
	}
	if t.fading != nil {
		n += t.fading.Len()
	}
	return n + len(t.overdue)
}

func (t *timetable) bytes() (n int64) {
	if t.wheel != nil {
		n = t.wheel.Bytes()
	}
	if t.fading != nil {
		n += t.fading.Bytes()
	}
	return n
}

// random returns the tag of a key that may expire; ok is false if there is none.
func (t *timetable) random(next func() uint64) (tag uint64, ok bool) {
	if t.wheel != nil {
		if tag, ok = t.wheel.Random(next); ok {
			return tag, true
		}
	}
	if t.fading != nil {
		return t.fading.Random(next)
	}
	return 0, false
}

// nextMs is the time of the next item; ok is false without one.
func (t *timetable) nextMs() (ms int64, ok bool) {
	if len(t.overdue) > 0 {
		return 0, true
	}
	if t.wheel != nil {
		ms, ok = t.wheel.NextMs()
	}
	if t.fading != nil {
		if at, has := t.fading.NextMs(); has && (!ok || at < ms) {
			ms, ok = at, true
		}
	}
	return ms, ok
}

// advance fires a batch of what is due and tells whether there is more.
func (t *timetable) advance(nowMs int64, fire func(tags []uint64)) (more bool) {
	if t.fading != nil && t.fading.Advance(nowMs, expireBatch, fire) {
		return true
	}
	return t.wheel != nil && t.wheel.Advance(nowMs, expireBatch, fire)
}

// drainWheels frees wheels that were dropped, in slices.
func (e *Engine) drainWheels(untilNs int64) (more bool) {
	for len(e.fallenWheels) > 0 {
		last := len(e.fallenWheels) - 1
		if !e.fallenWheels[last].Drain(drainChunks) {
			e.fallenWheels = e.fallenWheels[:last]
		}
		if e.clock.NowNs() > untilNs {
			break
		}
	}
	return len(e.fallenWheels) > 0
}

// drainChunks is the number of a wheel's chunks that are freed before the clock
// is looked at again.
const drainChunks = 256

// weedNs is how long a tick may spend on replacing wheels, and weedPauseNs how
// long it then leaves that alone: a tenth of the time.
const (
	weedNs      = 100e3
	weedPauseNs = 900e3
	weedBuckets = 64 // walked before the clock is looked at again
)

// weed replaces the wheels that are mostly garbage, in slices.
func (e *Engine) weed(nowNs, nowMs int64) (more bool) {
	for _, db := range e.dbs {
		if db.times.fading == nil {
			if db.times.items() <= 2*(db.volatile+db.times.known)+db.Len()/4+garbageMin {
				continue
			}
			t := &db.times
			t.wheel, t.fading, t.cursor, t.hashes = wheel.New(e.arena, nowMs), t.wheel, 0, 0
		}
		c := e.background(nowMs)
		c.db = db
		for !c.weedStep() {
			if e.clock.NowNs() > nowNs+weedNs {
				return true
			}
		}
		e.fallenWheels = append(e.fallenWheels, db.times.fading)
		db.times.fading = nil
		db.times.known = db.times.hashes
	}
	return false
}

// weedStep walks a little further and tells whether the walk is over.
func (c *Ctx) weedStep() (done bool) {
	t := &c.db.times
	for range weedBuckets {
		t.cursor = c.db.table.Scan(t.cursor, func(p dict.Pos, entry dict.Entry) {
			it := Item{Entry: entry, pos: p}
			if at := c.nextExpiry(it); at != never {
				t.wheel.File(dict.Tag(hashKey(entry.Key())), at)
				if !entry.Expires() {
					t.hashes++
				}
			}
		})
		if t.cursor == 0 {
			return true
		}
	}
	return false
}
