package command

import (
	"fmt"
	"math/rand"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/keyspace/invariant"
	"solokv/keyspace/value/stream"
	"solokv/protocol"
)

func words(lines ...string) (requests [][]string) {
	for _, line := range lines {
		requests = append(requests, strings.Fields(line))
	}
	return requests
}

// The journal gets what was done, not what was wished.
func TestStreamRecords(t *testing.T) {
	s := newServer(t)
	now := fmt.Sprint(s.clock.NowMs())
	f := func(want []string, requests ...string) {
		t.Helper()
		for i := range want {
			want[i] = strings.ReplaceAll(want[i], "NOW", now)
		}
		s.recorded(want, words(requests...)...)
	}
	f([]string{"XADD s NOW-0 a b"}, "XADD s * a b")
	f([]string{"XADD s NOW-1 a b"}, "XADD s "+now+"-* a b")
	f([]string{"XADD s 9000000000000-5 a b"}, "XADD s 9000000000000-5 a b")
	f([]string{"XADD s MAXLEN = 4 9000000000001-0 a b"}, "XADD s MAXLEN ~ 1 9000000000001-0 a b")
	f([]string{"XADD s NOMKSTREAM MINID = NOW-0 LIMIT 3 9000000000001-1 a b"},
		"XADD s NOMKSTREAM MINID ~ 2 LIMIT 3 9000000000001-* a b")
	f([]string{"XADD s MAXLEN = 2 9000000000001-2 a b"}, "XADD s MAXLEN = 2 9000000000001-* a b")
	f(nil, "XTRIM s MAXLEN ~ 1", "XTRIM s MAXLEN 5", "XDEL s 1-1", "XADD none NOMKSTREAM * a b")
	f([]string{"XTRIM s MAXLEN 1"}, "XTRIM s MAXLEN 1")
	f([]string{"XDEL s 9000000000001-2 1-1"}, "XDEL s 9000000000001-2 1-1")

	f([]string{"XADD t 1-1 a b", "XADD t 2-1 a b", "XADD t 3-1 a b", "XGROUP CREATE t g 0"},
		"XADD t 1-1 a b", "XADD t 2-1 a b", "XADD t 3-1 a b", "XGROUP CREATE t g 0")
	f([]string{"MULTI", "XGROUP CREATECONSUMER t g bob",
		"XCLAIM t g bob 0 1-1 TIME NOW RETRYCOUNT 1 FORCE JUSTID LASTID 1-1",
		"XGROUP SETID t g 1-1 ENTRIESREAD 1", "EXEC"}, "XREADGROUP GROUP g bob COUNT 1 STREAMS t >")
	f([]string{"XGROUP SETID t g 2-1 ENTRIESREAD 2"}, "XREADGROUP GROUP g bob NOACK COUNT 1 STREAMS t >")
	f([]string{"XGROUP CREATECONSUMER t g carol"}, "XREADGROUP GROUP g carol STREAMS t 0")
	f(nil, "XREADGROUP GROUP g bob STREAMS t 0", "XPENDING t g")
	f([]string{"XCLAIM t g carol 0 1-1 TIME NOW RETRYCOUNT 3 FORCE JUSTID LASTID 2-1"}, "XCLAIM t g carol 0 1-1 9-9")
	f([]string{"XGROUP SETID t g 2-5 ENTRIESREAD 2"}, "XCLAIM t g carol 0 9-9 LASTID 2-5")
	f([]string{"XCLAIM t g bob 0 1-1 TIME NOW RETRYCOUNT 3 FORCE JUSTID LASTID 2-5"},
		"XAUTOCLAIM t g bob 0 0 JUSTID")
	f([]string{"XDEL t 1-1", "XCLAIM t g bob 0 1-1 TIME NOW RETRYCOUNT 3 FORCE JUSTID LASTID 2-5"},
		"XDEL t 1-1", "XAUTOCLAIM t g bob 0 0")
	f([]string{"XCLAIM t g bob 0 3-1 TIME NOW RETRYCOUNT 1 FORCE JUSTID LASTID 2-5", "XACK t g 3-1 7-7"},
		"XCLAIM t g bob 0 3-1 FORCE JUSTID", "XACK t g 3-1 7-7", "XACK t g 3-1")
}

