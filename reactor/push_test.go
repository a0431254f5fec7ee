package reactor

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

// subscriber opens a connection of a small window that has subscribed to a channel. It
// reads nothing but the confirmation.
func (n *node) subscriber(channel string) net.Conn {
	n.t.Helper()
	dialer := net.Dialer{Timeout: waitMax, Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
		})
	}}
	conn, err := dialer.Dial("tcp", n.addr)
	require.NoError(n.t, err)
	n.t.Cleanup(func() { conn.Close() })
	if n.client != nil {
		conn = tls.Client(conn, n.client)
	}
	_, err = conn.Write(request("SUBSCRIBE", channel))
	require.NoError(n.t, err)
	confirmation := fmt.Sprintf("*3\r\n$9\r\nsubscribe\r\n$%d\r\n%s\r\n:1\r\n", len(channel), channel)
	_, err = io.ReadFull(conn, make([]byte, len(confirmation)))
	require.NoError(n.t, err)
	return conn
}

// published is a message as a subscriber of RESP2 reads it.
func published(channel, payload string) string {
	return "*3\r\n$7\r\nmessage\r\n" + string(request(channel, payload)[len("*2\r\n"):])
}

// subscribersMax is as many connections as there are descriptors for both of their ends.
func subscribersMax(want int) int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 100
	}
	return min(want, (int(limit.Cur)-500)/2)
}

// TestSlowSubscribersShare: what thousands of subscribers do not read is kept once. The
// buffers of the kernel are small, so that it is us who keep it.
func TestSlowSubscribersShare(t *testing.T) {
	const (
		messages     = 100
		payloadBytes = 10_000 // a megabyte for each
		heapBytesMax = 100 << 20
	)
	subscribers := subscribersMax(10_000)
	if raceEnabled || testing.Short() {
		subscribers = min(subscribers, 500)
	}
	for _, m := range plain { // the clients of TLS would need more memory than we
		m.sendBytes = 4096
		t.Run(m.name, func(t *testing.T) {
			n := newNode(t, m, "--client-output-buffer-limit", "pubsub 0 0 0", "--maxclients", "20000")
			conns := make([]net.Conn, subscribers)
			for i := range conns {
				conns[i] = n.subscriber("c")
			}
			publisher := n.dial()
			before := goHeapBytes()
			for i := range messages {
				payload := strings.Repeat(strconv.Itoa(i%10), payloadBytes)
				require.Equal(t, int64(subscribers), publisher.number("PUBLISH", "c", payload))
			}
			publisher.alive()
			grown := int64(goHeapBytes()) - int64(before)
			t.Logf("%d subscribers, %d MB unread, the heap has grown by %d MB",
				subscribers, subscribers*messages*payloadBytes>>20, grown>>20)
			assert.Less(t, grown, int64(heapBytesMax))

			// One of them reads at last, and gets what it missed, whole and in order.
			for i := range messages / 10 {
				want := published("c", strings.Repeat(strconv.Itoa(i%10), payloadBytes))
				got := make([]byte, len(want))
				conns[0].SetReadDeadline(time.Now().Add(waitMax))
				_, err := io.ReadFull(conns[0], got)
				require.NoError(t, err)
				require.True(t, want == string(got), "message %d", i)
			}
			for _, c := range conns[:subscribers/2] { // the others are there when the server ends
				c.Close()
			}
			eventually(t, func() bool { return n.Live.Load() <= int64(subscribers-subscribers/2+1) },
				"those that have gone are forgotten")
			publisher.alive()
		})
	}
}

// number sends a command that replies a number.
func (p *peer) number(args ...string) int64 {
	p.t.Helper()
	v, err := p.Client.Do(args...)
	require.NoError(p.t, err)
	require.False(p.t, v.IsError(), v.Text)
	return v.Int
}

// TestSubscriberHardLimit cuts off the one who does not read, and nobody else.
func TestSubscriberHardLimit(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		slow, quick, publisher := n.dial(), n.dial(), n.dial()
		for _, c := range []*peer{slow, quick} {
			require.Equal(t, "", c.do("SUBSCRIBE", "c"))
		}
		payload := strings.Repeat("v", 1<<20)
		want := published("c", payload)
		receivers := int64(2)
		for range 200 {
			receivers = publisher.number("PUBLISH", "c", payload)
			got := make([]byte, len(want))
			quick.SetReadDeadline(time.Now().Add(waitMax))
			_, err := io.ReadFull(quick.Conn, got)
			require.NoError(t, err)
			require.True(t, want == string(got))
			if receivers == 1 {
				break
			}
		}
		require.Equal(t, int64(1), receivers, "the slow one is cut off")
		assert.Contains(t, n.log.String(), "output buffer limit")
		slow.isClosedOrReset()
		publisher.alive()
	}, "--client-output-buffer-limit", "pubsub 2mb 0 0")
}

