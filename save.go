package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"solokv/keyspace"
	"solokv/keyspace/config"
	"solokv/persistence"
	"solokv/persistence/aof"
	"solokv/persistence/rdb"
)

// saver is the engine's Saver: it walks over snapshots on goroutines of its own and
// writes what it finds. Its methods are called on the writer, where the directives
// can be read.
type saver struct {
	service *service
	files   *persistence.Replacer
	rewrite *aof.Rewrite  // that has begun, until Rewrite takes it over
	passing *disk         // the append-only file of a rewrite in a server that keeps none
	running *rewriting    // the one that Rewrite has taken over last
	saved   chan struct{} // closed when the last Save has ended; nil before the first
	threads savers
}

// rewriting is a rewrite on its goroutine.
type rewriting struct {
	cancel func()
	done   chan struct{}
}

// saveOptions are the directives that a save goes by, as they are when it begins.
type saveOptions struct {
	path     string // of the database file
	version  int    // 0: the oldest that holds the data
	compress bool
	checksum bool
	keyDelay time.Duration // for tests
	courtesy *courtesy     // nil on the writer's goroutine, which nobody waits beside
	stamps   bool          // aof-timestamp-enabled
	about    about
}

// about is what a file tells of itself.
type about struct {
	program, compatible string
	unixSeconds         int64
	usedBytes           int64
	isBase              bool // of an append-only file
}

func (s *saver) options() saveOptions {
	o := saveOptionsOf(s.service.cfg.Values())
	o.about.usedBytes = s.service.engine.UsedMemory()
	return o
}

// saveOptionsOf are those of the directives; how much memory is used is not known.
func saveOptionsOf(v *config.Values) saveOptions {
	b := build(v)
	return saveOptions{
		path: databasePath(v), version: v.RDBSaveVersion, compress: v.RDBCompression,
		checksum: v.RDBChecksum, stamps: v.AOFTimestampEnabled, keyDelay: time.Duration(v.RDBKeySaveDelay) * time.Microsecond,
		about: about{program: b.Version, compatible: b.Compatible, unixSeconds: time.Now().Unix()},
	}
}

// ofBase are the options of a file that an append-only file begins with.
func (o saveOptions) ofBase() saveOptions {
	o.about.isBase = true
	return o
}

func databasePath(v *config.Values) string { return filepath.Join(v.Dir, v.DBFilename) }

// SaveNow implements keyspace.Saver.
func (s *saver) SaveNow(snapshot *keyspace.Snapshot) error {
	return replace(s.files.Begin(), snapshot, s.options())
}

// Save implements keyspace.Saver.
func (s *saver) Save(snapshot *keyspace.Snapshot, ended func(error)) {
	file, o, saved := s.files.Begin(), s.options(), make(chan struct{})
	s.saved = saved
	s.threads.run(func(c *courtesy) {
		o.courtesy = c
		err := replace(file, snapshot, o)
		close(saved)
		ended(err)
	})
}

// awaitSave gives a Save that was cancelled the time to clean up, which takes an
// fsync at most; where it takes longer, the next start does.
func (s *saver) awaitSave() {
	if s.saved == nil {
		return
	}
	select {
	case <-s.saved:
	case <-time.After(awaitSaveMax):
	}
}

const awaitSaveMax = time.Second

func replace(file persistence.Replacement, snapshot *keyspace.Snapshot, o saveOptions) error {
	err := file.Run(o.path, func(w io.Writer) error { return writeSnapshot(w, snapshot, o) },
		func() bool { return !snapshot.Cancelled() })
	return endOf(snapshot, err)
}

// endOf is how a save or rewrite ended: after a cancellation, whatever went wrong, it
// was cancelled.
func endOf(snapshot *keyspace.Snapshot, err error) error {
	if err != nil && snapshot.Cancelled() {
		return keyspace.ErrSaveCancelled
	}
	return err
}

// BeginRewrite implements keyspace.Saver.
func (s *saver) BeginRewrite() error {
	d := s.service.disk
	if d == nil { // BGREWRITEAOF without appendonly: the files hold this moment, and nothing is added
		var err error
		if d, err = s.service.startDisk(); err != nil {
			return err
		}
		s.passing = d
	}
	format := aof.BaseAOF
	if s.service.cfg.Values().AOFUseRDBPreamble {
		format = aof.BaseRDB
	}
	var err error
	if s.rewrite, err = d.Rewrite(format); err != nil && s.passing != nil {
		err = errors.Join(err, s.passing.Close()) // or the next one would find the folder locked
		s.passing = nil
	}
	return err
}

// Rewrite implements keyspace.Saver.
func (s *saver) Rewrite(snapshot *keyspace.Snapshot, ended func(error)) {
	r, passing, o := s.rewrite, s.passing, s.options().ofBase()
	s.rewrite, s.passing = nil, nil
	write := writeSnapshot
	if !s.service.cfg.Values().AOFUseRDBPreamble {
		write = writeRecords
	}
	ctx, cancel := context.WithCancel(context.Background())
	run := &rewriting{func() { snapshot.Cancel(); cancel() }, make(chan struct{})}
	s.running = run
	s.threads.run(func(c *courtesy) {
		o.courtesy = c
		err := r.Run(ctx, func(w io.Writer) error { return write(w, snapshot, o) })
		if passing != nil {
			err = errors.Join(err, passing.Close())
		}
		cancel()
		close(run.done)
		ended(endOf(snapshot, err))
	})
}

// stopRewrite ends a rewrite, if one runs, and waits until it touches no file any
// more: an fsync, at most.
func (s *saver) stopRewrite() {
	if s.running != nil {
		s.running.cancel()
		<-s.running.done
	}
}

// entryOf is a key as the file formats take it.
func entryOf(item *keyspace.FrozenItem) rdb.Entry {
	return rdb.Entry{
		Key: item.Key, Value: rdb.Value{Kind: item.Kind, Bytes: item.Value, Whole: item.Whole},
		ExpireAtMs: int64(item.Expiry),
		Access:     rdb.Access{IdleSeconds: item.IdleSeconds, Freq: int(item.Frequency)},
	}
}

// walk hands over the keys of a database, until it is cancelled.
func walk(s *keyspace.Snapshot, db int, o saveOptions, put func(*rdb.Entry) error) (err error) {
	var entry rdb.Entry // one for all: put does not keep it
	s.Each(db, func(item keyspace.FrozenItem) bool {
		entry = entryOf(&item)
		if o.keyDelay > 0 {
			time.Sleep(o.keyDelay)
		}
		o.courtesy.key()
		err = put(&entry)
		return err == nil && !s.Cancelled()
	})
	if err == nil && s.Cancelled() {
		err = keyspace.ErrSaveCancelled
	}
	return err
}
