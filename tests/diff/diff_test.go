package diff

import (
	"flag"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

var (
	seed   = flag.Int64("seed", 1, "of the first round")
	during = flag.Duration("for", 5*time.Second, "how long to go on")
	many   = flag.Int("differences", 1, "how many to show before the test ends")
	only   = flag.String("group", "", "the group whose commands are sent; all without it")
	oracle = flag.String("oracle", "", `words that start the real server (default "redis-server")`)
)

// requestsPerRound is how many requests are sent to empty servers.
const requestsPerRound = 300

func TestMain(m *testing.M) { harness.Main(m) }

func TestDifferential(t *testing.T) {
	real := harness.Redis(t, *oracle) // first: without one nothing is built
	p := &pair{ours: startServer(t, harness.SoloKV(t)), theirs: startServer(t, real)}
	info, err := p.theirs.do([]string{"INFO", "server"})
	require.NoError(t, err)
	p.real, err = readVersion(info[0].Text)
	require.NoError(t, err)
	commands := p.commands(t)
	require.NotEmpty(t, commands)

	found, rounds := 0, 0
	for until := time.Now().Add(*during); time.Now().Before(until) && found < *many; rounds++ {
		g := generator{random: rand.New(rand.NewSource(*seed + int64(rounds))), commands: commands, real: p.real}
		d, err := p.play(g.round(requestsPerRound))
		require.NoError(t, err, "seed %d", *seed+int64(rounds))
		if d != nil {
			found++
			t.Errorf("seed %d:\n%s", *seed+int64(rounds), p.shrinkWords(p.shrink(p.shrinkInner(p.shrink(d)))))
		}
	}
	t.Logf("%d commands, %d rounds of %d requests, %d of them cut short and %d played twice", len(commands), rounds,
		requestsPerRound, p.early, p.replays)
}

func startServer(t *testing.T, program harness.Program) *server {
	s, err := dialAll(program.Name, harness.Start(t, program).Addr())
	require.NoError(t, err)
	t.Cleanup(s.close)
	return s
}

// commands are those that both servers know, with the real one's syntax: it may be
// older, and not know an option.
func (p *pair) commands(t *testing.T) []command {
	replies, err := p.both([]string{"COMMAND", "DOCS"})
	require.NoError(t, err)
	ours := readCommands(replies[0][0])
	return slices.DeleteFunc(readCommands(replies[1][0]), func(c command) bool {
		known := slices.ContainsFunc(ours, func(o command) bool { return slices.Equal(o.words, c.words) })
		return !known || *only != "" && c.group != *only
	})
}
