package crash

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

var (
	seed  = flag.Uint64("seed", 1, "which sequence of requests and kills")
	kills = flag.Int("kills", 18, "how many kills, in all campaigns together")
)

const (
	writers = 6
	// lifeMsMax is the longest time between a start and a kill, in most rounds.
	lifeMsMax = 250
	// longLifeEvery is how many rounds go by until the server lives for longer
	// than what it may lose, so that there is something that it may not.
	longLifeEvery = 8
	// everysecMayLose is what appendfsync everysec promises at worst.
	everysecMayLose = 2 * time.Second
)

func TestMain(m *testing.M) { harness.Main(m) }

// TestCrash runs a campaign for each policy of the journal and each way in which
// the server spreads its work.
func TestCrash(t *testing.T) {
	campaigns := []campaign{
		{policy: "always", loops: 1}, {policy: "always", loops: 3},
		{policy: "everysec", loops: 1, mayLose: everysecMayLose}, {policy: "everysec", loops: 3, mayLose: everysecMayLose},
		{policy: "always", loops: 1, unrest: rewrites}, {policy: "always", loops: 3, unrest: rewrites},
		{policy: "everysec", loops: 3, unrest: rewrites, mayLose: everysecMayLose},
		{policy: "always", loops: 1, unrest: switches}, {policy: "always", loops: 3, unrest: switches},
	}
	for i, c := range campaigns {
		t.Run(fmt.Sprintf("%s-%d%s", c.policy, c.loops, c.unrest.name), func(t *testing.T) {
			c.random = rand.New(rand.NewPCG(*seed, uint64(i)))
			c.run(t, (*kills+len(campaigns)-1)/len(campaigns))
		})
	}
}

// campaign is a server that is killed again and again, with its clients.
type campaign struct {
	policy  string
	loops   int
	mayLose time.Duration
	unrest  unrest
	random  *rand.Rand

	server  *harness.Server
	writers []*writer
	acked   int
	lost    int
}

func (c *campaign) run(t *testing.T, kills int) {
	c.server = harness.Start(t, harness.SoloKV(t), "--appendonly", "yes", "--appendfsync", c.policy,
		"--event-loops", fmt.Sprint(c.loops))
	for i := range writers {
		c.writers = append(c.writers, &writer{number: i, before: state{},
			random: rand.New(rand.NewPCG(*seed, c.random.Uint64()))})
	}
	for i := range kills {
		life := time.Duration(1+c.random.IntN(lifeMsMax)) * time.Millisecond
		if i%longLifeEvery == 0 {
			life += c.mayLose
		}
		c.round(t, life)
	}
	t.Logf("%d kills: %d acknowledged, %d of them lost to the policy or to a cut", kills, c.acked, c.lost)
	assert.Positive(t, c.acked)
}

// round lets the writers write, kills the server, harms its last file at times,
// starts it again and looks at what it holds.
func (c *campaign) round(t *testing.T, life time.Duration) {
	sizeBefore := int64(0)
	if c.unrest.during == nil {
		sizeBefore = c.fileBytes(t)
	}
	var running sync.WaitGroup
	for _, w := range c.writers {
		client := c.server.Dial()
		running.Go(func() { w.run(t, client) })
	}
	lost := func(*writer) int { return 0 }
	if c.unrest.during == nil {
		time.Sleep(life)
	} else {
		lost = c.unrest.during(t, c, life)
	}
	killed := time.Now()
	c.server.Kill()
	running.Wait()
	require.False(t, t.Failed(), "the server answered wrongly")

	harm := harms[0]
	if c.unrest.during == nil {
		harm = harms[c.random.IntN(len(harms))]
	}
	harm.do(t, c, sizeBefore)
	require.NoError(t, c.server.Restart(), "after %s", harm.name)
	if harm.reported {
		assert.Contains(t, c.server.Log(), "torn", "after %s", harm.name)
	}
	c.requireTidy(t)
	client := c.server.Dial()
	for _, w := range c.writers {
		due := 0
		if !harm.loses {
			due = max(0, w.due(killed, c.mayLose)-lost(w))
		}
		c.acked += w.ackedNow()
		c.lost += w.verify(t, client, due)
	}
}

// harm is what may happen to the end of the last file beside the kill.
type harm struct {
	name     string
	reported bool // the server says at its start that it has cut the file
	loses    bool // what was acknowledged
	do       func(t *testing.T, c *campaign, sizeBefore int64)
}

var harms = []harm{
	{name: "nothing", do: func(*testing.T, *campaign, int64) {}},
	{name: "half a record", reported: true, do: func(t *testing.T, c *campaign, _ int64) {
		half := []byte("*3\r\n$3\r\nSET\r\n$4\r\nw0:0\r\n$100\r\nhalf")
		c.appendToFile(t, half[:1+c.random.IntN(len(half))])
	}},
	{name: "zeros", reported: true, do: func(t *testing.T, c *campaign, _ int64) {
		c.appendToFile(t, make([]byte, 1+c.random.IntN(8000)))
	}},
	{name: "a cut", loses: true, do: func(t *testing.T, c *campaign, sizeBefore int64) {
		size := c.fileBytes(t)
		cut := min(size-sizeBefore, int64(c.random.IntN(500)))
		require.NoError(t, os.Truncate(c.file(t), size-cut))
	}},
}

// requireTidy looks for files of saves that were cut short.
func (c *campaign) requireTidy(t *testing.T) {
	for _, pattern := range []string{"temp-*", filepath.Join("aof", "temp-*")} {
		found, err := filepath.Glob(filepath.Join(c.server.Dir(), pattern))
		require.NoError(t, err)
		require.Empty(t, found)
	}
}

// file is the journal's last increment.
func (c *campaign) file(t *testing.T) string {
	found, err := filepath.Glob(filepath.Join(c.server.Dir(), "aof", "*.incr.aof"))
	require.NoError(t, err)
	require.Len(t, found, 1, "nobody asks for a rewrite")
	return found[0]
}

func (c *campaign) fileBytes(t *testing.T) int64 {
	info, err := os.Stat(c.file(t))
	require.NoError(t, err)
	return info.Size()
}

func (c *campaign) appendToFile(t *testing.T, tail []byte) {
	content, err := os.ReadFile(c.file(t))
	require.NoError(t, err)
	// What a kill has torn already, and ours behind it, is no crash's doing.
	if end := bytes.LastIndexByte(content, '\n'); end >= 0 && end != len(content)-1 {
		return
	}
	require.NoError(t, os.WriteFile(c.file(t), append(content, tail...), 0o644))
}
