package keyspace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/protocol"
)

// readClock moves on by a millisecond whenever it is read, so that everything takes time.
type readClock struct{ fakeClock }

func (r *readClock) NowNs() int64 {
	r.ns += 1e6
	return r.ns
}

// pipeline sends requests at once.
func (c *client) pipeline(requests ...[]string) string {
	var input []byte
	for _, args := range requests {
		input = protocol.AppendCommandStrings(input, args...)
	}
	return c.send(input)
}

func (s *server) statsOf(name string) keyspace.CommandStats {
	return s.Commands().Lookup([]byte(name)).Stats()
}

// TestTimeOfNestedCommands: what a script calls is part of its time. Counted twice, it would leave less than
// nothing for the fast commands of the same pipeline.
func TestTimeOfNestedCommands(t *testing.T) {
	s := newServerAt(t, &readClock{fakeClock{1}}, nil)
	get := []string{"GET", "a"}
	script := []string{"EVAL", "for i = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'f', 'v') end", "1", "stream", "20"}
	s.client.pipeline(get, script, get)

	require.EqualValues(t, 20, s.statsOf("XADD").Calls)
	require.Greater(t, s.statsOf("EVAL").Us, s.statsOf("XADD").Us)
	require.EqualValues(t, 2, s.statsOf("GET").Latency.Count)
	require.Positive(t, s.statsOf("GET").Us)
	require.Less(t, s.statsOf("GET").Us, int64(10_000), "a few readings of the clock")
}

// TestTimeOfSuspendedScript: what a pipeline did before a script that takes long has not taken as long.
func TestTimeOfSuspendedScript(t *testing.T) {
	s := newServerAt(t, &readClock{fakeClock{1}}, nil, "--busy-reply-threshold", "100")
	s.client.pipeline([]string{"GET", "a"}, []string{"EVAL", "local n = 0; for i = 1, 1e6 do n = n + i end", "0"})

	require.Greater(t, s.statsOf("EVAL").Us, int64(100_000))
	require.Less(t, s.statsOf("GET").Us, int64(10_000))
}
