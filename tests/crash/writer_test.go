package crash

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/protocol"
	"solokv/tests/harness"
)

const (
	// pipelineMax is the most requests that a writer sends before it reads.
	pipelineMax = 32
	// replyWait bounds the wait for a reply of a server that is alive.
	replyWait = 10 * time.Second
)

// writer is one client: what it has asked for since the last restart, and what
// of that was acknowledged.
type writer struct {
	number int
	random *rand.Rand
	sent   int // requests in all restarts, so that every value is another one

	before state // at the last restart
	log    []sent
	acked  atomic.Int64 // of log
}

func (w *writer) ackedNow() int { return int(w.acked.Load()) }

// sent is a request and what it has changed.
type sent struct {
	request
	changes []change
	ackedAt time.Time
}

// run sends pipelines, mostly short ones, until the server is gone. A reply that
// is not the model's is an error of the server.
func (w *writer) run(t *testing.T, c *harness.Client) {
	now := maps.Clone(w.before)
	for {
		var out []byte
		first := len(w.log)
		for range 1 + w.random.IntN(1+w.random.IntN(pipelineMax)) {
			r := now.next(w.random, w.number, w.sent)
			w.sent++
			w.log = append(w.log, sent{request: r, changes: now.changesOf(r)})
			out = protocol.AppendCommandStrings(out, r.args...)
		}
		if c.SendRaw(out) != nil {
			return
		}
		for i := first; i < len(w.log); i++ {
			v, err := c.Receive(replyWait)
			if err != nil {
				return
			}
			if !assert.Equal(t, w.log[i].reply, v.Text, "%q", w.log[i].args) {
				return
			}
			w.log[i].ackedAt = time.Now()
			w.acked.Store(int64(i + 1))
		}
	}
}

// due is the number of requests that must have outlived a kill.
func (w *writer) due(killed time.Time, mayLose time.Duration) int {
	due := w.ackedNow()
	for due > 0 && mayLose > 0 && killed.Sub(w.log[due-1].ackedAt) < mayLose {
		due--
	}
	return due
}

// verify looks for the prefix of the log that the server holds, the longest if
// there are several, and goes on from there. It returns how many acknowledged
// requests are not in it.
func (w *writer) verify(t *testing.T, c *harness.Client, due int) (lost int) {
	t.Helper()
	const none = -1
	got, now, held := w.read(c), maps.Clone(w.before), none
	for n := 0; ; n++ {
		if got.equal(now) {
			held = n
		}
		if n == len(w.log) {
			break
		}
		now.apply(w.log[n].changes)
	}
	require.NotEqual(t, none, held, "writer %d: the server holds what never was: %v", w.number, got)
	require.GreaterOrEqual(t, held, due, "writer %d: of %d requests %d were acknowledged; the server holds the state after %d",
		w.number, len(w.log), w.ackedNow(), held)
	lost = max(0, w.ackedNow()-held)
	w.before, w.log = got, nil
	w.acked.Store(0)
	return lost
}

// read asks for everything that the writer's keys hold.
func (w *writer) read(c *harness.Client) state {
	s := state{}
	for _, item := range c.MustDo("KEYS", fmt.Sprintf("w%d:*", w.number)).Items {
		key := item.Text
		s[key] = entry{c.MustDo("GET", key).Text, c.MustDo("TTL", key).Int > 0}
	}
	return s
}
