package crash

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// unrest is what goes on beside the writers until the kill. It returns how many of
// a writer's acknowledged requests the kill may take.
type unrest struct {
	name   string
	during func(t *testing.T, c *campaign, life time.Duration) (lost func(w *writer) int)
}

// keyDelay makes saves and rewrites of the few keys take as long as a server lives.
const keyDelay = "300"

// rewrites asks for rewrites and saves all the time, so that the kill falls into any
// of their steps.
var rewrites = unrest{"-rewrites", func(t *testing.T, c *campaign, life time.Duration) func(*writer) int {
	client := c.server.Dial()
	client.MustDo("CONFIG", "SET", "rdb-key-save-delay", keyDelay, "aof-use-rdb-preamble", yesOrNo(c.random.IntN(2) == 0))
	for end := time.Now().Add(life); time.Now().Before(end); {
		command := "BGREWRITEAOF"
		if c.random.IntN(4) == 0 {
			command = "BGSAVE"
		}
		_, err := client.Do(command) // one that runs already is an error reply
		require.NoError(t, err)
		time.Sleep(time.Duration(c.random.IntN(10)) * time.Millisecond)
	}
	return func(*writer) int { return 0 }
}}

// switches turns the append-only file off and on, several times. The kill comes at
// any moment after that: only when the file was in force again is nothing lost,
// otherwise what was acknowledged since it was turned off.
var switches = unrest{"-switches", func(t *testing.T, c *campaign, life time.Duration) func(*writer) int {
	client := c.server.Dial()
	client.MustDo("CONFIG", "SET", "rdb-key-save-delay", keyDelay)
	safe := map[*writer]int{}
	inForce := true
	for range 1 + c.random.IntN(3) {
		if inForce {
			for _, w := range c.writers {
				safe[w] = w.ackedNow()
			}
		}
		client.MustDo("CONFIG", "SET", "appendonly", "no")
		time.Sleep(time.Duration(c.random.IntN(20)) * time.Millisecond)
		client.MustDo("CONFIG", "SET", "appendonly", "yes")
		inForce = c.random.IntN(2) == 0
		if inForce {
			c.awaitInForce(t, client)
		}
	}
	time.Sleep(life)
	if inForce {
		return func(*writer) int { return 0 }
	}
	return func(w *writer) int { return w.ackedNow() - safe[w] }
}}

// awaitInForce waits until INFO says that the first rewrite has succeeded.
func (c *campaign) awaitInForce(t *testing.T, client *harness.Client) {
	require.Eventually(t, func() bool {
		text := client.MustDo("INFO", "persistence").Text
		for _, field := range []string{"aof_enabled:1", "aof_rewrite_in_progress:0", "aof_rewrite_scheduled:0",
			"aof_last_bgrewrite_status:ok"} {
			if !strings.Contains(text, fmt.Sprint("\r\n", field, "\r\n")) {
				return false
			}
		}
		return true
	}, 20*time.Second, 2*time.Millisecond)
}

func yesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
