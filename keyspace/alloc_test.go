package keyspace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"solokv/keyspace/invariant"
	"solokv/protocol"
)

// In steady state a request allocates nothing, journal included.
func TestServeDoesNotAllocate(t *testing.T) {
	if invariant.Enabled {
		t.Skip("the checks allocate")
	}
	journal := &recorder{}
	s := newServer(t, journal)
	for i := range 100 {
		s.do("SET", fmt.Sprint("key:", i), "value")
		s.do("SET", fmt.Sprint("n:", i), "10")
	}
	f := func(requests ...string) {
		t.Helper()
		var input []byte
		for i := range 20 * len(requests) {
			words := strings.ReplaceAll(requests[i%len(requests)], "#", fmt.Sprint(i/len(requests)))
			input = protocol.AppendCommandStrings(input, strings.Fields(words)...)
		}
		round := func() {
			journal.records = journal.records[:0]
			s.client.replies = s.client.replies[:0]
			s.Serve(s.client.prepare(input))
			s.clock.ns += 1e6
			s.Step()
		}
		for range 200 {
			round() // buffers and histograms get their size
		}
		assert.NotContains(t, string(s.client.replies), "-ERR", requests)
		assert.Zero(t, testing.AllocsPerRun(200, round), "%q", requests)
	}
	f("PING")
	f("GET key:#")
	f("GET missing:#")
	f("SET key:# value")
	f("SET key:# value EX 100")
	f("SET key:# value PX 5", "GET key:#")
	f("SET key:# short", "SET key:# "+strings.Repeat("long", 100))
	f("INCR n:#")
	f("INCRBY n:# 100")
	f("MGET key:1 key:2 n:1 missing")
	f("MSET a:# 1 b:# 2 c:# 3")
	f("SET new:# value", "DEL new:#")
	f("EXPIRE key:# 100", "TTL key:#")
	f("EXPIRE key:# 100", "PERSIST key:#")
	f("MULTI", "SET a 1", "SET b text", "SET c 3", "EXEC")
	f("EXISTS key:#")
	f("APPEND key:# x", "STRLEN key:#", "SET key:# value")
	f("SETNX new:# v", "GETSET new:# w", "GETDEL new:#")
}

// Publishing allocates nothing either, whoever listens, nor does reading what is tracked.
func TestPushDoesNotAllocate(t *testing.T) {
	if invariant.Enabled {
		t.Skip("the checks allocate")
	}
	s := newServer(t, nil, "--notify-keyspace-events", "KEA")
	subscribers := make([]*client, 6)
	for i := range subscribers {
		subscribers[i] = s.connect()
		subscribers[i].do("HELLO", fmt.Sprint(2+i%2))
	}
	for _, c := range subscribers[:4] {
		c.do("SUBSCRIBE", "channel", "__keyevent@0__:set")
		c.do("SSUBSCRIBE", "shard")
	}
	for _, c := range subscribers[4:] {
		c.do("PSUBSCRIBE", "chan*", "__keyspace*")
	}
	s.do("HELLO", "3")
	s.do("CLIENT", "TRACKING", "ON")
	f := func(received string, words ...string) {
		t.Helper()
		input := protocol.AppendCommandStrings(nil, words...)
		round := func() {
			s.client.replies = s.client.replies[:0]
			for _, c := range subscribers {
				c.replies = c.replies[:0]
			}
			s.Serve(s.client.prepare(input))
			s.clock.ns += 1e6
			s.Step()
		}
		for range 200 {
			round()
		}
		assert.NotContains(t, string(s.client.replies), "-ERR", words)
		assert.Contains(t, string(subscribers[1].replies)+string(subscribers[5].replies), received, words)
		assert.Zero(t, testing.AllocsPerRun(200, round), "%q", words)
	}
	f("pmessage", "PUBLISH", "channel", "payload")
	f("smessage", "SPUBLISH", "shard", "payload")
	f("", "PUBLISH", "nobody", "payload")
	f("__keyevent@0__:set", "SET", "key", "value")
	f("", "GET", "key")
	f("", "MGET", "key", "other", "third")
}
