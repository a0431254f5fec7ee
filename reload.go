package main

import (
	"context"
	"io"
	"os"

	"solokv/keyspace"
	"solokv/persistence"
	"solokv/persistence/aof"
	"solokv/persistence/rdb"
)

// reload is DEBUG RELOAD and DEBUG LOADAOF, on the writer: nobody else is served, so
// what is read is executed at once.
func (s *service) reload(c *keyspace.Ctx, how keyspace.Reload) error {
	r := newRestorer(s.engine, &s.loading)
	r.replace = how.Merge
	if how.Journal {
		return s.reloadJournal(r)
	}
	file, err := os.Open(databasePath(s.cfg.Values()))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !how.Keep {
		flushAll(r)
	}
	_, err = r.read(file, info.Size(), false)
	return err
}

// read makes keys of an RDB file at once, and returns where it ends.
func (r *restorer) read(src io.Reader, size int64, keepExpired bool) (taken int64, err error) {
	result, err := rdb.Read(src, rdb.ReadOptions{Checksum: true, Size: size},
		func(p *rdb.Piece) error { return r.piece(p, keepExpired) })
	return result.Bytes, err
}

func (s *service) reloadJournal(r *restorer) error {
	store, err := s.writtenStore()
	if err != nil {
		return err
	}
	if s.disk == nil {
		defer store.Close()
	}
	flushAll(r)
	base := func(src io.Reader, size int64) (taken int64, err error) { return r.read(src, size, true) }
	_, err = store.Load(aof.LoadOptions{Base: base}, r.replayer.Apply)
	return err
}

// writtenStore is the store of the append-only file, with all that was recorded in it;
// without one in use, that of the last rewrite.
func (s *service) writtenStore() (*persistence.Store, error) {
	if s.disk == nil {
		return s.openStore(s.cfg.Values())
	}
	if !s.disk.InForce() {
		return nil, keyspace.ErrProvisional // it would be an older one
	}
	s.disk.Flush()
	return s.disk.store, s.disk.Sync(context.Background())
}

// flushAll empties all databases, unrecorded, and forgets all functions.
func flushAll(r *restorer) {
	_ = r.replayer.Apply([][]byte{[]byte("FUNCTION"), []byte("FLUSH")}) // it cannot fail
	for _, db := range r.ctx.Engine().DBs() {
		r.ctx.Flush(db)
	}
}
