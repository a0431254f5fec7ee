package command

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

func TestGetFamily(t *testing.T) {
	s := newServer(t)
	s.f("$-1\r\n", "GET", "k")
	s.f("$-1\r\n", "GETDEL", "k")
	s.f("$-1\r\n", "GETSET", "k", "old")
	s.f("$3\r\nold\r\n", "GETSET", "k", "12")
	s.f("$2\r\n12\r\n", "GET", "k")
	s.f(":2\r\n", "STRLEN", "k")
	s.f("$2\r\n12\r\n", "GETDEL", "k")
	s.f(":0\r\n", "EXISTS", "k")
	s.f(":0\r\n", "STRLEN", "k")
	s.f("+OK\r\n", "SET", "n", "-9223372036854775808")
	s.f(":20\r\n", "STRLEN", "n")

	s.f("+OK\r\n", "SET", "e", "v", "EX", "100")
	s.f("$1\r\nv\r\n", "GETSET", "e", "w")
	s.f(":-1\r\n", "TTL", "e")
}

func TestManyStrings(t *testing.T) {
	s := newServer(t)
	s.f("+OK\r\n", "MSET", "a", "1", "b", "two", "a", "3")
	s.f("*3\r\n$1\r\n3\r\n$-1\r\n$3\r\ntwo\r\n", "MGET", "a", "x", "b")
	s.f(":0\r\n", "MSETNX", "x", "1", "b", "2")
	s.f(":0\r\n", "EXISTS", "x")
	s.f(":1\r\n", "MSETNX", "x", "1", "y", "2", "x", "3")
	s.f("$1\r\n3\r\n", "GET", "x")
	s.f("-ERR wrong number of arguments for 'mset' command\r\n", "MSET", "a", "1", "b")
	s.f("-ERR wrong number of arguments for 'msetnx' command\r\n", "MSETNX", "a", "1", "b")
}

func TestSetOptions(t *testing.T) {
	s := newServer(t)
	s.f("$-1\r\n", "SET", "k", "v", "XX")
	s.f("+OK\r\n", "SET", "k", "v", "NX")
	s.f("$-1\r\n", "SET", "k", "w", "nx")
	s.f("$1\r\nv\r\n", "SET", "k", "w", "NX", "GET")
	s.f("$1\r\nv\r\n", "SET", "k", "w", "XX", "GET", "PX", "5000")
	s.f(":5000\r\n", "PTTL", "k")
	s.f("+OK\r\n", "SET", "k", "x", "KEEPTTL")
	s.f(":5000\r\n", "PTTL", "k")
	s.f("+OK\r\n", "SET", "k", "x", "EXAT", "1700000010")
	s.f(":10000\r\n", "PTTL", "k")
	s.f("+OK\r\n", "SET", "k", "x", "EX", "1", "EX", "2")
	s.f(":2000\r\n", "PTTL", "k")
	s.f("+OK\r\n", "SETEX", "k", "3", "x")
	s.f(":3000\r\n", "PTTL", "k")
	s.f("+OK\r\n", "PSETEX", "k", "7", "x")
	s.f(":7\r\n", "PTTL", "k")
	s.f("+OK\r\n", "SET", "k", "x")
	s.f(":-1\r\n", "PTTL", "k")
	s.f(":0\r\n", "SETNX", "k", "y")
	s.f(":1\r\n", "SETNX", "fresh", "y")
	s.f("+OK\r\n", "SET", "gone", "x", "PXAT", "1")
	s.f(":0\r\n", "EXISTS", "gone")
}

func TestSetRefused(t *testing.T) {
	s := newServer(t)
	f := func(want string, options ...string) {
		t.Helper()
		s.f("-ERR "+want+"\r\n", append([]string{"SET", "k", "v"}, options...)...)
		s.f(":0\r\n", "EXISTS", "k")
	}
	f("syntax error", "BOGUS")
	f("syntax error", "NX", "XX")
	f("syntax error", "EX")
	f("syntax error", "EX", "1", "PX", "1")
	f("syntax error", "KEEPTTL", "EX", "1")
	f("syntax error", "PERSIST")
	f("syntax error", "EX", "abc", "BOGUS")
	f("value is not an integer or out of range", "EX", "abc")
	f("invalid expire time in 'set' command", "EX", "0")
	f("invalid expire time in 'set' command", "PXAT", "-1")
	f("invalid expire time in 'set' command", "EX", "9223372036854775")
	f("invalid expire time in 'set' command", "EXAT", "9223372036854776")
	f("invalid expire time in 'set' command", "PX", "9223372036854775807")
	s.f("-ERR invalid expire time in 'setex' command\r\n", "SETEX", "k", "0", "v")
	s.f("-ERR invalid expire time in 'psetex' command\r\n", "PSETEX", "k", "-1", "v")
}

