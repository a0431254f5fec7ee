package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/invariant"
	"solokv/protocol"
)

// In steady state the commands of single members allocate nothing, whatever the
// encoding.
func TestSetsDoNotAllocate(t *testing.T) {
	if invariant.Enabled {
		t.Skip("the checks allocate")
	}
	s := newServer(t)
	for i := range 3000 {
		s.do("SADD", "large", fmt.Sprint("member:", i))
		if i < 100 {
			s.do("SADD", "ints", fmt.Sprint(i*3))
			s.do("SADD", "packed", fmt.Sprint("member:", i))
		}
	}
	f := func(requests ...string) {
		t.Helper()
		var input []byte
		for _, request := range requests {
			input = protocol.AppendCommandStrings(input, strings.Fields(request)...)
		}
		round := func() {
			s.journal.records = s.journal.records[:0]
			s.client.send(input)
		}
		for range 300 {
			round()
		}
		require.NotContains(t, s.client.replies.String(), "-", requests)
		baseline := testing.AllocsPerRun(200, func() { s.client.send(nil) })
		// send turns the reply into a string.
		require.LessOrEqual(t, testing.AllocsPerRun(200, round), baseline+1, "%q", requests)
	}
	for _, key := range []string{"large", "packed", "ints"} {
		f("SADD "+key+" 12", "SADD "+key+" 13", "SISMEMBER "+key+" 13", "SISMEMBER "+key+" 14",
			"SREM "+key+" 13", "SREM "+key+" 13", "SMISMEMBER "+key+" 1 2", "SCARD "+key)
		f("SADD "+key+" 100000 200000", "SPOP "+key, "SPOP "+key, "SRANDMEMBER "+key, "SADD "+key+" 300000")
	}
	f("SMOVE large packed member:1", "SMOVE packed large member:1")
	f("SINTERCARD 2 large packed", "SMEMBERS ints")
	f("SADD fresh 1", "SREM fresh 1")
	f("SADD fresh x", "SREM fresh x")
}
