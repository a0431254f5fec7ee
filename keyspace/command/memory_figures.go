package command

import (
	"fmt"
	"strings"

	"solokv/keyspace"
)

// memoryFigures are what INFO memory, MEMORY STATS and MEMORY DOCTOR tell, in
// bytes. There are two allocators: the arena for data, and Go's for the rest.
//
//	used      what is asked for     |  what pages hold  |  what the system has given
//	          allocated             <= active           <= resident               <= rss
//
// used is overhead (Go's objects, tables and wheels) and dataset (the keys and
// their values).
type memoryFigures struct {
	keyspace.MemoryUse
	startup, overhead, dataset  int64
	allocated, active, resident int64
	rss                         int64
	journal                     int64
	keys                        int64
}

func memoryFiguresOf(c *keyspace.Ctx) memoryFigures {
	e := c.Engine()
	heap := goHeapNow()
	m := memoryFigures{MemoryUse: e.Memory(), startup: e.StartupBytes(), rss: residentBytes(),
		journal: e.PersistenceFacts().BufferBytes}
	m.dataset = max(0, m.Data-m.Tables-m.Wheels)
	m.overhead = m.Used - m.dataset
	m.allocated = m.Arena.Used + m.Go
	m.active = m.Arena.Top - m.Arena.Free + m.Go + heap.unused
	m.resident = m.active + m.Arena.Dirty + heap.free
	for _, db := range e.DBs() {
		m.keys += int64(db.Len())
	}
	return m
}

// bytesPerKey is what a key costs, all told.
func (m *memoryFigures) bytesPerKey() int64 {
	if m.keys == 0 {
		return 0
	}
	return max(0, m.Used-m.startup) / m.keys
}

// datasetPercent is the data set's share of what the server uses beyond its start.
func (m *memoryFigures) datasetPercent() float64 {
	return min(100, percent(m.dataset, m.Used-m.startup))
}

