package keyspace

import (
	"errors"
	"time"
)

// Saving: when snapshots are taken, and what became of them. The engine opens and
// closes them; a Saver, which main attaches, brings them to disk.
//
// BGSAVE and the rewrite of the append-only file each need the one snapshot that
// can be open, so one of them runs and the others wait: scheduled, or refused.
//
//	writer    begin: open the snapshot ...... commands go on ...... ended: close it
//	saver               \-- walk, write, fsync, rename -- engine.Do /
//
// SAVE needs no snapshot: the writer does nothing else meanwhile.

// Saver brings snapshots to disk. The writer calls it.
type Saver interface {
	// SaveNow writes the database file, and returns when it is safe.
	SaveNow(s *Snapshot) error
	// Save does the same on a goroutine of its own, and calls ended there.
	Save(s *Snapshot, ended func(error))
	// BeginRewrite is called just before the snapshot of a rewrite is opened: from
	// then on records belong behind the new base.
	BeginRewrite() error
	// Rewrite makes the snapshot the base of the append-only file, as Save does.
	Rewrite(s *Snapshot, ended func(error))
}

// task is what a snapshot is for.
type task uint8

const (
	taskNone task = iota
	taskSave
	taskRewrite
)

// saves is the state of saving.
type saves struct {
	saver    Saver
	snapshot *Snapshot
	task     task
	dirty    int64 // of stats, when the snapshot was opened
	save     saveRecord
	rewrite  saveRecord
	savedMs  int64 // when the last save that succeeded ended, or the start
	savedAt  int64 // changes that were in it
	failures int   // of rewrites, one after the other
	done     bool  // see SayFarewell
}

// saveRecord is what INFO tells of one kind of saving.
type saveRecord struct {
	scheduled   bool
	startedMs   int64 // of the one that runs
	triedMs     int64 // when the last one began
	lastSeconds int64 // of the last one; -1: there was none
	failed      bool  // the last one did
	count       int64 // of those that were begun
	cowBytes    int64 // what the snapshot of the last one kept alive
}

// The errors of the commands, in Redis's words.
const (
	errSaveRuns    Error = "ERR Background save already in progress"
	errRewriteRuns Error = "ERR Background append only file rewriting already in progress"
	errOtherRuns   Error = "ERR Another child process is active (AOF?): can't BGSAVE right now. " +
		"Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible."
	errNotSaved   Error = "ERR"
	errNoSaver    Error = "ERR Saving is not possible: the server has no data folder"
	errSaveFailed Error = "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. " +
		"Commands that may modify the data set are disabled, because this instance is configured to report errors " +
		"during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs " +
		"for details about the RDB error."
)

// ErrSaveCancelled is what a Saver ends with when its snapshot was cancelled.
var ErrSaveCancelled = errors.New("cancelled")

// ErrProvisional says that the append-only file was turned on and its first rewrite
// has yet to succeed: what it is to hold would be lost.
var ErrProvisional = errors.New("the append-only file has no base yet")

// SetSaver attaches the Saver, before anything is loaded.
func (e *Engine) SetSaver(s Saver) { e.saves.saver = s }

func (s *saves) start(nowMs int64) {
	s.savedMs = nowMs
	s.save.lastSeconds, s.rewrite.lastSeconds = -1, -1
}

// Loaded says that what is in memory now is on disk.
func (e *Engine) Loaded() { e.saves.savedAt = e.stats.changes }

// Save is SAVE.
func (c *Ctx) Save() error {
	e := c.e
	switch {
	case e.saves.saver == nil:
		return errNoSaver
	case e.saves.task == taskSave:
		return errSaveRuns
	}
	e.saves.save.count++
	return e.saveNow(c)
}

