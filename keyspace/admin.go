package keyspace

import (
	"solokv/keyspace/acl"
	"solokv/keyspace/dict"
)

// What commands may do to sessions, databases and the engine beyond keys.

// Select makes a database the session's own.
func (c *Ctx) Select(index int64) error {
	db, err := c.DBAt(index)
	if err != nil {
		return err
	}
	c.sess.db, c.db = db, db
	return nil
}

// DBAt is the database of that number.
func (c *Ctx) DBAt(index int64) (*DB, error) {
	if index < 0 || index >= int64(len(c.e.dbs)) {
		return nil, ErrDBIndex
	}
	return c.e.dbs[index], nil
}

// In runs f with another database in the place of the session's.
func (c *Ctx) In(db *DB, f func()) {
	old, at := c.db, c.firstKeyAt
	c.db = db
	f()
	c.db, c.firstKeyAt = old, at
}

// Flush empties a database at once; the memory follows in slices.
func (c *Ctx) Flush(db *DB) (keys int) {
	keys = db.Len()
	c.e.breakAll(db, nil)
	old := *db
	if keys > 0 {
		db.table = c.e.newTable()
	}
	db.times, db.volatile = timetable{}, 0
	c.e.abandon(&old)
	c.e.deadline = c.e.clock.NowNs()
	c.ModifiedAll(db, keys)
	if !c.flushed {
		c.flushed = true
		c.e.tracking.allChanged(c.e)
	}
	return keys
}

// Swap exchanges the contents of two databases.
func (c *Ctx) Swap(a, b *DB) {
	if a != b {
		c.e.breakAll(a, b)
		c.e.breakAll(b, a)
	}
	a.table, b.table = b.table, a.table
	a.times, b.times = b.times, a.times
	a.volatile, b.volatile = b.volatile, a.volatile
	c.ModifiedAll(a, 1)
	if a != b {
		c.e.signalAll(b)
	}
}

// Each visits the keys of the selected database that have not expired, until
// visit returns false. visit must not change the database.
func (c *Ctx) Each(visit func(Item) bool) {
	c.db.table.Each(func(p dict.Pos, e dict.Entry) bool {
		if e.Expires() && c.isExpired(e.ExpireAt()) {
			return true
		}
		return visit(Item{e, p, 0})
	})
}

// Scan visits the keys in one bucket of the selected database from cursor on and
// returns the next cursor, 0 at the end. visit must not change the database.
func (c *Ctx) Scan(cursor uint64, visit func(Item)) (next uint64) {
	return c.db.table.Scan(cursor, func(p dict.Pos, e dict.Entry) {
		if !e.Expires() || !c.isExpired(e.ExpireAt()) {
			visit(Item{e, p, 0})
		}
	})
}

// DBs lists the databases.
func (e *Engine) DBs() []*DB { return e.dbs }

// Random is the engine's source of random numbers.
func (e *Engine) Random() uint64 { return e.random() }

// Clock is the engine's clock.
func (e *Engine) Clock() Clock { return e.clock }

// Build describes the program.
func (e *Engine) Build() *Build { return &e.options.Build }

// SetActiveExpire switches the expirer off and on: DEBUG SET-ACTIVE-EXPIRE.
func (e *Engine) SetActiveExpire(on bool) {
	e.activeExpire = on
	e.deadline = e.clock.NowNs()
}

// Shutdown asks the program to end.
func (e *Engine) Shutdown() { e.options.Shutdown() }

// ConfigChanged takes over changed directives.
func (e *Engine) ConfigChanged() { e.applyConfig() }

// SetProto chooses the version of RESP.
func (s *Session) SetProto(version int) {
	s.proto = version
	if s.subs != nil {
		s.classify()
	}
}

// Name is CLIENT GETNAME.
func (s *Session) Name() string { return s.name }

// SetName is CLIENT SETNAME.
func (s *Session) SetName(name string) { s.name = name }

// Library is what CLIENT SETINFO said about the client's library.
func (s *Session) Library() (name, version string) { return s.libName, s.libVersion }

// SetLibrary is CLIENT SETINFO; an empty string leaves that part alone.
func (s *Session) SetLibrary(name, version *string) {
	if name != nil {
		s.libName = *name
	}
	if version != nil {
		s.libVersion = *version
	}
}

// ReplyMode is what CLIENT REPLY chooses.
type ReplyMode uint8

// The modes of CLIENT REPLY.
const (
	ReplyOn ReplyMode = iota
	ReplyOff
	ReplySkip
)

// SetReplyMode switches replies off or on, or skips the next one.
func (s *Session) SetReplyMode(mode ReplyMode) {
	s.replyOff = mode == ReplyOff || mode == ReplySkip && s.replyOff
	s.gates &^= gateReply
	s.replySkip = 0
	if mode == ReplySkip && !s.replyOff {
		s.replySkip = 1
	}
	if s.replyOff || s.replySkip > 0 {
		s.gates |= gateReply
	}
}

// SetNoTouch is CLIENT NO-TOUCH.
func (s *Session) SetNoTouch(on bool) { s.noTouch = on }

// SetNoEvict is CLIENT NO-EVICT: it protects the session from eviction.
func (c *Ctx) SetNoEvict(on bool) {
	c.sess.noEvict = on
	if c.e.clientMemory.bytesMax != 0 {
		c.e.file(c.sess)
	}
}

