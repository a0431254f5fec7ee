package admin

import (
	"solokv/keyspace"
	"solokv/keyspace/acl"
)

// figures is what one scrape has read of the engine. Reading copies, so that the text
// can be made while the writer goes on; the memory is used again by the next scrape,
// and the writer allocates nothing.
type figures struct {
	build       keyspace.Build
	loading     bool
	counters    keyspace.Counters
	errors      []errorCount
	network     keyspace.NetworkFacts
	clients     clientFigures
	pubsub      [keyspace.ShardChannel + 1]int // channels by kind
	tracking    keyspace.TrackingCounts
	memory      keyspace.MemoryUse
	memoryMax   int64
	overNs      int64
	freed       struct{ pending, done int64 }
	watched     int
	blocking    int
	databases   []databaseFigures
	commands    []commandFigures
	histograms  bool // latency-tracking
	script      keyspace.ScriptFacts
	slow        int64
	persistence keyspace.PersistenceFacts
	journal     journalFigures
	save        keyspace.SaveFacts
	rewrite     keyspace.SaveFacts
	savedAtMs   int64
	unsaved     int64
	cowBytes    int64

	stepNs int64 // how long the writer was busy with all this

	process processFigures // not the engine's: see process.go
	page    []byte         // the text that is made of it
}

type errorCount struct {
	code string
	n    int64
}

type clientFigures struct{ connected, max, blocked, pubsub int }

type journalFigures struct {
	there            bool
	appended, synced int64 // offsets
}

type databaseFigures struct{ id, keys, volatile int }

type commandFigures struct {
	name    string
	stats   keyspace.CommandStats
	latency keyspace.LatencyHistogram
}

// read is the step of the writer. What it takes is in the number of commands that were
// called, of databases and of kinds of errors; nothing of it is in the number of clients
// or keys.
func (f *figures) read(c *keyspace.Ctx) {
	e := c.Engine()
	startNs := e.Clock().NowNs()
	v := e.Config().Values()
	f.build, f.loading = *e.Build(), e.Loading()
	f.counters, f.network, f.tracking = e.Counters(), e.NetworkFacts(), e.TrackingCounts()
	f.errors = f.errors[:0]
	for code, n := range f.counters.Errors {
		f.errors = append(f.errors, errorCount{code, n})
	}
	f.counters.Errors = nil // the writer's
	f.clients = clientFigures{e.ClientCount(), v.MaxClients, e.BlockedClients(), e.PubSubClients()}
	for kind := range f.pubsub {
		f.pubsub[kind] = e.ChannelCount(keyspace.ChannelKind(kind))
	}
	f.memory, f.memoryMax = e.Memory(), v.MaxMemory
	f.overNs, _ = e.OverMemoryNs()
	f.freed.pending, f.freed.done = e.FreedLater()
	f.watched, f.blocking = e.WatchedKeys(), e.BlockingKeys()
	f.readDatabases(e)
	f.histograms = v.LatencyTracking
	f.readCommands(e)
	f.script, f.slow = e.ScriptFacts(), e.SlowRequests()
	f.persistence = e.PersistenceFacts()
	f.journal.appended, f.journal.synced, f.journal.there = e.Synced()
	f.save = e.SaveFacts()
	f.rewrite, _ = e.RewriteFacts()
	f.savedAtMs, f.unsaved, f.cowBytes = e.LastSaveMs(), e.UnsavedChanges(), e.CowBytes()
	f.stepNs = e.Clock().NowNs() - startNs
}

func (f *figures) readDatabases(e *keyspace.Engine) {
	f.databases = f.databases[:0]
	for _, db := range e.DBs() {
		if db.Len() > 0 {
			f.databases = append(f.databases, databaseFigures{db.ID(), db.Len(), db.Volatile()})
		}
	}
}

func (f *figures) readCommands(e *keyspace.Engine) {
	f.commands = f.commands[:0]
	for _, cmd := range e.Commands().All() {
		f.readCommand(cmd)
		for _, sub := range cmd.Subcommands {
			f.readCommand(sub)
		}
	}
}

func (f *figures) readCommand(cmd *keyspace.Command) {
	stats := cmd.Stats()
	if stats.Calls == 0 && stats.Failed == 0 && stats.Rejected == 0 {
		return
	}
	f.commands = append(f.commands, commandFigures{})
	to := &f.commands[len(f.commands)-1]
	to.name, to.stats = cmd.FullName(), stats
	if stats.Latency != nil && f.histograms {
		to.latency = *stats.Latency
	}
	to.stats.Latency = nil // the writer's
}

// denials are the reasons that ACL LOG knows, in the words of INFO.
var denials = []struct {
	reason acl.Reason
	name   string
}{
	{acl.DeniedAuth, "auth"}, {acl.DeniedCommand, "command"}, {acl.DeniedKey, "key"}, {acl.DeniedChannel, "channel"},
}
