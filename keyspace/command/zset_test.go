package command

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/invariant"
	"solokv/protocol"
)

// What the journal keeps: pops by what they popped, everything else as it came.
func TestZSetJournal(t *testing.T) {
	f := func(record string, requests ...string) {
		t.Helper()
		s := newServer(t)
		s.do("ZADD", "z", "1", "a", "2", "b", "3", "c")
		for i, request := range requests {
			if i == len(requests)-1 {
				s.journal.records = nil
			}
			s.do(strings.Fields(request)...)
		}
		var want []byte
		if record != "" {
			want = protocol.AppendCommandStrings(nil, strings.Fields(record)...)
		}
		require.Equal(t, string(want), string(s.journal.records), "%q", requests)
	}
	f("ZADD z INCR 2 a", "ZADD z INCR 2 a")
	f("ZINCRBY z 2 a", "ZINCRBY z 2 a")
	f("", "ZADD z 1 a")
	f("", "ZADD z NX 5 a")
	f("", "ZADD none XX 5 a")
	f("", "ZREM z none")
	f("ZREM z a none", "ZREM z a none")
	f("ZPOPMIN z", "ZPOPMIN z")
	f("ZPOPMAX z 9", "ZPOPMAX z 9")
	f("", "ZPOPMAX z 0")
	f("ZPOPMAX z 3", "ZMPOP 2 none z MAX COUNT 10")
	f("ZPOPMIN z", "BZPOPMIN none z 0")
	f("ZPOPMAX z 2", "BZMPOP 0 1 z MAX COUNT 2")
	f("ZRANGESTORE d z 0 1", "ZRANGESTORE d z 0 1")
	f("", "ZRANGESTORE d none 0 1")
	f("ZUNIONSTORE d 1 z", "ZUNIONSTORE d 1 z")
	f("ZDIFFSTORE z 2 z z", "ZDIFFSTORE z 2 z z")
	f("", "ZREMRANGEBYSCORE z 7 9")
	f("ZREMRANGEBYRANK z 0 -1", "ZREMRANGEBYRANK z 0 -1")
	f("", "ZRANDMEMBER z 2")
}

// In steady state the commands of single members allocate nothing, packed or large.
func TestZSetsDoNotAllocate(t *testing.T) {
	if invariant.Enabled {
		t.Skip("the checks allocate")
	}
	s := newServer(t)
	for i := range 5000 {
		s.do("ZADD", "large", strconv.Itoa(i), fmt.Sprint("member:", i))
		if i < 100 {
			s.do("ZADD", "packed", strconv.Itoa(i), fmt.Sprint("member:", i))
		}
	}
	f := func(requests ...string) {
		t.Helper()
		for _, key := range []string{"packed", "large"} {
			var input []byte
			for _, request := range requests {
				input = protocol.AppendCommandStrings(input, strings.Fields(strings.ReplaceAll(request, "KEY", key))...)
			}
			round := func() {
				s.journal.records = s.journal.records[:0]
				s.client.send(input)
			}
			for range 300 {
				round()
			}
			require.NotContains(t, s.client.replies.String(), "-ERR", requests)
			baseline := testing.AllocsPerRun(200, func() { s.client.send(nil) })
			// send turns the reply into a string.
			require.LessOrEqual(t, testing.AllocsPerRun(200, round), baseline+1, "%s %q", key, requests)
		}
	}
	f("ZADD KEY 5 member:7", "ZADD KEY 90 member:7", "ZADD KEY 7.25 member:7")
	f("ZADD KEY 5 new", "ZREM KEY new")
	f("ZADD KEY NX 5 member:1", "ZADD KEY XX CH 12 member:1 13 member:2", "ZADD KEY INCR -1 member:1")
	f("ZINCRBY KEY 1 member:50", "ZINCRBY KEY -1 member:50")
	f("ZSCORE KEY member:9", "ZSCORE KEY none", "ZMSCORE KEY member:1 none member:2")
	f("ZRANK KEY member:9", "ZREVRANK KEY member:9", "ZCARD KEY")
	f("ZCOUNT KEY 10 (20", "ZLEXCOUNT KEY [a (b")
	f("ZADD KEY -1 low", "ZPOPMIN KEY", "ZADD KEY 1e9 high", "ZPOPMAX KEY 1")
	f("ZADD KEY -1 low", "BZPOPMIN KEY 0")
	f("ZRANGE KEY 0 10", "ZRANGE KEY 5 20 BYSCORE REV LIMIT 1 2", "ZRANDMEMBER KEY")
}

