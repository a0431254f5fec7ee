package keyspace

import "encoding/hex"

// program is the rest of the program as the engine knows it: what main has
// handed in so that CONFIG SET reaches all parts and INFO hears from all.
type program struct {
	reconfigure   Reconfigurer
	facts         Facts
	reload        func(*Ctx, Reload) error
	libraries     func() []string
	startupBytes  int64
	aclFile       ACLFile
	usersChanged  func()
	replicationID string
	skipChecksums bool

	scriptsMayMore bool // see SetScriptsMayMore
}

// Facts are the questions that INFO asks of the parts that the engine does not
// know. Main sets those that have an answer; the writer calls them.
type Facts struct {
	Persistence func() PersistenceFacts
	Network     func() NetworkFacts
	Scripts     func() ScriptFacts
	// Synced returns the journal's offset after the last record, and the one up to
	// which records outlast a power cut; ok is false without a journal.
	Synced func() (appended, synced int64, ok bool)
	// AwaitSync calls ended, on another goroutine, when what is recorded by now is
	// synced, or cannot be.
	AwaitSync func(ended func())
	// Collect begins a collection of Go's heap on another goroutine, unless one is running.
	Collect func()
}

// PersistenceFacts is the journal's part of INFO persistence. The zero value
// says that there is none.
type PersistenceFacts struct {
	Enabled      bool
	Provisional  bool  // a restart would not load it: its first rewrite has yet to succeed
	WriteError   error // why the last write or sync failed, or nil
	CurrentBytes int64 // of all files of the journal
	BaseBytes    int64 // of them, when they were last rewritten
	BufferBytes  int64 // recorded and not written yet
	PendingSyncs int64 // that run or wait to
	DelayedSyncs int64 // that found the one before them still running

	Writes       int64 // calls of write that succeeded
	WrittenBytes int64
	Syncs        int64
	LastSyncUs   int64 // how long the last one took
	Stalls       int64 // times that the writer had to wait for the disk

	LoadedKeys  int64 // of the database file that was loaded last
	ExpiredKeys int64 // in it, left out

	Loading LoadingFacts
}

// LoadingFacts tells how far loading has come; the zero value says that nothing
// is being loaded.
type LoadingFacts struct {
	StartMs     int64 // Unix time
	Done, Total int64 // bytes
}

// NetworkFacts is the reactor's part of INFO.
type NetworkFacts struct {
	Loops    int   // event loops
	Rejected int64 // connections that were refused

	QueryLimited, OutputLimited int64 // that were closed for exceeding the limits of their buffers
	Reads, Writes               int64 // calls of the system

	CertificateEndMs int64 // Unix time at which that of TLS expires; 0 without
}

// ScriptFacts tells what scripts and functions there are.
type ScriptFacts struct {
	Scripts       int   // in the cache
	ScriptBytes   int64 // about what they take
	Evicted       int   // scripts of EVAL that made room for others
	Libraries     int
	Functions     int
	FunctionBytes int64
}

// SetLibraries tells where the code of the libraries of functions is found, which
// snapshots hold.
func (e *Engine) SetLibraries(codes func() []string) { e.program.libraries = codes }

// Reload says what is loaded again, and into what.
type Reload struct {
	Journal bool // the append-only file; otherwise the database file
	Keep    bool // what is in memory stays
	Merge   bool // and gives way where a key is in both
}

// OnReload registers what loads the data again.
func (e *Engine) OnReload(f func(*Ctx, Reload) error) { e.program.reload = f }

// Reload loads the data again; nobody is served meanwhile. An error has been
// logged.
func (c *Ctx) Reload(how Reload) error {
	e := c.e
	if e.program.reload == nil {
		return errNoSaver
	}
	e.loading = true // nothing expires before all of it is there
	err := e.program.reload(c, how)
	e.loading = false
	if err != nil {
		e.log.Error().Err(err).Msg("the data was not loaded again")
		return err
	}
	if !how.Journal {
		e.Loaded()
	}
	return nil
}

// Synced is Facts.Synced.
func (e *Engine) Synced() (appended, synced int64, ok bool) {
	if e.program.facts.Synced == nil {
		return 0, 0, false
	}
	return e.program.facts.Synced()
}

// AwaitSync makes the request, which is about to block, be executed again when what
// is recorded by now is synced.
func (c *Ctx) AwaitSync() {
	e, s := c.e, c.sess
	e.program.facts.AwaitSync(func() { e.Do(func(*Ctx) { e.Again(s) }) })
}

// SetFacts attaches the answers of the other parts. What the engine uses by then
// counts as used by the empty server, so it belongs before the data is loaded.
func (e *Engine) SetFacts(f Facts) {
	e.program.facts = f
	e.program.startupBytes = e.Memory().Used
}

// PersistenceFacts asks the journal's owner.
func (e *Engine) PersistenceFacts() PersistenceFacts {
	if e.program.facts.Persistence == nil {
		return PersistenceFacts{}
	}
	return e.program.facts.Persistence()
}

// NetworkFacts asks the reactor.
func (e *Engine) NetworkFacts() NetworkFacts {
	if e.program.facts.Network == nil {
		return NetworkFacts{}
	}
	return e.program.facts.Network()
}

// ScriptFacts asks the owner of scripts.
func (e *Engine) ScriptFacts() ScriptFacts {
	if e.program.facts.Scripts == nil {
		return ScriptFacts{}
	}
	return e.program.facts.Scripts()
}

// StartupBytes is used_memory_startup.
func (e *Engine) StartupBytes() int64 { return e.program.startupBytes }

// NowUs is the Unix time in microseconds, by the monotonic clock since the last
// tick.
func (e *Engine) NowUs() int64 { return (e.clock.NowNs() + e.cron.wallOffsetNs) / 1e3 }

const replicationIDBytes = 20

// ReplicationID names the history of this data set: 40 hexadecimal digits.
func (e *Engine) ReplicationID() string {
	if e.program.replicationID == "" {
		e.ChangeReplicationID()
	}
	return e.program.replicationID
}

// ChangeReplicationID begins another history.
func (e *Engine) ChangeReplicationID() {
	var id [replicationIDBytes]byte
	for i := range id {
		id[i] = byte(e.random() >> 32)
	}
	e.program.replicationID = hex.EncodeToString(id[:])
}

// TTLSamples is the number of keys that AverageTTL looks at.
const TTLSamples = 64

// AverageTTL estimates the time to live, in ms, of a database's keys with an
// expiry from a random sample of its keys; 0 when the sample has none.
func (c *Ctx) AverageTTL(db *DB) int64 {
	if db.volatile == 0 {
		return 0
	}
	var sumMs, n int64
	for range TTLSamples {
		p, ok := db.table.Random(c.e.random)
		if !ok {
			break
		}
		if e := db.table.Entry(p); e.Expires() && e.ExpireAt() > c.nowMs {
			sumMs += e.ExpireAt() - c.nowMs
			n++
		}
	}
	return sumMs / max(n, 1)
}

// WheelBytes is the memory that the expiry of the database's keys takes.
func (db *DB) WheelBytes() int64 {
	return db.times.bytes()
}
