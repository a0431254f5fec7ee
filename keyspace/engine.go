package keyspace

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"solokv/keyspace/acl"
	"solokv/keyspace/arena"
	"solokv/keyspace/config"
	"solokv/keyspace/dict"
	"solokv/keyspace/pubsub"
	"solokv/keyspace/wheel"
)

// The engine runs in one of two ways, chosen once by the reactor:
//
//   - Adopted (one or two cores): the goroutine of the only event loop is the
//     writer. It calls Serve with each batch it has read, and Step when it is
//     woken; nothing is handed over, and no goroutine is readied per request.
//   - Apart (more cores): Run is the writer's own goroutine. Loops Submit.
//
// On one pinned core GET without a pipeline cost 10.9 us of CPU apart and 9.4
// adopted, and 51 against 34 us with a single client: waking is the dear part.
// With cores for both, apart, loops parse and write while the writer executes.
//
// Either way other goroutines reach the data through Submit and Do only (I1).

// Clock is where time comes from.
type Clock interface {
	NowMs() int64 // Unix time
	NowNs() int64 // monotonic
}

// Options of an Engine.
type Options struct {
	Config   *config.Config
	Commands []*Command
	Clock    Clock
	Random   func() uint64
	Log      zerolog.Logger
	Journal  Journal // nil: nothing is recorded
	// Shutdown is called once, on the writer, when a client asks for it.
	Shutdown func()
	Build    Build
}

// Build describes the program to INFO and HELLO.
type Build struct {
	Version    string // of SoloKV
	Compatible string // the level of Redis that it reports
	RunID      string
	Executable string
	Supervised string // by whom: "systemd", or "no"
	StartMs    int64
}

// Engine is the single writer and everything it owns.
type Engine struct {
	queue    queue
	nextID   atomic.Int64
	deadline int64 // ns on the clock at which Step wants to be called again
	armed    int64 // what the caller of Step was told
	rearm    func(time.Duration)

	roundDone func() // see SetRoundDone

	config   *config.Config
	values   *config.Values
	commands *Table
	recorded *Table // what records call commands: the same, unless some were renamed
	clock    Clock
	random   func() uint64
	log      zerolog.Logger
	options  Options

	arena  *arena.Arena
	epochs *dict.Epochs
	dbs    []*DB
	attic  []*dict.Table // tables that were cut off, to be freed in slices

	waits        waits
	watchers     watchers
	exec         execState
	spareArgv    []Arg // of the requests that EXEC executes
	saves        saves
	special      bool // a stream, or a hash field that expires, was stored since the start
	objects      objects
	undo         undo
	eviction     eviction
	hot          hotKeys
	big          bigKeys
	long         long
	script       Script
	scripting    bool           // script runs, or is suspended
	pack         []byte         // see Ctx.Pack
	fallenWheels []*wheel.Wheel // to be freed in slices, too

	clients       clients
	clientMemory  clientMemory
	channels      channels
	pubsubClients int
	monitors      pubsub.Set[*Session]
	tracking      tracking
	notifications notifications
	messages      messagePool
	keyPlaces     []KeyAt // scratch of tracking

	users    *acl.Users
	password string // requirepass, as the default user has it
	aclLog   *acl.Log
	scratch  aclScratch

	gates   gate
	ctx     Ctx   // of the request being executed
	argv    []Arg // its arguments
	touched uint64

	prefetchMin int // see prefetch.go
	warm        [prefetchWindow]warmKey

	journal     Journal
	journalDB   int
	effects     []byte
	effectCount int
	covered     batchList // replies that wait for the journal
	flushed     int64     // offset up to which records were handed over
	moved       atomic.Bool
	movedBatch  Batch // tells of the journal's progress, one at a time
	loading     bool

	stats         engineStats
	slowlog       slowlog
	latency       latencyMonitor
	cron          cron
	scavenger     scavenger
	goHeap        goHeap
	access        accessClock
	usedBytesPeak int64
	refused       error // why writes are refused, or nil

	batchNs      int64 // when the current batch began
	timedNs      int64 // of the current batch: what single commands were timed at
	activeExpire bool  // DEBUG SET-ACTIVE-EXPIRE
	halted       bool  // see Halt

	pause pause

	program program // what surrounds the engine: facts.go
}

// Arg is an argument of a request.
type Arg = []byte

