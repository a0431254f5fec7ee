package keyspace_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/protocol"
)

// The engine's part of scripts: what they record, and what happens to those that take
// long. What they compute is tested in keyspace/script and by transcripts.

// newScriptServer has a clock that moves, and little patience.
func newScriptServer(t *testing.T, journal keyspace.Journal) *server {
	return newServerAt(t, realClock{time.Now()}, journal, "--busy-reply-threshold", "10")
}

const (
	busy     = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"
	endless  = "redis.call('SET', 'a', '2') redis.call('LPUSH', 'l', 'x') while true do end"
	byScript = "-ERR Script killed by user with SCRIPT KILL."
)

// hand executes one request, which may be suspended: it has a batch of its own, and the
// engine gets no turn.
func (c *client) hand(args ...string) string {
	c.replies = c.replies[:0]
	b := new(keyspace.Batch)
	b.Reset(c.session)
	b.CopyData(protocol.AppendCommandStrings(nil, args...))
	b.Spans, _ = c.parser.Next(b.Data, b.Spans)
	b.Add(c.server.Commands(), b.Data, 0)
	c.parser = protocol.Parser{Limits: c.parser.Limits}
	c.server.Serve(b)
	return string(c.replies)
}

// slices gives the suspended script some turns.
func (s *server) slices(n int) {
	for range n {
		s.Step()
	}
}

func TestEndlessScriptIsKilled(t *testing.T) {
	journal := &recorder{}
	s := newScriptServer(t, journal)
	other := s.connect()
	s.do("SET", "a", "1")
	journal.records = nil

	require.Empty(t, s.client.hand("EVAL", endless, "0"))
	require.True(t, s.Busy())
	assert.Equal(t, busy, other.hand("GET", "a"))
	assert.Equal(t, busy, other.hand("EVAL", "return 1", "0"))
	assert.Equal(t, "+OK\r\n", other.hand("MULTI"))
	assert.Equal(t, busy, other.hand("GET", "a"))
	assert.True(t, strings.HasPrefix(other.hand("EXEC"), "-EXECABORT"))
	assert.Contains(t, other.hand("FUNCTION", "STATS"), "duration_ms")
	assert.Equal(t, busy, other.hand("FUNCTION", "KILL"))
	s.slices(3)
	require.Empty(t, string(s.client.replies))

	assert.Equal(t, "+OK\r\n", other.hand("SCRIPT", "KILL"))
	s.slices(2)
	require.False(t, s.Busy())
	assert.True(t, strings.HasPrefix(string(s.client.replies), byScript), string(s.client.replies))
	assert.Equal(t, "$1\r\n1\r\n", other.do("GET", "a"))
	assert.Equal(t, ":0\r\n", other.do("EXISTS", "l"))
	assert.Empty(t, string(journal.records))
	assert.Equal(t, "-NOTBUSY No scripts in execution right now.\r\n", other.do("SCRIPT", "KILL"))
}

// TestLongScriptEnds: one that takes long and ends gets its reply, then the rest of its
// client's pipeline is served.
func TestLongScriptEnds(t *testing.T) {
	journal := &recorder{}
	s := newScriptServer(t, journal)
	s.do("SET", "a", "1")
	journal.records = nil
	require.Empty(t, s.client.hand("EVAL",
		"redis.call('SET', 'a', 2) redis.call('SET', 'b', 3) for i = 1, 3e6 do end return ARGV[1]", "0", "done"))
	require.Empty(t, s.client.hand("GET", "a"))
	for s.Busy() {
		s.Step()
	}
	s.settle()
	assert.Equal(t, "$4\r\ndone\r\n$1\r\n2\r\n", string(s.client.replies))
	assert.Equal(t, 1, strings.Count(string(journal.records), "MULTI"))
	assert.Equal(t, 1, strings.Count(string(journal.records), "EXEC"))
}

// TestKilledScriptWithinTransaction: what EXEC has executed before the script stays.
func TestKilledScriptWithinTransaction(t *testing.T) {
	journal := &recorder{}
	s := newScriptServer(t, journal)
	other := s.connect()
	s.do("MULTI")
	s.do("SET", "before", "1")
	s.do("EVAL", endless, "0")
	s.do("SET", "after", "1")
	require.Empty(t, s.client.hand("EXEC"))
	require.Equal(t, "+OK\r\n", other.hand("SCRIPT", "KILL"))
	for s.Busy() {
		s.Step()
	}
	s.settle()
	assert.True(t, strings.HasPrefix(string(s.client.replies), "*3\r\n+OK\r\n"+byScript), string(s.client.replies))
	assert.Equal(t, ":2\r\n", other.do("EXISTS", "before", "after", "a", "l"))
	assert.NotContains(t, string(journal.records), "LPUSH")
	assert.Equal(t, 1, strings.Count(string(journal.records), "MULTI"))
	assert.Contains(t, string(journal.records), "after")
}

