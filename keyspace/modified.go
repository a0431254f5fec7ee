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
)

// Modified is the one call that ends every mutation of a key (I2): whoever has
// to know, knows it from here. Key must be an argument or a copy, not a view of
// the entry.
func (c *Ctx) Modified(key []byte, class EventClass, event string) {
	c.dirty++
	c.e.signal(c.db, key)
}

// Event tells of one more thing that a mutation which is counted already has done:
// the expiry of SET EX, the old name of RENAME.
func (c *Ctx) Event(key []byte, class EventClass, event string) {
	c.e.signal(c.db, key)
}

// ModifiedQuietly is Modified for what Redis tells nobody about, though it is
// recorded: no event, no WATCH is broken, and nobody can wait for it. So it is with
// what consumer groups note of their members: XACK, XCLAIM, XREADGROUP.
func (c *Ctx) ModifiedQuietly() { c.dirty++ }

// ModifiedAll is Modified for a database that was emptied or swapped. It counts
// as a change even when there were no keys: it reaches the journal, as in Redis.
func (c *Ctx) ModifiedAll(db *DB, keys int) {
	c.dirty += int64(max(1, keys))
	c.e.signalAll(db)
}

// noteExpired is Modified for a key that the engine removed by itself.
func (e *Engine) noteExpired(key []byte) {
	e.stats.dirty++
}
