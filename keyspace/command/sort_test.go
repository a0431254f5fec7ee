package command

import (
	"fmt"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

// SORT of all encodings, packed and large, against slices.
func TestSortAgainstModel(t *testing.T) {
	for _, n := range []int{3, 100, 2000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) { sortAgainstModel(t, n) })
	}
}

func sortAgainstModel(t *testing.T, n int) {
	s := newServer(t)
	random := rand.New(rand.NewSource(int64(n)))
	numbers := random.Perm(n * 3)[:n]
	var texts []string
	for i, number := range numbers {
		text := strconv.Itoa(number)
		texts = append(texts, text)
		s.do("RPUSH", "list", text)
		s.do("SADD", "set", text)
		s.do("ZADD", "zset", strconv.Itoa(i), text)
		s.do("SET", "w_"+text, strconv.Itoa(n-i))
	}
	sorted := slices.Clone(numbers)
	slices.Sort(sorted)
	ascending := []string{}
	for _, number := range sorted {
		ascending = append(ascending, strconv.Itoa(number))
	}
	backwards := slices.Clone(texts)
	slices.Reverse(backwards)
	descending := slices.Clone(ascending)
	slices.Reverse(descending)
	alpha := slices.Clone(texts)
	slices.Sort(alpha)

	cut := func(list []string, from, count int) []string {
		from = min(from, len(list))
		return append([]string{}, list[from:min(from+count, len(list))]...)
	}
	for range 5 {
		from, count := random.Intn(n+2), random.Intn(n+2)
		limit := []string{"LIMIT", fmt.Sprint(from), fmt.Sprint(count)}
		for _, key := range []string{"list", "set", "zset"} {
			f := func(want []string, options ...string) {
				t.Helper()
				args := append([]string{"SORT", key}, append(options, limit...)...)
				require.Equal(t, cut(want, from, count), s.texts(args...), "%q", args)
				args[0] = "SORT_RO"
				require.Equal(t, cut(want, from, count), s.texts(args...), "%q", args)
			}
			f(ascending)
			f(descending, "DESC")
			f(alpha, "ALPHA")
			f(backwards, "BY", "w_*")
			f(texts, "BY", "w_*", "DESC")
			if key != "set" {
				f(texts, "BY", "nosort")
				f(backwards, "BY", "nosort", "DESC")
			}
		}
	}
	for _, key := range []string{"list", "set", "zset"} {
		require.Equal(t, n, s.number("SORT", key, "STORE", "d"))
		require.Equal(t, ascending, s.texts("LRANGE", "d", "0", "-1"))
		require.Equal(t, ascending, s.texts("SORT", "d", "BY", "nosort"))
	}
	require.Equal(t, n, s.number("SORT", "list", "DESC", "STORE", "list"))
	require.Equal(t, descending, s.texts("LRANGE", "list", "0", "-1"))
	s.do("FLUSHALL")
	s.advance(1000)
	require.Contains(t, s.do("INFO", "keyspace"), "# Keyspace")
}

// A stored result is journaled as the request came: SORT with STORE has one outcome.
func TestSortStoreIsRecorded(t *testing.T) {
	s := newServer(t)
	s.do("SADD", "s", "2", "1")
	s.journal.records = nil
	s.do("SORT", "s", "BY", "nosort", "STORE", "d")
	require.Equal(t, string(protocol.AppendCommandStrings(nil, "SORT", "s", "BY", "nosort", "STORE", "d")),
		string(s.journal.records))
	s.journal.records = nil
	s.do("SORT", "s")
	s.do("SORT", "missing", "STORE", "nothing")
	require.Empty(t, s.journal.records)
}

// What a lookup finds out to be expired goes, while the elements are views.
func TestSortByKeysThatExpire(t *testing.T) {
	s := newServer(t)
	for i := range 300 {
		s.do("SADD", "s", fmt.Sprint("m", i))
		s.do("SET", fmt.Sprint("w_m", i), fmt.Sprint(i), "PX", "50")
	}
	s.do("DEBUG", "SET-ACTIVE-EXPIRE", "0")
	s.clock.ns += 100e6
	require.Len(t, s.texts("SORT", "s", "BY", "w_*"), 300)
	require.Equal(t, strings.Repeat("$-1\r\n", 2), strings.TrimPrefix(s.do("SORT", "s", "BY", "w_*", "GET", "w_*", "LIMIT", "0", "2"), "*2\r\n"))
}
