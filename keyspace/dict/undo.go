package dict

import "solokv/keyspace/arena"

// Undo takes changes back, all of them or none. A script that is killed after it has
// written leaves nothing behind.
//
// Opening one raises the epoch and copies nothing. What is older than that is changed
// as little as under a view: an entry is replaced and not edited, a collection is
// forked and its nodes are copied, and what is replaced lives on. But an undoable
// table, that is a database's own, is changed in place: before the first change of a
// key the undo notes the entry that it had, or that it had none. So a write costs a
// note of 40 bytes, not the copy of a segment, and nothing depends on the number of
// keys.
//
//	notes   [ table | hash | entry of before, or where its name is in keys ] ...
//	dead    replaced; freed by Commit, used again after Rollback
//	viewed  the same, and an open view may reach them too
//
// A key is noted when an entry that is not fresh is replaced or removed, and when one
// is inserted; so several times, of which the first counts. Rollback goes backwards.
type Undo struct {
	epochs *Epochs
	epoch  uint32
	notes  []note
	keys   []byte
	dead   refStack
	viewed refStack

	rolling bool // back: what is changed now is not noted
	spilled bool // there is more to note than undoBytesMax
}

// note is what a key was.
type note struct {
	table *Table
	hash  uint64
	slot  uint64 // ref and clock of the entry; 0: there was none
	key   uint64 // then: where its name is, and its length
}

// undoBytesMax bounds what an undo notes. Beyond it there is no way back.
const undoBytesMax = 256 << 20

// undoKeptNotes is the number of notes that are kept room for.
const undoKeptNotes = 1024

// Undoable makes a table one whose entries an Undo looks after. Collections in them
// are the caller's to restore: an old entry names an old root.
func (t *Table) Undoable() *Table {
	t.undoable = true
	return t
}

// OpenUndo begins to note changes. Only one undo may be open; u is used again.
func (e *Epochs) OpenUndo(u *Undo) {
	if e.undo != nil {
		panic("dict: an undo is open already")
	}
	e.epoch++
	*u = Undo{epochs: e, epoch: e.epoch, notes: u.notes[:0], keys: u.keys[:0], dead: u.dead, viewed: u.viewed}
	e.undo, e.fence = u, e.epoch
}

// Undoing tells whether an undo is open.
func (e *Epochs) Undoing() bool { return e.undo != nil }

// Possible tells whether everything can still be taken back.
func (u *Undo) Possible() bool { return !u.spilled }

// Commit ends the undo: the changes stay.
func (u *Undo) Commit() {
	e := u.epochs
	u.close()
	for u.dead.count > 0 {
		e.arena.Free(u.dead.pop())
	}
	for u.viewed.count > 0 {
		ref := u.viewed.pop()
		if e.view != 0 {
			e.deferLong(ref)
		} else {
			e.arena.Free(ref)
		}
	}
}

// Rollback makes undoable tables what they were. dropValue is called for each entry
// that goes for good; everything that was forked or made since must have been drained
// when it returns, as the undo is closed then.
func (u *Undo) Rollback(dropValue func(Entry)) {
	u.rolling = true
	for i := len(u.notes) - 1; i >= 0; i-- {
		u.restore(&u.notes[i], dropValue)
	}
	u.close()
	u.dead, u.viewed = refStack{}, refStack{}
}

func (u *Undo) close() {
	e := u.epochs
	e.undo, e.fence = nil, e.view
	if cap(u.notes) > undoKeptNotes {
		u.notes, u.keys = nil, nil
	}
}

func (u *Undo) restore(n *note, dropValue func(Entry)) {
	t := n.table
	var key []byte
	if n.slot != 0 {
		key = Entry{t.arena.Ptr(slotRef(n.slot))}.Key()
	} else {
		key = u.keys[n.key>>32:][:uint32(n.key)]
	}
	p, found := t.Find(n.hash, key)
	if found {
		dropValue(t.Entry(p))
	}
	switch {
	case found && n.slot == 0:
		t.Delete(p, n.hash)
		t.Shrink(n.hash)
	case found:
		p = t.own(p)
		t.arena.Free(p.Ref())
		*p.slot() = n.slot
		t.unmark(p)
	case n.slot != 0:
		p = t.Insert(n.hash, slotRef(n.slot), uint32(n.slot>>clockShift))
		t.unmark(p)
	}
}

// unmark takes back that the entry at p is fresh.
func (t *Table) unmark(p Pos) {
	s := t.segmentAt(t.directory[p.index()])
	*s.fresh(p.bucket()) &^= 1 << p.lane()
}

// noteNew notes that a key was not there before.
func (t *Table) noteNew(hash uint64, ref arena.Ref) {
	u := t.epochs.undo
	if u == nil || !t.undoable || !u.room() {
		return
	}
	key := Entry{t.arena.Ptr(ref)}.Key()
	u.notes = append(u.notes, note{table: t, hash: hash, key: uint64(len(u.keys))<<32 | uint64(len(key))})
	u.keys = append(u.keys, key...)
}

// noteOld notes the entry that a key had.
func (u *Undo) noteOld(t *Table, slot uint64) {
	if !u.room() {
		return
	}
	hash := Hash(Entry{t.arena.Ptr(slotRef(slot))}.Key())
	u.notes = append(u.notes, note{table: t, hash: hash, slot: slot})
}

func (u *Undo) room() bool {
	if u.rolling || u.spilled {
		return false
	}
	u.spilled = len(u.notes)*40+len(u.keys) > undoBytesMax
	return !u.spilled
}