// TestLongScriptAndBlockedClient: who waits for a key that a long script has filled is
// served when the script has ended, and not told that it is busy.
func TestLongScriptAndBlockedClient(t *testing.T) {
	s := newScriptServer(t, nil)
	blocked, other := s.connect(), s.connect()
	require.Empty(t, blocked.hand("BLPOP", "l", "0"))
	require.Empty(t, s.client.hand("EVAL", "redis.call('RPUSH', 'l', 'y') for i = 1, 3e6 do end redis.call('LPUSH', 'l', 'z')", "0"))
	require.True(t, s.Busy())
	require.Contains(t, other.hand("HELLO", "2"), "redis")
	s.Again(blocked.session)
	s.slices(3)
	require.Empty(t, blocked.replies)
	for s.Busy() {
		s.Step()
	}
	s.settle()
	assert.Equal(t, "*2\r\n$1\r\nl\r\n$1\r\nz\r\n", string(blocked.replies))
}

// TestClientOfLongScriptLeaves: the script goes on without it.
func TestClientOfLongScriptLeaves(t *testing.T) {
	s := newScriptServer(t, nil)
	other := s.connect()
	require.Empty(t, s.client.hand("EVAL", "for i = 1, 3e6 do end redis.call('SET', 'a', 'done')", "0"))
	s.Gone(s.client.session)
	for s.Busy() {
		s.Step()
	}
	assert.Equal(t, "$4\r\ndone\r\n", other.do("GET", "a"))
}

// TestCloseWithLongScript: the engine can be closed while one is suspended.
func TestCloseWithLongScript(t *testing.T) {
	s := newScriptServer(t, nil)
	require.Empty(t, s.client.hand("EVAL", endless, "0"))
	require.True(t, s.Busy())
}

// TestShutdownWithLongScript: the end does not wait for it, and saves nothing of it.
func TestShutdownWithLongScript(t *testing.T) {
	s := newScriptServer(t, nil)
	other := s.connect()
	require.Empty(t, s.client.hand("EVAL", endless, "0"))
	assert.Equal(t, busy, other.hand("SHUTDOWN"))
	s.Do(func(c *keyspace.Ctx) {
		require.NoError(t, c.SayFarewell(keyspace.FarewellDefault, false))
		assert.Zero(t, c.DB().Len())
	})
	s.slices(3)
}

func TestScriptRecords(t *testing.T) {
	journal := &recorder{}
	s := newServer(t, journal)
	f := func(want string, args ...string) {
		t.Helper()
		journal.records = nil
		s.do(args...)
		got := strings.ReplaceAll(string(journal.records), "\r\n", " ")
		assert.Equal(t, want, got)
	}
	f("*2 $6 SELECT $1 0 *3 $3 SET $1 a $1 1 ", "EVAL", "return redis.call('SET', 'a', 1)", "0")
	f("", "EVAL", "return redis.call('GET', 'a')", "0")
	f("*1 $5 MULTI *2 $3 DEL $1 a *3 $5 RPUSH $1 l $1 x *1 $4 EXEC ",
		"EVAL", "redis.call('DEL', 'a') redis.call('RPUSH', 'l', 'x')", "0")
	f("*2 $4 LPOP $1 l ", "EVAL", "return redis.call('BLPOP', 'no', 'l', 0)", "0")
	f("*2 $6 SELECT $1 5 *3 $3 SET $1 a $1 1 ", "EVAL", "redis.call('SELECT', 5) redis.call('SET', 'a', 1)", "0")
	f("*2 $6 SELECT $1 0 *3 $3 SET $1 b $1 1 ", "SET", "b", "1")
	f("*3 $3 SET $1 d $1 1 ", "EVAL", "redis.set_repl(redis.REPL_NONE) redis.call('SET', 'c', 1) "+
		"redis.set_repl(redis.REPL_ALL) redis.call('SET', 'd', 1)", "0")
	f("*3 $3 SET $1 e $1 1 ", "EVAL", "redis.call('SET', 'e', 1) redis.call('LPUSH', 'e', 1)", "0")
}

func TestScriptAllocatesLittle(t *testing.T) {
	s := newServer(t, nil)
	s.do("SET", "key", "value")
	request := protocol.AppendCommandStrings(nil, "EVAL", "return redis.call('GET', KEYS[1])", "1", "key")
	allocs := testing.AllocsPerRun(200, func() {
		s.client.replies = s.client.replies[:0]
		s.Serve(s.client.prepare(request))
	})
	assert.Less(t, allocs, 25.0)
	t.Log("allocations of a script that reads one key:", allocs)
}

// TestSavesWaitForLongScript: what is scheduled while a script is suspended, whose changes
// may be taken back, begins when it has ended.
func TestSavesWaitForLongScript(t *testing.T) {
	s, saver := newScriptServer(t, &recorder{}), &fakeSaver{}
	s.SetSaver(saver)
	other := s.connect()
	s.do("SET", "a", "1")
	require.Empty(t, s.client.hand("EVAL", endless, "0"))
	s.ScheduleRewrite() // the request that asked for it was answered just before
	s.slices(3)
	require.True(t, s.Busy())
	require.Empty(t, saver.log)
	require.Equal(t, "+OK\r\n", other.hand("SCRIPT", "KILL"))
	require.Eventually(t, func() bool {
		s.Step()
		return len(saver.log) > 0
	}, 10*time.Second, time.Millisecond)
	require.Equal(t, []string{"begin", "rewrite"}, saver.log)
	require.Equal(t, 1, saver.snapshot.Len(0))
	s.end(saver, nil)
}
