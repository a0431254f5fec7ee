package keyspace_test

import (
	"math/rand"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/keyspace/command"
	"solokv/keyspace/config"
	"solokv/protocol"
)

// The tests of this folder look at the engine from outside, as main and the
// reactor do, with the real command table.

// fakeClock stands still until it is moved.
type fakeClock struct{ ns int64 }

const fakeStartMs = 1_700_000_000_000

func (f *fakeClock) NowMs() int64   { return fakeStartMs + f.ns/1e6 }
func (f *fakeClock) NowNs() int64   { return f.ns }
func (f *fakeClock) Sleep(ns int64) { f.ns += ns }

// realClock is the machine's, for figures about time.
type realClock struct{ start time.Time }

func (r realClock) NowMs() int64 { return r.start.UnixMilli() + r.NowNs()/1e6 }
func (r realClock) NowNs() int64 { return int64(time.Since(r.start)) }

// recorder is a Journal that keeps what it is given.
type recorder struct{ records []byte }

func (r *recorder) Begin(int64) []byte              { return r.records }
func (r *recorder) Commit(b []byte)                 { r.records = b }
func (r *recorder) Flush()                          {}
func (r *recorder) Progress() (int64, int64, error) { return 0, 0, nil }

// server is an engine whose writer is the test's goroutine.
type server struct {
	*keyspace.Engine
	clock   *fakeClock // nil with a real clock
	config  *config.Config
	nextFD  int
	client  *client
	stopped bool // a client asked for SHUTDOWN
}

// newServer starts an engine under a fake clock; directives are as on the
// command line.
func newServer(tb testing.TB, journal keyspace.Journal, directives ...string) *server {
	clock := &fakeClock{ns: 1}
	s := newServerAt(tb, clock, journal, directives...)
	s.clock = clock
	return s
}

func newServerAt(tb testing.TB, clock keyspace.Clock, journal keyspace.Journal, directives ...string) *server {
	tb.Helper()
	s := &server{config: config.New()}
	require.NoError(tb, s.config.LoadArgs(directives, nil))
	engine, err := keyspace.New(keyspace.Options{
		Config: s.config, Commands: command.Table(), Clock: clock, Random: rand.New(rand.NewSource(1)).Uint64,
		Log: zerolog.Nop(), Journal: journal, Shutdown: func() { s.stopped = true },
		Build: keyspace.Build{Version: "0.0.0", Compatible: "7.2.0", RunID: "0123456789012345678901234567890123456789",
			StartMs: clock.NowMs()},
	})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, engine.Close()) })
	s.Engine = engine
	s.settle()
	s.client = s.connect()
	return s
}

// settle lets the engine do all that is due now.
func (s *server) settle() {
	for s.Step() == 0 {
		continue
	}
}

// advance moves the clock in small steps and lets the engine do what is due.
func (s *server) advance(d time.Duration) {
	for end := s.clock.ns + int64(d); s.clock.ns < end; {
		s.clock.ns += min(int64(time.Millisecond), end-s.clock.ns)
		s.settle()
	}
}

// do sends one request on the server's first connection.
func (s *server) do(args ...string) string { return s.client.do(args...) }

// on runs f on the writer.
func (s *server) on(f func(c *keyspace.Ctx)) {
	s.Do(f)
	s.settle()
}

// emptied flushes everything, waits until the memory is free, and returns what
// is still in use.
func (s *server) emptied() int64 {
	s.do("FLUSHALL")
	s.advance(200 * time.Millisecond)
	return s.Memory().Arena.Used
}

// client sends requests as one connection does, and gathers raw replies.
type client struct {
	server  *server
	session *keyspace.Session
	parser  protocol.Parser
	replies []byte
	closed  bool
	batch   keyspace.Batch
}

func (s *server) connect() *client {
	c := &client{server: s}
	c.parser.Limits = protocol.LimitsDefault
	c.session = keyspace.NewSession(keyspace.Peer{ID: s.NextClientID(), Addr: "127.0.0.1:50000",
		Local: "127.0.0.1:5555", FD: 8, Outbox: c})
	s.Open(c.session)
	s.settle()
	return c
}

// Deliver implements keyspace.Outbox.
func (c *client) Push(m *keyspace.Message) { c.replies = append(c.replies, m.Data...) }

func (c *client) Classify(bool) {}

func (c *client) Deliver(b *keyspace.Batch) {
	c.replies = append(c.replies, b.Reply...)
	c.closed = c.closed || b.Close
	if b.Stalled {
		c.server.Drained(c.session)
	}
}

// Kill implements keyspace.Outbox.
func (c *client) Kill() { c.closed = true }

// Buffered implements keyspace.Outbox.
func (c *client) Buffered() keyspace.Buffers { return keyspace.Buffers{} }

// prepare makes the client's batch that of the complete requests in input.
func (c *client) prepare(input []byte) *keyspace.Batch {
	b := &c.batch
	b.Reset(c.session)
	b.CopyData(input)
	for {
		first := len(b.Spans)
		var status protocol.Status
		b.Spans, status = c.parser.Next(b.Data, b.Spans)
		if status == protocol.Malformed {
			b.Malformed = c.parser.Err()
		}
		if status != protocol.Complete {
			break
		}
		b.Add(c.server.Commands(), b.Data, first)
	}
	c.parser = protocol.Parser{Limits: c.parser.Limits}
	return b
}

// send executes raw input and returns the raw replies.
func (c *client) send(input []byte) string {
	c.replies = c.replies[:0]
	c.server.Serve(c.prepare(input))
	c.server.settle()
	return string(c.replies)
}

// do executes one request.
func (c *client) do(args ...string) string {
	return c.send(protocol.AppendCommandStrings(nil, args...))
}
