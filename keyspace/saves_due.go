package keyspace

// When a save or a rewrite begins by itself: it was scheduled, a save point is
// reached, or the append-only file has grown. housekeeping looks, and setDeadline
// makes sure that it looks in time though nobody sends anything.

// retryMs is the pause after a save that failed.
const retryMs = 5000

// saveDue begins what is due: what was scheduled, then what a save point or the
// growth of the append-only file asks for. While a request is suspended its changes can
// still be taken back, so nobody may look at the data; housekeeping asks again.
func (e *Engine) saveDue(nowMs int64) {
	v := &e.saves
	if v.saver == nil || v.task != taskNone || e.loading || e.long.suspended {
		return
	}
	c := e.background(nowMs)
	switch {
	case v.save.scheduled && nowMs-v.save.triedMs > e.retryPause():
		e.beginSave(c)
	case v.rewrite.scheduled, e.rewriteWanted(nowMs):
		v.rewrite.scheduled = false
		v.rewrite.triedMs = nowMs
		_ = e.beginRewrite(c) // logged; growth will ask again
	case e.savePointReached(nowMs) && nowMs-v.save.triedMs > e.retryPause():
		e.beginSave(c)
	}
}

func (e *Engine) retryPause() int64 {
	if e.saves.save.failed {
		return retryMs
	}
	return -1
}

func (e *Engine) savePointReached(nowMs int64) bool {
	changes, seconds := e.UnsavedChanges(), (nowMs-e.saves.savedMs)/1000
	for _, p := range e.values.Save {
		if changes >= p.Changes && seconds > p.Seconds {
			return true
		}
	}
	return false
}

// rewriteFailuresMax is the number of failures after which rewrites that nobody
// asked for wait: a minute, two, four, up to an hour.
const rewriteFailuresMax = 3

func (e *Engine) rewriteWanted(nowMs int64) bool {
	v := e.values
	if e.journal == nil {
		return false
	}
	if over := e.saves.failures - rewriteFailuresMax; over >= 0 &&
		nowMs-e.saves.rewrite.triedMs < min(int64(60_000)<<min(over, 6), 3600_000) {
		return false
	}
	f := e.PersistenceFacts()
	if f.Provisional {
		return true
	}
	base := max(f.BaseBytes, 1)
	return v.AutoAOFRewritePercentage > 0 && f.CurrentBytes > v.AutoAOFRewriteMinSize &&
		f.CurrentBytes*100/base-100 >= int64(v.AutoAOFRewritePercentage)
}

// nextSaveMs is when saveDue should look again though nothing happens.
func (e *Engine) nextSaveMs() (atMs int64, ok bool) {
	v := &e.saves
	if v.saver == nil || v.task != taskNone {
		return 0, false
	}
	if v.save.scheduled || v.rewrite.scheduled {
		return 0, true
	}
	changes := e.UnsavedChanges()
	for _, p := range e.values.Save {
		if at := v.savedMs + (p.Seconds+1)*1000; changes >= p.Changes && (!ok || at < atMs) {
			atMs, ok = max(at, v.save.triedMs+e.retryPause()+1), true
		}
	}
	return atMs, ok
}

// UnsavedChanges is the number of changes since the last save.
func (e *Engine) UnsavedChanges() int64 { return e.stats.changes - e.saves.savedAt }

// ScheduleRewrite makes a rewrite begin after the request that is executed, or after
// what else is being saved.
func (e *Engine) ScheduleRewrite() {
	e.saves.rewrite.scheduled = true
	e.Do(func(c *Ctx) { e.saveDue(c.nowMs) })
}

// Emptied is called when FLUSHALL has changed what it changes. A save that runs
// would bring back what is gone, and so would the database file: if there are save
// points, an empty one takes its place at once.
func (c *Ctx) Emptied() {
	e := c.e
	e.cancelSave()
	c.settle()
	if e.saves.saver != nil && len(e.values.Save) > 0 {
		_ = e.saveNow(c) // logged
	}
}
