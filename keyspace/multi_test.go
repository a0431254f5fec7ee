package keyspace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

// What EXEC changes is one transaction in the journal, whatever is in it.
func TestExecIsOneRecord(t *testing.T) {
	f := func(want [][]string, requests ...[]string) {
		t.Helper()
		journal := &recorder{}
		s := newServer(t, journal)
		s.do("SET", "old", "1", "PX", "1")
		journal.records = nil
		s.clock.ns += 5e6
		s.do("MULTI")
		for _, args := range requests {
			s.do(args...)
		}
		s.do("EXEC")
		var text []byte
		for _, args := range want {
			text = protocol.AppendCommandStrings(text, args...)
		}
		require.Equal(t, string(text), string(journal.records))
	}
	multi, exec := []string{"MULTI"}, []string{"EXEC"}
	f(nil, []string{"GET", "a"}, []string{"DEL", "a"})
	f([][]string{multi, {"SET", "a", "1"}, {"INCR", "a"}, exec}, []string{"SET", "a", "1"}, []string{"GET", "a"}, []string{"INCR", "a"})
	f([][]string{multi, {"SELECT", "1"}, {"SET", "a", "1"}, {"SELECT", "0"}, {"SET", "a", "2"}, exec},
		[]string{"SELECT", "1"}, []string{"SET", "a", "1"}, []string{"SELECT", "0"}, []string{"SET", "a", "2"})
	f([][]string{multi, {"SADD", "s", "x"}, {"DEL", "s"}, exec}, []string{"SADD", "s", "x"}, []string{"SPOP", "s", "1"})
	f([][]string{multi, {"DEL", "old"}, {"SET", "a", "1"}, exec}, []string{"GET", "old"}, []string{"SET", "a", "1"})
}

// A transaction is subject to what its requests are subject to.
func TestExecIsGated(t *testing.T) {
	s := newServer(t, nil)
	s.do("MULTI")
	s.do("SET", "a", "1")
	other := s.connect()
	other.do("CONFIG", "SET", "maxmemory", "1")
	require.Equal(t, "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.\r\n",
		s.do("EXEC"))
	require.Equal(t, "-ERR EXEC without MULTI\r\n", s.do("EXEC")[:len("-ERR EXEC without MULTI\r\n")])
	s.do("MULTI")
	s.do("GET", "a")
	require.Equal(t, "*1\r\n$-1\r\n", s.do("EXEC"))
	s.do("MULTI")
	require.Contains(t, s.do("SET", "a", "1"), "-OOM")
	require.Contains(t, s.do("EXEC"), "-EXECABORT Transaction discarded because of previous errors.")
}

func TestQueueIsBounded(t *testing.T) {
	s := newServer(t, nil, "--client-query-buffer-limit", "1mb")
	s.do("MULTI")
	value := string(make([]byte, 300<<10))
	for range 4 {
		s.do("SET", "a", value)
	}
	require.True(t, s.client.closed)
}
