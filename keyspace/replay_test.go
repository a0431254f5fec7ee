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

// replayed starts a server at the time of another and lets it execute records: in
// batches of so many, or one by one.
func replayed(t testing.TB, s *server, records []byte, batch int) *server {
	t.Helper()
	fresh := newServer(t, nil)
	fresh.clock.ns = s.clock.ns
	fresh.SetLoading(true)
	replayer := fresh.NewReplayer()
	parser := protocol.Parser{Limits: protocol.LimitsDefault}
	var spans []protocol.Span
	var b keyspace.Batch
	run := func() {
		require.NoError(t, replayer.Run(&b))
		clear(b.Data) // as the next batch does
		b = keyspace.Batch{Data: b.Data[:0]}
	}
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
		if batch == 0 {
			require.NoError(t, replayer.Apply(args), "%q", args)
			continue
		}
		if b.Record(fresh.Commands(), args); len(b.Requests) >= batch {
			run()
		}
	}
	run()
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
				fresh := replayed(t, s, append([]byte(nil), journal.records...), []int{0, 1, 100, 1000}[r.Intn(4)])
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

// The hash of a request's first key is known by the address of that key, which an empty
// one must not share with the argument behind it.
func TestReplayOfAnEmptyKey(t *testing.T) {
	journal := &recorder{}
	s := newServer(t, journal)
	s.do("SET", "", "v")
	s.do("RENAME", "", "b")
	s.do("MSET", "", "1", "c", "2")
	fresh := replayed(t, s, journal.records, 10)
	require.NoError(t, copyOf(s).differs(copyOf(fresh)))
	require.Equal(t, s.do("GET", "b"), fresh.do("GET", "b"))
}

// The errors of a journal that does not fit the program.
func TestReplayErrors(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		s := newServer(t, nil)
		var raw [][]byte
		for _, arg := range args {
			raw = append(raw, []byte(arg))
		}
		var b keyspace.Batch
		b.Record(s.Commands(), raw)
		require.ErrorContains(t, s.NewReplayer().Run(&b), want)
		require.ErrorContains(t, s.NewReplayer().Apply(raw), want)
	}
	f("Unknown command 'NOBODY'", "NOBODY", "k")
	f("wrong number of arguments for 'set' command", "SET", "k")
	f("DB index is out of range", "SELECT", "99999")
}
