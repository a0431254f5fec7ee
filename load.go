package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"solokv/keyspace/config"
	"solokv/persistence"
	"solokv/persistence/aof"
	"solokv/persistence/rdb"
)

// Loading takes two goroutines: this one reads and checks the files, and the
// writer makes keys of what it has found, a chunk at a time (load_feed.go). Between
// two chunks the writer serves its clients, who learn with -LOADING that they are
// early.

// loadProgress is how far loading has come, for INFO.
type loadProgress struct {
	startedMs     atomic.Int64 // Unix time; 0 when nothing is being loaded
	done, total   atomic.Int64 // bytes
	keys, expired atomic.Int64 // of the database file that was loaded last

	reported time.Time
}

func (p *loadProgress) begin() (started time.Time) {
	started = time.Now()
	p.reported = started
	p.startedMs.Store(started.UnixMilli())
	return started
}

func (p *loadProgress) end() { p.startedMs.Store(0) }

// report tells INFO, and now and then whether the log should hear of it too.
func (p *loadProgress) report(done, total int64) (percent int64, now bool) {
	p.done.Store(done)
	p.total.Store(total)
	if time.Since(p.reported) < time.Second {
		return 0, false
	}
	p.reported = time.Now()
	return done * 100 / max(total, 1), true
}

// errLoading begins as tools expect it that wait for a server which does not start.
var errLoading = errors.New("Fatal error loading the DB")

// loader fills the engine from the files of the working folder.
type loader struct {
	*service
	v    *config.Values // as they were at the start: the writer's are its own
	feed *feeder
}

// loadFiles loads what there is, and opens the append-only file if there is to be
// one.
func (s *service) loadFiles() (*disk, error) {
	l := &loader{service: s, v: s.cfg.Values(), feed: newFeeder(s.engine, &s.loading)}
	defer s.loading.end()
	if !l.v.AppendOnly {
		file, err := l.openDatabase()
		if err != nil || file == nil {
			return nil, err
		}
		defer file.Close()
		_, err = l.database(file)
		return nil, err
	}
	store, err := l.openStore(l.v)
	if err != nil {
		return nil, err
	}
	d, err := l.appendOnly(store)
	if err != nil {
		_ = store.Close()
		return nil, err
	}
	return d, nil
}

func (l *loader) appendOnly(store *persistence.Store) (*disk, error) {
	found, err := l.journal(store)
	if err != nil {
		return nil, err
	}
	if len(found.Files) > 0 {
		return openDisk(store, false, l.v, l.log, l.engine)
	}
	return l.begin(store)
}

// begin begins an append-only file where there is none. The database file is its
// base, if there is one: a copy, as others may write over that file. This is done
// before anybody is served, so that what is acknowledged will be there again.
func (l *loader) begin(store *persistence.Store) (*disk, error) {
	file, err := l.openDatabase()
	if err != nil {
		return nil, err
	}
	format, write := l.emptyBase()
	if file != nil {
		defer file.Close()
		result, err := l.database(file)
		if err != nil {
			return nil, err
		}
		format, write = aof.BaseRDB, func(w io.Writer) error {
			_, err := io.Copy(w, io.NewSectionReader(file, 0, result.Bytes))
			return err
		}
	}

	d, err := openDisk(store, true, l.v, l.log, l.engine)
	if err != nil {
		return nil, err
	}
	r, err := d.Rewrite(format)
	if err == nil {
		err = r.Run(context.Background(), write)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("beginning an append-only file: %w", err), d.Close())
	}
	l.log.Info().Msgf("An append-only file was begun in %s", filepath.Join(l.v.Dir, l.v.AppendDirName))
	return d, nil
}

// emptyBase is a base that holds nothing.
func (l *loader) emptyBase() (aof.BaseFormat, func(io.Writer) error) {
	if !l.v.AOFUseRDBPreamble {
		return aof.BaseAOF, func(io.Writer) error { return nil }
	}
	return aof.BaseRDB, func(w io.Writer) error { return writeEmpty(w, saveOptionsOf(l.v).ofBase()) }
}

