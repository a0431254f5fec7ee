package keyspace

import (
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// A Snapshot is all databases as they were at one moment, for a goroutine that
// saves them while the writer goes on.
//
// Opening one copies the tables' directories: 8 bytes for 300 keys, no key and no
// value. From then on the writer copies what it changes (see dict's epoch.go), so
// the goroutine reads without a lock (I9). Closing it puts what only the snapshot
// kept alive up to be freed, which tick does in slices.
//
//	writer      OpenSnapshot ........ commands go on ........ CloseSnapshot, reclaim
//	goroutine               \-- Each(0), Each(1), ... --\ Do /
//
// There is one at a time: a second would need a second set of fresh marks per
// segment, and its users (BGSAVE, the rewrite of the journal, a replica's first
// copy) can take turns or share.
type Snapshot struct {
	view   *dict.View
	places []object // the roots of collections
	// NowMs is the time of the moment. Keys that had expired by then are in the
	// snapshot if nobody had found them out: their DEL is yet to be recorded.
	NowMs int64
}

// FrozenItem is a key as the snapshot holds it. Its bytes stay valid, and
// unchanged, until the snapshot is closed.
type FrozenItem struct {
	Key    []byte
	Kind   value.Kind
	Value  []byte
	Whole  value.Collection // instead of Value, for the kinds that are collections
	Expiry Expiry           // NoExpiry, or when
	Clock  uint32           // of the last access; a little old for keys that were only read since
}

// OpenSnapshot freezes the databases. It panics if a snapshot is open: ask
// SnapshotOpen first.
func (c *Ctx) OpenSnapshot() *Snapshot {
	tables := make([]*dict.Table, len(c.e.dbs))
	for i, db := range c.e.dbs {
		tables[i] = db.table
	}
	return &Snapshot{view: c.e.epochs.OpenView(tables), places: c.e.objects.places, NowMs: c.nowMs}
}

// SnapshotOpen tells whether a snapshot is open.
func (c *Ctx) SnapshotOpen() bool { return c.e.epochs.Open() }

// CloseSnapshot ends the snapshot, which nobody may be reading any more.
func (c *Ctx) CloseSnapshot(s *Snapshot) {
	s.view, s.places = nil, nil
	c.e.epochs.CloseView()
	c.e.objects.viewClosed()
	c.e.deadline = c.e.clock.NowNs()
}

// FrozenBlocks is the number of blocks that are dead but for a snapshot.
func (e *Engine) FrozenBlocks() int { return e.epochs.Deferred() }

// DBs is the number of databases.
func (s *Snapshot) DBs() int { return s.view.Tables() }

// Len is the number of keys of a database.
func (s *Snapshot) Len(db int) int { return s.view.Len(db) }

// Each visits every key of a database until visit returns false. Any one
// goroutine may call it.
func (s *Snapshot) Each(db int, visit func(FrozenItem) bool) {
	s.view.Each(db, func(e dict.Entry, clock uint32) bool {
		item := FrozenItem{Key: e.Key(), Kind: e.Kind(), Value: e.Value(), Expiry: NoExpiry, Clock: clock}
		if e.Expires() {
			item.Expiry = Expiry(e.ExpireAt())
		}
		if value.IsCollection(item.Kind) {
			item.Whole, item.Value = s.places[handleOf(e)].Collection, nil
		}
		return visit(item)
	})
}