// CloseAfterReply ends the connection once what was replied has been sent.
func (s *Session) CloseAfterReply() { s.closing = true }

// SessionInfo is what CLIENT LIST tells about a session.
type SessionInfo struct {
	Peer                    *Peer
	DB                      int
	Proto                   int
	User, Name              string
	LibName, LibVersion     string
	AgeMs, IdleMs           int64
	NoTouch, NoEvict        bool
	Waiting                 bool
	QueuedRequests          int // by MULTI; -1 without
	QueuedBytes             int
	Broken                  bool // a watched key was changed
	Channels, Patterns      int
	ShardChannels           int
	Monitors                bool
	Tracking                TrackingState
	Closing                 bool
	LastCommand             string
	Commands                int64
	InputBytes, OutputBytes int64 // in all
	Buffers
	MemoryBytes int // of all that is held for it
}

// Info describes the session as of now.
func (s *Session) Info(nowMs int64) SessionInfo {
	buffers := s.peer.Outbox.Buffered()
	if s.serving {
		buffers.Input += s.batchBytes
	}
	queued, queuedBytes := s.Queued()
	info := SessionInfo{Peer: &s.peer, DB: s.db.id, Proto: s.proto, User: s.user.Name(), Name: s.name,
		LibName: s.libName, LibVersion: s.libVersion, AgeMs: nowMs - s.createdMs, IdleMs: nowMs - s.activeMs,
		NoTouch: s.noTouch, NoEvict: s.noEvict, Waiting: s.waiting != nil && !s.waiting.stalled, Closing: s.closing,
		LastCommand: "NULL", Commands: s.commands, InputBytes: s.inputBytes, OutputBytes: s.outputBytes,
		Buffers: buffers, MemoryBytes: int(s.weight.bytes()), QueuedRequests: queued, QueuedBytes: queuedBytes, Broken: s.broken}
	info.Channels, info.Patterns, info.ShardChannels = s.Subscriptions()
	info.Monitors, info.Tracking = s.monitors, s.Tracking()
	if s.lastCmd != nil {
		info.LastCommand = s.lastCmd.full
	}
	return info
}

// ResetSession is RESET.
func (c *Ctx) ResetSession() {
	c.e.resetSession(c.sess)
	c.db = c.sess.db
}

// Counters are the figures of INFO stats.
type Counters struct {
	Commands, Connections, Hits, Misses, Expired, Evicted int64
	EvictedClients                                        int64
	Malformed, ErrorReplies, InputBytes, OutputBytes      int64
	Changes, LateMsMax, StepNsMax, BatchNsMax             int64
	Snapshots, OpenNs, OpenNsMax                          int64 // how many, and how long the writer stood still for one
	CommandRate, InputRate, OutputRate                    int64 // per second
	ExpiredFields, ExpireNs, ExpireCapped                 int64
	Cycles, CyclesNs, ServingNs                           int64 // rounds of the writer, their time, and that of requests
	CycleRate, CycleNsRate                                int64 // per second
	Errors                                                map[string]int64
	UptimeNs                                              int64

	denied [acl.DeniedChannel + 1]int64
}

// Denied is how often something was denied for a reason.
func (n *Counters) Denied(reason acl.Reason) int64 { return n.denied[reason] }

// Counters returns the engine's figures.
func (e *Engine) Counters() Counters {
	s := &e.stats
	return Counters{s.commands, s.connections, s.hits, s.misses, s.expired, s.evicted,
		s.evictedClients, s.malformed, s.errorReplies, s.inputBytes, s.outputBytes, s.changes, s.lateMsMax,
		s.stepNsMax, s.batchNsMax,
		s.snapshots, s.openNs, s.openNsMax,
		s.rates[rateCommands].perSecond(), s.rates[rateInput].perSecond(), s.rates[rateOutput].perSecond(),
		s.expiredFields, s.expireNs, s.expireCapped, s.cycles, s.cyclesNs, s.servingNs,
		s.rates[rateCycles].perSecond(), s.rates[rateCyclesNs].perSecond(),
		s.errors, e.clock.NowNs() - s.startedNs, s.denied}
}

// ResetStats is CONFIG RESETSTAT.
func (e *Engine) ResetStats() {
	s := &e.stats
	_, freed := e.FreedLater()
	*s = engineStats{startedNs: s.startedNs, changes: s.changes, denied: s.denied, cutOff: s.cutOff,
		freedBefore: s.freedBefore + freed}
	e.cron.lastCommands = 0
	for _, cmd := range e.commands.All() {
		cmd.ResetStats()
		for _, sub := range cmd.Subcommands {
			sub.ResetStats()
		}
	}
}

// FreedLater tells of keys and collections that are freed in slices, as there were too
// many or too large ones to do it at once: how many are left, and how many are done.
func (e *Engine) FreedLater() (pending, freed int64) {
	for _, t := range e.attic {
		pending += int64(t.Len())
	}
	pending += int64(len(e.objects.fallen))
	return pending, e.stats.cutOff + e.objects.fell - pending - e.stats.freedBefore
}

// Loading tells whether the journal is being replayed.
func (e *Engine) Loading() bool { return e.loading }

// SetLoading opens or shuts the gate of LOADING.
func (e *Engine) SetLoading(on bool) {
	e.loading = on
	e.gates &^= gateLoading
	if on {
		e.gates |= gateLoading
	}
	e.deadline = e.clock.NowNs()
}
