package keyspace

import "math"

const (
	// cronNs is the pace of housekeeping while there is traffic. Without any,
	// the engine asks for its next call when something is due, or never.
	cronNs = 100e6
	// sliceNs bounds what a tick spends on work that can wait (expiry, freeing):
	// no step of the writer may reach 1 ms. What is not finished goes on in the
	// next round, after the requests that came in meanwhile. (A pause between two
	// slices would be a millisecond, which is what the shortest sleep of a Go
	// program takes: keys were then up to half a second late in
	// BenchmarkExpireMillion.)
	sliceNs = 250e3
)

// cron is the state of housekeeping.
type cron struct {
	lastNs       int64
	lastCommands int64
	wallOffsetNs int64 // Unix time minus the monotonic clock
	sampledMs    int64
	compacting   bool
	compactDB    int // where the round is
	compactFrom  int
	compactNs    int64 // when the last round ended
	wastedBytes  int64 // what a round could not get back
}

func (k *cron) start(nowNs int64) { k.lastNs = nowNs }

// wallMs is Unix time in ms for a reading of the monotonic clock, which saves
// the second reading.
func (e *Engine) wallMs(nowNs int64) int64 { return (nowNs + e.cron.wallOffsetNs) / 1e6 }

// followClock takes over a change of the system's clock. Readings are cut to
// milliseconds, so of several the greatest offset is the truest, and a smaller
// one means nothing unless it is a whole millisecond off: following it would make
// time step back.
func (e *Engine) followClock(offsetNs int64) {
	if d := offsetNs - e.cron.wallOffsetNs; d > 0 || d < -1e6 {
		e.cron.wallOffsetNs = offsetNs
	}
}

// soon makes housekeeping go on after the engine was idle.
func (e *Engine) soon() {
	if at := e.cron.lastNs + cronNs; at < e.deadline {
		e.deadline = max(at, e.clock.NowNs())
	}
}

// wantTickAt makes sure that Step is called shortly after a time.
func (e *Engine) wantTickAt(atMs, nowMs int64) {
	if delay := max(0, atMs+1-nowMs); delay < 1e9 {
		e.deadline = min(e.deadline, e.clock.NowNs()+delay*1e6)
	}
}

// tick does what is due.
func (e *Engine) tick(nowNs int64) {
	nowMs := e.clock.NowMs()
	e.followClock(nowMs*1e6 - nowNs)
	until := nowNs + sliceNs

	more := false
	if !e.loading && e.activeExpire {
		more = e.expireCycle(nowNs, nowMs, until)
	}
	more = e.drainAttic(until) || more
	more = e.drainFallen(until) || more
	more = e.drainWheels(until) || more
	if e.overMemory() && !e.loading {
		_, evicting := e.makeRoom(nowNs, until)
		more = more || evicting
	} else {
		e.withinMemory()
	}
	more = e.reclaim(until) || more
	for _, db := range e.dbs {
		db.table.Prepare()
	}
	e.compact(until)
	weeding := e.weed(nowNs, nowMs)
	e.expireWaits(nowMs)
	if e.pause.untilMs != 0 && nowMs >= e.pause.untilMs {
		e.pause = pause{}
		e.gates &^= gatePause | gatePauseAll
		e.goOn()
	}
	busy := false
	if nowNs-e.cron.lastNs >= cronNs {
		busy = e.housekeeping(nowNs, nowMs)
	} else {
		busy = true
	}
	end := e.clock.NowNs()
	e.stats.stepNsMax = max(e.stats.stepNsMax, end-nowNs)
	e.stats.cycles++
	e.stats.cyclesNs += end - nowNs
	e.setDeadline(end, nowMs, more, busy)
	if weeding {
		e.deadline = min(e.deadline, end+weedPauseNs)
	}
}

func (e *Engine) setDeadline(nowNs, nowMs int64, more, busy bool) {
	e.deadline = math.MaxInt64 / 2
	if more {
		e.deadline = nowNs
		return
	}
	if busy {
		e.deadline = e.cron.lastNs + cronNs
	}
	if at, ok := e.nextExpiryMs(); ok && e.activeExpire && !e.loading {
		e.deadline = min(e.deadline, nowNs+max(1, min(at-nowMs, 1e9))*1e6)
	}
	if at, ok := e.nextSaveMs(); ok {
		e.deadline = min(e.deadline, nowNs+max(cronNs, min(at-nowMs, 1e6)*1e6))
	}
	if len(e.waits.timed) > 0 {
		e.deadline = min(e.deadline, nowNs+max(1, e.waits.timed[0].untilMs-nowMs)*1e6)
	}
	if e.pause.untilMs != 0 {
		e.deadline = min(e.deadline, nowNs+max(1, e.pause.untilMs-nowMs)*1e6)
	}
	if e.values.Timeout > 0 && e.ClientCount() > 0 {
		e.deadline = min(e.deadline, nowNs+1e9)
	}
}

