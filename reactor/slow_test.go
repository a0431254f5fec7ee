package reactor

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSlowReader: a client that asks for much and reads nothing costs a bounded
// amount of memory and harms nobody; when it reads, it gets everything.
func TestSlowReader(t *testing.T) {
	const (
		valueBytes   = 10_000
		requests     = 8_000 // 80 MB of replies
		heapBytesMax = 48 << 20
	)
	in(t, all, func(t *testing.T, n *node) {
		value := strings.Repeat("v", valueBytes)
		other, slow := n.dial(), n.dial().narrow()
		require.Equal(t, "OK", other.do("SET", "k", value))
		go slow.Write([]byte(strings.Repeat(string(request("GET", "k")), requests)))

		n.settled()
		for i := range 100 {
			require.Equal(t, "OK", other.do("SET", "other", fmt.Sprint(i)))
		}
		assert.Less(t, goHeapBytes(), uint64(heapBytesMax))

		for range requests {
			v, err := slow.Receive(waitMax)
			require.NoError(t, err)
			require.True(t, v.Text == value)
		}
		slow.alive()
		eventually(t, func() bool {
			input, pending := n.buffered()
			return input == 0 && pending == 0
		}, "the gauges tell that all is sent")
	})
}

// buffered sums what all other connections hold back.
func (n *node) buffered() (input, output int) {
	c := dialTo(n.t, "tcp", n.side)
	defer c.Close()
	for line := range strings.Lines(c.do("CLIENT", "LIST")) {
		if strings.Contains(line, "cmd=client|list") {
			continue // the request that asks
		}
		var in, out int
		for _, field := range strings.Fields(line) {
			fmt.Sscanf(field, "qbuf=%d", &in)
			fmt.Sscanf(field, "omem=%d", &out)
		}
		input, output = input+in, output+out
	}
	return input, output
}

// settled waits until a client that does not read is executed no further, and returns what is held back then.
// Where that ends is by chance: the kernel may have taken much of what was there when the pause began.
func (n *node) settled() (input, output int) {
	const stillFor = 200 * time.Millisecond
	changed := time.Now()
	eventually(n.t, func() bool {
		if in, out := n.buffered(); in != input || out != output {
			input, output, changed = in, out, time.Now()
		}
		return output > outputPauseBytes/2 && time.Since(changed) > stillFor
	}, "nothing moves any more")
	return input, output
}

// TestSlowReaderIsGone: what waited for a client that has left is dropped.
func TestSlowReaderIsGone(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		c := n.dial().narrow()
		require.Equal(t, "OK", c.do("SET", "k", strings.Repeat("v", 100_000)))
		go c.Write([]byte(strings.Repeat(string(request("GET", "k")), 10_000)))
		n.settled()
		c.Close()
		eventually(t, func() bool { return n.Live.Load() == 0 }, "the connection is forgotten")
		n.dial().alive()
	})
}

// TestCloseDrains: a connection that is to be closed is closed when its last
// reply has been read, however large that is.
func TestCloseDrains(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		require.Equal(t, "OK", n.dial().do("SET", "k", strings.Repeat("v", overSockets)))
		for _, last := range []string{"QUIT\r\n", "*1\r\n+\r\n"} {
			c := n.dial().narrow()
			require.NoError(t, c.SendRaw(append(request("GET", "k"), last...)))
			time.Sleep(50 * time.Millisecond) // longer than the server needs to fill the socket
			got := c.isClosed()
			reply := len("$16777216\r\n") + overSockets + len("\r\n")
			require.Greater(t, len(got), reply)
			assert.Regexp(t, `^(\+OK|-ERR Protocol error.*)\r\n$`, got[reply:])
		}
		eventually(t, func() bool { return n.Live.Load() == 1 }, "the connections are forgotten")
	})
}

// TestOutputHardLimit cuts off a client whose output exceeds it.
func TestOutputHardLimit(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		other, slow := n.dial(), n.dial().narrow()
		require.Equal(t, "OK", other.do("SET", "k", strings.Repeat("v", overSockets)))
		require.NoError(t, slow.SendRaw(request("GET", "k")))
		eventually(t, func() bool { return strings.Contains(n.log.String(), "output buffer limit") }, "it is logged")
		assert.Less(t, len(slow.isClosedOrReset()), overSockets)
		other.alive()
	}, "--client-output-buffer-limit", "normal 1mb 0 0")
}

// TestOutputSoftLimit cuts off a client only if its output exceeds the limit for
// as long as is said.
func TestOutputSoftLimit(t *testing.T) {
	in(t, plain, func(t *testing.T, n *node) {
		other, quick, slow := n.dial(), n.dial(), n.dial().narrow()
		require.Equal(t, "OK", other.do("SET", "k", strings.Repeat("v", overSockets)))
		require.NoError(t, quick.SendRaw(request("GET", "k")))
		require.NoError(t, slow.SendRaw(request("GET", "k")))
		assert.Len(t, quick.next(), overSockets)
		eventually(t, func() bool { return n.Live.Load() == 2 }, "the slow one is cut off")
		assert.Less(t, len(slow.isClosedOrReset()), overSockets)
		quick.alive()
	}, "--client-output-buffer-limit", "normal 0 64kb 6")
}

// isClosedOrReset is isClosed where the server does not wait for what it sent.
func (p *peer) isClosedOrReset() string {
	p.t.Helper()
	p.SetReadDeadline(time.Now().Add(waitMax))
	rest, _ := io.ReadAll(p.Conn)
	_, err := p.Conn.Read(make([]byte, 1))
	require.Error(p.t, err)
	return string(rest)
}

// TestQueryBufferLimit cuts off a client whose unfinished request exceeds it.
func TestQueryBufferLimit(t *testing.T) {
	in(t, modes, func(t *testing.T, n *node) {
		other, c := n.dial(), n.dial()
		require.Equal(t, "OK", other.do("SET", "k", strings.Repeat("v", 900_000)), "below the limit")
		c.Write(request("SET", "k", strings.Repeat("v", 4<<20)))
		c.isClosedOrReset()
		eventually(t, func() bool { return strings.Contains(n.log.String(), "query buffer") }, "it is logged")
		assert.Len(t, other.do("GET", "k"), 900_000)
	}, "--client-query-buffer-limit", "1mb")
}

// TestQueryBufferLimitSparesTheHeld: input that waits for the server's own sake
// does not count as the client's fault.
func TestQueryBufferLimitSparesTheHeld(t *testing.T) {
	const requests = 200_000 // 7 MB
	in(t, all, func(t *testing.T, n *node) {
		c := n.dial()
		go c.Write([]byte(strings.Repeat(string(request("APPEND", "k", "x")), requests)))
		for i := range requests {
			v, err := c.Receive(waitMax)
			require.NoError(t, err)
			require.Equal(t, int64(i+1), v.Int)
		}
	}, "--client-query-buffer-limit", "1mb")
}
