package keyspace

import (
	"unsafe"

	"solokv/protocol"
)

// Replayer executes the requests of a journal.
//
// Who reads the journal prepares batches of them on a goroutine of its own: names
// are resolved and keys hashed there (Batch.Record). What is left for the writer is to
// fetch ahead what a window of requests will look at, as for clients (prefetch.go),
// and to call the handlers. BenchmarkReplay tells what that brings.
type Replayer struct {
	e    *Engine
	c    *Ctx
	argv []Arg
}

// NewReplayer returns one; only the writer may use it.
func (e *Engine) NewReplayer() *Replayer {
	s := &Session{peer: Peer{Trusted: true}, authenticated: true, user: e.users.Default(), db: e.dbs[0], proto: protocol.V2}
	return &Replayer{e: e, c: &Ctx{e: e, sess: s, db: s.db, replaying: true}}
}

// In is the context in which requests are executed, for filling a database without
// any.
func (r *Replayer) In(db *DB) *Ctx {
	r.c.nowMs, r.c.db, r.c.firstKeyAt = r.e.clock.NowMs(), db, nil
	return r.c
}

// Record adds a copy of a request of the journal to a batch for Run, which holds less
// than 4 GB. A byte stands between two arguments, so that each has an address of its
// own: by its address the context knows the key whose hash it has.
func (b *Batch) Record(table *Table, args [][]byte) {
	first := len(b.Spans)
	for _, arg := range args {
		b.Spans = append(b.Spans, protocol.Span{Off: uint32(len(b.Data)), Len: uint32(len(arg))})
		b.Data = append(append(b.Data, arg...), 0)
	}
	b.Add(table, b.Data, first)
}

// Run executes the requests of a batch. Its error is that of a command: the journal
// and the program do not agree.
func (r *Replayer) Run(b *Batch) error {
	for at := 0; at < len(b.Requests); {
		window := b.Requests[at:min(at+prefetchWindow, len(b.Requests))]
		r.c.nowMs, r.c.db = r.e.clock.NowMs(), r.c.sess.db
		r.fetch(b, window)
		for i := range window {
			if err := r.request(b, &window[i]); err != nil {
				return err
			}
		}
		at += len(window)
	}
	return nil
}

// fetch issues the loads of a window. Most requests of a journal that is long are the
// first ones of their keys, so it looks at the segments' counts too.
func (r *Replayer) fetch(b *Batch, window []Request) {
	if t := r.c.db.table; t.Len() >= r.e.prefetchMin {
		var touched uint64
		for i := range window {
			if window[i].Hash != 0 {
				touched ^= t.TouchRoom(window[i].Hash)
			}
		}
		r.e.touched = touched
	}
	r.e.prefetch(r.c, b, window)
}

func (r *Replayer) request(b *Batch, request *Request) error {
	r.argv = r.argv[:0]
	for _, span := range b.Spans[request.First : request.First+request.Argc] {
		r.argv = append(r.argv, span.Of(b.Data))
	}
	r.c.firstKeyHash, r.c.firstKeyAt = request.Hash, nil
	if request.Hash != 0 {
		r.c.firstKeyAt = unsafe.SliceData(r.argv[request.Cmd.firstKey])
	}
	return r.apply(request.Cmd, r.argv)
}

// Apply executes one request.
func (r *Replayer) Apply(args [][]byte) error {
	r.c.nowMs, r.c.firstKeyAt = r.e.clock.NowMs(), nil
	return r.apply(r.e.recorded.Lookup(args[0]), args)
}

func (r *Replayer) apply(cmd *Command, args [][]byte) error {
	c := r.c
	if len(args) == 1 && (EqualFold(args[0], "MULTI") || EqualFold(args[0], "EXEC")) {
		return nil // the loader hands over whole transactions only
	}
	if cmd = cmd.Resolve(args); cmd == nil {
		return Errorf("Unknown command '%.64s' reading the append only file", args[0])
	}
	if !cmd.arityOK(len(args)) || cmd.Handler == nil {
		return ErrArity(cmd.full)
	}
	c.args, c.cmd, c.db = args, cmd, c.sess.db
	c.warmNext, c.warmCount = 0, 0
	c.out = c.out[:0]
	return cmd.Handler(c)
}
