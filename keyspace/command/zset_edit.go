package command

import (
	"math"

	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/zset"
)

const errZSetNaN keyspace.Error = "ERR resulting score is not a number (NaN)"

// zsetEdit changes the sorted set of a key. A packed set is edited in the writer's
// buffer and stored once, at the end; a large one is changed where it is.
//
//	e, err := editZSet(c, key)
//	... e.add(...) ... e.delete(...) ...
//	e.finish()
type zsetEdit struct {
	c       *keyspace.Ctx
	key     []byte
	it      keyspace.Item
	found   bool
	changed bool
	packed  []byte     // nil if the set is large
	large   *zset.ZSet // nil if it is packed
	stored  bool       // large is what the key holds
	mutable bool       // and c.Mutable was asked for it
	cleared bool       // large goes as a whole

	entriesMax int
	valueMax   int64
}

// editZSet begins to change the sorted set of key; without the key it is empty.
func editZSet(c *keyspace.Ctx, key []byte) (e zsetEdit, err error) {
	limits := &c.Engine().Config().Values().Encoding
	e = zsetEdit{c: c, key: key, entriesMax: limits.ZSetMaxListpackEntries, valueMax: limits.ZSetMaxListpackValue}
	e.it, e.found = c.Write(key)
	switch {
	case !e.found:
		e.packed = listpack.AppendEmpty(c.Pack())
	case e.it.Kind() == value.ZSetPacked:
		e.packed = append(c.Pack(), e.it.Value()...)
	case e.it.Kind() == value.ZSet:
		e.large, e.stored = c.Collection(e.it).(*zset.ZSet), true
	default:
		return e, keyspace.ErrWrongType
	}
	return e, nil
}

// expect tells a set that is new how many members will be added and how long the
// first is, so that it starts in the form that it will have, as in Redis.
func (e *zsetEdit) expect(entries, valueLen int) {
	if !e.found && (entries > e.entriesMax || int64(valueLen) > e.valueMax) {
		e.enlarge()
	}
}

func (e *zsetEdit) enlarge() {
	e.large = zset.New(e.c.Epochs())
	e.large.FromPacked(e.packed)
	e.c.Keep(e.packed)
	e.packed = nil
}

// view reads what is being edited.
func (e *zsetEdit) view() zset.Reader {
	if e.packed != nil {
		return zset.Packed(e.packed)
	}
	return zset.Large(e.large)
}

// own makes the large set ready for a change.
func (e *zsetEdit) own() {
	if e.stored && !e.mutable {
		e.mutable = true
		e.large = e.c.Mutable(e.it).(*zset.ZSet)
	}
}

// zaddOutcome is what became of a member that was to be added.
type zaddOutcome uint8

const (
	zaddNothing zaddOutcome = iota
	zaddSame                // it is there, with that score
	zaddAdded
	zaddUpdated
)

// add adds a member, or changes its score, if the options let it, and returns the
// score that it has then.
func (e *zsetEdit) add(member []byte, score float64, o *zaddOptions) (float64, zaddOutcome, error) {
	if math.IsNaN(score) {
		return 0, zaddNothing, errZSetNaN
	}
	var place zset.Place
	var at int
	var old float64
	var exists bool
	if e.packed != nil {
		at, _, old, exists = zset.PackedFind(e.packed, member)
	} else {
		e.own()
		place, exists = e.large.Find(member)
		old = place.Score
	}
	if !exists {
		if o.onlyExisting {
			return 0, zaddNothing, nil
		}
		e.insert(place, member, score)
		return score, zaddAdded, nil
	}

	if o.onlyNew {
		return 0, zaddNothing, nil
	}
	if o.increment {
		if score += old; math.IsNaN(score) {
			return 0, zaddNothing, errZSetNaN
		}
	}
	if o.less && score >= old || o.greater && score <= old {
		return 0, zaddNothing, nil
	}
	if score == old {
		return score, zaddSame, nil
	}
	e.changed = true
	if e.packed != nil {
		e.packed = zset.PackedUpdate(e.packed, at, member, score)
	} else {
		e.large.Update(place, score)
	}
	return score, zaddUpdated, nil
}

// insert adds a member that is not there.
func (e *zsetEdit) insert(place zset.Place, member []byte, score float64) {
	e.changed = true
	if e.packed != nil {
		if zset.PackedLen(e.packed) < e.entriesMax && int64(len(member)) <= e.valueMax &&
			listpack.Fits(e.packed, len(member)) {
			e.packed = zset.PackedInsert(e.packed, member, score)
			return
		}
		e.enlarge()
		place, _ = e.large.Find(member)
	}
	e.large.Insert(place, member, score)
}

// delete takes out a member and tells whether it was there.
func (e *zsetEdit) delete(member []byte) bool {
	if e.packed == nil {
		e.own()
		deleted := e.large.Delete(member)
		e.changed = e.changed || deleted
		return deleted
	}
	at, _, _, ok := zset.PackedFind(e.packed, member)
	if ok {
		e.changed = true
		e.packed = zset.PackedDelete(e.packed, at)
	}
	return ok
}

// deleteRanks takes out the members of the ranks from <= rank < to. A large set that
// loses all goes with its key, and is freed in slices. It is the last change before
// finish.
func (e *zsetEdit) deleteRanks(from, to int) {
	if from >= to {
		return
	}
	e.changed = true
	if e.packed != nil {
		e.packed = zset.PackedDeleteRanks(e.packed, from, to)
		return
	}
	if from == 0 && to == e.large.Len() {
		e.cleared = true
		return
	}
	removed := to - from
	if removed >= keepMin && removed/keepShare >= e.large.Len()-removed && e.stored && !e.mutable {
		e.keep(from, to)
		return
	}
	e.own()
	e.large.RemoveRanks(from, to)
}

// When more than keepShare times as many members go as stay, and at least keepMin, those
// that stay move to a set of their own and the old one is freed in slices.
const (
	keepMin   = 1000
	keepShare = 3
)

// keep makes a set of all members but those of the ranks from <= rank < to.
func (e *zsetEdit) keep(from, to int) {
	old := e.large
	e.large, e.stored = zset.New(e.c.Epochs()), false
	move := func(member []byte, score float64) bool {
		place, _ := e.large.Find(member)
		e.large.Insert(place, member, score)
		return true
	}
	old.EachRank(0, from, move)
	old.EachRank(to, old.Len(), move)
}

// finish stores what was changed. An empty set takes its key along; emptied tells
// that, and the caller reports it after its own event.
func (e *zsetEdit) finish() (emptied bool) {
	if !e.changed {
		e.discard()
		return false
	}
	if e.cleared || e.view().Len() == 0 {
		e.discard()
		if it, ok := e.c.Write(e.key); ok {
			e.c.Delete(it)
		}
		return e.found
	}
	switch {
	case e.packed != nil:
		e.c.PutPacked(e.key, e.it, e.found, value.ZSetPacked, e.packed)
		e.c.Keep(e.packed)
	case !e.stored:
		e.c.PutCollection(e.key, e.it, e.found, value.ZSet, e.large)
	}
	return false
}

// discard gives up what finish would have stored.
func (e *zsetEdit) discard() {
	switch {
	case e.packed != nil:
		e.c.Keep(e.packed)
	case !e.stored:
		drainZSet(e.large)
	}
}

// shrunk ends a command that has taken so many members out.
func (e *zsetEdit) shrunk(members int, event string, emptied bool) {
	e.c.ModifiedMany(members, e.key, keyspace.EventZSet, event)
	if emptied {
		e.c.Event(e.key, keyspace.EventGeneric, "del")
	}
}