// saveNow saves everything up to now. Who asked for it hears of a failure; it stops
// nobody's writes, as that of a save in the background does, but a success lets
// them go on.
func (e *Engine) saveNow(c *Ctx) error {
	if err := e.saves.saver.SaveNow(c.stillSnapshot()); err != nil {
		e.log.Error().Err(err).Msg("the database file was not saved")
		return errNotSaved
	}
	e.saves.save.failed = false
	e.saved(e.stats.changes)
	e.refuseUnsaved()
	e.log.Info().Msg("DB saved on disk")
	return nil
}

// Farewell is what happens to the data when the program is about to end.
type Farewell uint8

const (
	FarewellDefault Farewell = iota // a save if there are save points
	FarewellSave
	FarewellNoSave
)

// farewellPauseMs is how long clients wait for what comes after a farewell, which is
// the end.
const farewellPauseMs = 3600_000

// SayFarewell does what is to be done before the program ends; an error says that
// the data would be lost, which force puts up with. Once it has succeeded there is
// nothing more to do, and nobody is served any more: a write that is acknowledged
// now would be in no file.
func (c *Ctx) SayFarewell(f Farewell, force bool) error {
	e := c.e
	if e.saves.done || e.loading {
		return nil
	}
	e.cancelSave()
	e.stopScript()
	err := e.provisional()
	if err == nil || force {
		errSave := e.saveLast(c, f)
		e.tellUnsaved(errSave, force)
		err = errors.Join(err, errSave)
	}
	if err != nil && !force {
		return err
	}
	e.saves.done = true
	e.PauseUntil(e.clock.NowMs()+farewellPauseMs, true)
	return nil
}

// tellUnsaved says in the log what a last save that has failed means.
func (e *Engine) tellUnsaved(err error, force bool) {
	switch {
	case err == nil:
	case force:
		e.log.Warn().Msg("Error trying to save the DB. Exiting anyway.")
	default:
		e.log.Warn().Msg("Error trying to save the DB, can't exit.")
	}
}

// provisional is ErrProvisional while the end should wait for a rewrite. When that
// has failed, waiting would not help.
func (e *Engine) provisional() error {
	switch {
	case e.journal == nil || !e.PersistenceFacts().Provisional:
		return nil
	case e.saves.failures > 0 && e.saves.task != taskRewrite:
		e.log.Error().Msg("the append-only file, which was turned on, does not hold the data: its first rewrite has failed")
		return nil
	}
	e.log.Warn().Msg("the first rewrite of the append-only file is not done: the end waits for it")
	return ErrProvisional
}

func (e *Engine) saveLast(c *Ctx, f Farewell) error {
	switch {
	case f != FarewellSave && (f != FarewellDefault || len(e.values.Save) == 0):
		return nil
	case e.saves.saver != nil:
		return e.saveNow(c)
	case f == FarewellSave:
		return errNoSaver
	}
	return nil
}

// cancelSave makes a save in the background end soon, if one runs.
func (e *Engine) cancelSave() {
	if e.saves.task == taskSave {
		e.saves.snapshot.Cancel()
	}
}

// BackgroundSave is BGSAVE. Scheduled tells that it has to wait, which only
// schedule allows, and which it does within a transaction: neither file is to hold a
// half of one.
func (c *Ctx) BackgroundSave(schedule bool) (scheduled bool, err error) {
	e := c.e
	switch {
	case e.saves.saver == nil:
		return false, errNoSaver
	case e.saves.task == taskSave:
		return false, errSaveRuns
	case e.saves.task == taskNone && !c.InExec():
		e.beginSave(c)
		return false, nil
	case !schedule && !c.InExec():
		return false, errOtherRuns
	}
	e.saves.save.scheduled = true
	return true, nil
}

// BackgroundRewrite is BGREWRITEAOF.
func (c *Ctx) BackgroundRewrite() (scheduled bool, err error) {
	e := c.e
	switch {
	case e.saves.saver == nil:
		return false, errNoSaver
	case e.saves.task == taskRewrite:
		return false, errRewriteRuns
	case e.saves.task == taskSave, c.InExec():
		e.saves.rewrite.scheduled = true
		return true, nil
	}
	return false, e.beginRewrite(c)
}

