package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

// What the journal gets is what was done, not what was wished.
func TestSetRandomIsRecordedAsRemoval(t *testing.T) {
	s := newServer(t)
	s.do("SADD", "s", "only")
	f := func(want string, args ...string) {
		t.Helper()
		s.journal.records = nil
		s.do(args...)
		require.Equal(t, want, string(s.journal.records), "%q", args)
	}
	command := func(words ...string) string { return string(protocol.AppendCommandStrings(nil, words...)) }
	f("", "SPOP", "missing")
	f("", "SPOP", "missing", "3")
	f("", "SPOP", "s", "0")
	f(command("SREM", "s", "only"), "SPOP", "s")
	s.do("SADD", "s", "1", "2", "3")
	f(command("DEL", "s"), "SPOP", "s", "3")
	s.do("CONFIG", "SET", "lazyfree-lazy-server-del", "yes")
	s.do("SADD", "s", "1", "2", "3")
	f(command("UNLINK", "s"), "SPOP", "s", "5")

	for i := range 5000 {
		s.do("SADD", "big", fmt.Sprint("m", i))
	}
	for _, count := range []int{1500, 3000} { // drawn, and picked on a walk
		s.journal.records = nil
		popped := s.texts("SPOP", "big", fmt.Sprint(count))
		require.Len(t, popped, count)
		require.Equal(t, (count+1023)/1024, strings.Count(string(s.journal.records), "SREM"))
		for _, member := range popped {
			require.Contains(t, string(s.journal.records), member+"\r\n")
		}
	}
	require.Equal(t, 500, s.number("SCARD", "big"))
}

func TestSrandmemberIsFair(t *testing.T) {
	s := newServer(t, "--set-max-listpack-entries", "20", "--set-max-intset-entries", "20")
	f := func(key string, members, count int) {
		t.Helper()
		counts := map[string]int{}
		const picks = 24000
		for range picks / max(count, -count) {
			for _, member := range s.texts("SRANDMEMBER", key, fmt.Sprint(count)) {
				counts[member]++
			}
		}
		require.Len(t, counts, members)
		for member, n := range counts {
			require.InDelta(t, picks/members, n, float64(picks/members)*0.65, "%s %s %d", key, member, count)
		}
	}
	for i := range 60 {
		if i < 20 {
			s.do("SADD", "ints", fmt.Sprint(i))
			s.do("SADD", "packed", fmt.Sprint("m", i))
		}
		s.do("SADD", "large", fmt.Sprint("m", i))
	}
	for _, count := range []int{1, 3, 15, -1, -40} {
		f("ints", 20, count)
		f("packed", 20, count)
		f("large", 60, count)
	}
	f("large", 60, 40)
}
