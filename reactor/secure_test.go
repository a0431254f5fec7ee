package reactor

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace/config"
	"solokv/reactor/tlsconfig"
	"solokv/tests/harness"
)

// What is special about TLS; that the rest is not, the other tests show, which run over
// TLS too.

// TestEarlyRequests: requests that come in one packet with the end of the handshake
// are served, though nothing follows them.
func TestEarlyRequests(t *testing.T) {
	in(t, overTLS, func(t *testing.T, n *node) {
		for range 20 {
			raw, err := net.Dial("tcp", n.addr)
			require.NoError(t, err)
			defer raw.Close()
			gathering := &gatherer{Conn: raw}
			conn := tls.Client(gathering, n.client)
			require.NoError(t, conn.Handshake())
			c := &peer{harness.NewClient(conn), conn, t}
			require.NoError(t, c.SendRaw(append(request("SET", "k", "v"), request("GET", "k")...)))
			require.NoError(t, gathering.flush())
			assert.Equal(t, "OK", c.next())
			assert.Equal(t, "v", c.next())
		}
	})
}

// gatherer holds back what follows the first write, until flush.
type gatherer struct {
	net.Conn
	writes  int
	held    []byte
	flushed bool
}

func (g *gatherer) Write(p []byte) (int, error) {
	if g.writes++; g.writes == 1 || g.flushed {
		return g.Conn.Write(p)
	}
	g.held = append(g.held, p...)
	return len(p), nil
}

func (g *gatherer) flush() error {
	g.flushed = true
	_, err := g.Conn.Write(g.held)
	return err
}

// TestRecordsSplitAnywhere: where the network cuts records changes nothing.
func TestRecordsSplitAnywhere(t *testing.T) {
	in(t, overTLS, func(t *testing.T, n *node) {
		raw, err := net.Dial("tcp", n.addr)
		require.NoError(t, err)
		defer raw.Close()
		conn := tls.Client(&sawer{Conn: raw}, n.client)
		c := &peer{harness.NewClient(conn), conn, t}
		for i := range 60 {
			value := strings.Repeat("v", i*i)
			require.Equal(t, "OK", c.do("SET", "k", value))
			require.Equal(t, value, c.do("GET", "k"))
		}
	})
}

// sawer writes in pieces of 1 to 97 bytes.
type sawer struct {
	net.Conn
	piece int
}

func (s *sawer) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		s.piece = s.piece%97 + 1
		cut := min(s.piece, len(p))
		_, err = s.Conn.Write(p[:cut])
		n, p = n+cut, p[cut:]
		time.Sleep(10 * time.Microsecond)
	}
	return n, err
}

// TestRepliesOfManyRecords come whole, at every size around that of a record and of
// what is sealed at a time.
func TestRepliesOfManyRecords(t *testing.T) {
	in(t, overTLS, func(t *testing.T, n *node) {
		c := n.dial()
		for _, edge := range []int{recordBytes, gatherWriteMax, sealBytes, 16 * sealBytes} {
			for size := edge - 20; size < edge+20; size += 3 {
				value := strings.Repeat("v", size)
				require.Equal(t, "OK", c.do("SET", "k", value))
				require.True(t, c.do("GET", "k") == value, "%d bytes", size)
			}
		}
	})
}

