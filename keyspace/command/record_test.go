package command

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

// records are the requests that have been journaled, since the last call.
func (s *server) records() (list []string) {
	s.t.Helper()
	s.eachRecord(func(args []string) { list = append(list, strings.Join(args, " ")) })
	s.journal.records = nil
	return list
}

func (s *server) eachRecord(visit func(args []string)) {
	s.t.Helper()
	data := s.journal.records
	for len(data) > 0 {
		parser := protocol.Parser{Limits: protocol.LimitsDefault}
		spans, status := parser.Next(data, nil)
		require.Equal(s.t, protocol.Complete, status)
		var args []string
		for _, span := range spans {
			args = append(args, string(span.Of(data)))
		}
		visit(args)
		data = data[parser.Consumed():]
	}
}

// recorded is the test function of what commands leave in the journal: the
// requests, and then the records that they make.
func (s *server) recorded(want []string, requests ...[]string) {
	s.t.Helper()
	s.do("SET", "the-journal", "is-at-this-database")
	s.records()
	for _, request := range requests {
		reply := s.do(request...)
		require.NotEqual(s.t, byte('-'), reply[0], "%q: %s", request, reply)
	}
	require.Equal(s.t, want, s.records(), "%q", requests)
}

// dump is everything that a server holds: key, value and expiry.
func (s *server) dump() (list []string) {
	s.t.Helper()
	for _, db := range []string{"0", "1", "2"} {
		require.Equal(s.t, "+OK\r\n", s.do("SELECT", db))
		reply := s.do("KEYS", "*")
		for i, line := range strings.Split(reply, "\r\n")[1:] {
			if i%2 == 1 { // between the lengths
				list = append(list, strings.Join([]string{db, line, s.do("GET", line), s.do("PEXPIRETIME", line)}, " "))
			}
		}
	}
	s.do("SELECT", "0")
	slices.Sort(list)
	return list
}

// replayLaterMs is how much later a journal is replayed: whatever still depends
// on the time then shows.
const replayLaterMs = 7000

// replayed is a server that has executed the journal of s.
func (s *server) replayed() *server {
	s.t.Helper()
	fresh := newServer(s.t)
	fresh.clock.ns = s.clock.ns + replayLaterMs*1e6
	replayer := fresh.engine.NewReplayer()
	s.eachRecord(func(args []string) {
		raw := make([][]byte, len(args))
		for i := range args {
			raw[i] = []byte(args[i])
		}
		require.NoError(s.t, replayer.Apply(raw), "%q", args)
	})
	return fresh
}
