package keyspace

// EventClass is the class of a key-space event, one bit per letter of
// notify-keyspace-events.
type EventClass uint16

// The classes of the events that commands report to Modified.
const (
	EventGeneric EventClass = 1 << iota // g
	EventString                         // $
	EventExpired                        // x
	EventEvicted                        // e
	EventNew                            // n
	EventList                           // l
	EventSet                            // s
	EventHash                           // h
	EventZSet                           // z
	EventStream                         // t
	EventMiss                           // m
)

// EventNone is the class of changes that Redis publishes no event about.
const EventNone EventClass = 0

// signal tells that a key has changed: those who watch it, wait for it or track it.
func (c *Ctx) signal(key []byte) {
	c.e.signal(c.db, key)
	if c.e.tracking.inUse() {
		c.e.tracking.keyChanged(c, key)
	}
}

// Modified is the one call that ends every mutation of a key (I2): whoever has
// to know, knows it from here. Key must be an argument or a copy, not a view of
// the entry.
func (c *Ctx) Modified(key []byte, class EventClass, event string) {
	c.changed = true
	c.changes++
	c.signal(key)
	c.notify(key, class, event)
}

// ModifiedMany is Modified for a mutation that counts as so many changes: one for
// each element that was added, set or removed. Save points and INFO count them.
func (c *Ctx) ModifiedMany(changes int, key []byte, class EventClass, event string) {
	c.changed = true
	c.changes += int64(changes)
	c.signal(key)
	c.notify(key, class, event)
}

// Event tells of one more thing that a mutation which is counted already has done:
// the expiry of SET EX, the old name of RENAME, the end of a key with its last
// element.
func (c *Ctx) Event(key []byte, class EventClass, event string) {
	c.signal(key)
	c.notify(key, class, event)
}

// Noted is Modified for what Redis tells of and yet takes for no change of the key: no
// WATCH is broken, and nobody who waits for the key is tried. So it is with most of
// XGROUP.
func (c *Ctx) Noted(key []byte, class EventClass, event string) {
	c.changed = true
	c.changes++
	c.notify(key, class, event)
}

// ModifiedQuietly is Modified for what Redis tells nobody about, though it is
// recorded: no event, no WATCH is broken, and nobody can wait for it. So it is with
// what consumer groups note of their members: XACK, XCLAIM, XREADGROUP.
func (c *Ctx) ModifiedQuietly() {
	c.changed = true
	c.changes++
}

// ModifiedLibraries is Modified for the libraries of functions.
func (c *Ctx) ModifiedLibraries() {
	c.changed = true
	c.changes++
}

// CountChange counts a change that is not even recorded: a consumer reads once more
// what it has not acknowledged.
func (c *Ctx) CountChange() { c.changes++ }

// ModifiedAll is Modified for databases that were emptied or swapped. It reaches the
// journal even when there were no keys, as in Redis.
func (c *Ctx) ModifiedAll(db *DB, changes int) {
	c.changed = true
	c.changes += int64(changes)
	c.e.signalAll(db)
}
