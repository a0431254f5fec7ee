package reactor

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// id is the connection's number.
func (p *peer) id() string {
	p.t.Helper()
	v, err := p.Do("CLIENT", "ID")
	require.NoError(p.t, err)
	return strconv.FormatInt(v.Int, 10)
}

func TestClientKillOther(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		killer, victim := n.dial(), n.dial()
		killed, err := killer.Do("CLIENT", "KILL", "ID", victim.id())
		require.NoError(t, err)
		assert.Equal(t, int64(1), killed.Int)
		assert.Empty(t, victim.isClosed())
		eventually(t, func() bool { return n.Live.Load() == 1 }, "it is forgotten")
		assert.Equal(t, 1, strings.Count(killer.do("CLIENT", "LIST"), "\n"))
	})
}

// TestClientKillItself: the reply still leaves, what was piped behind it is not
// executed.
func TestClientKillItself(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		c, other := n.dial(), n.dial()
		pipeline := append(request("SET", "a", "1"), request("CLIENT", "KILL", "ID", c.id(), "SKIPME", "no")...)
		require.NoError(t, c.SendRaw(append(pipeline, request("SET", "a", "2")...)))
		assert.Equal(t, "+OK\r\n:1\r\n", c.isClosed())
		assert.Equal(t, "1", other.do("GET", "a"))
	})
}

// TestClientKillUnderLoad: connections end in the midst of their pipelines,
// those that are paused too, and nothing else suffers.
func TestClientKillUnderLoad(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		killer := n.dial()
		for round := range 30 {
			victim := n.dial()
			id := victim.id()
			if round%3 == 0 {
				require.Equal(t, "OK", killer.do("CLIENT", "PAUSE", "100000", "WRITE"))
			}
			go victim.Write([]byte(strings.Repeat(string(request("INCR", "n")), 50_000)))
			time.Sleep(time.Duration(round) * 200 * time.Microsecond)
			killed, err := killer.Do("CLIENT", "KILL", "ID", id)
			require.NoError(t, err)
			require.Equal(t, int64(1), killed.Int)
			victim.isClosedOrReset()
			require.Equal(t, "OK", killer.do("CLIENT", "UNPAUSE"))
			require.Equal(t, "OK", killer.do("SET", "n", "0"))
		}
		eventually(t, func() bool { return n.Live.Load() == 1 }, "they are forgotten")
	})
}

// TestClientPause: pipelines in flight are held up and go on in their order,
// with the arguments that they came with.
func TestClientPause(t *testing.T) {
	const (
		clients  = 4
		requests = 3_000
	)
	in(t, all, func(t *testing.T, n *node) {
		pauser := n.dial()
		var peers []*peer
		for i := range clients {
			c := n.dial()
			peers = append(peers, c)
			go func() {
				for k := range requests {
					key := fmt.Sprintf("key:%d:%d", i, k)
					c.Write(append(request("SET", key, key), append(request("GET", key), request("PING", key)...)...))
				}
			}()
		}
		go func() {
			for k := range 20 {
				pauser.Client.Do("CLIENT", "PAUSE", "50", []string{"WRITE", "ALL"}[k%2])
				time.Sleep(2 * time.Millisecond)
				pauser.Client.Do("CLIENT", "UNPAUSE")
			}
		}()
		for i, c := range peers {
			for k := range requests {
				key := fmt.Sprintf("key:%d:%d", i, k)
				require.Equal(t, "OK", c.next())
				require.Equal(t, key, c.next())
				require.Equal(t, key, c.next())
			}
		}
	})
}

// TestClientPauseEnds: without UNPAUSE, time ends it.
func TestClientPauseEnds(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		control, c := n.dial(), n.dial()
		require.Equal(t, "OK", control.do("CLIENT", "PAUSE", "200", "WRITE"))
		began := time.Now()
		require.NoError(t, c.SendRaw(append(request("GET", "k"), append(request("SET", "k", "v"), request("GET", "k")...)...)))
		control.alive()
		assert.Equal(t, "", c.next())
		assert.Equal(t, "OK", c.next())
		assert.Equal(t, "v", c.next())
		assert.Greater(t, time.Since(began), 100*time.Millisecond)
	})
}

func TestClientReply(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		c := n.dial()
		var pipeline []byte
		for _, line := range []string{
			"SET n 0", "CLIENT REPLY SKIP", "INCR n", "INCR n", "CLIENT REPLY OFF", "INCR n", "NOSUCH",
			"CLIENT REPLY SKIP", "INCR n", "CLIENT REPLY ON", "INCR n",
		} {
			pipeline = append(pipeline, request(strings.Fields(line)...)...)
		}
		for cut := range pipeline {
			_, err := c.Write(pipeline[:cut])
			require.NoError(t, err)
			_, err = c.Write(pipeline[cut:])
			require.NoError(t, err)
			require.Equal(t, "OK", c.next())
			require.Equal(t, "2", c.next())
			require.Equal(t, "OK", c.next())
			require.Equal(t, "5", c.next())
		}
	})
}

// TestTimeout closes connections that are silent, and no others.
func TestTimeout(t *testing.T) {
	in(t, modes, func(t *testing.T, n *node) {
		busy, idle := n.dial(), n.dial()
		idle.alive()
		require.Equal(t, "OK", busy.do("CONFIG", "SET", "timeout", "1"))
		eventually(t, func() bool {
			busy.alive()
			return n.Live.Load() == 1
		}, "the idle connection is closed")
		assert.Empty(t, idle.isClosed())
	})
}

// TestTimeoutOfAllIdle: nobody is there to wake the server.
func TestTimeoutOfAllIdle(t *testing.T) {
	in(t, modes, func(t *testing.T, n *node) {
		n.dial().alive()
		n.dial()
		eventually(t, func() bool { return n.Live.Load() == 0 }, "the idle connections are closed")
	}, "--timeout", "1")
}