func TestGetEX(t *testing.T) {
	s := newServer(t)
	s.f("$-1\r\n", "GETEX", "k", "EX", "0") // the key is looked at first
	s.f("-ERR syntax error\r\n", "GETEX", "k", "KEEPTTL")
	s.f("+OK\r\n", "SET", "k", "v")
	s.f("-ERR invalid expire time in 'getex' command\r\n", "GETEX", "k", "EX", "0")
	s.f("-ERR syntax error\r\n", "GETEX", "k", "EX", "1", "PERSIST")
	s.f("$1\r\nv\r\n", "GETEX", "k")
	s.f(":-1\r\n", "PTTL", "k")
	s.f("$1\r\nv\r\n", "GETEX", "k", "PX", "500")
	s.f(":500\r\n", "PTTL", "k")
	s.f("$1\r\nv\r\n", "GETEX", "k", "persist")
	s.f(":-1\r\n", "PTTL", "k")
	s.f("$1\r\nv\r\n", "GETEX", "k", "EXAT", "1")
	s.f(":0\r\n", "EXISTS", "k")
}

func TestCounting(t *testing.T) {
	s := newServer(t)
	s.f(":1\r\n", "INCR", "n")
	s.f(":0\r\n", "DECR", "n")
	s.f(":-5\r\n", "DECRBY", "n", "5")
	s.f(":9223372036854775802\r\n", "INCRBY", "n", "9223372036854775807")
	s.f("-ERR increment or decrement would overflow\r\n", "INCRBY", "n", "6")
	s.f(":9223372036854775807\r\n", "INCRBY", "n", "5")
	s.f("+OK\r\n", "SET", "n", "-9223372036854775808", "EX", "9")
	s.f("-ERR increment or decrement would overflow\r\n", "DECR", "n")
	s.f("-ERR decrement would overflow\r\n", "DECRBY", "n", "-9223372036854775808")
	s.f(":-1\r\n", "INCRBY", "n", "9223372036854775807")
	s.f(":9\r\n", "TTL", "n")
	for _, text := range []string{"", " 1", "1 ", "01", "+1", "1.0", "x", "9223372036854775808"} {
		s.do("SET", "t", text)
		s.f("-ERR value is not an integer or out of range\r\n", "INCR", "t")
		s.f("-ERR value is not an integer or out of range\r\n", "INCRBY", "n", text)
	}
	s.f("+OK\r\n", "SET", "t", "1")
	s.f(":2\r\n", "APPEND", "t", "2") // a number that is stored as text
	s.f(":13\r\n", "INCR", "t")
}

func TestIncrByFloat(t *testing.T) {
	s := newServer(t)
	f := func(want, old, increment string) {
		t.Helper()
		s.do("SET", "f", old)
		s.f(want, "INCRBYFLOAT", "f", increment)
	}
	f("$3\r\n0.3\r\n", "0.1", "0.2")
	f("$1\r\n3\r\n", "1.5", "1.5")
	f("$4\r\n5200\r\n", "5.0e3", "200")
	f("-ERR value is not a valid float\r\n", "abc", "1")
	f("-ERR value is not a valid float\r\n", "1", "abc")
	f("-ERR value is not a valid float\r\n", " 1", "1")
	f("-ERR increment would produce NaN or Infinity\r\n", "1", "inf")
	s.f("$4\r\n-1.5\r\n", "INCRBYFLOAT", "missing", "-1.5")

	s.do("SET", "f", "1", "EX", "100")
	s.f("$1\r\n3\r\n", "INCRBYFLOAT", "f", "2")
	s.f(":100\r\n", "TTL", "f")
	s.f("$6\r\nembstr\r\n", "OBJECT", "ENCODING", "f")
}

