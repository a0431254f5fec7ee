package reactor

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// figure is a number of the line that CLIENT LIST has of a named client, or -1 if it has
// none.
func (p *peer) figure(name, field string) int {
	p.t.Helper()
	line := regexp.MustCompile(`(?m)^.* name=` + name + ` .*$`).FindString(p.do("CLIENT", "LIST"))
	found := regexp.MustCompile(" " + field + `=(-?\d+)`).FindStringSubmatch(line)
	if found == nil {
		return -1
	}
	n, err := strconv.Atoi(found[1])
	require.NoError(p.t, err)
	return n
}

// named is a client that has a name, so that its figures can be found.
func (n *node) named(name string) *peer {
	c := n.dial()
	require.Equal(n.t, "OK", c.do("CLIENT", "SETNAME", name))
	return c
}

// unfinished is the beginning of a request, of that many bytes behind its headers.
func unfinished(bytes int) []byte {
	return append(fmt.Appendf(nil, "*2\r\n$%d\r\n", bytes), strings.Repeat("v", bytes)...)
}

// TestClientMemoryIsTold: the figures of CLIENT LIST are what a connection holds, and
// nothing when it holds nothing any more.
func TestClientMemoryIsTold(t *testing.T) {
	const bytes = 3 << 20
	in(t, modes, func(t *testing.T, n *node) {
		control, x := n.dial(), n.named("x")
		idle := control.figure("x", "tot-mem")
		request := unfinished(bytes)
		require.NoError(t, x.SendRaw(request))
		eventually(t, func() bool { return control.figure("x", "qbuf") == bytes }, "all has come")
		held := control.figure("x", "tot-mem") - idle
		assert.GreaterOrEqual(t, held, bytes)
		assert.LessOrEqual(t, held, 2*bytes, "what is set aside is no more than has come")
		assert.InDelta(t, held, control.figure("x", "qbuf")+control.figure("x", "qbuf-free"), tellBytes)
		require.NoError(t, x.SendRaw([]byte("\r\n$1\r\na\r\n")))
		assert.Contains(t, x.next(), "unknown command")
		eventually(t, func() bool { return control.figure("x", "tot-mem")-idle < 64<<10 }, "it is free again")
		assert.Zero(t, control.figure("x", "qbuf"))

		require.Equal(t, "OK", control.do("SET", "k", strings.Repeat("v", 1<<20)))
		const replies = 40
		for range replies {
			require.NoError(t, x.SendRaw([]byte("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")))
		}
		eventually(t, func() bool { return control.figure("x", "omem") > 1<<20 }, "output waits")
		eventually(t, func() bool {
			apart := control.figure("x", "tot-mem") - idle - control.figure("x", "omem")
			return -outputPauseBytes < apart && apart < outputPauseBytes
		}, "what is told is about what is there")
		for range replies {
			require.Len(t, x.next(), 1<<20)
		}
		eventually(t, func() bool { return control.figure("x", "omem") == 0 }, "all is read")
		eventually(t, func() bool { return control.figure("x", "tot-mem")-idle < 64<<10 }, "it is free again")
		for _, field := range []string{"obl", "oll", "omem", "qbuf"} {
			assert.Zero(t, control.figure("x", field), field)
		}
	})
}

// TestClientEviction: who sends or does not read too much is closed, and nobody else.
func TestClientEviction(t *testing.T) {
	const limit = outputPauseBytes / 2 // above it, who does not read is executed no further
	in(t, modes, func(t *testing.T, n *node) {
		control := n.dial()
		require.Equal(t, "OK", control.do("CLIENT", "NO-EVICT", "on"))
		require.Equal(t, "OK", control.do("SET", "k", strings.Repeat("v", 200_000)))
		idle := n.dial()
		idle.alive()

		sender := n.named("sender")
		go sender.Write(unfinished(limit))
		sender.isClosedOrReset()
		eventually(t, func() bool { return control.figure("sender", "tot-mem") == -1 }, "it is gone")

		reader := n.named("reader")
		for range 1000 {
			mem := control.figure("reader", "tot-mem")
			if mem >= limit { // its loop told of it while this request was being served
				mem = control.figure("reader", "tot-mem")
				require.Negative(t, mem, "before the next is served that is too much")
			}
			if mem < 0 {
				break
			}
			reader.Write(request("GET", "k"))
		}
		assert.Equal(t, -1, control.figure("reader", "tot-mem"))

		subscriber := n.named("subscriber")
		require.Equal(t, "subscribe", func() string {
			v, err := subscriber.Client.Do("SUBSCRIBE", "c")
			require.NoError(t, err)
			return v.Items[0].Text
		}())
		message := strings.Repeat("m", 100_000)
		for range 1000 {
			if control.do("PUBLISH", "c", message); control.figure("subscriber", "tot-mem") < 0 {
				break
			}
		}
		assert.Equal(t, -1, control.figure("subscriber", "tot-mem"))
		assert.Contains(t, control.do("INFO", "stats"), "evicted_clients:3\r\n")
		assert.Equal(t, 3, strings.Count(n.log.String(), "evicting client"))
		idle.alive()
		eventually(t, func() bool { return n.Live.Load() == 2 }, "they are forgotten")
	}, "--maxmemory-clients", fmt.Sprint(limit))
}

// TestPipelineOfLargeReplies: one that is not read is executed no further than a few
// megabytes of replies, all of which come in order when it is.
func TestPipelineOfLargeReplies(t *testing.T) {
	const replies, bytes = 30, 1 << 20
	in(t, all, func(t *testing.T, n *node) {
		control, x := n.dial(), n.named("x").narrow()
		require.Equal(t, "OK", control.do("SET", "k", strings.Repeat("v", bytes)))
		pipeline := strings.Repeat(string(request("GET", "k"))+string(request("INCR", "n")), replies)
		require.NoError(t, x.SendRaw([]byte(pipeline)))
		eventually(t, func() bool { return control.figure("x", "omem") > 1<<20 }, "output waits")
		for range 20 {
			require.Less(t, control.figure("x", "tot-mem"), 3*outputPauseBytes)
		}
		for i := range replies {
			require.Len(t, x.next(), bytes)
			v, err := x.Receive(waitMax)
			require.NoError(t, err)
			require.Equal(t, int64(i+1), v.Int)
		}
		x.alive()
	})
}

// TestAnnouncedLength: a length costs next to nothing before the bytes come.
func TestAnnouncedLength(t *testing.T) {
	in(t, plain, func(t *testing.T, n *node) {
		control, x := n.dial(), n.named("x")
		require.NoError(t, x.SendRaw([]byte("*1000000\r\n$536870912\r\nv")))
		eventually(t, func() bool { return control.figure("x", "qbuf") > 0 }, "it has come")
		assert.Less(t, control.figure("x", "tot-mem"), 2*tailReserveMin)
	})
}