func ratio(a, b int64) float64 {
	if b <= 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func percent(a, b int64) float64 { return 100 * ratio(a, b) }

// clientUse is the most that a client has in its buffers, and how many watch keys.
type clientUse struct{ inputMax, outputMax, watching int64 }

func clientUseOf(c *keyspace.Ctx) (use clientUse) {
	c.Engine().Clients(func(s *keyspace.Session) bool {
		i := s.Info(c.NowMs())
		use.inputMax = max(use.inputMax, int64(i.Input))
		use.outputMax = max(use.outputMax, int64(i.Output))
		if keys, _ := s.Watching(); keys > 0 {
			use.watching++
		}
		return true
	})
	return use
}

func infoMemory(c *keyspace.Ctx, t *infoText) {
	m := memoryFiguresOf(c)
	v := c.Engine().Config().Values()
	t.bytes("used_memory", m.Used)
	t.bytes("used_memory_rss", m.rss)
	t.bytes("used_memory_peak", m.Peak)
	t.float("used_memory_peak_perc", percent(m.Used, m.Peak), 2, "%")
	t.int("used_memory_overhead", m.overhead)
	t.int("used_memory_startup", m.startup)
	t.int("used_memory_dataset", m.dataset)
	t.float("used_memory_dataset_perc", m.datasetPercent(), 2, "%")
	t.int("allocator_allocated", m.allocated)
	t.int("allocator_active", m.active)
	t.int("allocator_resident", m.resident)
	t.zeros("allocator_muzzy")
	t.bytes("total_system_memory", systemBytes())
	infoScripts(t, c.Engine().ScriptFacts())
	t.bytes("maxmemory", v.MaxMemory)
	t.string("maxmemory_policy", v.MaxMemoryPolicy.String())
	t.float("allocator_frag_ratio", ratio(m.active, m.allocated), 2, "")
	t.int("allocator_frag_bytes", m.active-m.allocated)
	t.float("allocator_rss_ratio", ratio(m.resident, m.active), 2, "")
	t.int("allocator_rss_bytes", m.resident-m.active)
	t.float("rss_overhead_ratio", ratio(m.rss, m.resident), 2, "")
	t.int("rss_overhead_bytes", m.rss-m.resident)
	t.float("mem_fragmentation_ratio", ratio(m.rss, m.Used), 2, "")
	t.int("mem_fragmentation_bytes", m.rss-m.Used)
	t.int("mem_not_counted_for_evict", m.NotCounted)
	t.zeros("mem_replication_backlog", "mem_total_replication_buffers", "mem_replica_full_sync_buffer",
		"mem_clients_slaves")
	t.int("mem_clients_normal", m.Clients)
	t.int("mem_cluster_links", 0)
	t.int("mem_aof_buffer", m.journal)
	t.string("mem_allocator", "solokv-arena")
	t.zeros("mem_overhead_db_hashtable_rehashing", "active_defrag_running")
	pending, freed := c.Engine().FreedLater()
	t.int("lazyfree_pending_objects", pending)
	t.int("lazyfreed_objects", freed)
	t.int("solokv_arena_used_bytes", m.Arena.Used)
	t.int("solokv_arena_free_bytes", m.Arena.Free)
	t.int("solokv_arena_metadata_bytes", m.Arena.Metadata)
	t.int("solokv_go_heap_bytes", m.Go)
}

// infoScripts tells what scripts take. The interpreters are in Go's heap, where nobody can
// tell them from the rest: used_memory_lua and used_memory_vm_* leave them out.
func infoScripts(t *infoText, f keyspace.ScriptFacts) {
	t.zeros("used_memory_lua", "used_memory_vm_eval")
	t.string("used_memory_lua_human", humanBytes(0))
	t.int("used_memory_scripts_eval", f.ScriptBytes)
	t.int("number_of_cached_scripts", int64(f.Scripts))
	t.int("number_of_functions", int64(f.Functions))
	t.int("number_of_libraries", int64(f.Libraries))
	t.zeros("used_memory_vm_functions")
	t.bytes("used_memory_vm_total", 0)
	t.int("used_memory_functions", f.FunctionBytes)
	t.bytes("used_memory_scripts", f.ScriptBytes+f.FunctionBytes)
}

// Where MEMORY DOCTOR begins to worry.
const (
	doctorUsedBytesMin   = 5 << 20 // below, shares mean nothing
	doctorExcessBytesMin = 10 << 20
	doctorPeakRatio      = 1.5
	doctorTotalRatio     = 1.4
	doctorPartRatio      = 1.1
	doctorClientBytes    = 200 << 10 // on average
)

func memoryDoctor(c *keyspace.Ctx) error {
	m := memoryFiguresOf(c)
	if m.Used < doctorUsedBytesMin {
		return c.ReplyVerbatim("This server uses so little memory that nothing can be said about how it uses it.\n")
	}
	findings := memoryFindings(&m, int64(max(1, c.Engine().ClientCount())))
	if len(findings) == 0 {
		return c.ReplyVerbatim("No problem with the memory of this server was found.\n")
	}
	return c.ReplyVerbatim("What stands out in the memory of this server:\n\n" + strings.Join(findings, ""))
}

func memoryFindings(m *memoryFigures, clients int64) (findings []string) {
	found := func(is bool, format string, args ...any) {
		if is {
			findings = append(findings, fmt.Sprintf(" * "+format+"\n\n", args...))
		}
	}
	excess := func(bytes, of int64, limit float64) bool {
		return ratio(bytes, of) > limit && bytes-of > doctorExcessBytesMin
	}
	found(ratio(m.Peak, m.Used) > doctorPeakRatio,
		"Peak: %s were in use once, %s are now. What a peak leaves behind goes back to the system little by "+
			"little; MEMORY PURGE does it at once.", humanBytes(m.Peak), humanBytes(m.Used))
	found(excess(m.rss, m.Used, doctorTotalRatio),
		"Resident memory: the process has %s from the system for %s in use.", humanBytes(m.rss), humanBytes(m.Used))
	found(excess(m.active, m.allocated, doctorPartRatio),
		"Fragmentation: pages of %s hold %s of live blocks. Values that changed their sizes, or many deletions, "+
			"leave holes; new keys fill them.", humanBytes(m.active), humanBytes(m.allocated))
	found(excess(m.resident, m.active, doctorPartRatio),
		"Free pages: the allocators keep %s that nothing is in. MEMORY PURGE gives the arena's back.",
		humanBytes(m.resident-m.active))
	found(excess(m.rss, m.resident, doctorPartRatio),
		"Beyond the allocators: the process has %s more than they account for: stacks, code, the system's own "+
			"rounding up to huge pages.", humanBytes(m.rss-m.resident))
	found(m.Clients/clients > doctorClientBytes,
		"Clients: their buffers hold %s on average. CLIENT LIST tells whose (qbuf, omem).", humanBytes(m.Clients/clients))
	return findings
}
