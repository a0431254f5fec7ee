package command

import (
	"bytes"
	"math/rand"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/keyspace/config"
	"solokv/protocol"
)

// fakeClock stands still until it is moved.
type fakeClock struct{ ns int64 }

const fakeStartMs = 1_700_000_000_000

func (f *fakeClock) NowMs() int64   { return fakeStartMs + f.ns/1e6 }
func (f *fakeClock) NowNs() int64   { return f.ns }
func (f *fakeClock) Sleep(ns int64) { f.ns += ns }

// journalRecorder keeps what was propagated.
type journalRecorder struct{ records []byte }

func (j *journalRecorder) Begin(int64) []byte              { return j.records }
func (j *journalRecorder) Commit(b []byte)                 { j.records = b }
func (j *journalRecorder) Flush()                          {}
func (j *journalRecorder) Progress() (int64, int64, error) { return 0, 0, nil }

// server is an engine in this goroutine.
type server struct {
	t       testing.TB
	engine  *keyspace.Engine
	clock   *fakeClock
	journal *journalRecorder
	client  *client
	stopped bool // a client asked for SHUTDOWN
}

// client is a connection to it.
type client struct {
	server  *server
	session *keyspace.Session
	parser  protocol.Parser
	replies bytes.Buffer
	closed  bool
	batch   keyspace.Batch
}

func (c *client) Push(m *keyspace.Message) { c.replies.Write(m.Data) }

func (c *client) Classify(bool) {}

func (c *client) Deliver(b *keyspace.Batch) {
	c.replies.Write(b.Reply)
	c.closed = c.closed || b.Close
	if b.Stalled {
		c.server.engine.Drained(c.session)
	}
}
func (c *client) Kill()                      { c.closed = true }
func (c *client) Buffered() keyspace.Buffers { return keyspace.Buffers{} }

// newServer starts an engine; directives are as on the command line.
func newServer(t testing.TB, directives ...string) *server {
	return newServerOf(t, Table(), directives...)
}

// newServerOf starts an engine with a command table of the test's own.
func newServerOf(t testing.TB, commands []*keyspace.Command, directives ...string) *server {
	cfg := config.New()
	require.NoError(t, cfg.LoadArgs(directives, nil))
	s := &server{t: t, clock: &fakeClock{ns: 1}, journal: &journalRecorder{}}
	random := rand.New(rand.NewSource(1))
	engine, err := keyspace.New(keyspace.Options{
		Config: cfg, Commands: commands, Clock: s.clock, Random: random.Uint64, Log: zerolog.Nop(),
		Journal: s.journal, Shutdown: func() { s.stopped = true },
		Build: keyspace.Build{Version: "0.0.0", Compatible: "7.2.0", RunID: "0123456789012345678901234567890123456789"},
	})
	require.NoError(t, err)
	s.engine = engine
	s.engine.Step()
	t.Cleanup(func() { require.NoError(t, engine.Close()) })
	s.client = s.connect()
	return s
}

func (s *server) connect() *client {
	c := &client{server: s}
	c.parser.Limits = protocol.LimitsDefault
	c.session = keyspace.NewSession(keyspace.Peer{ID: s.engine.NextClientID(), Addr: "127.0.0.1:50000", Local: "127.0.0.1:5555", FD: 8, Outbox: c})
	s.engine.Open(c.session)
	s.engine.Step()
	return c
}

// advance moves the clock and lets the engine do what is due.
func (s *server) advance(ms int64) {
	s.clock.ns += ms * 1e6
	for range 100 {
		s.engine.Step()
	}
}

// send executes raw input and returns the raw replies.
func (c *client) send(input []byte) string {
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
		b.Add(c.server.engine.Commands(), b.Data, first)
	}
	c.parser = protocol.Parser{Limits: c.parser.Limits}
	c.replies.Reset()
	c.server.engine.Serve(b)
	c.server.engine.Step()
	return c.replies.String()
}

// do executes one request and returns its raw reply.
func (c *client) do(args ...string) string {
	return c.send(protocol.AppendCommandStrings(nil, args...))
}

func (s *server) do(args ...string) string { return s.client.do(args...) }

// f is the test function of this package: one request, one raw reply.
func (s *server) f(want string, args ...string) {
	s.t.Helper()
	require.Equal(s.t, want, s.do(args...), "%q", args)
}

func TestHarness(t *testing.T) {
	s := newServer(t)
	s.f("$-1\r\n", "GET", "k")
	s.f("+OK\r\n", "SET", "k", "v")
	s.f("$1\r\nv\r\n", "get", "k")
	s.f("+OK\r\n", "SET", "n", "12")
	s.f("$2\r\n12\r\n", "GET", "n")
	s.f("-ERR unknown command 'nope', with args beginning with: 'a' 'b' \r\n", "nope", "a", "b")
	s.f("-ERR wrong number of arguments for 'get' command\r\n", "GET")
	require.Contains(t, string(s.journal.records), "SELECT")
}
