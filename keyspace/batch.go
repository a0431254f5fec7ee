package keyspace

import (
	"unsafe"

	"solokv/protocol"
)

// A Batch carries everything that one read of a connection brought to the
// engine, and the replies back. The connection fills it, the engine executes it
// and hands it to the session's Outbox; the connection writes Reply and may use
// it again.
type Batch struct {
	next *Batch // link of the queue, or of a list that owns the batch
	sess *Session
	kind batchKind
	do   func(*Ctx)

	// Data holds the arguments of Requests. It may be the connection's read
	// buffer, until Serve returns: see Retain.
	Data     []byte
	Bytes    int // of Data, what this batch's requests take
	Spans    []protocol.Span
	Requests []Request
	// Malformed is the protocol error that ended the stream after Requests.
	Malformed string

	// Reply and what follows is the engine's answer.
	Reply []byte
	// Part: Reply is the beginning of another batch's, whose next request is held up.
	// That batch comes later; this one is not to be used again.
	Part bool
	// Stalled: it is held up until Drained tells that this part has been read.
	Stalled bool
	// Close: the connection ends once Reply has been written.
	Close bool
	// Authenticated: the limits of requests are those of a known client.
	Authenticated bool

	at        int      // next of Requests
	message   *Message // of a push that waits for the journal; the batch carries nothing else
	own       []byte   // a buffer of the batch's own; Data may be it
	charged   int64    // see holdBatch
	coveredBy int64    // journal offset that must be durable before Reply leaves
}

// Request is one command of a batch.
type Request struct {
	Cmd   *Command // nil: unknown
	Hash  uint64   // of the first key, when Cmd has a fixed one
	First uint32   // its arguments are Spans[First : First+Argc]
	Argc  uint32
}

type batchKind uint8

const (
	batchRequests batchKind = iota
	batchOpen
	batchGone
	batchDo
)

// BatchRequestsMax bounds the requests of one batch (I8): a longer pipeline goes
// on in the next.
const BatchRequestsMax = 256

// bufferKeptMax is how much of each buffer is kept for the next use.
const bufferKeptMax = 64 << 10

// Reset prepares the batch for the next read of session's connection.
func (b *Batch) Reset(s *Session) {
	b.sess, b.kind, b.do = s, batchRequests, nil
	b.Data, b.Bytes = nil, 0
	b.Spans, b.Requests = b.Spans[:0], b.Requests[:0]
	b.Malformed, b.Close = "", false
	b.at = 0
	b.coveredBy, b.charged = 0, 0
	if cap(b.own) > bufferKeptMax {
		b.own = nil
	}
	b.Reply = b.Reply[:0]
}

// Retain makes the arguments the batch's own, so that it may outlive the buffer
// they were read into.
func (b *Batch) Retain() {
	if unsafe.SliceData(b.Data) != unsafe.SliceData(b.own) {
		b.CopyData(b.Data)
	}
}

// CopyData copies data into the batch's own buffer, which is reused.
func (b *Batch) CopyData(data []byte) {
	b.own = append(b.own[:0], data...)
	b.Data = b.own
}

// Add resolves the request whose arguments are the spans from first on: its
// command, and the hash of its first key. Any goroutine may prepare a batch.
func (b *Batch) Add(table *Table, data []byte, first int) {
	spans := b.Spans[first:]
	r := Request{First: uint32(first), Argc: uint32(len(spans))}
	r.Cmd = table.Lookup(spans[0].Of(data))
	if r.Cmd != nil && r.Cmd.firstKey != 0 && r.Cmd.firstKey < len(spans) {
		r.Hash = hashKey(spans[r.Cmd.firstKey].Of(data))
	}
	b.Requests = append(b.Requests, r)
}

// Session is whom the batch belongs to.
func (b *Batch) Session() *Session { return b.sess }

// BatchPool keeps batches that are free; it belongs to one goroutine.
type BatchPool struct{ top *Batch }

// Pop returns a free batch, or nil.
func (p *BatchPool) Pop() *Batch {
	b := p.top
	if b != nil {
		p.top, b.next = b.next, nil
	}
	return b
}

// Push takes a batch that is no longer in use.
func (p *BatchPool) Push(b *Batch) { b.next, p.top = p.top, b }