// A consumer that is created by a request which then waits is recorded at once.
func TestStreamRecordsConsumerThatWaits(t *testing.T) {
	s := newServer(t)
	s.do("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
	s.records()
	other := s.connect()
	require.Empty(t, other.do("XREADGROUP", "GROUP", "g", "bob", "BLOCK", "0", "STREAMS", "s", ">"))
	require.Equal(t, []string{"XGROUP CREATECONSUMER s g bob"}, s.records())
	s.do("XADD", "s", "1-1", "a", "b")
	require.Contains(t, other.replies.String(), "1-1")
	require.Equal(t, []string{"XADD s 1-1 a b", "MULTI",
		fmt.Sprintf("XCLAIM s g bob 0 1-1 TIME %d RETRYCOUNT 1 FORCE JUSTID LASTID 1-1", s.clock.NowMs()),
		"XGROUP SETID s g 1-1 ENTRIESREAD 1", "EXEC"}, s.records())
}

// play sends random requests about a few streams and groups.
func playStreams(s *server, r *rand.Rand, n int) {
	id := func(round int) string { return fmt.Sprintf("%d-%d", max(1, round/20-r.Intn(5)), r.Intn(6)) }
	pick := func(list ...string) string { return list[r.Intn(len(list))] }
	for i := range n {
		key, group, name := pick("s", "t"), pick("g", "h"), pick("a", "b", "c")
		s.clock.ns += int64(r.Intn(3)) * 1e6
		line := ""
		switch r.Intn(20) {
		default:
			line = fmt.Sprintf("XADD %s %s %d-* f%d %d", key, pick("", "MAXLEN ~ 20", "MAXLEN 30", "MINID ~ 5"), i/20+1, r.Intn(2), i)
		case 1:
			line = "XDEL " + key + " " + id(i) + " " + id(i)
		case 2:
			line = "XTRIM " + key + pick(" MAXLEN 15", " MAXLEN ~ 10", " MINID "+id(i))
		case 3, 4:
			line = "XGROUP CREATE " + key + " " + group + pick(" 0", " $", " "+id(i))
		case 5:
			line = pick("XGROUP DESTROY "+key+" "+group, "XGROUP DELCONSUMER "+key+" "+group+" "+name,
				"XGROUP SETID "+key+" "+group+" $", "XSETID "+key+" 9999-1", "DEL "+key, "XACK "+key+" "+group+" 1-1")
			if r.Intn(3) > 0 {
				continue
			}
		case 6, 7, 8, 9, 10:
			line = fmt.Sprintf("XREADGROUP GROUP %s %s COUNT %d%s STREAMS %s >", group, name, r.Intn(4), pick("", "", " NOACK"), key)
		case 11, 12, 13:
			line = "XACK " + key + " " + group + " " + id(i) + " " + id(i) + " " + id(i)
		case 14:
			line = "XCLAIM " + key + " " + group + " " + name + " 1 " + id(i) + pick("", " FORCE", " RETRYCOUNT 5", " LASTID "+id(i))
		case 15:
			line = fmt.Sprintf("XAUTOCLAIM %s %s %s 1 %s COUNT %d", key, group, name, pick("0", id(i)), 1+r.Intn(9))
		}
		s.do(strings.Fields(line)...)
	}
}

// A replay does not tell when consumers were last seen, and is done with nodes of
// another size here.
var memberTimes = regexp.MustCompile(`(seen-time|active-time|radix-tree-keys|radix-tree-nodes)(\r\n\$\d+)?\r\n:-?\d+`)

// streams shows all else that is known about a server's streams.
func streams(s *server) (text string) {
	for _, key := range []string{"s", "t"} {
		text += s.do("XINFO", "STREAM", key, "FULL", "COUNT", "0")
	}
	return memberTimes.ReplaceAllString(text, "$1")
}

func TestStreamReplay(t *testing.T) {
	for seed := range int64(4) {
		s := newServer(t, "--stream-node-max-entries", "5")
		playStreams(s, rand.New(rand.NewSource(seed)), 3000)
		require.Greater(t, len(streams(s)), 1000)
		require.Equal(t, streams(s), streams(s.replayed()))
	}
}

// streamsOn executes f on the writer.
func streamsOn(s *server, f func(c *keyspace.Ctx)) {
	s.engine.Do(f)
	s.engine.Step()
}

// frozenEntries reads a stream out of a snapshot.
func frozenEntries(snapshot *keyspace.Snapshot) (text string) {
	snapshot.Each(0, func(item keyspace.FrozenItem) bool {
		frozen := item.Whole.(*stream.Stream)
		for r := frozen.Between(stream.Min, stream.Max); r.Next(); {
			text += fmt.Sprint(string(item.Key), r.Entry.ID, r.Entry.Fields, " ")
		}
		for _, g := range frozen.Groups() {
			walk := g.PendingFrom(stream.Min)
			for p, ok := walk.Next(); ok; p, ok = walk.Next() {
				text += fmt.Sprint(g.Name, p.ID, p.Consumer.Name, p.DeliveredMs, p.Count, " ")
			}
			for _, member := range g.Consumers() {
				text += fmt.Sprint(member.Name, member.SeenMs, member.ActiveMs, member.PendingLen(), " ")
			}
		}
		return true
	})
	return text
}

// A snapshot shows the streams as they were, whatever happens to them later, and
// nothing is left of them at the end.
func TestStreamUnderSnapshot(t *testing.T) {
	s := newServer(t, "--stream-node-max-entries", "5")
	used := s.engine.Memory().Data
	r := rand.New(rand.NewSource(1))
	for range 5 {
		playStreams(s, r, 400)
		var snapshot *keyspace.Snapshot
		streamsOn(s, func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() })
		before := frozenEntries(snapshot)
		require.NotEmpty(t, before)
		playStreams(s, r, 400)
		require.Equal(t, before, frozenEntries(snapshot))
		s.do("FLUSHALL")
		require.Equal(t, before, frozenEntries(snapshot))
		streamsOn(s, func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })
	}
	playStreams(s, r, 400)
	before := streams(s)
	s.do("COPY", "s", "s2")
	s.do("RENAME", "s2", "s")
	require.Equal(t, before, streams(s))
	s.do("FLUSHALL")
	s.advance(100)
	require.Equal(t, used, s.engine.Memory().Data)
}

func TestStreamDoesNotAllocate(t *testing.T) {
	if invariant.Enabled {
		t.Skip("the checks allocate")
	}
	s := newServer(t)
	for i := range 1000 {
		s.do("XADD", "s", "*", "field", fmt.Sprint("value-", i))
	}
	f := func(requests ...string) {
		t.Helper()
		var input []byte
		for _, line := range requests {
			input = protocol.AppendCommandStrings(input, strings.Fields(line)...)
		}
		round := func() {
			s.journal.records = s.journal.records[:0]
			s.client.send(input)
		}
		for range 300 {
			round()
		}
		require.NotContains(t, s.client.replies.String(), "-ERR")
		idle := testing.AllocsPerRun(200, func() { s.client.send([]byte("PING\r\n")) })
		require.LessOrEqual(t, testing.AllocsPerRun(200, round), idle, "%q", requests)
	}
	f("XLEN s")
	f("XADD s * field value")
	f("XADD s * field value", "XTRIM s MAXLEN 1000")
	f("XADD s MAXLEN ~ 1000 * field value other 17")
	f("XRANGE s - + COUNT 3")
	f("XREVRANGE s + - COUNT 3")
	f("XDEL s 1-1")
}