func TestStringParts(t *testing.T) {
	s := newServer(t)
	s.f(":5\r\n", "APPEND", "k", "Hello")
	s.f(":11\r\n", "APPEND", "k", " World")
	f := func(want string, start, end string) {
		t.Helper()
		want = fmt.Sprintf("$%d\r\n%s\r\n", len(want), want)
		s.f(want, "GETRANGE", "k", start, end)
		s.f(want, "SUBSTR", "k", start, end)
	}
	f("Hello", "0", "4")
	f("World", "-5", "-1")
	f("Hello World", "0", "9223372036854775807")
	f("Hello World", "-9223372036854775808", "-1")
	f("H", "-100", "-12")
	f("", "-100", "-101")
	f("", "5", "4")
	f("", "11", "20")
	s.f("$0\r\n\r\n", "GETRANGE", "missing", "0", "-1")
	s.f("-ERR value is not an integer or out of range\r\n", "GETRANGE", "missing", "0", "x")

	s.f(":13\r\n", "SETRANGE", "k", "6", "Redis!!")
	s.f("$13\r\nHello Redis!!\r\n", "GET", "k")
	s.f(":4\r\n", "SETRANGE", "pad", "3", "x")
	s.f("$4\r\n\x00\x00\x00x\r\n", "GET", "pad")
	s.f(":0\r\n", "SETRANGE", "nothing", "99999999999", "")
	s.f(":0\r\n", "EXISTS", "nothing")
	s.f("-ERR offset is out of range\r\n", "SETRANGE", "k", "-1", "x")
}

func TestStringLenLimit(t *testing.T) {
	const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n"
	s := newServer(t, "--proto-max-bulk-len", "1mb")
	s.f(":1048576\r\n", "SETRANGE", "k", "1048575", "x")
	s.f(tooLong, "APPEND", "k", "x")
	s.f(":1048576\r\n", "APPEND", "k", "")
	s.f(tooLong, "SETRANGE", "k", "1048575", "xy")
	s.f(tooLong, "SETRANGE", "k", "9223372036854775807", "x")
	s.f(tooLong, "SETRANGE", "fresh", "1048576", "x")
	s.f(":0\r\n", "EXISTS", "fresh")
}

// TestGrowingString: strings that are edited in place agree with their model.
func TestGrowingString(t *testing.T) {
	s := newServer(t)
	random := rand.New(rand.NewSource(1))
	var model []byte
	for range 2000 {
		part := []byte(strings.Repeat(string(rune('a'+random.Intn(26))), random.Intn(9)))
		switch at := random.Intn(len(model) + 5); random.Intn(3) {
		case 0:
			model = append(model, part...)
			s.f(fmt.Sprintf(":%d\r\n", len(model)), "APPEND", "k", string(part))
		case 1:
			if len(part) > 0 && len(model) < at+len(part) {
				model = append(model, make([]byte, at+len(part)-len(model))...)
			}
			copy(model[min(at, len(model)):], part)
			s.f(fmt.Sprintf(":%d\r\n", len(model)), "SETRANGE", "k", fmt.Sprint(at), string(part))
		case 2:
			s.f(string(protocol.AppendBulk(nil, model)), "GETRANGE", "k", "0", "-1")
		}
		if len(model) > 3000 {
			model = []byte("12")
			s.f("+OK\r\n", "SET", "k", "12")
		}
	}
}

func TestLCS(t *testing.T) {
	s := newServer(t)
	s.do("MSET", "a", "ohmytext", "b", "mynewtext")
	s.f("$6\r\nmytext\r\n", "LCS", "a", "b")
	s.f(":6\r\n", "LCS", "a", "b", "LEN")
	s.f("*4\r\n$7\r\nmatches\r\n*1\r\n*3\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n:4\r\n$3\r\nlen\r\n:6\r\n",
		"LCS", "a", "b", "IDX", "MINMATCHLEN", "4", "WITHMATCHLEN")
	s.f("*4\r\n$7\r\nmatches\r\n*2\r\n*2\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n"+
		"*2\r\n*2\r\n:2\r\n:3\r\n*2\r\n:0\r\n:1\r\n$3\r\nlen\r\n:6\r\n", "LCS", "a", "b", "IDX")
	s.f("$0\r\n\r\n", "LCS", "a", "missing")
	s.f("-ERR If you want both the length and indexes, please just use IDX.\r\n", "LCS", "a", "b", "LEN", "IDX")
	s.f("-ERR syntax error\r\n", "LCS", "a", "b", "BOGUS")
	s.do("SETRANGE", "long", "20000", "x")
	s.f("-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n", "LCS", "long", "long")
	s.f(":1\r\n", "LCS", "long", "a", "LEN") // the x of text
}

// TestLCSIsCommonAndLongest checks the table against what defines its answer.
func TestLCSIsCommonAndLongest(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	word := func() []byte {
		w := make([]byte, random.Intn(9))
		for i := range w {
			w[i] = "abc"[random.Intn(3)]
		}
		return w
	}
	for range 2000 {
		a, b := word(), word()
		table := newLCSTable(a, b, true)
		text := table.text()
		require.True(t, isSubsequence(text, a) && isSubsequence(text, b), "%q of %q and %q", text, a, b)
		require.Len(t, text, longestCommon(a, b), "%q and %q", a, b)
		require.Equal(t, table.length, newLCSTable(a, b, false).length)
		total := 0
		for _, m := range table.matches() {
			require.Equal(t, a[m.a:m.a+m.length], b[m.b:m.b+m.length])
			total += m.length
		}
		require.Equal(t, table.length, total)
	}
}

