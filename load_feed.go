package main

import (
	"errors"
	"fmt"

	"solokv/keyspace"
	"solokv/keyspace/command"
	"solokv/persistence/rdb"
)

const (
	// loadChunkBytes is the size of a chunk: a millisecond or two of work, while
	// nobody is served but told to wait.
	loadChunkBytes = 256 << 10
	// loadChunks is how many there are: one is filled while others are executed.
	loadChunks = 4
)

// feeder hands to the writer what was read: records of the append-only file, and
// pieces of an RDB file.
type feeder struct {
	engine      *keyspace.Engine
	progress    *loadProgress
	restorer    *restorer // the writer's
	keepExpired bool      // of the pieces that come

	filling *loadChunk
	free    chan *loadChunk
}

// loadChunk is a run of what was read, on its way to the writer.
type loadChunk struct {
	records keyspace.Batch
	data    []byte // of pieces
	pieces  []rdb.Piece
	keep    bool  // keys that have expired
	err     error // of the first record or piece that did not work
}

func newFeeder(engine *keyspace.Engine, progress *loadProgress) *feeder {
	f := &feeder{engine: engine, progress: progress, free: make(chan *loadChunk, loadChunks)}
	for range loadChunks - 1 {
		f.free <- newLoadChunk()
	}
	f.filling = newLoadChunk()
	return f
}

func newLoadChunk() *loadChunk { return &loadChunk{data: make([]byte, 0, 2*loadChunkBytes)} }

// record takes one record; an error may be that of an earlier one.
func (f *feeder) record(args [][]byte) error {
	if err := f.begin(len(f.filling.pieces) > 0, sizeOf(args)); err != nil {
		return err
	}
	f.filling.records.Record(f.engine.RecordedCommands(), args)
	return nil
}

func sizeOf(args [][]byte) (bytes int) {
	for _, arg := range args {
		bytes += len(arg)
	}
	return bytes
}

// piece takes one piece, likewise.
func (f *feeder) piece(p *rdb.Piece) error {
	if err := f.begin(len(f.filling.records.Requests) > 0, len(p.A)+len(p.B)); err != nil {
		return err
	}
	k := f.filling
	k.keep = f.keepExpired
	k.pieces = append(k.pieces, *p)
	own := &k.pieces[len(k.pieces)-1]
	own.A, own.B = k.copy(p.A), k.copy(p.B)
	return nil
}

// expect makes room for keys that records are going to make. What they say of a
// database that does not exist is an error when they are executed.
func (f *feeder) expect(db, keys int) {
	f.engine.Do(func(c *keyspace.Ctx) {
		if to, err := c.DBAt(int64(db)); err == nil {
			c.In(to, func() { c.Expect(keys) })
		}
	})
}

// begin makes the chunk that is being filled one that has room for n bytes and, if
// other is set, nothing of the other sort.
func (f *feeder) begin(other bool, n int) error {
	k := f.filling
	bytes := len(k.data) + len(k.records.Data)
	full := bytes >= loadChunkBytes || len(k.pieces) >= loadPiecesMax || bytes > 0 && bytes+n > cap(k.data)
	if !full && !other {
		return nil
	}
	f.send()
	f.filling = <-f.free
	return f.filling.reset()
}

// loadPiecesMax bounds a chunk of pieces that have few bytes.
const loadPiecesMax = 8192

// copy keeps bytes for the writer. Those that no chunk has room for get memory of
// their own: what was handed over before must not move.
func (k *loadChunk) copy(b []byte) []byte {
	if len(b) > cap(k.data)-len(k.data) {
		return append([]byte(nil), b...)
	}
	at := len(k.data)
	k.data = append(k.data, b...)
	return k.data[at:len(k.data):len(k.data)]
}

func (f *feeder) send() {
	k := f.filling
	f.engine.Do(func(*keyspace.Ctx) {
		if f.restorer == nil {
			f.restorer = newRestorer(f.engine, f.progress)
		}
		k.err = f.restorer.take(k)
		f.free <- k
	})
}

func (k *loadChunk) reset() error {
	err := k.err
	records := keyspace.Batch{Data: k.records.Data[:0], Spans: k.records.Spans[:0], Requests: k.records.Requests[:0]}
	if cap(records.Data) > 4*loadChunkBytes {
		records = keyspace.Batch{}
	}
	clear(k.pieces) // or they would keep large values alive
	*k = loadChunk{records: records, data: k.data[:0], pieces: k.pieces[:0]}
	return err
}

