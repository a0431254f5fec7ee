package keyspace

import (
	"solokv/keyspace/dict"
	"solokv/keyspace/wheel"
)

// undo lets a script that has written be killed: nothing of it stays. It is open from
// the first command of a script that may write until the script ends.
//
// Keys and collections are dict.Undo's part. Here are the databases, which FLUSHALL
// empties and SWAPDB exchanges, the counters, and the journal: what the script records
// gathers apart and reaches the journal when the script ends. What the script has
// published, key-space events among it, cannot be called back.
type undo struct {
	open    bool
	dict    dict.Undo
	before  []DB // as they were
	changes int64
	special bool
	records []byte // for the journal
	count   int    // of records
	db      int    // the journal's
}

// undoKeptBytes is how much of the buffer for records is kept.
const undoKeptBytes = 64 << 10

// openUndo begins to note what is changed.
func (e *Engine) openUndo() {
	u := &e.undo
	if u.open {
		return
	}
	u.open = true
	u.before = u.before[:0]
	for _, db := range e.dbs {
		u.before = append(u.before, *db)
	}
	u.changes, u.special, u.db = e.stats.changes, e.special, e.journalDB
	u.count = 0
	e.epochs.OpenUndo(&u.dict)
}

// commitUndo makes the changes last.
func (e *Engine) commitUndo(nowMs int64) {
	u := &e.undo
	if !u.open {
		return
	}
	u.open = false
	u.dict.Commit()
	e.objects.undoCommitted(e.epochs)
	before := u.before
	u.before = nil
	for i := range before {
		e.abandon(&before[i])
	}
	u.forget(before)
	if len(u.records) > 0 {
		if e.exec == execWritten {
			nowMs = 0 // it goes on with the transaction
		}
		e.journal.Commit(e.appendRecords(e.journal.Begin(nowMs)))
	}
	if u.records = u.records[:0]; cap(u.records) > undoKeptBytes {
		u.records = nil
	}
}

// appendRecords appends what a script has recorded: as a transaction, or part of one.
func (e *Engine) appendRecords(buffer []byte) []byte {
	u := &e.undo
	alone := e.exec == execNone && u.count > 1
	switch {
	case alone:
		buffer = append(buffer, recordMulti...)
	case e.exec == execOpen:
		buffer = e.openTransaction(buffer)
	}
	buffer = append(buffer, u.records...)
	if alone {
		buffer = append(buffer, recordExec...)
	}
	return buffer
}

// rollBack takes all changes back.
func (e *Engine) rollBack() {
	u := &e.undo
	if !u.open {
		return
	}
	u.open = false
	after := make([]DB, len(e.dbs))
	for i, db := range e.dbs {
		after[i] = *db
		*db = u.before[i]
	}
	e.objects.drainMade()
	u.dict.Rollback(func(entry dict.Entry) {
		e.dropValue(entry)
		e.objects.drainMade()
	})
	e.objects.undone = kept{}
	before := u.before
	u.before = nil
	for i := range after {
		e.abandon(&after[i])
	}
	e.stats.changes, e.special, e.journalDB = u.changes, u.special, u.db
	u.records = nil
	u.forget(before)
	e.deadline = e.clock.NowNs()
}

// abandon gives up what a database had, unless one has it now, or the open undo may
// give it back.
func (e *Engine) abandon(old *DB) {
	if now := e.dbs[old.id]; old.table == now.table && old.times.wheel == now.times.wheel &&
		old.times.fading == now.times.fading {
		return
	}
	tableUsed, wheels := false, [...]*wheel.Wheel{old.times.wheel, old.times.fading}
	use := func(db *DB) {
		tableUsed = tableUsed || db.table == old.table
		for i, w := range wheels {
			if w == db.times.wheel || w == db.times.fading {
				wheels[i] = nil
			}
		}
	}
	for _, db := range e.dbs {
		use(db)
	}
	for i := range e.undo.before {
		use(&e.undo.before[i])
	}
	if !tableUsed {
		e.attic = append(e.attic, old.table)
		e.stats.cutOff += int64(old.table.Len())
	}
	for _, w := range wheels {
		if w != nil {
			e.fallenWheels = append(e.fallenWheels, w)
		}
	}
}

// forget keeps the room of before, and nothing that it refers to.
func (u *undo) forget(before []DB) {
	clear(before)
	u.before = before[:0]
}

// commitJournal takes back the buffer of a record.
func (e *Engine) commitJournal(buffer []byte) {
	if e.undo.open {
		e.undo.records = buffer
		return
	}
	e.journal.Commit(buffer)
}