func (e *Engine) beginSave(c *Ctx) {
	s := e.begin(c, taskSave, &e.saves.save)
	e.log.Info().Msg("Background saving started")
	e.saves.saver.Save(s, func(err error) { e.Do(func(c *Ctx) { e.saveEnded(c, err) }) })
}

func (e *Engine) beginRewrite(c *Ctx) error {
	if err := e.saves.saver.BeginRewrite(); err != nil {
		e.saves.rewrite.failed = true
		e.saves.failures++
		e.log.Error().Err(err).Msg("the rewrite of the append-only file could not begin")
		return Error("ERR Can't rewrite the append only file: " + err.Error())
	}
	e.journalDB = -1 // the next increment begins with a SELECT
	s := e.begin(c, taskRewrite, &e.saves.rewrite)
	e.log.Info().Msg("Background append only file rewriting started")
	e.saves.saver.Rewrite(s, func(err error) { e.Do(func(c *Ctx) { e.rewriteEnded(c, err) }) })
	return nil
}

func (e *Engine) begin(c *Ctx, t task, r *saveRecord) *Snapshot {
	now := e.clock.NowMs()
	r.scheduled, r.startedMs, r.triedMs = false, now, now
	r.count++
	e.saves.task, e.saves.dirty = t, e.stats.changes
	e.saves.snapshot = c.OpenSnapshot()
	return e.saves.snapshot
}

func (e *Engine) saveEnded(c *Ctx, err error) {
	took := e.end(c, &e.saves.save, err)
	e.refuseUnsaved()
	switch {
	case err == nil:
		e.saved(e.saves.dirty)
		e.log.Info().Dur("took", took).Msg("Background saving terminated with success")
	case errors.Is(err, ErrSaveCancelled):
		e.log.Warn().Msg("Background saving cancelled")
	default:
		e.log.Error().Err(err).Msg("Background saving error")
	}
}

func (e *Engine) rewriteEnded(c *Ctx, err error) {
	took := e.end(c, &e.saves.rewrite, err)
	switch {
	case err == nil:
		e.saves.failures = 0
		e.log.Info().Dur("took", took).Msg("Background AOF rewrite finished successfully")
	case errors.Is(err, ErrSaveCancelled):
		e.log.Warn().Msg("Background AOF rewrite cancelled")
	default:
		e.saves.failures++
		e.log.Error().Err(err).Msg("Background AOF rewrite terminated with error")
	}
}

func (e *Engine) end(c *Ctx, r *saveRecord, err error) (took time.Duration) {
	now := e.clock.NowMs()
	took = time.Duration(now-r.startedMs) * time.Millisecond
	r.ended(now, r.startedMs, err)
	r.cowBytes = e.epochs.KeptBytes()
	e.saves.task = taskNone
	c.CloseSnapshot(e.saves.snapshot)
	e.saves.snapshot = nil
	return took
}

func (r *saveRecord) ended(nowMs, startedMs int64, err error) {
	r.lastSeconds = (nowMs - startedMs) / 1000
	r.startedMs = 0
	if errors.Is(err, ErrSaveCancelled) {
		return // by us: nothing is wrong with the disk
	}
	r.failed = err != nil
}

// saved notes that a save has succeeded which holds everything up to a count of
// changes. One that was begun later may have succeeded before it.
func (e *Engine) saved(changes int64) {
	e.saves.savedMs, e.saves.savedAt = e.clock.NowMs(), max(e.saves.savedAt, changes)
}

// refuseUnsaved makes writes fail while saves are wanted and do not work.
func (e *Engine) refuseUnsaved() {
	e.gates &^= gateSave
	if e.saves.save.failed && len(e.values.Save) > 0 && e.values.StopWritesOnBgsaveError {
		e.gates |= gateSave
	}
}
