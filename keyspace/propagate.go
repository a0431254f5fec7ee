package keyspace

import (
	"strconv"

	"solokv/protocol"
)

// Journal takes the records of what was changed, as requests that repeat it.
// Only the writer calls it.
type Journal interface {
	// Begin returns the buffer to append a record to, and Commit takes it back. nowMs
	// is the time of the record, or 0 if it goes on with a transaction.
	Begin(nowMs int64) []byte
	Commit(buffer []byte)
	// Flush hands what was committed to the disk, without waiting for it.
	Flush()
	// Progress returns the offset after the last record, the offset up to which
	// replies may leave, and the error that makes the engine refuse writes.
	Progress() (appended, durable int64, err error)
}

// The records around a transaction.
const (
	recordMulti = "*1\r\n$5\r\nMULTI\r\n"
	recordExec  = "*1\r\n$4\r\nEXEC\r\n"
)

// effect is what a request leaves in the journal.
type effect uint8

const (
	effectVerbatim effect = iota // the request as it came
	effectNone
	effectOther // what PropagateAs said
)

// PropagateAs records a request in place of the one that is executed: its effect
// instead of its wish, such as a time instead of a delay. Several calls leave
// several records, as one transaction.
func (c *Ctx) PropagateAs(args ...[]byte) {
	if c.e.journal == nil || c.replaying {
		return // nobody would read it
	}
	if c.effect != effectOther {
		c.effect = effectOther
		c.e.effects = c.e.effects[:0]
		c.e.effectCount = 0
	}
	c.e.effects = protocol.AppendCommand(c.e.effects, args...)
	c.e.effectCount++
}

// PropagateNothing keeps the request out of the journal.
func (c *Ctx) PropagateNothing() { c.effect = effectNone }

// propagate records a request that has changed something.
func (c *Ctx) propagate() {
	if c.e.journal == nil || c.replaying || c.muted || c.effect == effectNone {
		return
	}
	buffer := c.beginRecord()
	switch {
	case c.effect == effectVerbatim && c.e.recorded != c.e.commands:
		buffer = protocol.AppendCommand(buffer, append([][]byte{c.cmd.recordName()}, c.args[1:]...)...)
	case c.effect == effectVerbatim:
		buffer = protocol.AppendCommand(buffer, c.args...)
	case c.e.effectCount == 1 || c.InExec():
		buffer = append(buffer, c.e.effects...)
	default:
		buffer = append(buffer, recordMulti...)
		buffer = append(buffer, c.e.effects...)
		buffer = append(buffer, recordExec...)
	}
	c.e.commitJournal(buffer)
	if c.effect == effectOther {
		c.e.undo.count += c.e.effectCount - 1
	}
}

// propagateDelete records that a key has expired or was evicted.
func (c *Ctx) propagateDelete(key []byte) {
	if c.e.journal == nil || c.replaying {
		return
	}
	buffer := c.beginRecord()
	buffer = append(buffer, "*2\r\n$3\r\nDEL\r\n"...)
	c.e.commitJournal(protocol.AppendBulk(buffer, key))
}

// beginRecord returns the journal's buffer, ready for a record of the database.
func (c *Ctx) beginRecord() []byte {
	if c.e.undo.open {
		c.e.undo.count++
		return c.selectDB(c.e.undo.records)
	}
	if c.e.exec == execWritten {
		return c.selectDB(c.e.journal.Begin(0))
	}
	return c.selectDB(c.e.openTransaction(c.e.journal.Begin(c.nowMs)))
}

// selectDB precedes a record by SELECT when the journal stands at another
// database.
func (c *Ctx) selectDB(buffer []byte) []byte {
	if c.e.journalDB == c.db.id {
		return buffer
	}
	c.e.journalDB = c.db.id
	var digits [20]byte
	buffer = append(buffer, "*2\r\n$6\r\nSELECT\r\n"...)
	return protocol.AppendBulk(buffer, strconv.AppendInt(digits[:0], int64(c.db.id), 10))
}