func isSubsequence(part, whole []byte) bool {
	for _, c := range whole {
		if len(part) > 0 && part[0] == c {
			part = part[1:]
		}
	}
	return len(part) == 0
}

// longestCommon tries every subsequence of a.
func longestCommon(a, b []byte) (longest int) {
	for set := range 1 << len(a) {
		var part []byte
		for i := range a {
			if set>>i&1 != 0 {
				part = append(part, a[i])
			}
		}
		if isSubsequence(part, b) {
			longest = max(longest, len(part))
		}
	}
	return longest
}

func TestStringRecords(t *testing.T) {
	s := newServer(t)
	s.recorded([]string{"SET k v"}, []string{"SET", "k", "v"})
	s.recorded([]string{"SET k v PXAT 1700000002000"}, []string{"SET", "k", "v", "EX", "2", "GET"})
	s.recorded([]string{"SET k v PXAT 1700000003000"}, []string{"set", "k", "v", "pxat", "1700000003000"})
	s.recorded([]string{"SET k v KEEPTTL"}, []string{"SET", "k", "v", "GET", "KEEPTTL"})
	s.recorded([]string{"SET k v"}, []string{"SET", "k", "v", "XX", "GET"})
	s.recorded([]string{"SET k v XX"}, []string{"SET", "k", "v", "XX"})
	s.recorded(nil, []string{"SET", "k", "v", "NX"})
	s.recorded([]string{"SET k v PXAT 1700000004000"}, []string{"SETEX", "k", "4", "v"})
	s.recorded([]string{"SET k v PXAT 1700000000005"}, []string{"PSETEX", "k", "5", "v"})
	s.recorded([]string{"SET k w"}, []string{"GETSET", "k", "w"})
	s.recorded([]string{"PEXPIREAT k 1700000009000"}, []string{"GETEX", "k", "EX", "9"})
	s.recorded([]string{"PERSIST k"}, []string{"GETEX", "k", "PERSIST"}, []string{"GETEX", "k", "PERSIST"})
	s.recorded([]string{"DEL k"}, []string{"GETEX", "k", "PXAT", "1"})
	s.recorded([]string{"INCR n"}, []string{"INCR", "n"})
	s.recorded([]string{"SET n 1.5 KEEPTTL"}, []string{"INCRBYFLOAT", "n", "0.5"})
	s.recorded([]string{"DEL n"}, []string{"GETDEL", "n"}, []string{"GETDEL", "n"})
	s.recorded(nil, []string{"SETRANGE", "k", "5", ""}, []string{"GET", "k"}, []string{"MGET", "k"})
}

// TestHotStrings: what is called most allocates nothing.
func TestHotStrings(t *testing.T) {
	f := func(args ...string) {
		t.Helper()
		s := newServer(t)
		s.do("MSET", "key:1", "a value of some length", "number", "12345")
		request := protocol.AppendCommandStrings(nil, args...)
		idle := protocol.AppendCommandStrings(nil, "DBSIZE")
		run := func() {
			s.journal.records = s.journal.records[:0]
			s.client.send(request)
		}
		run()
		require.NotEqual(t, byte('-'), s.client.replies.Bytes()[0], s.client.replies.String())
		// A request that does nothing shows what the harness allocates by itself.
		overhead := testing.AllocsPerRun(100, func() { s.client.send(idle) })
		require.LessOrEqual(t, testing.AllocsPerRun(100, run), overhead, "%q", args)
	}
	f("GET", "key:1")
	f("GET", "number")
	f("SET", "key:1", "another value of that length")
	f("SET", "key:1", "12")
	f("SET", "key:1", "v", "EX", "100")
	f("SETEX", "key:1", "100", "v")
	f("SETNX", "key:1", "v")
	f("INCR", "number")
	f("INCRBY", "number", "7")
	f("MGET", "key:1", "number", "missing")
	f("MSET", "key:1", "a", "number", "b")
	f("GETRANGE", "key:1", "0", "3")
	f("STRLEN", "key:1")
	f("EXISTS", "key:1")
	f("EXPIRE", "key:1", "100")
	f("TTL", "key:1")
}
