package keyspace

import (
	"sync/atomic"

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
	// Plain: no stream is in it, and no hash with a field that expires. It is only
	// said for sure: false may be wrong.
	Plain bool
	// Libraries is the code of the libraries of functions.
	Libraries []string

	volatile  []int // keys with an expiry, by database
	access    accessClock
	byIdle    bool
	visited   atomic.Int64
	cancelled atomic.Bool
}

// FrozenItem is a key as the snapshot holds it. Its bytes stay valid, and
// unchanged, until the snapshot is closed.
type FrozenItem struct {
	Key    []byte
	Kind   value.Kind
	Value  []byte
	Whole  value.Collection // instead of Value, for the kinds that are collections
	Expiry Expiry           // NoExpiry, or when
	// IdleSeconds or Frequency is what the maxmemory-policy goes by, the other one
	// is -1; they may be a little old for keys that were only read since.
	IdleSeconds, Frequency int64
}

// OpenSnapshot freezes the databases. It panics if a snapshot is open: ask
// SnapshotOpen first.
func (c *Ctx) OpenSnapshot() *Snapshot {
	started := c.e.clock.NowNs()
	s := c.snapshotOf(c.e.epochs.OpenView(c.tables()))
	c.e.stats.snapshotOpened(c.e.clock.NowNs() - started)
	return s
}

// stillSnapshot is the databases as they are, for as long as the writer does
// nothing else. It needs no closing.
func (c *Ctx) stillSnapshot() *Snapshot { return c.snapshotOf(c.e.epochs.StillView(c.tables())) }

func (c *Ctx) tables() []*dict.Table {
	tables := make([]*dict.Table, len(c.e.dbs))
	for i, db := range c.e.dbs {
		tables[i] = db.table
	}
	return tables
}

func (c *Ctx) snapshotOf(view *dict.View) *Snapshot {
	volatile := make([]int, len(c.e.dbs))
	for i, db := range c.e.dbs {
		volatile[i] = db.volatile
	}
	return &Snapshot{Libraries: c.e.program.libraries(), volatile: volatile, view: view, places: c.e.objects.places, NowMs: c.nowMs, Plain: !c.e.special,
		access: c.e.access, byIdle: c.e.values.MaxMemoryPolicy.IsLRU()}
}

// Cancel makes Each stop soon. Any goroutine may call it.
func (s *Snapshot) Cancel() { s.cancelled.Store(true) }

// Cancelled tells whether Cancel was called.
func (s *Snapshot) Cancelled() bool { return s.cancelled.Load() }

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

// Volatile is the number of keys of a database with an expiry.
func (s *Snapshot) Volatile(db int) int { return s.volatile[db] }

// Each visits every key of a database until visit returns false, or until Cancel.
// Any one goroutine may call it.
func (s *Snapshot) Each(db int, visit func(FrozenItem) bool) {
	n := 0
	s.Peek(db, func(item FrozenItem) bool {
		if n++; n%visitStep == 0 {
			s.visited.Add(visitStep)
		}
		return visit(item)
	})
	s.visited.Add(int64(n % visitStep))
}

// visitStep is the number of keys between two reports of progress.
const visitStep = 1024

// Peek is Each without a report of progress.
func (s *Snapshot) Peek(db int, visit func(FrozenItem) bool) {
	n := 0
	s.view.Each(db, func(e dict.Entry, clock uint32) bool {
		if n++; n%visitStep == 0 && s.Cancelled() {
			return false
		}
		item := FrozenItem{Key: e.Key(), Kind: e.Kind(), Value: e.Value(), Expiry: NoExpiry, IdleSeconds: -1, Frequency: -1}
		switch {
		case s.byIdle:
			item.IdleSeconds = idleSeconds(s.NowMs, clock)
		case s.access.lfu:
			item.Frequency = s.access.frequency(s.NowMs, clock)
		}
		if e.Expires() {
			item.Expiry = Expiry(e.ExpireAt())
		}
		if value.IsCollection(item.Kind) {
			item.Whole, item.Value = s.places[handleOf(e)].Collection, nil
		}
		return visit(item)
	})
}
