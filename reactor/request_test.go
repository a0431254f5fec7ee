package reactor

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/protocol"
)

// TestPipelineSplitAnywhere: where the network cuts a stream changes nothing.
func TestPipelineSplitAnywhere(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		stream := bytes.Join([][]byte{
			request("SET", "a", "1"), request("APPEND", "a", "23"), []byte("GET a\r\n\r\n"), request("MSET", "b", "", "c", "\r\n"),
			[]byte("set d \"\\x41 b\"\r\n"), request("GET", "d"), request("GET", "c"), request("NOSUCH"), request("DEL", "a", "b", "c", "d"),
		}, nil)
		want := "+OK\r\n:3\r\n$3\r\n123\r\n+OK\r\n+OK\r\n$3\r\nA b\r\n$2\r\n\r\n\r\n" +
			"-ERR unknown command 'NOSUCH', with args beginning with: \r\n:4\r\n"
		c := n.dial()
		got := make([]byte, len(want))
		for cut := range stream {
			for _, part := range [][]byte{stream[:cut], stream[cut:]} {
				_, err := c.Write(part)
				require.NoError(t, err)
				time.Sleep(100 * time.Microsecond) // so that the halves are read apart, mostly
			}
			c.SetReadDeadline(time.Now().Add(waitMax))
			_, err := io.ReadFull(c.Conn, got)
			require.NoError(t, err, "cut at %d", cut)
			require.Equal(t, want, string(got), "cut at %d", cut)
		}
	})
}

// TestPipelineByteByByte: every byte may be a packet of its own.
func TestPipelineByteByByte(t *testing.T) {
	in(t, modes, func(t *testing.T, n *node) {
		c := n.dial()
		for _, b := range bytes.Join([][]byte{request("SET", "key", "value"), request("GET", "key")}, nil) {
			_, err := c.Write([]byte{b})
			require.NoError(t, err)
		}
		assert.Equal(t, "OK", c.next())
		assert.Equal(t, "value", c.next())
	})
}

// TestLargeArguments: they arrive byte for byte, and leave nothing behind in
// the reactor once they are stored.
func TestLargeArguments(t *testing.T) {
	in(t, modes, func(t *testing.T, n *node) {
		bytesMax := 64 << 20
		if raceEnabled || n.client != nil {
			bytesMax = 16 << 20 // which is as long a test where both ends encrypt, or are watched
		}
		before := goHeapBytes() // other tests' leavings among it
		value := make([]byte, bytesMax)
		rand.NewChaCha8([32]byte{1}).Read(value)
		c := n.dial()
		small := n.dial()
		for _, size := range []int{0, 1, readBytes - 30, readBytes, readBytes + 1, 1 << 20, bytesMax} {
			_, err := c.Write(protocol.AppendCommand(nil, []byte("SET"), []byte("k"), value[:size]))
			require.NoError(t, err)
			require.Equal(t, "OK", c.next())
			require.NoError(t, c.SendRaw(request("GET", "k")))
			got := c.next()
			require.True(t, got == string(value[:size]), "%d bytes came back different", size)
			small.alive()
		}
		require.Equal(t, "OK", c.do("SET", "k", "short"))
		value = nil
		eventually(t, func() bool { return goHeapBytes() < before+uint64(bytesMax/2) }, "the buffers are let go while the server is idle")
	})
}

// TestPipelineOfMany: one client sends far more than is executed at once, and
// replies come in order, complete.
func TestPipelineOfMany(t *testing.T) {
	const requests = 80_000
	in(t, all, func(t *testing.T, n *node) {
		c := n.dial()
		go func() {
			var out []byte
			for i := range requests {
				out = append(out, request("INCR", "n")...)
				if i%1000 == 999 {
					if _, err := c.Write(out); err != nil {
						return
					}
					out = out[:0]
				}
			}
		}()
		for i := range requests {
			v, err := c.Receive(waitMax)
			require.NoError(t, err)
			require.Equal(t, int64(i+1), v.Int)
		}
	})
}

// TestHeldInputIsNotRead: input that cannot be executed yet stays with the
// client. The writer is stopped, and a client that goes on sending gets stuck.
func TestHeldInputIsNotRead(t *testing.T) {
	const sendMax = 64 << 20
	in(t, []mode{apart, apartAlways}, func(t *testing.T, n *node) {
		release := make(chan struct{})
		stopped := make(chan struct{})
		n.engine.Do(func(*keyspace.Ctx) { close(stopped); <-release })
		<-stopped
		c := n.dial()
		requests, sent := stuff(c, sendMax)
		assert.Less(t, sent, sendMax, "the server has taken all of it")
		close(release)
		c.SetWriteDeadline(time.Time{})
		for i := range requests {
			v, err := c.Receive(waitMax)
			require.NoError(t, err)
			require.Equal(t, int64(i+1), v.Int)
		}
		c.alive()
	})
}

// stuff sends APPENDs of one byte until the server takes no more, and then the
// rest of the one that was cut.
func stuff(c *peer, bytesMax int) (requests, sent int) {
	one := request("APPEND", "k", "x")
	block := bytes.Repeat(one, 10_000)
	for sent < bytesMax {
		c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		n, err := c.Write(block)
		sent += n
		if err != nil {
			break
		}
	}
	missing := (len(one) - sent%len(one)) % len(one)
	go func() {
		c.SetWriteDeadline(time.Now().Add(waitMax))
		c.Write(one[len(one)-missing:])
	}()
	return (sent + missing) / len(one), sent
}

// TestAuthOpensLimits: what follows AUTH in the same packet is measured by the
// limits of a client that is known.
func TestAuthOpensLimits(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		big := strings.Repeat("x", 100_000)
		c := n.dial()
		require.NoError(t, c.SendRaw(append(request("AUTH", "secret"), request("SET", "k", big)...)))
		assert.Equal(t, "OK", c.next())
		assert.Equal(t, "OK", c.next())

		stranger := n.dial()
		require.NoError(t, stranger.SendRaw(request("SET", "k", big)))
		assert.Contains(t, stranger.isClosed(), "-ERR Protocol error: unauthenticated bulk length")
	}, "--requirepass", "secret")
}

// TestProtocolError: what came before it is answered, what follows is not, and
// the connection ends.
func TestProtocolError(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		c := n.dial()
		require.NoError(t, c.SendRaw([]byte("SET a 1\r\n*1\r\n+PING\r\nPING\r\n")))
		assert.Equal(t, "+OK\r\n-ERR Protocol error: expected '$', got '+'\r\n", c.isClosed())
	})
}

// TestArgumentsManyAndEmpty exercises requests of more arguments than bytes of
// one read.
func TestArgumentsManyAndEmpty(t *testing.T) {
	in(t, modes, func(t *testing.T, n *node) {
		const pairs = 100_000
		args := []string{"MSET"}
		for i := range pairs {
			args = append(args, fmt.Sprint("k", i), "")
		}
		c := n.dial()
		assert.Equal(t, "OK", c.do(args...))
		v, err := c.Do("DBSIZE")
		require.NoError(t, err)
		assert.Equal(t, int64(pairs), v.Int)
	})
}
