package main

import (
	"fmt"
	"io"
	"strconv"

	"solokv/keyspace"
	"solokv/persistence/aof"
	"solokv/persistence/rdb"
)

// writeSnapshot writes a snapshot as an RDB file.
func writeSnapshot(to io.Writer, s *keyspace.Snapshot, o saveOptions) error {
	if o.version == 0 {
		o.version = versionOf(s, o.courtesy)
	}
	w := beginFile(o.courtesy.writer(to), o)
	for _, code := range s.Libraries {
		w.Function([]byte(code))
	}
	for db := range s.DBs() {
		if s.Len(db) == 0 {
			continue
		}
		w.Database(db, s.Len(db), s.Volatile(db))
		if err := walk(s, db, o, w.Key); err != nil {
			return fmt.Errorf("database %d: %w", db, err)
		}
	}
	return w.Close()
}

// writeEmpty writes an RDB file without keys.
func writeEmpty(to io.Writer, o saveOptions) error {
	if o.version == 0 {
		o.version = rdb.VersionBase
	}
	return beginFile(to, o).Close()
}

func beginFile(to io.Writer, o saveOptions) *rdb.Writer {
	w := rdb.NewWriter(to, rdb.WriteOptions{Version: o.version, Compress: o.compress, Checksum: o.checksum})
	w.Header()
	w.Aux("redis-ver", o.about.compatible)
	w.Aux("redis-bits", "64")
	w.Aux("ctime", strconv.FormatInt(o.about.unixSeconds, 10))
	w.Aux("used-mem", strconv.FormatInt(o.about.usedBytes, 10))
	w.Aux("aof-base", flag(o.about.isBase))
	w.Aux("solokv-ver", o.about.program)
	return w
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// versionOf is the oldest version of the format that holds a snapshot.
func versionOf(s *keyspace.Snapshot, c *courtesy) int {
	version := rdb.VersionBase
	if s.Plain {
		return version
	}
	for db := range s.DBs() {
		s.Peek(db, func(item keyspace.FrozenItem) bool {
			c.key()
			version = max(version, rdb.VersionOf(entryOf(&item).Value))
			return version < rdb.VersionMax
		})
	}
	return version
}

// writeRecords writes a snapshot as the requests that make it.
func writeRecords(to io.Writer, s *keyspace.Snapshot, o saveOptions) error {
	if o.stamps {
		if _, err := to.Write(aof.AppendTimestamp(nil, o.about.unixSeconds)); err != nil {
			return err
		}
	}
	w := aof.NewRecordWriter(o.courtesy.writer(to))
	for _, code := range s.Libraries {
		w.Library(code)
	}
	for db := range s.DBs() {
		if s.Len(db) == 0 {
			continue
		}
		w.Select(db)
		if err := walk(s, db, o, w.Key); err != nil {
			return fmt.Errorf("database %d: %w", db, err)
		}
	}
	return w.Close()
}
