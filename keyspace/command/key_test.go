package command

import (
	"fmt"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKeyPresence(t *testing.T) {
	s := newServer(t)
	s.do("MSET", "a", "1", "b", "2", "c", "3")
	s.f(":3\r\n", "EXISTS", "a", "a", "b", "x")
	s.f(":2\r\n", "TOUCH", "a", "x", "b")
	s.f("+string\r\n", "TYPE", "a")
	s.f("+none\r\n", "TYPE", "x")
	s.f(":2\r\n", "DEL", "a", "x", "b", "a")
	s.f(":1\r\n", "UNLINK", "c", "c")
	s.f(":0\r\n", "DBSIZE")
	s.f("$-1\r\n", "RANDOMKEY")
}

func TestExpire(t *testing.T) {
	s := newServer(t)
	s.f(":0\r\n", "EXPIRE", "k", "10")
	s.f(":-2\r\n", "TTL", "k")
	s.f(":-2\r\n", "PEXPIRETIME", "k")
	s.do("SET", "k", "v")
	s.f(":-1\r\n", "PTTL", "k")
	s.f(":-1\r\n", "EXPIRETIME", "k")
	s.f(":1\r\n", "EXPIRE", "k", "10")
	s.f(":10000\r\n", "PTTL", "k")
	s.f(":1700000010\r\n", "EXPIRETIME", "k")
	s.f(":1\r\n", "PEXPIRE", "k", "1499")
	s.f(":1\r\n", "TTL", "k")
	s.f(":1\r\n", "PEXPIRE", "k", "1500")
	s.f(":2\r\n", "TTL", "k")
	s.f(":1\r\n", "PERSIST", "k")
	s.f(":0\r\n", "PERSIST", "k")
	s.f(":0\r\n", "PERSIST", "x")
	s.f(":1\r\n", "PEXPIREAT", "k", "9223372036854775807")
	s.f(":9223372036854776\r\n", "EXPIRETIME", "k")
	s.f(":1\r\n", "EXPIREAT", "k", "1700000001")
	s.advance(1000)
	s.f("$1\r\nv\r\n", "GET", "k")
	s.advance(1)
	s.f("$-1\r\n", "GET", "k")

	for _, past := range [][]string{{"EXPIRE", "k", "0"}, {"PEXPIRE", "k", "-1"}, {"EXPIREAT", "k", "1"}} {
		s.do("SET", "k", "v")
		s.f(":1\r\n", past...)
		s.f(":0\r\n", "EXISTS", "k")
	}
}

func TestExpireConditions(t *testing.T) {
	f := func(want int, old, seconds string, options ...string) {
		t.Helper()
		s := newServer(t)
		s.do("SET", "k", "v")
		if old != "" {
			s.do("EXPIRE", "k", old)
		}
		s.f(fmt.Sprintf(":%d\r\n", want), append([]string{"EXPIRE", "k", seconds}, options...)...)
		if left := s.do("TTL", "k"); want == 1 {
			require.Equal(t, ":"+seconds+"\r\n", left)
		} else {
			require.NotEqual(t, ":"+seconds+"\r\n", left)
		}
	}
	f(1, "", "10", "NX")
	f(0, "5", "10", "NX")
	f(0, "", "10", "XX")
	f(1, "5", "10", "xx")
	f(0, "", "10", "GT")
	f(1, "5", "10", "GT")
	f(0, "15", "10", "GT")
	f(1, "", "10", "LT")
	f(0, "5", "10", "LT")
	f(1, "15", "10", "LT")
	f(0, "", "10", "XX", "LT")
	f(1, "5", "10", "XX", "GT")
}

func TestExpireRefused(t *testing.T) {
	s := newServer(t)
	s.do("SET", "k", "v")
	f := func(want string, args ...string) {
		t.Helper()
		s.f("-ERR "+want+"\r\n", args...)
		s.f(":-1\r\n", "TTL", "k")
	}
	f("Unsupported option BOGUS", "EXPIRE", "k", "x", "BOGUS")
	f("NX and XX, GT or LT options at the same time are not compatible", "EXPIRE", "k", "1", "NX", "GT")
	f("GT and LT options at the same time are not compatible", "EXPIRE", "k", "1", "GT", "LT")
	f("value is not an integer or out of range", "EXPIRE", "k", "1.5")
	f("invalid expire time in 'expire' command", "EXPIRE", "k", "9223372036854775")
	f("invalid expire time in 'expire' command", "EXPIRE", "k", "-9223372036854776")
	f("invalid expire time in 'pexpire' command", "PEXPIRE", "k", "9223372036854775807")
	f("invalid expire time in 'expireat' command", "EXPIREAT", "k", "9223372036854776")
}

func TestRename(t *testing.T) {
	s := newServer(t)
	s.f("-ERR no such key\r\n", "RENAME", "x", "x")
	s.f("-ERR no such key\r\n", "RENAMENX", "x", "y")
	s.do("SET", "a", "1", "EX", "100")
	s.do("SET", "b", "2")
	s.f("+OK\r\n", "RENAME", "a", "a")
	s.f(":0\r\n", "RENAMENX", "a", "a")
	s.f(":0\r\n", "RENAMENX", "a", "b")
	s.f("+OK\r\n", "RENAME", "a", "b")
	s.f("*2\r\n$-1\r\n$1\r\n1\r\n", "MGET", "a", "b")
	s.f(":100\r\n", "TTL", "b")
	s.f(":1\r\n", "RENAMENX", "b", "c")
	s.f(":100\r\n", "TTL", "c")
	s.f(":1\r\n", "DBSIZE")
}

// TestRenameOntoExpired: looking at the new name deletes the key that has it,
// and the place of the old one may change.
func TestRenameOntoExpired(t *testing.T) {
	s := newServer(t)
	s.engine.SetActiveExpire(false)
	for i := range 50 {
		from, to := fmt.Sprint("from", i), fmt.Sprint("to", i)
		s.do("SET", from, from)
		s.do("SET", to, "old", "PX", "1")
		s.do("SET", "copy-"+to, "old", "PX", "1")
		s.advance(2)
		s.f(":1\r\n", "COPY", from, "copy-"+to)
		s.f(":1\r\n", "RENAMENX", from, to)
		s.f("$"+strconv.Itoa(len(from))+"\r\n"+from+"\r\n", "GET", to)
		s.f("$"+strconv.Itoa(len(from))+"\r\n"+from+"\r\n", "GET", "copy-"+to)
		s.f(":0\r\n", "EXISTS", from)
	}
	s.f(":100\r\n", "DBSIZE")
}

func TestCopyAndMove(t *testing.T) {
	s := newServer(t)
	s.do("SET", "a", "1", "EX", "100")
	s.f(":0\r\n", "COPY", "x", "y")
	s.f(":1\r\n", "COPY", "a", "b")
	s.f(":100\r\n", "TTL", "b")
	s.do("SET", "a", "2")
	s.f(":0\r\n", "COPY", "a", "b")
	s.f(":1\r\n", "COPY", "a", "b", "replace")
	s.f("$1\r\n2\r\n", "GET", "b")
	s.f(":-1\r\n", "TTL", "b")
	s.f("-ERR source and destination objects are the same\r\n", "COPY", "a", "a", "REPLACE")
	s.f(":1\r\n", "COPY", "a", "a", "DB", "1")
	s.f("-ERR syntax error\r\n", "COPY", "a", "b", "DB")
	s.f("-ERR DB index is out of range\r\n", "COPY", "a", "b", "DB", "16")
	s.f("-ERR value is out of range, value must between -2147483648 and 2147483647\r\n", "MOVE", "a", "2147483648")

	s.f("-ERR source and destination objects are the same\r\n", "MOVE", "a", "0")
	s.f("-ERR DB index is out of range\r\n", "MOVE", "a", "-1")
	s.f(":0\r\n", "MOVE", "a", "1")
	s.f(":0\r\n", "MOVE", "x", "1")
	s.do("EXPIRE", "b", "50")
	s.f(":1\r\n", "MOVE", "b", "1")
	s.f(":0\r\n", "EXISTS", "b")
	s.f("+OK\r\n", "SWAPDB", "0", "1")
	s.f(":50\r\n", "TTL", "b")
	s.f("$1\r\n2\r\n", "GET", "a")
}

func TestDatabases(t *testing.T) {
	s := newServer(t)
	s.f("-ERR invalid first DB index\r\n", "SWAPDB", "x", "1")
	s.f("-ERR invalid second DB index\r\n", "SWAPDB", "0", "4294967296")
	s.f("-ERR DB index is out of range\r\n", "SWAPDB", "0", "16")
	s.do("SET", "a", "1")
	s.do("COPY", "a", "a", "DB", "1")
	s.f("-ERR syntax error\r\n", "FLUSHDB", "NOW")
	s.f("-ERR syntax error\r\n", "FLUSHALL", "SYNC", "ASYNC")
	s.f(":1\r\n", "DBSIZE")
	s.f("+OK\r\n", "FLUSHDB", "async")
	s.f(":0\r\n", "DBSIZE")
	s.do("SWAPDB", "0", "1")
	s.f(":1\r\n", "DBSIZE")
	s.f("+OK\r\n", "FLUSHALL", "SYNC")
	s.f(":0\r\n", "DBSIZE")
}

func TestObject(t *testing.T) {
	s := newServer(t)
	f := func(want, text string) {
		t.Helper()
		s.do("SET", "k", text)
		s.f(fmt.Sprintf("$%d\r\n%s\r\n", len(want), want), "OBJECT", "ENCODING", "k")
	}
	f("int", "123")
	f("embstr", "0123")
	f("embstr", strings.Repeat("x", 44))
	f("raw", strings.Repeat("x", 45))
	s.f(":1\r\n", "OBJECT", "REFCOUNT", "k")
	s.do("MSET", "shared", "9999", "own", "10000", "negative", "-1")
	s.f(":2147483647\r\n", "OBJECT", "REFCOUNT", "shared")
	s.f(":1\r\n", "OBJECT", "REFCOUNT", "own")
	s.f(":1\r\n", "OBJECT", "REFCOUNT", "negative")
	for _, sub := range []string{"ENCODING", "REFCOUNT", "IDLETIME", "FREQ"} {
		s.f("$-1\r\n", "OBJECT", sub, "missing")
	}
	s.advance(5000)
	s.f(":5\r\n", "OBJECT", "IDLETIME", "k")
	s.do("GET", "k")
	s.f(":0\r\n", "OBJECT", "IDLETIME", "k")
	require.Contains(t, s.do("OBJECT", "FREQ", "k"), "-ERR An LFU maxmemory policy is not selected")

	s = newServer(t, "--maxmemory-policy", "allkeys-lfu", "--maxmemory", "1gb")
	s.do("MSET", "k", "v", "shared", "9999")
	s.f(":1\r\n", "OBJECT", "REFCOUNT", "shared")
	s.f(":5\r\n", "OBJECT", "FREQ", "k")
	require.Contains(t, s.do("OBJECT", "IDLETIME", "k"), "-ERR An LFU maxmemory policy is selected")
}

// TestAskingIsNoUse: who asks about a key does not use it, but TOUCH does, also
// in a session that leaves no traces.
func TestAskingIsNoUse(t *testing.T) {
	s := newServer(t)
	s.do("SET", "k", "v")
	s.client.session.SetNoTouch(true)
	f := func(wantIdle string, args ...string) {
		t.Helper()
		s.advance(3000)
		s.do(args...)
		s.f(":"+wantIdle+"\r\n", "OBJECT", "IDLETIME", "k")
	}
	f("3", "TYPE", "k")
	f("6", "TTL", "k")
	f("9", "EXISTS", "k")
	f("12", "GET", "k")
	f("0", "TOUCH", "k")

	hits := s.engine.Counters().Hits
	s.do("TTL", "k")
	s.do("EXISTS", "k", "missing")
	require.Equal(t, hits+2, s.engine.Counters().Hits)
}

func TestKeys(t *testing.T) {
	s := newServer(t)
	s.do("MSET", "one", "1", "two", "2", "three", "3", "", "empty")
	s.f("*1\r\n$3\r\none\r\n", "KEYS", "o*")
	s.f("*1\r\n$0\r\n\r\n", "KEYS", "")
	s.f("*0\r\n", "KEYS", "[")
	require.Equal(t, "*4\r\n", s.do("KEYS", "*")[:4]) // the empty key too
	require.Equal(t, "*3\r\n", s.do("KEYS", "**")[:4])
	s.do("PEXPIRE", "one", "5")
	s.engine.SetActiveExpire(false)
	s.advance(6)
	s.f("*0\r\n", "KEYS", "o*")
}

// scanAll walks with SCAN and returns what it found, and how many calls it took.
func (s *server) scanAll(options ...string) (found []string, calls int) {
	s.t.Helper()
	cursor := "0"
	for {
		lines := strings.Split(s.do(append([]string{"SCAN", cursor}, options...)...), "\r\n")
		calls++
		cursor = lines[2]
		for i := 5; i < len(lines); i += 2 {
			found = append(found, lines[i])
		}
		if cursor == "0" {
			slices.Sort(found)
			return found, calls
		}
	}
}

func TestScan(t *testing.T) {
	s := newServer(t)
	var all []string
	for i := range 1000 {
		all = append(all, fmt.Sprintf("key:%03d", i))
		s.do("SET", all[i], "v")
	}
	found, calls := s.scanAll()
	require.Equal(t, all, found)
	require.Greater(t, calls, 50)
	found, calls = s.scanAll("COUNT", "5000")
	require.Equal(t, all, found)
	require.Equal(t, 1, calls)
	found, _ = s.scanAll("MATCH", "key:?42", "TYPE", "STRING")
	require.Len(t, found, 10)
	found, _ = s.scanAll("TYPE", "list")
	require.Empty(t, found)

	s.f("-ERR invalid cursor\r\n", "SCAN", "x")
	s.f("-ERR invalid cursor\r\n", "SCAN", "18446744073709551616")
	s.f("-ERR syntax error\r\n", "SCAN", "0", "COUNT", "0")
	s.f("-ERR value is not an integer or out of range\r\n", "SCAN", "0", "COUNT", "x")
	s.f("-ERR syntax error\r\n", "SCAN", "0", "TYPE")
	require.Equal(t, "*2\r\n", s.do("SCAN", "18446744073709551615", "COUNT", "9223372036854775807")[:4])
}

// TestWalksEndExpiredKeys: with nobody else to do it, SCAN and RANDOMKEY delete
// the expired keys that they meet.
func TestWalksEndExpiredKeys(t *testing.T) {
	f := func(walk ...string) {
		t.Helper()
		s := newServer(t)
		s.engine.SetActiveExpire(false)
		for i := range 100 {
			s.do("SET", fmt.Sprint("gone", i), "v", "PX", "1")
		}
		s.advance(5)
		s.f(":100\r\n", "DBSIZE")
		s.records()
		s.do(walk...)
		s.f(":0\r\n", "DBSIZE")
		records := s.records()
		require.Len(t, records, 100)
		require.Regexp(t, "^DEL gone", records[99])
	}
	f("SCAN", "0", "COUNT", "1000")
	f("RANDOMKEY")
}

func TestKeyRecords(t *testing.T) {
	s := newServer(t)
	s.do("MSET", "a", "1", "b", "2")
	s.recorded([]string{"PEXPIREAT a 1700000005000"}, []string{"EXPIRE", "a", "5", "NX"})
	s.recorded([]string{"PEXPIREAT a 1700000000500"}, []string{"PEXPIRE", "a", "500"})
	s.recorded([]string{"PEXPIREAT a 1700000009000"}, []string{"EXPIREAT", "a", "1700000009"})
	s.recorded(nil, []string{"EXPIRE", "a", "5", "NX"}, []string{"TTL", "a"}, []string{"PERSIST", "b"})
	s.recorded([]string{"PERSIST a"}, []string{"PERSIST", "a"})
	s.recorded([]string{"DEL a"}, []string{"EXPIRE", "a", "-1"}, []string{"DEL", "a"})
	s.recorded([]string{"RENAME b c"}, []string{"RENAME", "b", "c"}, []string{"RENAME", "c", "c"})
	s.recorded([]string{"COPY c d DB 1", "SWAPDB 0 1"},
		[]string{"COPY", "c", "d", "DB", "1"}, []string{"SWAPDB", "0", "1"})
	s.recorded([]string{"MOVE d 1", "FLUSHDB", "FLUSHALL"},
		[]string{"MOVE", "d", "1"}, []string{"FLUSHDB"}, []string{"FLUSHALL"})
}

// TestReplay: the journal of random requests makes the same data, and at another
// time (I6).
func TestReplay(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	pick := func(words ...string) string { return words[random.Intn(len(words))] }
	key := func() string { return pick("a", "b", "c", "d", "e") }
	seconds := func() string { return pick("-1", "1", "2", "100", "200") }
	request := func() []string {
		line := pick("SET %k %v", "SET %k %v EX %s", "SET %k %v KEEPTTL GET", "SET %k %v NX GET", "SETEX %k %s %v",
			"GETEX %k EX %s", "GETEX %k PERSIST", "GETDEL %k", "GETSET %k %v", "MSET %k %v %k %v", "MSETNX %k %v %k %v",
			"INCR %k", "INCRBYFLOAT %k 0.1", "APPEND %k %v", "SETRANGE %k 3 %v", "EXPIRE %k %s", "PEXPIREAT %k 1700000003000 GT",
			"PERSIST %k", "DEL %k", "RENAME %k %k", "COPY %k %k DB 1", "COPY %k %k REPLACE", "MOVE %k 1", "SWAPDB 0 1",
			"SELECT 0", "SELECT 1", "SELECT 2", "EXPIRE %k %s LT")
		words := strings.Fields(line)
		for i, word := range words {
			switch word {
			case "%k":
				words[i] = key()
			case "%v":
				words[i] = pick("1", "20", "text", "0.5", "12345678901")
			case "%s":
				words[i] = seconds()
			}
		}
		return words
	}
	for range 5 {
		s := newServer(t)
		for range 2000 {
			s.do(request()...)
			s.advance(int64(random.Intn(20)))
		}
		again := s.replayed()
		s.advance(replayLaterMs)
		again.advance(0)
		require.Equal(t, s.dump(), again.dump())
	}
}