// New returns an engine with empty databases. Its first user is its writer.
func New(o Options) (*Engine, error) {
	v := o.Config.Values()
	a, err := arena.New(arena.Options{HugePages: v.ArenaHugePages})
	if err != nil {
		return nil, err
	}
	e := &Engine{
		config: o.Config, values: v, commands: NewTable(o.Commands), clock: o.Clock, random: o.Random,
		log: o.Log, options: o, arena: a, epochs: dict.NewEpochs(a), journal: o.Journal, journalDB: -1,
		prefetchMin: prefetchMinDefault,
	}
	if err := e.startUsers(newACLCatalog(e.commands)); err != nil {
		return nil, err
	}
	if err := e.renameCommands(o.Config.Renames()); err != nil {
		return nil, err
	}
	e.dbs = make([]*DB, v.Databases)
	for i := range e.dbs {
		e.dbs[i] = e.newDB(i)
	}
	e.queue.wake = func() {}
	e.rearm = func(time.Duration) {}
	e.roundDone = func() {}
	e.program.libraries = func() []string { return nil }
	e.activeExpire = true
	e.gates = gateLong
	e.movedBatch = Batch{kind: batchDo, do: func(*Ctx) {
		e.moved.Store(false)
		if e.journal == nil {
			return // it was detached meanwhile, or belongs to a rewrite of a server that keeps none
		}
		_, _, err := e.journal.Progress()
		e.refuse(err)
	}}
	e.startClientMemory()
	e.applyConfig()
	e.stats.start(o.Clock)
	e.saves.start(o.Clock.NowMs())
	e.cron.start(o.Clock.NowNs())
	e.goHeap.start()
	e.hot.start(o.Clock.NowNs())
	e.deadline = o.Clock.NowNs()
	return e, nil
}

// renameCommands is rename-command. Records keep the commands' own names, so that a journal can be
// read whatever commands are called at that time; the new names are understood too, as files of a
// Redis have them.
func (e *Engine) renameCommands(lines []config.Line) error {
	e.recorded = e.commands
	if len(lines) > 0 {
		e.recorded = e.commands.clone()
	}
	for _, line := range lines {
		cmd := e.commands.Lookup([]byte(line.Args[0]))
		if err := e.commands.Rename(line.Args[0], line.Args[1]); err != nil {
			return line.Error(err.Error())
		}
		e.recorded.also(line.Args[1], cmd)
	}
	return nil
}

// RecordedCommands are the commands by the names that records call them.
func (e *Engine) RecordedCommands() *Table { return e.recorded }

func (e *Engine) newDB(id int) *DB { return &DB{id: id, table: e.newTable()} }

func (e *Engine) newTable() *dict.Table { return dict.New(e.arena, e.epochs).Undoable() }

// Commands is the command table, for the connections that resolve requests.
func (e *Engine) Commands() *Table { return e.commands }

// NextClientID hands out the numbers of clients; any goroutine may call it.
func (e *Engine) NextClientID() int64 { return e.nextID.Add(1) }

// SetWake sets how a parked writer is brought back to Step, before anything is
// submitted; rearm is called when Serve finds that Step should come sooner than
// it asked for.
func (e *Engine) SetWake(wake func(), rearm func(time.Duration)) {
	e.queue.wake, e.rearm = wake, rearm
}

// SetRoundDone sets what is called on the writer at the end of each round.
func (e *Engine) SetRoundDone(done func()) { e.roundDone = done }

// SetJournal attaches the journal once it is open, after loading.
func (e *Engine) SetJournal(j Journal) { e.journal, e.journalDB, e.flushed = j, -1, 0 }

// DetachJournal ends journaling: the replies that wait for the journal, which is
// closed by now, leave.
func (e *Engine) DetachJournal() {
	for e.covered.head != nil {
		e.uncover()
	}
	e.journal = nil
	e.refuse(nil)
}

// Submit hands a batch to the writer. Any goroutine may call it.
func (e *Engine) Submit(b *Batch) { e.queue.push(b) }

// Do runs f on the writer, some time later.
func (e *Engine) Do(f func(*Ctx)) { e.queue.push(&Batch{kind: batchDo, do: f}) }

// Wake makes the writer call Step soon. Any goroutine may call it.
func (e *Engine) Wake() { e.Do(func(*Ctx) {}) }

// Open makes the session of a new connection known; Gone forgets it.
func (e *Engine) Open(s *Session) { e.Submit(&Batch{sess: s, kind: batchOpen}) }