// Whatever a set is stored as, the replies are the same.
func TestZSetFormsAgree(t *testing.T) {
	packed := newServer(t, "--zset-max-listpack-entries", "100000", "--zset-max-listpack-value", "1000000")
	large := newServer(t, "--zset-max-listpack-entries", "0")
	mixed := newServer(t, "--zset-max-listpack-entries", "20", "--zset-max-listpack-value", "12")
	next := seededRandom(7)
	pick := func(words ...string) string { return words[next(len(words))] }
	key := func() string { return pick("k1", "k2", "k3") }
	member := func() string { return pick("", "m", "long member ") + strconv.Itoa(next(40)) }
	score := func() string {
		return pick("inf", "-inf", "0.5", "-2.25", "1e10", strconv.Itoa(next(9)), strconv.Itoa(next(1000)))
	}
	low := func() string { return pick("", "(") + score() }
	lex := func() string { return pick("-", "+", "[", "(m", "(l", "["+member()) }
	few := func() string { return strconv.Itoa(next(9) - 1) }
	templates := []func() []string{
		func() []string {
			return []string{"ZADD", key(), score(), member(), score(), member(), score(), member()}
		},
		func() []string { return []string{"ZADD", key(), pick("NX", "XX", "GT", "LT", "CH"), score(), member()} },
		func() []string { return []string{"ZADD", key(), "INCR", score(), member()} },
		func() []string { return []string{"ZINCRBY", key(), strconv.Itoa(next(5) - 2), member()} },
		func() []string { return []string{"ZREM", key(), member(), member()} },
		func() []string { return []string{"ZMSCORE", key(), member(), member()} },
		func() []string { return []string{pick("ZRANK", "ZREVRANK"), key(), member(), "WITHSCORE"} },
		func() []string {
			return []string{"ZRANGE", key(), strconv.Itoa(next(9) - 4), strconv.Itoa(next(30) - 9), "WITHSCORES"}
		},
		func() []string {
			return []string{"ZRANGE", key(), low(), low(), "BYSCORE", "LIMIT", few(), few()}
		},
		func() []string {
			return []string{"ZRANGE", key(), low(), low(), "BYSCORE", "REV", "LIMIT", few(), few()}
		},
		func() []string { return []string{"ZCOUNT", key(), low(), low()} },
		func() []string { return []string{pick("ZPOPMIN", "ZPOPMAX"), key(), strconv.Itoa(next(3))} },
		func() []string { return []string{"ZREMRANGEBYSCORE", key(), strconv.Itoa(next(1000)), "700"} },
		func() []string {
			return []string{"ZREMRANGEBYRANK", key(), strconv.Itoa(next(40)), strconv.Itoa(next(40))}
		},
		func() []string { return []string{"ZRANGESTORE", key(), key(), "0", strconv.Itoa(next(40))} },
		func() []string {
			return []string{pick("ZUNIONSTORE", "ZINTERSTORE"), key(), "2", key(), key(),
				"WEIGHTS", "1", "0.5", "AGGREGATE", pick("MIN", "MAX")}
		},
		func() []string { return []string{"ZDIFFSTORE", key(), "2", key(), key()} },
		func() []string { return []string{"ZUNION", "3", key(), key(), key(), "WITHSCORES"} },
		func() []string { return []string{"ZINTERCARD", "2", key(), key()} },
		func() []string { return []string{"ZRANGE", "same", lex(), lex(), "BYLEX"} },
		func() []string { return []string{"ZLEXCOUNT", "same", lex(), lex()} },
		func() []string { return []string{"ZADD", "same", "0", member(), "0", member()} },
		func() []string { return []string{"ZREMRANGEBYLEX", "same", "[m3", "(m4"} },
	}
	for i := range 6000 {
		request := templates[next(len(templates))]()
		if i > 4000 && next(3) > 0 {
			request = templates[4]()
		}
		want := packed.do(request...)
		require.Equal(t, want, large.do(request...), "%q", request)
		require.Equal(t, want, mixed.do(request...), "%q", request)
	}
}