// TestSubscriberSoftLimit cuts off the one whose messages wait for as long as is said.
func TestSubscriberSoftLimit(t *testing.T) {
	m := adopted
	m.sendBytes = 4096
	n := newNode(t, m, "--client-output-buffer-limit", "pubsub 0 64kb 1")
	slow, late, publisher := n.subscriber("c"), n.subscriber("c"), n.dial()
	payload := strings.Repeat("v", 100_000)
	require.Equal(t, int64(2), publisher.number("PUBLISH", "c", payload))
	got := make([]byte, len(published("c", payload)))
	_, err := io.ReadFull(late, got)
	require.NoError(t, err)
	eventually(t, func() bool { return publisher.number("PUBLISH", "c", "x") == 1 }, "the slow one is cut off")
	slow.Close()
	got = make([]byte, len(published("c", "x")))
	_, err = io.ReadFull(late, got)
	require.NoError(t, err)
	require.Equal(t, published("c", "x"), string(got))
}

// TestMessagesAmongReplies: messages of several publishers and the replies to its own
// requests reach a client whole, each publisher's in order, and no reply is out of place.
func TestMessagesAmongReplies(t *testing.T) {
	const publishers, messages, requests = 4, 1500, 3000
	in(t, all, func(t *testing.T, n *node) {
		c := n.dial()
		require.NoError(t, c.SendRaw(request("HELLO", "3")))
		c.next()
		require.NoError(t, c.SendRaw(request("SUBSCRIBE", "c")))
		c.next()
		var sending sync.WaitGroup
		for p := range publishers {
			sending.Go(func() { n.publishMany(fmt.Sprint(p), messages) })
		}
		sending.Go(func() {
			for i := range requests {
				_, _ = c.Write(request("ECHO", fmt.Sprint(i)))
				if i%100 == 0 {
					_, _ = c.Write(request("PUBLISH", "c", "self "+fmt.Sprint(i/100)))
				}
			}
		})
		next, replies := map[string]int{}, 0
		for left := publishers*messages + requests + 2*requests/100; left > 0; left-- {
			v, err := c.Receive(waitMax)
			require.NoError(t, err)
			switch v.Kind {
			case protocol.KindPush:
				from, number, _ := strings.Cut(v.Items[2].Text, " ")
				require.Equal(t, fmt.Sprint(next[from]), number, "publisher %s", from)
				next[from]++
			case protocol.KindInt:
				require.Equal(t, int64(1), v.Int, "subscribers")
			default:
				require.Equal(t, fmt.Sprint(replies), v.Text)
				replies++
			}
		}
		sending.Wait()
		require.Equal(t, requests, replies)
	})
}

// publishMany publishes numbered messages in a pipeline.
func (n *node) publishMany(name string, messages int) {
	conn := n.dial()
	defer conn.Close()
	var pipeline []byte
	for i := range messages {
		pipeline = append(pipeline, request("PUBLISH", "c", fmt.Sprint(name, " ", i))...)
	}
	go conn.Write(pipeline)
	_, _ = io.ReadFull(conn.Conn, make([]byte, messages*len(":1\r\n")))
}

// TestSubscribersLeaveWhileMessagesWait: connections that close, or are killed, in the
// middle of messages let go of them, and the others get theirs.
func TestSubscribersLeaveWhileMessagesWait(t *testing.T) {
	for _, m := range all {
		m.sendBytes = 4096
		t.Run(m.name, func(t *testing.T) {
			n := newNode(t, m)
			publisher := n.dial()
			payload := strings.Repeat("v", 20_000)
			for range 10 {
				var leaving []net.Conn
				for range 20 {
					leaving = append(leaving, n.subscriber("c"))
				}
				for range 20 {
					publisher.number("PUBLISH", "c", payload)
				}
				for i, c := range leaving {
					if i%2 == 0 {
						c.Close()
					}
				}
				publisher.number("PUBLISH", "c", payload)
				publisher.number("CLIENT", "KILL", "TYPE", "pubsub")
			}
			eventually(t, func() bool { return n.Live.Load() == 1 }, "all are forgotten")
			eventually(t, func() bool { return publisher.number("PUBLISH", "c", "x") == 0 }, "by the engine too")
		})
	}
}
