package keyspace

import (
	"solokv/keyspace/arena"
	"solokv/keyspace/config"
)

// MemoryUse is where the memory is, in bytes.
type MemoryUse struct {
	Used    int64 // everything the server accounts for
	Data    int64 // keys and values with their tables
	Tables  int64 // of Data: directories and segments
	Wheels  int64 // of Data: expiry
	Clients int64
	Journal int64
	Go      int64 // live objects of the Go heap
	// NotCounted is what of Used maxmemory does not limit.
	NotCounted int64
	Peak       int64
	Arena      arena.Stats
}

// UsedMemory is used_memory: the exact size of the data, and Go's own memory, the tables'
// directories among it (goheap.go).
func (e *Engine) UsedMemory() int64 { return e.arena.Used() + e.goHeap.bytes }

func (e *Engine) directoryBytes() (n int64) {
	for _, db := range e.dbs {
		n += db.table.DirectoryBytes()
	}
	return n
}

// Memory returns the figures of INFO memory and MEMORY STATS.
func (e *Engine) Memory() MemoryUse {
	m := MemoryUse{Arena: e.arena.Stats(), Data: e.arena.Used() + e.directoryBytes()}
	for _, db := range e.dbs {
		m.Tables += db.table.Bytes()
		m.Wheels += db.times.bytes()
	}
	if e.goHeap.sampled == 0 {
		e.sampleGo()
	}
	m.Go, _ = e.goHeap.read()
	m.Used = e.UsedMemory()
	e.usedBytesPeak = max(e.usedBytesPeak, m.Used)
	m.Peak = e.usedBytesPeak
	m.Clients = e.ClientBytes()
	m.NotCounted = m.Used - e.countedMemory()
	return m
}

// accessClock makes the 24-bit clocks of slots: the time of the last access in
// seconds (LRU), or minutes and a logarithmic counter of accesses (LFU).
type accessClock struct {
	seconds uint32
	lfu     bool
	random  func() uint64
	log     int
	decay   int
}

const (
	lfuInitial  = 5
	lruMask     = 1<<24 - 1
	lfuTimeMask = 1<<16 - 1
)

func (c *Ctx) nextClock(old uint32) uint32 {
	seconds := uint32(c.nowMs/1000) & lruMask
	if !c.e.access.lfu {
		return seconds
	}
	return c.e.access.count(old, uint32(c.nowMs/60000)&lfuTimeMask)
}

func (c *Ctx) freshClock() uint32 {
	if !c.e.access.lfu {
		return uint32(c.nowMs/1000) & lruMask
	}
	return uint32(c.nowMs/60000)&lfuTimeMask<<8 | lfuInitial
}

// count is one more access in an LFU clock.
func (a *accessClock) count(old, minute uint32) uint32 {
	n := a.decayed(old, minute)
	if n < 255 {
		above := max(0, float64(n)-lfuInitial)
		if float64(a.random()>>11)/(1<<53)*(above*float64(a.log)+1) < 1 {
			n++
		}
	}
	return minute<<8 | n
}

func (a *accessClock) decayed(clock, minute uint32) uint32 {
	n := clock & 0xFF
	if a.decay == 0 {
		return n
	}
	periods := (minute - clock>>8) & lfuTimeMask / uint32(a.decay)
	return n - min(n, periods)
}

// Frequency is the LFU counter of an item, as OBJECT FREQ tells it.
func (c *Ctx) Frequency(it Item) int64 {
	return c.e.access.frequency(c.nowMs, it.Clock())
}

func (a *accessClock) frequency(nowMs int64, clock uint32) int64 {
	return int64(a.decayed(clock, uint32(nowMs/60000)&lfuTimeMask))
}

// IdleSeconds is the time since an item's last access (LRU).
func (c *Ctx) IdleSeconds(it Item) int64 {
	return idleSeconds(c.nowMs, it.Clock())
}

func idleSeconds(nowMs int64, clock uint32) int64 {
	idle := int64((uint32(nowMs/1000) - clock) & lruMask)
	if idle > lruMask-clockAheadMax {
		return 0
	}
	return idle
}

// clockAheadMax is by how many seconds a slot's clock may be ahead of now: two readings of
// the time around a full second do not agree, and the system's clock may be set back.
const clockAheadMax = 3600

// CountsFrequency tells whether slots hold LFU counters instead of times.
func (e *Engine) CountsFrequency() bool { return e.access.lfu }

// applyConfig takes over the directives that the engine keeps in a form of its
// own; it is called at the start and after CONFIG SET.
func (e *Engine) applyConfig() {
	v := e.values
	e.slowlog.thresholdUs, e.slowlog.max = int64(v.SlowlogLogSlowerThan), int(v.SlowlogMaxLen)
	e.latency.thresholdMs = int64(v.LatencyMonitorThreshold)
	e.access.lfu = v.MaxMemoryPolicy.IsLFU()
	e.access.random, e.access.log, e.access.decay = e.random, int(v.LFULogFactor), int(v.LFUDecayTime)
	e.notifications.apply(v.NotifyKeyspaceEvents)
	e.gateEach()
	e.limitClients()
	e.refuseUnsaved()
	e.gates &^= gateMemory
	e.eviction.pooled = 0 // ranked by another policy, perhaps
	if v.MaxMemory > 0 {
		e.gates |= gateMemory
		e.soon()
	}
}

// gateEach makes requests be timed, and shown, one by one where somebody wants that.
func (e *Engine) gateEach() {
	e.gates &^= gateDebug
	t := e.slowlog.thresholdUs
	if t >= 0 && t < slowlogEachUs || e.latency.thresholdMs > 0 || e.monitors.Len() > 0 {
		e.gates |= gateDebug
	}
}

// Config is the configuration; only the writer uses it after the start.
func (e *Engine) Config() *config.Config { return e.config }
