package soak

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"

	"solokv/protocol"
	"solokv/tests/harness"
)

// kind is what one of the clients does.
type kind struct {
	name string
	// session is one connection's life. It ends when it likes, and soon after the phase is over.
	session func(m *member, c *harness.Client) error
	// mayBeClosed: the server closes such connections, too.
	mayBeClosed bool
}

// crowd is who is there in each phase.
var crowd = slices.Concat(
	slices.Repeat([]kind{{name: "writer", session: writer}}, 6),
	slices.Repeat([]kind{{name: "transaction", session: transaction}}, 2),
	slices.Repeat([]kind{{name: "waiter", session: waiter}}, 3),
	slices.Repeat([]kind{{name: "passer-by", session: passerBy}}, 2),
	slices.Repeat([]kind{{name: "subscriber", session: subscriber, mayBeClosed: true}}, 3),
	[]kind{
		{name: "sleepy subscriber", session: sleepySubscriber, mayBeClosed: true},
		{name: "scripter", session: scripter},
		{name: "long scripter", session: longScripter},
		{name: "tracker", session: tracker},
		{name: "monitor", session: monitor, mayBeClosed: true},
		{name: "walker", session: walker},
		{name: "operator", session: operator},
	},
)

// member is one of the crowd.
type member struct {
	phase  *phase
	kind   kind
	random *rand.Rand
	out    []byte
}

func (m *member) over() bool           { return m.phase.stop.Load() }
func (m *member) chance(n int) bool    { return m.random.IntN(n) == 0 }
func (m *member) between(a, b int) int { return a + m.random.IntN(b-a+1) }

// live goes through one connection after the other until the phase is over.
func (m *member) live() {
	t := m.phase.soak.t
	for !m.over() && !t.Failed() {
		c, err := harness.Dial(m.phase.soak.server.Addr())
		if !assert.NoError(t, err, m.kind.name) {
			return
		}
		if m.chance(2) {
			_, err = m.do(c, "HELLO", "3")
		}
		if err == nil {
			err = m.kind.session(m, c)
		}
		c.Close()
		var wrong wrongReply
		if errors.As(err, &wrong) || err != nil && !m.kind.mayBeClosed {
			assert.NoError(t, err, m.kind.name)
			return
		}
	}
}

// replyWait is longer than anything that a request of the load may wait for.
const replyWait = 20 * time.Second

// wrongReply is an error reply that this load should not meet.
type wrongReply struct{ request, reply string }

func (w wrongReply) Error() string { return fmt.Sprintf("%s: %s", w.request, w.reply) }

// do sends one request and reads its reply. What the client is sent unasked is passed over.
func (m *member) do(c *harness.Client, words ...string) (protocol.Value, error) {
	return m.receive(c, m.send(c, words), words)
}

func (m *member) send(c *harness.Client, words []string) error {
	m.out = protocol.AppendCommandStrings(m.out[:0], words...)
	m.phase.requests.Add(1)
	return c.SendRaw(m.out)
}

func (m *member) receive(c *harness.Client, sent error, words []string) (protocol.Value, error) {
	if sent != nil {
		return protocol.Value{}, fmt.Errorf("%.60q: %w", words, sent)
	}
	for {
		v, err := c.Receive(replyWait)
		switch {
		case err != nil:
			return v, fmt.Errorf("%.60q: %w", words, err)
		case v.Kind == protocol.KindPush:
			continue
		case v.IsError() && !expected(v.Text):
			return v, wrongReply{fmt.Sprintf("%.200q", words), v.Text}
		}
		return v, nil
	}
}

// pipeline sends several requests at once and reads the replies.
func (m *member) pipeline(c *harness.Client, requests [][]string) error {
	m.out = m.out[:0]
	for _, words := range requests {
		m.out = protocol.AppendCommandStrings(m.out, words...)
	}
	m.phase.requests.Add(int64(len(requests)))
	err := c.SendRaw(m.out)
	for _, words := range requests {
		if _, err = m.receive(c, err, words); err != nil {
			return err
		}
	}
	return nil
}

// expectedErrors begin the errors that random requests meet, on keys of any type and with too little memory.
var expectedErrors = []string{
	"WRONGTYPE ", "OOM ", "BUSY ", "NOSCRIPT ", "NOTBUSY ", "UNKILLABLE ", "EXECABORT ", "NOGROUP ", "BUSYGROUP ", "UNBLOCKED ",
	"ERR no such key", "ERR value is not an integer", "ERR value is not a valid float", "ERR hash value is not",
	"ERR increment or decrement would overflow", "ERR index out of range", "ERR source and destination objects",
	"ERR The ID specified in XADD is equal or smaller", "ERR Background ", "ERR Script killed by user",
	"ERR Function not found", "ERR Library not found", "ERR The XGROUP subcommand requires the key", "ERR WRONGTYPE", "ERR OOM",
	"ERR An LFU maxmemory policy is", "ERR could not decode requested zset member", "ERR Can't BGSAVE",
	"ERR resulting score is not a number", "ERR Another child process is active", "ERR CLIENT CACHING can be called only", // BUSY came before

}

func expected(reply string) bool {
	return slices.ContainsFunc(expectedErrors, func(start string) bool { return strings.HasPrefix(reply, start) })
}
