package main

import (
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"solokv/keyspace"
	"solokv/keyspace/config"
	"solokv/persistence"
	"solokv/persistence/aof"
)

// disk is the append-only file as the engine's Journal.
type disk struct {
	*aof.Journal
	store   *persistence.Store
	engine  *keyspace.Engine
	refused bool         // what the engine was told; the journal goroutine's
	watchMs atomic.Int64 // latency-monitor-threshold
	stamps  bool         // aof-timestamp-enabled; the writer's
}

// Begin implements keyspace.Journal.
func (d *disk) Begin(nowMs int64) []byte {
	if d.stamps && nowMs > 0 {
		d.Timestamp(nowMs / 1000)
	}
	return d.Journal.Begin()
}

// Progress implements keyspace.Journal: only under always do replies wait.
func (d *disk) Progress() (appended, durable int64, err error) {
	appended = d.Offset()
	if d.Policy() != aof.Always {
		return appended, appended, d.Err()
	}
	return appended, d.Durable(), d.Err()
}

// Close writes and syncs what is left and unlocks the folder.
func (d *disk) Close() error {
	err := d.Journal.Close()
	if unlockErr := d.store.Close(); err == nil {
		err = unlockErr
	}
	return err
}

// moved passes the journal's progress on, where the engine waits for it: replies
// do under always, and everybody does when the disk refuses or works again.
func (d *disk) moved() {
	if refuses := d.Err() != nil; refuses != d.refused || d.Policy() == aof.Always {
		d.refused = refuses
		d.engine.JournalMoved()
	}
}

// took tells the latency monitor of steps that were slow.
func (d *disk) took(step aof.Step, took time.Duration) {
	threshold := d.watchMs.Load()
	if threshold == 0 || took.Milliseconds() < threshold {
		return
	}
	event := "aof-write"
	if step == aof.StepSync {
		event = "aof-fsync-always"
	}
	d.engine.Do(func(c *keyspace.Ctx) { c.LatencySpike(event, took.Milliseconds()) })
}

func (s *service) openStore(v *config.Values) (*persistence.Store, error) {
	return persistence.Open(persistence.Options{
		FS: s.files, Dir: v.Dir, AppendDirName: v.AppendDirName, AppendFileName: v.AppendFilename,
	})
}

// openDisk opens the journal of a store, whose lock it takes over: a new one, for
// data that no append-only file holds, or the one that was loaded.
func openDisk(store *persistence.Store, provisional bool, v *config.Values, log zerolog.Logger,
	engine *keyspace.Engine) (*disk, error) {
	d := &disk{store: store, engine: engine, stamps: v.AOFTimestampEnabled}
	d.watchMs.Store(int64(v.LatencyMonitorThreshold))
	open := store.Journal
	if provisional {
		open = store.Start
	}
	journal, err := open(aof.Options{
		Policy: policyOf(v.AppendFsync), Checksum: v.AOFChecksum, Progress: d.moved, Took: d.took,
		Logf: func(format string, args ...any) { log.Warn().Msgf(format, args...) },
	})
	if err != nil {
		_ = store.Close()
		return nil, err
	}
	d.Journal = journal
	return d, nil
}

// startDisk begins an append-only file while the server runs.
func (s *service) startDisk() (*disk, error) {
	v := s.cfg.Values()
	store, err := s.openStore(v)
	if err != nil {
		return nil, err
	}
	return openDisk(store, true, v, s.log, s.engine)
}

// switchDisk turns the append-only file on or off. On the writer, which waits for the
// disk: where a rewrite runs, until it has given up.
func (s *service) switchDisk(on bool) error {
	if on == (s.disk != nil) {
		return nil
	}
	s.saver.stopRewrite()
	switch {
	case on:
		d, err := s.startDisk()
		if err != nil {
			s.log.Error().Err(err).Msg("the append-only file cannot be turned on")
			return &config.ApplyError{Name: "appendonly", Reason: "Unable to turn on AOF. Check server logs."}
		}
		s.disk = d
		s.engine.SetJournal(d)
		s.engine.ScheduleRewrite()
		s.log.Info().Msg("The append-only file was turned on: an AOF background was scheduled to start when possible.")
	default:
		if err := s.disk.Close(); err != nil {
			s.log.Error().Err(err).Msg("the append-only file was not closed cleanly")
		}
		s.disk = nil
		s.engine.DetachJournal()
	}
	return nil
}

func policyOf(f config.Fsync) aof.Policy {
	switch f {
	case config.FsyncAlways:
		return aof.Always
	case config.FsyncNo:
		return aof.No
	}
	return aof.EverySec
}