// seededRandom returns random numbers below n.
func seededRandom(seed uint64) func(n int) int {
	return func(n int) int {
		seed = seed*6364136223846793005 + 1442695040888963407
		return int(seed >> 33 % uint64(n))
	}
}

func TestZRandMember(t *testing.T) {
	for _, entries := range []string{"128", "0"} {
		s := newServer(t, "--zset-max-listpack-entries", entries)
		for i := range 60 {
			s.do("ZADD", "z", strconv.Itoa(i), fmt.Sprint("m", i))
		}
		seen := map[string]int{}
		for range 300 {
			seen[s.do("ZRANDMEMBER", "z")]++
			for _, n := range []int{1, 7, 30, 59, 60, 90} {
				got := bulks(s.do("ZRANDMEMBER", "z", strconv.Itoa(n)))
				require.Len(t, got, min(n, 60))
				slices.Sort(got)
				require.Len(t, slices.Compact(got), min(n, 60), "all different")
			}
		}
		require.Greater(t, len(seen), 50)
		require.Len(t, bulks(s.do("ZRANDMEMBER", "z", "-200")), 200)
		got := bulks(s.do("ZRANDMEMBER", "z", "10", "WITHSCORES"))
		require.Len(t, got, 20)
		for i := 0; i < 20; i += 2 {
			require.Equal(t, "m"+got[i+1], got[i])
		}
	}
}

// bulks is the texts in a reply that is an array of bulk strings.
func bulks(reply string) []string {
	lines := strings.Split(strings.TrimSuffix(reply, "\r\n"), "\r\n")
	var texts []string
	for i := 2; i < len(lines); i += 2 {
		texts = append(texts, lines[i])
	}
	return texts
}

func TestZScanWalksALargeSet(t *testing.T) {
	s := newServer(t)
	for i := range 1000 {
		s.do("ZADD", "z", strconv.Itoa(i), fmt.Sprint("m", i))
	}
	seen := map[string]string{}
	calls, cursor := 0, "0"
	for calls == 0 || cursor != "0" {
		reply := s.do("ZSCAN", "z", cursor, "COUNT", "20")
		lines := strings.Split(reply, "\r\n")
		cursor = lines[2]
		for i := 5; i+2 < len(lines); i += 4 {
			seen[lines[i]] = lines[i+2]
		}
		calls++
	}
	require.Len(t, seen, 1000)
	require.Equal(t, "77", seen["m77"])
	require.Greater(t, calls, 30)
}

// Removing the last member gives all memory back.
func TestZSetMemoryReturns(t *testing.T) {
	s := newServer(t)
	s.do("ZADD", "warm", "1", "a")
	s.do("DEL", "warm")
	before := s.engine.Memory().Arena.Used
	for i := range 3000 {
		s.do("ZADD", "z", strconv.Itoa(i*7%1000), fmt.Sprint("member:", i))
	}
	s.do("ZUNIONSTORE", "y", "1", "z")
	s.do("ZINTER", "2", "y", "z")
	s.do("ZRANGESTORE", "x", "z", "0", "10")
	s.do("COPY", "z", "w")
	s.do("ZREMRANGEBYRANK", "z", "0", "-1")
	s.do("ZPOPMAX", "y", "100000")
	s.do("DEL", "x", "w")
	s.advance(100)
	require.Equal(t, ":0\r\n", s.do("DBSIZE"))
	require.Equal(t, before, s.engine.Memory().Arena.Used)
}
