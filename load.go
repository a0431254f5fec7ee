package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"solokv/keyspace"
	"solokv/keyspace/config"
	"solokv/persistence"
	"solokv/persistence/aof"
)

// Loading takes two goroutines: this one reads and checks the files, and the
// writer executes what it has found, a chunk at a time. Between two chunks the
// writer serves its clients, who learn with -LOADING that they are early.

const (
	// loadChunkBytes is the size of a chunk: well below a millisecond's work.
	loadChunkBytes = 64 << 10
	// loadChunks is how many there are: one is filled while others are executed.
	loadChunks = 4
)

// loadProgress is how far loading has come, for INFO.
type loadProgress struct {
	startedMs   atomic.Int64 // Unix time; 0 when nothing is being loaded
	done, total atomic.Int64 // bytes
}

// loadChunk is a run of records on its way to the writer.
type loadChunk struct {
	data []byte
	ends []int // of every argument in data
	argc []int // of every record
	err  error // of the first record that could not be executed
}

func (k *loadChunk) add(args [][]byte) {
	for _, arg := range args {
		k.data = append(k.data, arg...)
		k.ends = append(k.ends, len(k.data))
	}
	k.argc = append(k.argc, len(args))
}

// replay executes the records. On the writer.
func (k *loadChunk) replay(r *keyspace.Replayer) {
	args, at, begin := [][]byte(nil), 0, 0
	for _, argc := range k.argc {
		args = args[:0]
		for _, end := range k.ends[at : at+argc] {
			args = append(args, k.data[begin:end:end])
			begin = end
		}
		at += argc
		if k.err = r.Apply(args); k.err != nil {
			return
		}
	}
}

// feeder hands records to the writer.
type feeder struct {
	engine   *keyspace.Engine
	replayer *keyspace.Replayer
	filling  *loadChunk
	free     chan *loadChunk
}

func newFeeder(engine *keyspace.Engine) *feeder {
	f := &feeder{engine: engine, replayer: engine.NewReplayer(), free: make(chan *loadChunk, loadChunks)}
	for range loadChunks - 1 {
		f.free <- new(loadChunk)
	}
	f.filling = new(loadChunk)
	return f
}

// apply takes one record; an error may be that of an earlier one.
func (f *feeder) apply(args [][]byte) error {
	f.filling.add(args)
	if len(f.filling.data) < loadChunkBytes {
		return nil
	}
	f.send()
	f.filling = <-f.free
	return f.filling.reset()
}

func (f *feeder) send() {
	k := f.filling
	f.engine.Do(func(*keyspace.Ctx) {
		k.replay(f.replayer)
		f.free <- k
	})
}

func (k *loadChunk) reset() error {
	err := k.err
	*k = loadChunk{data: k.data[:0], ends: k.ends[:0], argc: k.argc[:0]}
	return err
}

// finish waits until everything has been executed.
func (f *feeder) finish() error {
	f.send()
	var first error
	for range loadChunks {
		if k := <-f.free; k.err != nil && first == nil {
			first = k.err
		}
	}
	return first
}

// load executes what the append-only file holds.
func load(store *persistence.Store, v *config.Values, log zerolog.Logger, engine *keyspace.Engine,
	progress *loadProgress) (aof.Result, error) {
	started, reported := time.Now(), time.Now()
	progress.startedMs.Store(started.UnixMilli())
	defer progress.startedMs.Store(0)
	feeder := newFeeder(engine)
	result, err := store.Load(aof.LoadOptions{
		Truncate: v.AOFLoadTruncated,
		Progress: func(done, total int64) {
			progress.done.Store(done)
			progress.total.Store(total)
			if time.Since(reported) > time.Second {
				reported = time.Now()
				log.Info().Msgf("Loading the append-only file: %d%% of %d MB", done*100/max(total, 1), total>>20)
			}
		},
		Logf: func(format string, args ...any) { log.Warn().Msgf(format, args...) },
	}, feeder.apply)
	if unfinished := feeder.finish(); err == nil {
		err = unfinished
	}
	if err != nil {
		return result, fmt.Errorf("loading the append-only file: %w", err)
	}
	log.Info().Msgf("DB loaded from append only file: %.3f seconds, %d records, %d bytes",
		time.Since(started).Seconds(), result.Commands, result.Bytes)
	return result, nil
}