// journal executes what the append-only file holds.
func (l *loader) journal(store *persistence.Store) (aof.Result, error) {
	started := l.loading.begin()
	result, err := store.Load(aof.LoadOptions{
		Truncate: l.v.AOFLoadTruncated,
		Base:     l.base,
		Expect:   l.feed.expect,
		Progress: func(done, total int64) {
			if percent, now := l.loading.report(done, total); now {
				l.log.Info().Msgf("Loading the append-only file: %d%% of %d MB", percent, total>>20)
			}
		},
		Logf: func(format string, args ...any) { l.log.Warn().Msgf(format, args...) },
	}, l.feed.record)
	if unfinished := l.feed.finish(); err == nil {
		err = unfinished
	}
	if err != nil {
		return result, fmt.Errorf("loading the append-only file: %w", err)
	}
	if len(result.Files) > 0 {
		l.log.Info().Msgf("DB loaded from append only file: %.3f seconds, %d records, %d bytes",
			time.Since(started).Seconds(), result.Commands, result.Bytes)
	}
	return result, nil
}

// base reads the RDB file that an append-only file begins with. Keys that have
// expired stay: the records that follow may speak of them.
func (l *loader) base(src io.Reader, size int64) (taken int64, err error) {
	l.feed.keepExpired = true
	result, err := l.read(src, size, "the base of the append-only file")
	return result.Bytes, err
}

// openDatabase opens the database file; nil: there is none.
func (l *loader) openDatabase() (*os.File, error) {
	file, err := os.Open(databasePath(l.v))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLoading, err)
	}
	return file, nil
}

// database loads the database file.
func (l *loader) database(file *os.File) (rdb.Result, error) {
	info, err := file.Stat()
	if err != nil {
		return rdb.Result{}, fmt.Errorf("%w: %w", errLoading, err)
	}
	started := l.loading.begin()
	l.feed.keepExpired = false
	result, err := l.read(file, info.Size(), file.Name())
	if unfinished := l.feed.finish(); err == nil {
		err = unfinished
	}
	if err != nil {
		return result, fmt.Errorf("%w: %s: %w", errLoading, file.Name(), err)
	}
	l.log.Info().Msgf("Done loading RDB, keys loaded: %d, keys expired: %d.", l.loading.keys.Load(), l.loading.expired.Load())
	l.log.Info().Msgf("DB loaded from disk: %.3f seconds", time.Since(started).Seconds())
	return result, nil
}

// piece hands over a piece; key-load-delay makes a small file take its time, for tests.
func (l *loader) piece(p *rdb.Piece) error {
	if p.Op == rdb.OpKey && l.v.KeyLoadDelay > 0 {
		time.Sleep(time.Duration(l.v.KeyLoadDelay) * time.Microsecond)
	}
	return l.feed.piece(p)
}

// read hands the pieces of an RDB file to the writer.
func (l *loader) read(from io.Reader, size int64, name string) (rdb.Result, error) {
	l.loading.keys.Store(0)
	l.loading.expired.Store(0)
	result, err := rdb.Read(from, rdb.ReadOptions{
		Checksum: l.v.RDBChecksum, Size: size,
		Progress: func(done int64) {
			if percent, now := l.loading.report(done, size); now {
				l.log.Info().Msgf("Loading %s: %d%% of %d MB", name, percent, size>>20)
			}
		},
		Empty: func(key []byte) {
			l.log.Warn().Msg("skipping empty key: " + strings.Trim(fmt.Sprintf("%.64q", key), `"`))
		},
	}, l.piece)
	if err == nil && result.Aux.ServerVersion != "" {
		l.log.Info().Msgf("%s was written by version %s, format %d", name, result.Aux.ServerVersion, result.Version)
	}
	return result, err
}
