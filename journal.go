package main

import (
	"github.com/rs/zerolog"

	"solokv/keyspace"
	"solokv/keyspace/config"
	"solokv/persistence"
	"solokv/persistence/aof"
	"solokv/persistence/fs"
)

// disk is the append-only file as the engine's Journal.
type disk struct {
	*aof.Journal
	store       *persistence.Store
	loadedBytes int64 // of all files, at the start
	otherBytes  int64 // of loadedBytes, what is not in the increment that is written on
	refused     bool  // what the engine was told; the journal goroutine's
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

// openDisk loads the append-only file into the engine and opens it for more.
func openDisk(cfg *config.Config, log zerolog.Logger, engine *keyspace.Engine, progress *loadProgress) (*disk, error) {
	v := cfg.Values()
	store, err := persistence.Open(persistence.Options{
		FS: fs.OS(), Dir: v.Dir, AppendDirName: v.AppendDirName, AppendFileName: v.AppendFilename,
	})
	if err != nil {
		return nil, err
	}
	found, err := load(store, v, log, engine, progress)
	if err != nil {
		_ = store.Close()
		return nil, err
	}
	d := &disk{store: store, loadedBytes: found.Bytes}
	if n := len(found.Files); n > 0 {
		d.otherBytes = found.Bytes - found.Files[n-1].Bytes
	}
	d.Journal, err = store.Journal(aof.Options{
		Policy: policyOf(v.AppendFsync), Checksum: v.AOFChecksum, Progress: func() { d.moved(engine) },
		Logf: func(format string, args ...any) { log.Warn().Msgf(format, args...) },
	})
	if err != nil {
		_ = store.Close()
		return nil, err
	}
	return d, nil
}

// moved passes the journal's progress on, where the engine waits for it: replies
// do under always, and everybody does when the disk refuses or works again.
func (d *disk) moved(engine *keyspace.Engine) {
	if refuses := d.Err() != nil; refuses != d.refused || d.Policy() == aof.Always {
		d.refused = refuses
		engine.JournalMoved()
	}
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
