package command

import (
	"fmt"
	"strconv"
	"strings"

	"solokv/keyspace"
)

func memoryCommand() *keyspace.Command {
	return &keyspace.Command{
		Name: "memory", Arity: -2, Summary: "A container for commands about memory.", Since: "4.0.0",
		Complexity: "Depends on subcommand.",
		Subcommands: []*keyspace.Command{
			{Name: "usage", Arity: -3, Flags: keyspace.ReadOnly,
				Keys:    []keyspace.KeySpec{{Flags: keyspace.KeyRO, Begin: 2, Step: 1}},
				Summary: "Returns the memory that a key and its value take.", Since: "4.0.0",
				Complexity: "O(N) where N is the number of samples.", Syntax: "key [SAMPLES count]", Handler: memoryUsage},
			{Name: "stats", Arity: 2, Summary: "Returns where the server's memory is.", Since: "4.0.0",
				Complexity: "O(1)", Hints: hintsShardReport, Handler: memoryStats},
			{Name: "bigkeys", Arity: -2, Summary: "Returns the largest keys.", Since: "7.2.0",
				Complexity: "O(1)", Syntax: "[COUNT count]", Hints: hintsShardReport, Handler: memoryBigKeys},
			{Name: "doctor", Arity: 2, Summary: "Returns a report about problems with memory.", Since: "4.0.0",
				Complexity: "O(1)", Hints: hintsShardReport, Handler: memoryDoctor},
			{Name: "malloc-stats", Arity: 2, Summary: "Returns the allocator's statistics.", Since: "4.0.0",
				Complexity: "Depends on how much memory is allocated, could be slow", Hints: hintsShardReport,
				Handler: memoryMallocStats},
			{Name: "purge", Arity: 2, Summary: "Gives free memory back to the system.", Since: "4.0.0",
				Complexity: "Depends on how much memory is allocated, could be slow",
				Hints:      []string{hintAllShards, hintAllSucceeded}, Handler: memoryPurge},
			{Name: "help", Arity: 2, Flags: serverAnyTime, Summary: "Returns helpful text about the subcommands.",
				Since: "4.0.0", Complexity: "O(1)",
				Handler: help("memory",
					"BIGKEYS [COUNT <count>]",
					"    Return the largest keys (default: 10 of them) that were met on a walk which never",
					"    ends and takes two minutes for 10 million keys: key, db, type, encoding, bytes.",
					"DOCTOR",
					"    Return a report about problems with memory.",
					"MALLOC-STATS",
					"    Return the statistics of the allocator.",
					"PURGE",
					"    Give free memory back to the system.",
					"STATS",
					"    Return where the server's memory is.",
					"USAGE <key> [SAMPLES <count>]",
					"    Return the bytes that <key> and its value take. <count> is accepted and has",
					"    nothing to do: sizes are known, not estimated.")},
		},
	}
}

// memoryUsage checks SAMPLES and does not need it: the arena knows the exact
// size of every value.
func memoryUsage(c *keyspace.Ctx) error {
	o := c.Options(3)
	for o.Next() {
		if !o.Is("SAMPLES") {
			o.Fail(keyspace.ErrSyntax)
		} else if o.Int() < 0 {
			o.Fail(keyspace.ErrSyntax)
		}
	}
	if o.Err() != nil {
		return o.Err()
	}

	it, ok := c.Peek(c.Arg(2))
	if !ok {
		return c.ReplyNull()
	}
	return c.ReplyInt(c.KeyBytes(it))
}

func memoryStats(c *keyspace.Ctx) error {
	m, scripts := memoryFiguresOf(c), c.Engine().ScriptFacts()
	var dbs []*keyspace.DB
	for _, db := range c.Engine().DBs() {
		if db.Len() > 0 {
			dbs = append(dbs, db)
		}
	}

	const pairs = 27 // without those of databases
	c.ReplyMap(pairs + len(dbs))
	pair := func(name string, n int64) {
		c.ReplyString(name)
		c.ReplyInt(n)
	}
	share := func(name string, f float64) {
		c.ReplyString(name)
		c.ReplyDouble(f)
	}
	pair("peak.allocated", m.Peak)
	pair("total.allocated", m.Used)
	pair("startup.allocated", m.startup)
	pair("replication.backlog", 0)
	pair("clients.slaves", 0)
	pair("clients.normal", m.Clients)
	pair("cluster.links", 0)
	pair("aof.buffer", m.journal)
	pair("lua.caches", scripts.ScriptBytes)
	pair("functions.caches", scripts.FunctionBytes)
	for _, db := range dbs {
		c.ReplyString("db." + strconv.Itoa(db.ID()))
		c.ReplyMap(3)
		pair("overhead.hashtable.main", db.Table().Bytes())
		pair("overhead.hashtable.expires", db.WheelBytes())
		pair("overhead.hashtable.slot-to-keys", 0)
	}
	pair("overhead.total", m.overhead)
	pair("keys.count", m.keys)
	pair("keys.bytes-per-key", m.bytesPerKey())
	pair("dataset.bytes", m.dataset)
	share("dataset.percentage", m.datasetPercent())
	share("peak.percentage", percent(m.Used, m.Peak))
	pair("allocator.allocated", m.allocated)
	pair("allocator.active", m.active)
	pair("allocator.resident", m.resident)
	share("allocator-fragmentation.ratio", ratio(m.active, m.allocated))
	pair("allocator-fragmentation.bytes", m.active-m.allocated)
	share("allocator-rss.ratio", ratio(m.resident, m.active))
	pair("allocator-rss.bytes", m.resident-m.active)
	share("rss-overhead.ratio", ratio(m.rss, m.resident))
	pair("rss-overhead.bytes", m.rss-m.resident)
	share("fragmentation", ratio(m.rss, m.Used))
	pair("fragmentation.bytes", m.rss-m.Used)
	return nil
}

func memoryPurge(c *keyspace.Ctx) error {
	c.Engine().PurgeMemory()
	return c.OK()
}

func memoryMallocStats(c *keyspace.Ctx) error {
	a, heap := c.Engine().Memory().Arena, goHeapNow()
	var b strings.Builder
	line := func(what string, bytes int64) { fmt.Fprintf(&b, "  %-44s %14d\n", what, bytes) }
	b.WriteString("Arena (keys, values and their tables), bytes:\n")
	line("in live blocks", a.Used)
	line("free inside pages in use", a.Top-a.Free-a.Used)
	line("whole free pages", a.Free)
	line("of them, still backed by the system", a.Dirty)
	line("ever handed out", a.Top)
	line("usable without asking the system", a.Committed)
	line("the arena's own tables", a.Metadata)
	b.WriteString("Go heap (connections, buffers and the rest), bytes:\n")
	line("live objects", c.Engine().Memory().Go)
	line("free inside pages in use", heap.unused)
	line("whole free pages, still backed by the system", heap.free)
	return c.ReplyVerbatim(b.String())
}
