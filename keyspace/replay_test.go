package keyspace_test

import (
	"fmt"
	"math/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/protocol"
)

// replayed starts a server at the time of another and lets it execute records.
func replayed(t testing.TB, s *server, records []byte) *server {
	t.Helper()
	fresh := newServer(t, nil)
	fresh.clock.ns = s.clock.ns
	fresh.SetLoading(true)
	replayer := fresh.NewReplayer()
	parser := protocol.Parser{Limits: protocol.LimitsDefault}
	var spans []protocol.Span
	for {
		var status protocol.Status
		if spans, status = parser.Next(records, spans[:0]); status != protocol.Complete {
			require.Equal(t, protocol.Incomplete, status, parser.Err())
			require.Equal(t, len(records), parser.Consumed(), "the journal ends within a record")
			break
		}
		args := make([][]byte, len(spans))
		for i, span := range spans {
			args[i] = span.Of(records)
		}
		require.NoError(t, replayer.Apply(args), "%q", args)
	}
	fresh.SetLoading(false)
	return fresh
}

// Replaying the journal gives the same data (I6): every key, its value and its
// expiry, at any moment, also with keys that have expired and that nobody has
// found out.
func TestReplayGivesTheSameData(t *testing.T) {
	for seed := range int64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			journal := &recorder{}
			s := newServer(t, journal)
			r := traffic{rand.New(rand.NewSource(seed)), []int{10, 30, 100, 400, 2000, 10000}[seed]}
			for range 3 {
				r.play(s, 2000)
				s.clock.ns += 5e6 // some keys expire, and Step is not called
				fresh := replayed(t, s, append([]byte(nil), journal.records...))
				require.NoError(t, copyOf(s).differs(copyOf(fresh)))

				// From here on both lose the same keys at the same times.
				s.settle()
				fresh.settle()
				s.advance(100 * time.Millisecond)
				fresh.advance(100 * time.Millisecond)
				require.NoError(t, copyOf(s).differs(copyOf(fresh)))
				s.do("SELECT", "0")
				require.Equal(t, digest(s), digest(fresh))
			}
			require.Positive(t, s.Counters().Expired)
		})
	}
}

func digest(s *server) (text string) {
	s.on(func(c *keyspace.Ctx) { d := c.DigestAll(); text = d.String() })
	return text
}
