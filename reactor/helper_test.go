package reactor

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/keyspace/command"
	"solokv/keyspace/config"
	"solokv/protocol"
	"solokv/reactor/tlsconfig"
	"solokv/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// waitMax bounds what a test waits for; nothing here takes long by itself.
const waitMax = time.Minute

// mode is one of the ways in which a request can travel.
type mode struct {
	name   string
	loops  int
	synced bool // replies wait for a journal
	secure bool // clients come to the TLS port

	sendBytes int // of the kernel's buffer of a connection; 0: as it likes
}

var (
	adopted = mode{name: "adopted", loops: 1}
	apart   = mode{name: "apart", loops: 3}

	adoptedAlways = mode{name: "adopted, always", loops: 1, synced: true}
	apartAlways   = mode{name: "apart, always", loops: 3, synced: true}

	adoptedTLS = mode{name: "adopted, TLS", loops: 1, secure: true}
	apartTLS   = mode{name: "apart, TLS", loops: 3, secure: true}

	// plain are the two that hand batches over differently; modes adds TLS to them,
	// and all those where a reply leaves later than its request was executed.
	plain   = []mode{adopted, apart}
	overTLS = []mode{adoptedTLS, apartTLS}
	modes   = slices.Concat(plain, overTLSUnlessRace())
	all     = slices.Concat(modes, []mode{adoptedAlways, apartAlways})
)

// overTLSUnlessRace leaves to the tests of TLS itself what the race detector, which makes
// everything ten times slower, would have to see twice.
func overTLSUnlessRace() []mode {
	if raceEnabled {
		return nil
	}
	return overTLS
}

// in runs a test once per mode, against a server of its own.
func in(t *testing.T, modes []mode, f func(*testing.T, *node), directives ...string) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) { f(t, newNode(t, m, directives...)) })
	}
}

// node is a reactor with a real engine behind it, in this process.
type node struct {
	*Server
	t       *testing.T
	addr    string
	side    string             // where a look costs no handshake
	issuer  *harness.Authority // of modes that are secure
	client  *tls.Config        // likewise: what dial goes by
	journal *slowJournal       // of modes that are synced
	log     *syncedBuffer
	stop    sync.Once
}

// newNode starts one on a free loopback port; directives are as on the command
// line, and "bind" and the unix socket are heeded.
func newNode(t *testing.T, m mode, directives ...string) *node {
	t.Helper()
	n := &node{t: t, log: &syncedBuffer{}}
	directives = append([]string{"--port", "0"}, directives...)
	if m.secure {
		n.issuer = harness.NewAuthority(t)
		n.client = n.issuer.Client("client")
		directives = append(n.issuer.Directives(), directives...)
	}
	cfg := config.New()
	require.NoError(t, cfg.LoadArgs(directives, nil))
	log := zerolog.New(n.log)
	engine, err := keyspace.New(keyspace.Options{
		Config: cfg, Commands: command.Table(), Clock: wallClock{time.Now()}, Random: rand.NewPCG(1, 2).Uint64,
		Log: log, Shutdown: func() {}, Build: keyspace.Build{Version: "0.0.0", Compatible: "7.2.0"},
	})
	require.NoError(t, err)
	if m.synced {
		n.journal = newSlowJournal(engine)
		engine.SetJournal(n.journal)
	}
	v := cfg.Values()
	listeners := new(Listeners)
	if v.UnixSocket != "" {
		require.NoError(t, listeners.ListenUnix(v.UnixSocket, os.FileMode(v.UnixSocketPerm)))
	}
	tcp, err := m.listen()
	require.NoError(t, err)
	n.addr = tcp.Addr().String()
	if m.secure {
		agreed, err := tlsconfig.Server(v)
		require.NoError(t, err)
		listeners.SetTLS(agreed)
		listeners.Add(PortTLS, tcp)
		side, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		listeners.Add(PortPlain, side)
		n.side = side.Addr().String()
	} else {
		n.side = n.addr
		listeners.Add(PortPlain, tcp)
	}
	n.Server, err = Start(Options{Engine: engine, Listeners: listeners, Loops: m.loops, Log: log,
		Limits: func(l *Limits) {
			setLimits(l, v)
			engine.OnReconfigure(func(_ []string, v *config.Values) error {
				setLimits(l, v)
				return nil
			})
		}})
	require.NoError(t, err)
	t.Cleanup(func() {
		n.end()
		require.NoError(t, engine.Close())
	})
	return n
}

// listen opens the port. Connections inherit the size of the buffer.
func (m mode) listen() (net.Listener, error) {
	control := func(_, _ string, raw syscall.RawConn) error {
		if m.sendBytes == 0 {
			return nil
		}
		return raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF, m.sendBytes)
		})
	}
	return (&net.ListenConfig{Control: control}).Listen(context.Background(), "tcp", "127.0.0.1:0")
}

// setLimits does for the tests what main does.
func setLimits(l *Limits, v *config.Values) {
	l.Clients.Store(int64(v.MaxClients))
	l.QueryBytes.Store(v.ClientQueryBufferLimit)
	l.BulkBytes.Store(v.ProtoMaxBulkLen)
	l.SetOutputLimits(func(pubsub bool, limit *OutputLimit) {
		out := v.ClientOutputBufferLimit[config.ClassNormal]
		if pubsub {
			out = v.ClientOutputBufferLimit[config.ClassPubSub]
		}
		limit.HardBytes.Store(out.HardBytes)
		limit.SoftBytes.Store(out.SoftBytes)
		limit.SoftSec.Store(out.SoftSeconds)
	})
	l.KeepAliveSec.Store(int64(v.TCPKeepalive))
	l.PasswordRequired.Store(v.RequirePass != "")
	l.Protected.Store(v.ProtectedMode && v.RequirePass == "")
}