// finish waits until everything has been executed. The feeder can be used again.
func (f *feeder) finish() error {
	f.send()
	var first error
	chunks := make([]*loadChunk, loadChunks)
	for i := range chunks {
		chunks[i] = <-f.free
		if err := chunks[i].reset(); err != nil && first == nil {
			first = err
		}
	}
	f.filling = chunks[0]
	for _, k := range chunks[1:] {
		f.free <- k
	}
	return first
}

// restorer is the writer's side.
type restorer struct {
	replayer *keyspace.Replayer
	ctx      *keyspace.Ctx // of replayer
	builder  *rdb.Builder
	progress *loadProgress

	ahead   keyspace.Ahead
	replace bool // keys that are there already; otherwise they are an error
	db      *keyspace.DB
	key     []byte
	expiry  keyspace.Expiry
	access  rdb.Access
	failed  error // the first error: what comes after it is not looked at
}

func newRestorer(engine *keyspace.Engine, progress *loadProgress) *restorer {
	r := &restorer{replayer: engine.NewReplayer(), progress: progress, db: engine.DBs()[0]}
	r.ctx = r.replayer.In(r.db)
	r.builder = rdb.NewBuilder(r.ctx.Epochs(), command.PackedLimits(engine.Config().Values()))
	return r
}

func (r *restorer) take(k *loadChunk) error {
	if r.failed != nil {
		return r.failed
	}
	if len(k.pieces) > 0 {
		r.failed = r.pieces(k)
	} else {
		r.failed = r.replayer.Run(&k.records)
	}
	return r.failed
}

// pieces makes keys of the pieces of a chunk.
func (r *restorer) pieces(k *loadChunk) error {
	r.replayer.In(r.db)
	for i := range k.pieces {
		if r.ahead.Empty() {
			r.lookAhead(k.pieces[i:])
		}
		if err := r.piece(&k.pieces[i], k.keep); err != nil {
			return fmt.Errorf("key %.64q: %w", r.key, err)
		}
	}
	return nil
}

// lookAhead begins a window with the keys that come next.
func (r *restorer) lookAhead(pieces []rdb.Piece) {
	for i := range pieces {
		switch p := &pieces[i]; {
		case p.Op == rdb.OpDB || r.ahead.Full():
			return
		case p.Op == rdb.OpKey:
			r.ahead.Add(r.ctx, p.A)
		}
	}
}

func (r *restorer) piece(p *rdb.Piece, keepExpired bool) (err error) {
	switch p.Op {
	case rdb.OpDB:
		if r.db, err = r.ctx.DBAt(p.N); err == nil {
			r.replayer.In(r.db).Expect(int(p.M))
		}
		return err
	case rdb.OpAux:
		return nil
	case rdb.OpFunction:
		return r.library(p.A)
	case rdb.OpKey:
		r.key = append(r.key[:0], p.A...)
		if r.ahead.Empty() {
			r.replayer.In(r.db) // or the hash of another key that lay in r.key would be taken for this one's
		} else {
			r.ahead.Next(r.ctx, r.key)
		}
		r.expiry, r.access = keyspace.Expiry(p.N), rdb.Access{IdleSeconds: p.M, Freq: int(p.Freq)}
		return nil
	}
	if err := r.builder.Add(p); err != nil || !r.builder.Done() {
		return err
	}
	if r.expiry >= 0 && int64(r.expiry) < r.ctx.NowMs() && !keepExpired {
		r.builder.Reset()
		r.progress.expired.Add(1)
		return nil
	}
	return r.put()
}

// library loads a library of functions.
func (r *restorer) library(code []byte) error {
	request := [][]byte{[]byte("FUNCTION"), []byte("LOAD"), []byte("REPLACE"), code}
	if !r.replace {
		request = append(request[:2], code)
	}
	return r.replayer.Apply(request)
}

// put stores the value that is whole.
func (r *restorer) put() error {
	v, err := r.builder.Value()
	if err != nil {
		return err
	}
	r.progress.keys.Add(1)
	replaced := r.ctx.Restore(r.key, &keyspace.Restored{Kind: v.Kind, Bytes: v.Bytes, Whole: v.Whole,
		Expiry: r.expiry, IdleSeconds: r.access.IdleSeconds, Frequency: r.access.Freq})
	if replaced && !r.replace {
		return errors.New("it is there twice")
	}
	return nil
}
