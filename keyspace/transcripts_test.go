package keyspace_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"solokv/keyspace"
	"solokv/protocol"
	"solokv/tests/transcripts"
)

// harnessArgs are what the harness gives every process: no persistence.
var harnessArgs = []string{"--appendonly", "no", "--save", ""}

// TestTranscriptsInProcess plays the corpus against the engine alone: no socket,
// no goroutine, and a clock that moves only when the conversation waits. So a
// minute takes no time, and a failure comes back each time.
func TestTranscriptsInProcess(t *testing.T) {
	transcripts.Run(t, transcripts.Endpoint{
		Name: "solokv",
		Start: func(tb testing.TB, args ...string) transcripts.Server {
			s := newServer(tb, nil, append(slices.Clone(harnessArgs), args...)...)
			s.do("PING") // the one by which the harness finds a process ready: SLOWLOG counts it
			return transcripts.Server{Dial: s.dial, Advance: s.advance}
		},
	})
}

// conn is a client's end of a connection to a server, which does its work inside
// Write. The other end is what reactor.Conn is over TCP.
type conn struct {
	server   *server
	session  *keyspace.Session
	parser   protocol.Parser
	input    []byte // not parsed yet
	output   []byte // not read yet
	closed   bool   // by the server
	gone     bool   // the engine knows
	deadline int64  // of Read, on the server's clock
}

func (s *server) dial() (net.Conn, error) {
	s.nextFD++
	c := &conn{server: s}
	c.session = keyspace.NewSession(keyspace.Peer{ID: s.NextClientID(), Addr: fmt.Sprintf("127.0.0.1:%d", 50000+s.nextFD),
		Local: "127.0.0.1:5555", FD: 8 + s.nextFD, Outbox: c})
	c.setLimits(s.config.Values().RequirePass == "")
	s.Open(c.session)
	s.settle()
	return c, nil
}

func (c *conn) setLimits(known bool) {
	c.parser.Limits = protocol.LimitsDefault
	if !known {
		c.parser.Limits = protocol.LimitsUnauthenticated
	}
}

// Write hands the server what a client sends.
func (c *conn) Write(data []byte) (int, error) {
	c.input = append(c.input, data...)
	for !c.closed && c.batch() {
		continue
	}
	c.server.settle()
	return len(data), nil
}

// batch serves the requests that are complete, and tells whether there may be
// more.
func (c *conn) batch() (more bool) {
	if !c.parser.Limits.Unauthenticated {
		c.parser.Limits.BulkBytesMax = c.server.config.Values().ProtoMaxBulkLen
	}
	b := new(keyspace.Batch)
	b.Reset(c.session)
	limit := keyspace.BatchRequestsMax
	if c.parser.Limits.Unauthenticated {
		limit = 1
	}
	status := protocol.Complete
	for len(b.Requests) < limit {
		first := len(b.Spans)
		if b.Spans, status = c.parser.Next(c.input, b.Spans); status != protocol.Complete {
			break
		}
		b.Add(c.server.Commands(), c.input, first)
	}
	if status == protocol.Malformed {
		b.Malformed = c.parser.Err()
	} else if len(b.Requests) == 0 {
		return false
	}
	b.Bytes = c.parser.Consumed()
	b.Data = c.input[:b.Bytes]
	c.server.Serve(b)
	clear(c.input[:b.Bytes]) // whoever held on to it is found out
	c.parser.Rebase(b.Bytes)
	c.input = c.input[b.Bytes:]
	return status == protocol.Complete
}

// Read lets time pass until there is something to read.
func (c *conn) Read(p []byte) (int, error) {
	for {
		switch {
		case len(c.output) > 0:
			n := copy(p, c.output)
			c.output = c.output[n:]
			return n, nil
		case c.closed:
			return 0, io.EOF
		case c.server.clock.ns >= c.deadline:
			return 0, os.ErrDeadlineExceeded
		}
		c.server.advance(time.Millisecond)
	}
}

// Deliver implements keyspace.Outbox.
func (c *conn) Deliver(b *keyspace.Batch) {
	if c.closed {
		return
	}
	c.output = append(c.output, b.Reply...)
	c.setLimits(b.Authenticated)
	if b.Stalled {
		c.server.Drained(c.session)
	}
	if b.Close {
		c.Kill()
	}
}

// Push implements keyspace.Outbox.
func (c *conn) Push(m *keyspace.Message) { c.output = append(c.output, m.Data...) }

// Classify implements keyspace.Outbox.
func (c *conn) Classify(bool) {}

// Kill implements keyspace.Outbox.
func (c *conn) Kill() {
	c.closed = true
	if !c.gone {
		c.gone = true
		c.server.Gone(c.session)
	}
}

// Buffered implements keyspace.Outbox.
func (c *conn) Buffered() keyspace.Buffers {
	return keyspace.Buffers{Input: len(c.input), Output: len(c.output)}
}

// Close is the client's.
func (c *conn) Close() error {
	c.Kill()
	c.server.settle()
	return nil
}

func (c *conn) LocalAddr() net.Addr  { return &net.TCPAddr{} }
func (c *conn) RemoteAddr() net.Addr { return &net.TCPAddr{} }

func (c *conn) SetReadDeadline(t time.Time) error {
	c.deadline = c.server.clock.ns + int64(time.Until(t))
	return nil
}
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
func (c *conn) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
