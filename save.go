package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"time"

	"solokv/keyspace"
	"solokv/keyspace/config"
	"solokv/persistence"
	"solokv/persistence/fs"
	"solokv/persistence/rdb"
)

// saver is the engine's Saver: it walks over snapshots on goroutines of its own and
// writes what it finds.
type saver struct {
	cfg    *config.Config
	engine *keyspace.Engine
	fs     fs.FS
	build  keyspace.Build
}

// BeginRewrite implements keyspace.Saver.
func (s *saver) BeginRewrite() error { return errors.New("not supported") }

// Rewrite implements keyspace.Saver.
func (s *saver) Rewrite(*keyspace.Snapshot, func(error)) {}

// saveOptions are the directives that a save goes by, as they are when it begins.
type saveOptions struct {
	path           string
	version        int // 0: the oldest that holds the data
	compress       bool
	checksum       bool
	keyDelay       time.Duration // for tests
	base           bool          // of an append-only file
	usedBytes      int64
	compatible     string
	program        string
	nowUnixSeconds int64
}

func (s *saver) options() saveOptions {
	v := s.cfg.Values()
	return saveOptions{
		path: filepath.Join(v.Dir, v.DBFilename), version: v.RDBSaveVersion, compress: v.RDBCompression,
		checksum: v.RDBChecksum, keyDelay: time.Duration(v.RDBKeySaveDelay) * time.Microsecond,
		usedBytes: s.engine.UsedMemory(), compatible: s.build.Compatible, program: s.build.Version,
		nowUnixSeconds: time.Now().Unix(),
	}
}

// SaveNow implements keyspace.Saver.
func (s *saver) SaveNow(snapshot *keyspace.Snapshot) error { return s.replace(snapshot, s.options()) }

// Save implements keyspace.Saver.
func (s *saver) Save(snapshot *keyspace.Snapshot, ended func(error)) {
	o := s.options()
	go func() { ended(s.replace(snapshot, o)) }()
}

func (s *saver) replace(snapshot *keyspace.Snapshot, o saveOptions) error {
	return persistence.Replace(s.fs, o.path, func(w io.Writer) error { return writeSnapshot(w, snapshot, o) })
}

// writeSnapshot writes a snapshot as an RDB file.
func writeSnapshot(to io.Writer, s *keyspace.Snapshot, o saveOptions) error {
	if o.version == 0 {
		o.version = versionOf(s)
	}
	w := rdb.NewWriter(to, rdb.WriteOptions{Version: o.version, Compress: o.compress, Checksum: o.checksum})
	w.Header()
	w.Aux("redis-ver", o.compatible)
	w.Aux("redis-bits", "64")
	w.Aux("ctime", strconv.FormatInt(o.nowUnixSeconds, 10))
	w.Aux("used-mem", strconv.FormatInt(o.usedBytes, 10))
	w.Aux("aof-base", strconv.Itoa(flag(o.base)))
	w.Aux("solokv-ver", o.program)
	for db := range s.DBs() {
		if err := writeDatabase(w, s, db, o); err != nil {
			return err
		}
	}
	return w.Close()
}

func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}

func writeDatabase(w *rdb.Writer, s *keyspace.Snapshot, db int, o saveOptions) (err error) {
	keys := s.Len(db)
	if keys == 0 {
		return nil
	}
	w.Database(db, keys, s.Volatile(db))
	s.Each(db, func(item keyspace.FrozenItem) bool {
		entry := rdb.Entry{
			Key: item.Key, Value: rdb.Value{Kind: item.Kind, Bytes: item.Value, Whole: item.Whole},
			ExpireAtMs: int64(item.Expiry),
			Access:     rdb.Access{IdleSeconds: item.IdleSeconds, Freq: int(item.Frequency)},
		}
		if o.keyDelay > 0 {
			time.Sleep(o.keyDelay)
		}
		err = w.Key(&entry)
		return err == nil
	})
	if err == nil && s.Cancelled() {
		err = keyspace.ErrSaveCancelled
	}
	if err != nil {
		return fmt.Errorf("database %d: %w", db, err)
	}
	return nil
}

// versionOf is the oldest version of the format that holds a snapshot.
func versionOf(s *keyspace.Snapshot) int {
	version := rdb.VersionBase
	if s.Plain {
		return version
	}
	for db := range s.DBs() {
		s.Peek(db, func(item keyspace.FrozenItem) bool {
			version = max(version, rdb.VersionOf(rdb.Value{Kind: item.Kind, Bytes: item.Value, Whole: item.Whole}))
			return version < rdb.VersionMax
		})
	}
	return version
}