// end stops the node; the test's Cleanup does it as well.
func (n *node) end() {
	n.stop.Do(func() {
		n.Stop(func(*keyspace.Ctx) {
			if n.journal != nil {
				n.journal.close()
			}
		})
	})
}

// dial opens a connection, which Cleanup closes.
func (n *node) dial() *peer {
	n.t.Helper()
	if n.issuer == nil {
		return dialTo(n.t, "tcp", n.addr)
	}
	conn, err := n.shake(n.client)
	require.NoError(n.t, err)
	n.t.Cleanup(func() { conn.Close() })
	return &peer{harness.NewClient(conn), conn, n.t}
}

// shake opens a connection to the TLS port.
func (n *node) shake(c *tls.Config) (*tls.Conn, error) {
	return tls.DialWithDialer(&net.Dialer{Timeout: waitMax}, "tcp", n.addr, c)
}

// socket is the connection below TLS, or p's own.
func (p *peer) socket() *net.TCPConn {
	if x, ok := p.Conn.(*tls.Conn); ok {
		return x.NetConn().(*net.TCPConn)
	}
	return p.Conn.(*net.TCPConn)
}

// overSockets is more than the sockets of a narrow connection take in by themselves, in bytes.
const overSockets = 16 << 20

// narrow makes p's receive buffer small: most of what p does not read stays with the server.
func (p *peer) narrow() *peer {
	p.t.Helper()
	require.NoError(p.t, p.socket().SetReadBuffer(64<<10))
	return p
}

// eventually waits until a condition holds that only the server's progress
// makes true.
func eventually(t *testing.T, condition func() bool, what string) {
	t.Helper()
	for end := time.Now().Add(waitMax); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", waitMax, what)
		}
	}
}

// peer is a client with its socket at hand.
type peer struct {
	*harness.Client
	net.Conn
	t testing.TB
}

func dialTo(t testing.TB, network, addr string) *peer {
	t.Helper()
	conn, err := net.DialTimeout(network, addr, waitMax)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return &peer{harness.NewClient(conn), conn, t}
}

func (p *peer) Close() error { return p.Conn.Close() }

// do sends a command and returns the text of its reply, "-" before an error.
func (p *peer) do(args ...string) string {
	p.t.Helper()
	v, err := p.Client.Do(args...)
	require.NoError(p.t, err, "%.100q", args)
	return show(v)
}

// next returns the next reply.
func (p *peer) next() string {
	p.t.Helper()
	v, err := p.Receive(waitMax)
	require.NoError(p.t, err)
	return show(v)
}

func show(v protocol.Value) string {
	if v.IsError() {
		return "-" + v.Text
	}
	return v.Text
}

// isClosed waits until the server has closed the connection, and returns what
// it sent before.
func (p *peer) isClosed() string {
	p.t.Helper()
	p.SetReadDeadline(time.Now().Add(waitMax))
	rest, err := io.ReadAll(p.Conn)
	require.NotErrorIs(p.t, err, os.ErrDeadlineExceeded, "the connection is still open")
	return string(rest)
}

// refused tells whether the connection was turned away because of maxclients.
func (p *peer) refused() bool {
	p.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	text, _ := io.ReadAll(p.Conn)
	return string(text) == maxClientsReply
}

// alive tells that the connection is served.
func (p *peer) alive() {
	p.t.Helper()
	require.Equal(p.t, "PONG", p.do("PING"))
}

// request is a command as it is sent.
func request(args ...string) []byte { return protocol.AppendCommandStrings(nil, args...) }

// wallClock is the engine's clock.
type wallClock struct{ start time.Time }

func (c wallClock) NowMs() int64   { return time.Now().UnixMilli() }
func (c wallClock) NowNs() int64   { return int64(time.Since(c.start)) }
func (c wallClock) Sleep(ns int64) { time.Sleep(time.Duration(ns)) }

// slowJournal keeps nothing; it makes replies wait for a disk under "always".
type slowJournal struct {
	appended, durable atomic.Int64
	flushed           chan int64
	done              chan struct{}
}

func newSlowJournal(engine *keyspace.Engine) *slowJournal {
	j := &slowJournal{flushed: make(chan int64, 1), done: make(chan struct{})}
	go func() {
		defer close(j.done)
		for offset := range j.flushed {
			time.Sleep(200 * time.Microsecond)
			j.durable.Store(offset)
			engine.JournalMoved()
		}
	}()
	return j
}

func (j *slowJournal) Begin(int64) []byte { return nil }
func (j *slowJournal) Commit(b []byte)    { j.appended.Add(int64(len(b))) }
func (j *slowJournal) close()             { j.Flush(); close(j.flushed); <-j.done }
func (j *slowJournal) isBehind() bool     { return j.durable.Load() < j.appended.Load() }
func (j *slowJournal) hand(offset int64)  { j.flushed <- offset }

// Flush hands on the latest offset; the one that is waiting need not be synced
// by itself.
func (j *slowJournal) Flush() {
	if !j.isBehind() {
		return
	}
	select {
	case <-j.flushed:
	default:
	}
	j.hand(j.appended.Load())
}

// Progress implements keyspace.Journal.
func (j *slowJournal) Progress() (appended, durable int64, err error) {
	return j.appended.Load(), j.durable.Load(), nil
}

// syncedBuffer is a log that a test may read.
type syncedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// goHeapBytes is what is alive on Go's heap; the arena is elsewhere.
func goHeapBytes() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func splitLines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }
