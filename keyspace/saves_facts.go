package keyspace

// SaveFacts is what INFO persistence tells of saving; -1 where there is none.
type SaveFacts struct {
	Running, Scheduled   bool
	Failed               bool
	LastSeconds, Seconds int64
	Count                int64
	CowBytes             int64 // of the last one; see CowBytes
}

// SaveFacts tells of saves.
func (e *Engine) SaveFacts() SaveFacts { return e.factsOf(taskSave, &e.saves.save) }

// RewriteFacts tells of rewrites of the append-only file; failures counts those
// that failed one after the other.
func (e *Engine) RewriteFacts() (f SaveFacts, failures int) {
	return e.factsOf(taskRewrite, &e.saves.rewrite), e.saves.failures
}

func (e *Engine) factsOf(t task, r *saveRecord) SaveFacts {
	f := SaveFacts{Running: e.saves.task == t, Scheduled: r.scheduled, Failed: r.failed,
		LastSeconds: r.lastSeconds, Seconds: -1, Count: r.count, CowBytes: r.cowBytes}
	if f.Running {
		f.Seconds = (e.clock.NowMs() - r.startedMs) / 1000
	}
	return f
}

// LastSaveMs is LASTSAVE.
func (e *Engine) LastSaveMs() int64 { return e.saves.savedMs }

// SavedKeys is how far the save or rewrite that runs has come.
func (e *Engine) SavedKeys() (done, total int64) {
	s := e.saves.snapshot
	if s == nil {
		return 0, 0
	}
	for db := range s.DBs() {
		total += int64(s.Len(db))
	}
	return s.visited.Load(), total
}

// CowBytes is the memory of what was replaced or removed since the open snapshot, and
// kept for it; 0 where none is open.
func (e *Engine) CowBytes() int64 {
	if !e.epochs.Open() {
		return 0
	}
	return e.epochs.KeptBytes()
}