// housekeeping is done ten times a second; it tells whether there was traffic.
func (e *Engine) housekeeping(nowNs, nowMs int64) (busy bool) {
	elapsed := nowNs - e.cron.lastNs
	e.cron.lastNs = nowNs
	busy = e.stats.commands != e.cron.lastCommands
	e.cron.lastCommands = e.stats.commands
	e.stats.sampleRates(elapsed)

	if nowMs-e.cron.sampledMs >= 1000 {
		e.cron.sampledMs = nowMs
		e.sampleGo()
	}
	e.noteClients()
	e.usedBytesPeak = max(e.usedBytesPeak, e.UsedMemory())
	if e.journal != nil {
		_, _, err := e.journal.Progress()
		e.refuse(err)
	}
	busy = e.scavenge(nowNs) || busy
	wasted := e.arena.Wasted()
	e.cron.wastedBytes = min(e.cron.wastedBytes, wasted)
	if wasted-e.cron.wastedBytes > max(compactAboveMin, e.arena.Used()/compactAboveShare) {
		e.cron.compacting = true
	}
	busy = busy || e.cron.compacting
	busy = e.walkForBigKeys() || busy
	e.closeIdle(nowMs)
	e.fileMoved() // among them are some that are gone
	e.saveDue(nowMs)
	return busy || e.stats.rates[rateCommands].perSecond() > 0 || e.refused != nil
}

const (
	// Memory in spans beyond what is in use, and beyond what the last round left,
	// above which tables are compacted.
	compactAboveMin   = 512 << 10
	compactAboveShare = 128
	// compactStep is the number of segments looked at between two looks at the
	// clock, and compactRestNs the time between two rounds that may find little.
	compactStep   = 256
	compactRestNs = 1e9
)

// refuse makes the engine refuse writes while err is not nil.
func (e *Engine) refuse(err error) {
	if (err != nil) != (e.refused != nil) {
		if err != nil {
			e.log.Error().Err(err).Msg("writes are refused until the append-only file can be written again")
		} else {
			e.log.Warn().Msg("the append-only file can be written again; writes are accepted")
		}
	}
	e.refused = err
	e.gates &^= gateDisk
	if err != nil {
		e.gates |= gateDisk
	}
}

// JournalMoved tells the engine that the journal's progress has changed. The
// journal calls it, on its own goroutine.
func (e *Engine) JournalMoved() {
	if e.moved.CompareAndSwap(false, true) {
		e.queue.push(&e.movedBatch)
	}
}

// closeIdle ends connections that have been silent for longer than timeout.
func (e *Engine) closeIdle(nowMs int64) {
	if e.values.Timeout == 0 {
		return
	}
	limit := nowMs - int64(e.values.Timeout)*1000
	e.Clients(func(s *Session) bool {
		if s.activeMs < limit && (s.waiting == nil || s.waiting.stalled) && !s.peer.Trusted {
			e.Kill(nil, s)
		}
		return true
	})
}

// compact makes a round through the tables when spans have become sparse.
func (e *Engine) compact(untilNs int64) {
	k := &e.cron
	if !k.compacting || e.clock.NowNs()-k.compactNs < compactRestNs {
		return
	}
	for k.compactDB < len(e.dbs) {
		if k.compactFrom = e.dbs[k.compactDB].table.Compact(k.compactFrom, compactStep); k.compactFrom == 0 {
			k.compactDB++
		}
		if e.clock.NowNs() > untilNs {
			return // the rest at the next tick: nobody waits for it
		}
	}
	k.compacting, k.compactDB, k.compactNs = false, 0, e.clock.NowNs()
	k.wastedBytes = e.arena.Wasted()
}

// drainAttic frees tables that were cut off.
func (e *Engine) drainAttic(untilNs int64) (more bool) {
	for len(e.attic) > 0 {
		last := len(e.attic) - 1
		if !e.attic[last].Drain(drainStep, e.dropValue) {
			e.attic = e.attic[:last]
		}
		if e.clock.NowNs() > untilNs {
			return len(e.attic) > 0
		}
	}
	return false
}

// reclaim frees what a closed snapshot kept alive.
func (e *Engine) reclaim(untilNs int64) (more bool) {
	for e.epochs.Reclaim(drainStep) {
		if e.clock.NowNs() > untilNs {
			return true
		}
	}
	return false
}
