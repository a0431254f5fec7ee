package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"solokv/keyspace"
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
	file, err := os.Open(filepath.Join(s.cfg.Values().Dir, s.cfg.Values().DBFilename))
	if err != nil {
		return err
	}
	defer file.Close()
	if !how.Keep {
		flushAll(r)
	}
	_, err = rdb.Read(file, rdb.ReadOptions{Checksum: true}, func(p *rdb.Piece) error { return r.piece(p, false) })
	return err
}

func (s *service) reloadJournal(r *restorer) error {
	d := s.disk
	if d == nil {
		return errors.New("there is no append-only file")
	}
	d.Flush()
	if err := d.Sync(context.Background()); err != nil {
		return err
	}
	flushAll(r)
	base := func(src io.Reader, size int64) (taken int64, err error) {
		result, err := rdb.Read(src, rdb.ReadOptions{Checksum: true, Size: size},
			func(p *rdb.Piece) error { return r.piece(p, true) })
		return result.Bytes, err
	}
	_, err := d.store.Load(aof.LoadOptions{Base: base}, r.replayer.Apply)
	return err
}

// flushAll empties all databases, unrecorded.
func flushAll(r *restorer) {
	for _, db := range r.ctx.Engine().DBs() {
		r.ctx.Flush(db)
	}
}
