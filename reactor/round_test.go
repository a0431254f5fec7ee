package reactor

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

// TestBusyWriterServesSockets: a writer that always has something to do of its own
// (loading, a burst of expiries) lets requests in between.
func TestBusyWriterServesSockets(t *testing.T) {
	in(t, modes, func(t *testing.T, n *node) {
		var done atomic.Bool
		var turns atomic.Int64
		var again func(*keyspace.Ctx)
		again = func(*keyspace.Ctx) {
			if turns.Add(1); !done.Load() {
				time.Sleep(100 * time.Microsecond)
				n.engine.Do(again)
			}
		}
		defer done.Store(true)
		n.engine.Do(again)

		c := n.dial()
		for i := range 50 {
			require.Equal(t, "OK", c.do("SET", "k", fmt.Sprint(i)))
		}
		before := turns.Load()
		eventually(t, func() bool { return turns.Load() > before }, "the writer goes on as well")
	})
}

// TestRepliesOfARoundKeepTheirOrder: several connections that send several reads
// at once get every reply, in order, whether it was written at once or gathered.
func TestRepliesOfARoundKeepTheirOrder(t *testing.T) {
	const connections, rounds, pipeline = 8, 30, 700 // more than a batch holds
	in(t, all, func(t *testing.T, n *node) {
		finished := make(chan error, connections)
		for i := range connections {
			c := n.dial()
			go func() { finished <- echoMany(c, i, rounds, pipeline) }()
		}
		for range connections {
			require.NoError(t, <-finished)
		}
	})
}

func echoMany(c *peer, number, rounds, pipeline int) error {
	for round := range rounds {
		var input strings.Builder
		for i := range pipeline {
			input.Write(request("ECHO", fmt.Sprint(number, round, i)))
		}
		if _, err := c.Write([]byte(input.String())); err != nil {
			return err
		}
		for i := range pipeline {
			v, err := c.Receive(waitMax)
			if err != nil {
				return err
			}
			if want := fmt.Sprint(number, round, i); v.Text != want {
				return fmt.Errorf("got %q for %q", v.Text, want)
			}
		}
	}
	return nil
}