// Opened is Open on the writer. A loop that is the writer has to use it: it may
// serve the connection's first request before it comes to Step.
func (e *Engine) Opened(s *Session) {
	e.opened(s)
	if e.deadline < e.armed {
		e.arm()
	}
}

// Gone tells that a session's connection is closed.
func (e *Engine) Gone(s *Session) { e.Submit(&Batch{sess: s, kind: batchGone}) }

// Serve executes a batch. Only the writer may call it.
func (e *Engine) Serve(b *Batch) {
	if e.halted {
		return
	}
	e.execute(b)
	if e.journal != nil {
		e.flushSoon()
	}
	if e.deadline < e.armed {
		e.arm()
	}
}

// Step does what is waiting: submitted batches, timers, replies that the journal
// has covered. It returns how long it has nothing to do, at most; 0 asks to be
// called again at once. Only the writer may call it.
func (e *Engine) Step() time.Duration {
	for b := e.queue.takeAll(); b != nil && !e.halted; {
		next := b.next
		b.next = nil
		e.execute(b)
		b = next
	}
	switch now := e.clock.NowNs(); {
	case e.halted:
	case e.long.suspended:
		e.goOnLong()
		e.deadline = now
	case now >= e.deadline:
		e.tick(now)
		e.tracking.flush(e)
	}
	e.armed = e.deadline
	e.endRound()
	wait := e.deadline - e.clock.NowNs()
	if wait <= 0 || !e.queue.park() {
		return 0
	}
	return time.Duration(wait)
}

// Run is the writer's own goroutine, until stop is closed.
func (e *Engine) Run(stop <-chan struct{}) {
	wake := make(chan struct{}, 1)
	e.queue.wake = func() { wake <- struct{}{} }
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait := e.Step()
		if wait == 0 {
			select {
			case <-stop:
				return
			default:
				continue
			}
		}
		timer.Reset(wait)
		select {
		case <-wake:
		case <-timer.C:
			// A producer that has cleared parked is about to send, or has.
			if !e.queue.parked.CompareAndSwap(true, false) {
				<-wake
			}
		case <-stop:
			return
		}
	}
}

// Halt makes this the last request: what waits, and what still comes, is neither
// executed nor answered. The program is about to end and has closed the journal,
// so that nothing more could be promised. Only the writer may call it.
func (e *Engine) Halt() {
	e.halted = true
	e.deadline = math.MaxInt64 / 2
}

// Close frees the data. Nothing may be called afterwards.
func (e *Engine) Close() error {
	e.long.close()
	e.takeLoansBack()
	return e.arena.Close()
}

// execute runs one batch of any kind.
func (e *Engine) execute(b *Batch) {
	switch b.kind {
	case batchRequests:
		e.serve(b)
		e.afterRequests()
	case batchOpen:
		e.opened(b.sess)
	case batchGone:
		e.departed(b.sess)
	case batchDo:
		b.do(e.background(e.clock.NowMs()))
		e.afterRequests()
	}
}

// background makes a context for work that no client asked for.
func (e *Engine) background(nowMs int64) *Ctx {
	s := &Session{proto: 2, peer: Peer{Trusted: true}, authenticated: true, user: e.users.Default()}
	return &Ctx{e: e, sess: s, db: e.dbs[0], nowMs: nowMs, replaying: e.loading}
}

// endRound hands what was recorded to the journal and lets go of replies.
func (e *Engine) endRound() {
	e.eviction.untilNs = 0
	if e.journal != nil {
		e.settle()
	}
	e.roundDone()
}

// arm tells the caller of Step that it should come sooner than was agreed.
func (e *Engine) arm() {
	e.armed = e.deadline
	e.rearm(time.Duration(max(0, e.deadline-e.clock.NowNs())))
}

// flushNs is how long a record may wait for the next round to be handed to the
// journal, when no reply waits for it.
const flushNs = 1e6

// flushSoon makes the records of a batch reach the journal. Handing them over
// costs a lock and perhaps a wake-up, so they gather: under always until the loop
// has served everything that its poll returned, which makes larger groups for
// one fsync, otherwise for a moment.
func (e *Engine) flushSoon() {
	appended, durable, _ := e.journal.Progress()
	switch {
	case appended == e.flushed:
	case durable < appended:
		if e.queue.parked.CompareAndSwap(true, false) {
			e.queue.wake()
		}
	default:
		e.deadline = min(e.deadline, e.batchNs+flushNs)
	}
}
