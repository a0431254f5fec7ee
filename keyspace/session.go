package keyspace

import (
	"solokv/keyspace/acl"
	"solokv/protocol"
)

// Outbox is where a session's replies go: the connection, as the writer sees it.
type Outbox interface {
	// Deliver takes a batch whose reply may leave. Calls come in the order in
	// which replies must leave.
	Deliver(b *Batch)
	// Push takes a message that leaves after what was delivered before it, and
	// retains it.
	Push(m *Message)
	// Classify tells which limits hold for the output: those of clients that
	// subscribe or monitor, or those of others.
	Classify(pubsub bool)
	// Kill ends the connection now; what was not written is dropped.
	Kill()
	// Buffered tells what the connection holds.
	Buffered() Buffers
}

// Buffers is what a connection holds, in bytes. What it costs is told to the engine
// apart: see Engine.Buffered.
type Buffers struct {
	Input, InputFree int // that waits to be parsed, and the room behind it
	Arguments        int // of an incomplete request, that are parsed already
	Output           int // that waits to be sent
	Queued           int // replies and messages among that which wait one by one
	OutputMemory     int // that output and queue take
}

// Peer describes the other end of a connection.
type Peer struct {
	ID      int64 // CLIENT ID
	Addr    string
	Local   string
	Unix    bool
	FD      int
	Outbox  Outbox
	Trusted bool // needs no password: replaying the journal, in-process tests
}

// Session is what the engine knows about a client. Only the writer reads or
// changes it.
type Session struct {
	peer Peer

	db            *DB
	proto         int
	authenticated bool
	user          *acl.User
	name          string
	libName       string
	libVersion    string

	replyOff    bool
	replySkip   int // requests whose replies are still to be dropped; counts down
	noTouch     bool
	noEvict     bool
	closing     bool // no further request is executed
	gone        bool // the connection is closed
	gates       gate
	createdMs   int64
	activeMs    int64
	lastCmd     *Command
	commands    int64
	inputBytes  int64
	outputBytes int64

	waiting  *wait // the batch whose next request is held up, or nil
	retrying *wait // of the request that is being executed again

	multi   *transaction // open if gateMulti is set
	watches []watch
	broken  bool // a watched key was changed

	batchBytes int            // of the requests that are being executed
	serving    bool           // one of its requests is being executed
	pushed     []byte         // what was pushed to it meanwhile
	subs       *subscriptions // nil without any
	tracker    *tracker       // nil unless CLIENT TRACKING is on
	monitors   bool
	caller     *Session // of the session of a script: whose request it executes

	// parked are batches that wait for an earlier one of this session.
	parked batchList

	weight weight

	prev, next *Session // list of clients, oldest first
}

// NewSession prepares the session of a new connection. It is not known to the
// engine before Opened has been executed.
func NewSession(p Peer) *Session { return &Session{peer: p, proto: protocol.V2} }

// ID is the client's number.
func (s *Session) ID() int64 { return s.peer.ID }

// Peer returns what the connection told about itself.
func (s *Session) Peer() *Peer { return &s.peer }

// Proto is the version of RESP that the client speaks: 2 or 3.
func (s *Session) Proto() int { return s.proto }

// batchList is a queue of batches, linked through themselves.
type batchList struct{ head, tail *Batch }

func (l *batchList) push(b *Batch) {
	b.next = nil
	if l.tail == nil {
		l.head = b
	} else {
		l.tail.next = b
	}
	l.tail = b
}

func (l *batchList) pop() *Batch {
	b := l.head
	if b == nil {
		return nil
	}
	if l.head = b.next; l.head == nil {
		l.tail = nil
	}
	b.next = nil
	return b
}