// TestHeldInputIsNotReadOverTLS: a client that reads nothing is at some point not read
// from either, and finds everything done when it reads.
func TestHeldInputIsNotReadOverTLS(t *testing.T) {
	const requests = 150
	in(t, overTLS, func(t *testing.T, n *node) {
		c := n.dial()
		value := strings.Repeat("v", 256<<10)
		require.Equal(t, "OK", c.do("SET", "k", value))
		done := make(chan error, 1)
		go func() { // 40 MB of replies, and behind each request 64 KB that are ignored
			one := append(request("GET", "k"), request("ECHO", value[:64<<10])...)
			for range requests {
				if _, err := c.Write(one); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		input, _ := n.settled()
		assert.Less(t, input, 2*inputPauseBytes+readBytes)
		for range requests {
			require.True(t, c.next() == value)
			require.True(t, c.next() == value[:64<<10])
		}
		require.NoError(t, <-done)
	})
}

// TestGoodbye: whoever ends a connection says so, in both directions, and nothing that
// was asked before is left unanswered.
func TestGoodbye(t *testing.T) {
	in(t, overTLS, func(t *testing.T, n *node) {
		for _, last := range []string{"QUIT\r\n", "*1\r\n+\r\n"} {
			c := n.dial()
			require.NoError(t, c.SendRaw([]byte(last)))
			c.SetReadDeadline(time.Now().Add(waitMax))
			_, err := io.ReadAll(c.Conn)
			assert.NoError(t, err, "%q: the stream is whole", last)
		}
		for range 20 { // the client is done asking
			c := n.dial()
			require.NoError(t, c.SendRaw(bytes.Repeat(request("PING"), 2000)))
			require.NoError(t, c.Conn.(*tls.Conn).CloseWrite())
			assert.Equal(t, strings.Repeat("+PONG\r\n", 2000), c.isClosed())
		}
		waiting := n.dial() // and one that waits for ever
		require.NoError(t, waiting.SendRaw(request("BLPOP", "nothing", "0")))
		require.NoError(t, waiting.Conn.(*tls.Conn).CloseWrite())
		assert.Empty(t, waiting.isClosed())
		eventually(t, func() bool { return n.Live.Load() == 0 }, "they are forgotten")
	})
}

// TestBrokenRecords: a stream that is harmed after the handshake is the end of the
// connection, and of nothing else.
func TestBrokenRecords(t *testing.T) {
	in(t, overTLS, func(t *testing.T, n *node) {
		other := n.dial()
		for _, harm := range []string{"\x17\x03\x03\x00\x20" + strings.Repeat("x", 32), "PING\r\n", "\x17\x03\x03\xff\xff"} {
			c := n.dial()
			c.alive()
			_, err := c.socket().Write([]byte(harm))
			require.NoError(t, err)
			c.isClosedOrReset()
			other.alive()
		}
		eventually(t, func() bool { return n.Live.Load() == 1 }, "they are forgotten")
	})
}

// TestFailedHandshakes: plain text, other protocols, strangers; each is refused and
// leaves nothing behind.
func TestFailedHandshakes(t *testing.T) {
	in(t, overTLS, func(t *testing.T, n *node) {
		refused := func(c *tls.Config) {
			t.Helper()
			conn, err := n.shake(c)
			if err == nil { // in TLS 1.3 the client is the first to be content
				conn.SetReadDeadline(time.Now().Add(waitMax))
				_, err = conn.Read(make([]byte, 1))
				conn.Close()
			}
			assert.Error(t, err)
		}
		plain := dialTo(t, "tcp", n.addr)
		require.NoError(t, plain.SendRaw(request("PING")))
		assert.NotContains(t, plain.isClosedOrReset(), "PONG")

		refused(n.issuer.Client(""))
		refused(harness.NewAuthority(t).Client("stranger"))
		old := n.client.Clone()
		old.MaxVersion = tls.VersionTLS11
		refused(old)

		eventually(t, func() bool { return n.Live.Load() == 0 }, "they are forgotten")
		assert.Contains(t, n.log.String(), "Error accepting a client connection")
		n.dial().alive()
	})
}

// TestSlowHandshakes count as clients, so their number is bounded, and harm nobody
// who is connected.
func TestSlowHandshakes(t *testing.T) {
	in(t, overTLS, func(t *testing.T, n *node) {
		c := n.dial()
		c.alive()
		var slow []*peer
		for range 20 {
			p := dialTo(t, "tcp", n.addr)
			_, err := p.Write([]byte("\x16\x03\x01"))
			require.NoError(t, err)
			slow = append(slow, p)
		}
		eventually(t, func() bool { return n.Rejected.Load() == 11 }, "those beyond maxclients are turned away")
		assert.Equal(t, int64(10), n.Live.Load())
		c.alive()
		for _, p := range slow {
			p.Close()
		}
		eventually(t, func() bool { return n.Live.Load() == 1 }, "they are forgotten")
		n.dial().alive()
	}, "--maxclients", "10")
}

// TestHandshakeWait: a client that never ends its handshake is dropped.
func TestHandshakeWait(t *testing.T) {
	if testing.Short() {
		t.Skip("takes handshakeWait")
	}
	n := newNode(t, adoptedTLS)
	c := dialTo(t, "tcp", n.addr)
	began := time.Now()
	c.isClosed()
	assert.GreaterOrEqual(t, time.Since(began), handshakeWait/2)
	eventually(t, func() bool { return n.Live.Load() == 0 }, "it is forgotten")
}

// TestReload: a new certificate is for those who come; sessions of the old one are of
// no use any more.
func TestReload(t *testing.T) {
	in(t, overTLS, func(t *testing.T, n *node) {
		serial := func(c *tls.Conn) string { return c.ConnectionState().PeerCertificates[0].SerialNumber.String() }
		n.client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
		first := n.dial()
		first.alive()
		again := n.dial()
		again.alive()
		assert.True(t, again.Conn.(*tls.Conn).ConnectionState().DidResume, "a session is taken up")

		cfg := config.New()
		require.NoError(t, cfg.LoadArgs(n.issuer.Directives(), nil))
		agreed, err := tlsconfig.Server(cfg.Values())
		require.NoError(t, err)
		n.options.Listeners.SetTLS(agreed)
		second := n.dial()
		second.alive()
		state := second.Conn.(*tls.Conn).ConnectionState()
		assert.False(t, state.DidResume)
		assert.NotEqual(t, serial(first.Conn.(*tls.Conn)), serial(second.Conn.(*tls.Conn)))
		first.alive()
	})
}

// TestIdleConnectionsAreSmall: what TLS adds to a connection that does nothing.
func TestIdleConnectionsAreSmall(t *testing.T) {
	const (
		connections  = 200
		heapBytesMax = 24 << 10 // of both ends, as the clients live here too
	)
	n := newNode(t, adoptedTLS)
	n.dial().alive()
	before, goroutines := goHeapBytes(), runtime.NumGoroutine()
	var all []*peer
	for range connections {
		c := n.dial()
		c.alive()
		all = append(all, c)
	}
	eventually(t, func() bool { return runtime.NumGoroutine() <= goroutines+2 }, "none has a goroutine")
	each := (goHeapBytes() - before) / connections
	t.Logf("%d bytes of heap for both ends of an idle connection", each)
	assert.Less(t, each, uint64(heapBytesMax))
	assert.Len(t, all, connections)
}

// TestPushesOverTLS: messages keep their place among replies.
func TestPushesOverTLS(t *testing.T) {
	const messages = 500
	in(t, overTLS, func(t *testing.T, n *node) {
		subscriber, publisher := n.dial(), n.dial()
		require.Equal(t, "OK", publisher.do("SET", "k", "v"))
		require.NoError(t, subscriber.SendRaw(append([]byte("HELLO 3\r\n"), request("SUBSCRIBE", "c")...)))
		for range 2 {
			subscriber.next()
		}
		for i := range messages {
			require.NoError(t, publisher.SendRaw(request("PUBLISH", "c", fmt.Sprint(i, strings.Repeat("m", i*10)))))
		}
		for i := range messages {
			v, err := subscriber.Receive(waitMax)
			require.NoError(t, err)
			require.Len(t, v.Items, 3)
			require.Equal(t, fmt.Sprint(i, strings.Repeat("m", i*10)), v.Items[2].Text)
		}
		assert.Equal(t, "v", subscriber.do("GET", "k"))
	})
}
