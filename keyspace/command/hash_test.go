package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace/invariant"
	"solokv/protocol"
)

// In steady state the commands of hashes allocate nothing, on packed and on large
// ones, with expiries and without.
func TestHashesDoNotAllocate(t *testing.T) {
	if invariant.Enabled {
		t.Skip("the checks allocate")
	}
	s := newServer(t)
	for i := range 50 {
		field := fmt.Sprint("f", i)
		s.do("HSET", "packed", field, "12345", "n"+field, "1")
		s.do("HSET", "large", field, strings.Repeat("x", 100), "n"+field, "1")
		s.do("HSET", "ttl", field, "12345", "n"+field, "1")
		s.do("HEXPIRE", "ttl", "1000", "FIELDS", "1", field)
		s.do("HSET", "largettl", field, strings.Repeat("x", 100), "n"+field, "1")
		s.do("HEXPIRE", "largettl", "1000", "FIELDS", "1", field)
	}
	f := func(requests ...string) {
		t.Helper()
		for _, key := range []string{"packed", "large", "ttl", "largettl"} {
			var input []byte
			for i := range 10 * len(requests) {
				words := strings.NewReplacer("#", fmt.Sprint(i/len(requests)), "@", key).Replace(requests[i%len(requests)])
				input = protocol.AppendCommandStrings(input, strings.Fields(words)...)
			}
			b := &s.client.batch
			round := func() {
				s.journal.records = s.journal.records[:0]
				b.Reset(s.client.session)
				b.CopyData(input)
				for {
					first := len(b.Spans)
					var status protocol.Status
					if b.Spans, status = s.client.parser.Next(b.Data, b.Spans); status != protocol.Complete {
						break
					}
					b.Add(s.engine.Commands(), b.Data, first)
				}
				s.client.parser = protocol.Parser{Limits: protocol.LimitsDefault}
				s.client.replies.Reset()
				s.engine.Serve(b)
				s.clock.ns += 1e6
				s.engine.Step()
			}
			for range 100 {
				round()
			}
			assert.False(t, strings.Contains(s.client.replies.String(), "-ERR"), "%q", requests)
			assert.Zero(t, testing.AllocsPerRun(100, round), "%s: %q, reply of %d bytes", key, requests, len(b.Reply))
		}
	}
	f("HSET @ f# 54321", "HSET @ f# 12345")
	f("HSET @ new# value", "HDEL @ new#")
	f("HSETNX @ new# value", "HDEL @ new#")
	f("HGET @ f#")
	f("HGET @ missing")
	f("HMGET @ f# nf# missing")
	f("HEXISTS @ f#", "HSTRLEN @ f#", "HLEN @")
	f("HINCRBY @ nf# 1")
	f("HKEYS @")
	s.do("DEL", "large", "largettl") // fewer fields: the buffer of a long reply is not kept
	for _, key := range []string{"large", "largettl"} {
		s.do("HSET", key, "f1", strings.Repeat("x", 100), "nf1", "1")
		s.do("HEXPIRE", key, "1000", "FIELDS", "1", "f1")
	}
	f("HGETALL @", "HKEYS @", "HVALS @")
	f("HRANDFIELD @", "HRANDFIELD @ -3 WITHVALUES")
	f("HEXPIRE @ 100 FIELDS 1 nf#", "HTTL @ FIELDS 2 f# nf#", "HPERSIST @ FIELDS 1 nf#", "HSET @ nf# 1")
	f("HSET one# f 1", "HDEL one# f")
}

// What is recorded is the effect, with absolute times, so that replaying it on an
// empty server gives the same data (I6).
func TestHashesAreRecordedByEffect(t *testing.T) {
	s := newServer(t, "--enable-debug-command", "yes")
	records := func(args ...string) string {
		s.journal.records = s.journal.records[:0]
		s.do(args...)
		return strings.Join(recordedWords(s.journal.records), " ")
	}
	at := fmt.Sprint(fakeStartMs + 100_000)
	past := fmt.Sprint(fakeStartMs - 1)
	records("SELECT", "0")
	for _, c := range []struct{ want, request string }{
		{"SELECT 0 HSET h a 1 b 2 c 3", "HSET h a 1 b 2 c 3"},
		{"HPEXPIREAT h " + at + " FIELDS 1 a", "HEXPIRE h 100 FIELDS 2 a nofield"},
		{"", "HEXPIRE h 100 NX FIELDS 1 a"},
		{"HPEXPIREAT h " + at + " FIELDS 1 b", "HPEXPIRE h 100000 NX FIELDS 2 a b"},
		{"MULTI HSET h a 1.5 HPEXPIREAT h " + at + " FIELDS 1 a EXEC", "HINCRBYFLOAT h a 0.5"},
		{"HSET h c 3.5", "HINCRBYFLOAT h c 0.5"},
		{"HINCRBY h n 1", "HINCRBY h n 1"},
		{"HPERSIST h FIELDS 2 a nofield", "HPERSIST h FIELDS 2 a nofield"},
		{"", "HPERSIST h FIELDS 2 a nofield"},
		{"", "HGETEX h FIELDS 1 a"},
		{"HPEXPIREAT h " + at + " FIELDS 1 a", "HGETEX h EX 100 FIELDS 2 a nofield"},
		{"HPERSIST h FIELDS 1 a", "HGETEX h PERSIST FIELDS 2 a c"},
		{"", "HGETEX h PERSIST FIELDS 2 a c"},
		{"HDEL h a", "HGETEX h PXAT 1 FIELDS 2 a nofield"},
		{"MULTI HSET h x 1 HPEXPIREAT h " + at + " FIELDS 1 x EXEC", "HSETEX h FNX EX 100 FIELDS 1 x 1"},
		{"", "HSETEX h FNX EX 100 FIELDS 1 x 1"},
		{"HSETEX h KEEPTTL FIELDS 1 x 2", "HSETEX h KEEPTTL FIELDS 1 x 2"},
		{"HSET h x 3", "HSETEX h FIELDS 1 x 3"},
		{"HDEL h x", "HSETEX h PXAT " + past + " FIELDS 1 x 4"},
		{"HDEL h b", "HPEXPIREAT h " + past + " FIELDS 2 b nofield"},
		{"HDEL h c", "HGETDEL h FIELDS 2 c nofield"},
		{"HDEL h n nofield", "HDEL h n nofield"},
		{"", "HDEL h n nofield"},
	} {
		assert.Equal(t, c.want, records(strings.Fields(c.request)...), c.request)
	}

	// A field that is met too late is recorded before what met it.
	s.do("DEBUG", "SET-ACTIVE-EXPIRE", "0")
	records("HSETEX", "h", "PX", "10", "FIELDS", "3", "a", "1", "b", "2", "c", "3")
	s.advance(20)
	assert.Equal(t, "", records("HGETALL", "h"))
	assert.Equal(t, "HDEL h a", records("HGET", "h", "a"))
	assert.Equal(t, "HDEL h b HINCRBY h b 1", records("HINCRBY", "h", "b", "1"))
	assert.Equal(t, "HDEL h c", records("HRANDFIELD", "h", "5"))
	s.f("*2\r\n$1\r\nb\r\n$1\r\n1\r\n", "HGETALL", "h")
}

// recordedWords takes a journal apart.
func recordedWords(records []byte) (words []string) {
	lines := strings.Split(string(records), "\r\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "$") {
			words = append(words, lines[i+1])
		}
	}
	return words
}

// Replayed, the records give the same data, however often a field has expired in
// between; while they are replayed nothing expires.
func TestHashRecordsReplay(t *testing.T) {
	s := newServer(t)
	random := s.engine.Random
	for i := range 3000 {
		key := fmt.Sprint("h", random()%5)
		field := fmt.Sprint("f", random()%12)
		value := strings.Repeat("7", int(random()%3)*int(random()%40)+1)
		ms := fmt.Sprint(random() % 60)
		switch random() % 12 {
		case 0, 1, 2:
			s.do("HSET", key, field, value)
		case 3:
			s.do("HSETEX", key, "PX", ms, "FIELDS", "1", field, value)
		case 4, 5:
			s.do("HPEXPIRE", key, ms, "FIELDS", "1", field)
		case 6:
			s.do("HINCRBYFLOAT", key, field, "0.5")
		case 7:
			s.do("HGETEX", key, "PX", ms, "FIELDS", "1", field)
		case 8:
			s.do("HDEL", key, field)
		case 9:
			s.do("HSETEX", key, "KEEPTTL", "FIELDS", "1", field, value)
		case 10:
			s.do("HMGET", key, field, "f1", "f2")
		case 11:
			s.advance(int64(random() % 20))
		}
		if i%500 == 0 {
			s.advance(1)
		}
	}
	s.advance(100)
	want := s.content(5)
	replica := newServer(t)
	replica.clock.ns = s.clock.ns
	replica.client.send(s.journal.records)
	replica.advance(1)
	require.Equal(t, want, replica.content(5))
}

// content is what the hashes h0, h1, ... hold.
func (s *server) content(hashes int) map[string]string {
	all := map[string]string{}
	for h := range hashes {
		for f := range 12 {
			key, field := fmt.Sprint("h", h), fmt.Sprint("f", f)
			all[key+field] = s.do("HGET", key, field) + s.do("HPEXPIRETIME", key, "FIELDS", "1", field)
		}
	}
	return all
}

// A large number of fields that expire at once goes in slices, is recorded, and
// leaves nothing behind.
func TestFieldsExpireInSlices(t *testing.T) {
	s := newServer(t)
	const fields = 20_000
	empty := s.engine.Memory().Arena.Used
	input := []byte{}
	for i := range fields {
		field := fmt.Sprint("field:", i)
		input = protocol.AppendCommandStrings(input, "HSET", "h", field, "value")
		input = protocol.AppendCommandStrings(input, "HPEXPIREAT", "h", fmt.Sprint(fakeStartMs+1000+i%10), "FIELDS", "1", field)
	}
	input = protocol.AppendCommandStrings(input, "HSET", "h", "stays", "value")
	s.client.send(input)
	for i := range 100 {
		s.do("HSETEX", fmt.Sprint("small", i), "PX", fmt.Sprint(1000+i%3), "FIELDS", "3", "a", "1", "b", "2", "c", "3")
		s.do("HSETEX", fmt.Sprint("half", i), "PX", fmt.Sprint(1000+i%3), "FIELDS", "1", "a", "1")
		s.do("HSET", fmt.Sprint("half", i), "b", "2")
		s.do("EXPIRE", fmt.Sprint("half", i), "2")
	}
	s.f(fmt.Sprintf(":%d\r\n", fields+1), "HLEN", "h")
	s.journal.records = s.journal.records[:0]
	s.advance(1030)
	s.f(":1\r\n", "HLEN", "h")
	s.f(":101\r\n", "DBSIZE")
	gone := 0
	for _, word := range recordedWords(s.journal.records) {
		if strings.HasPrefix(word, "field:") || len(word) == 1 && word != "h" {
			gone++
		}
	}
	require.Equal(t, fields+400, gone)
	s.advance(1000)
	s.f(":1\r\n", "DBSIZE")
	s.f(":1\r\n", "DEL", "h")
	s.advance(100)
	require.Less(t, s.engine.Memory().Arena.Used, empty+(64<<10))
}

// A hash whose fields expire again and again keeps few items in the wheel, however
// often their times change.
func TestFieldExpiriesFileLittle(t *testing.T) {
	s := newServer(t)
	for i := range 1000 {
		s.do("HSETEX", "h", "EX", fmt.Sprint(1000+i), "FIELDS", "1", fmt.Sprint(i), "v")
		s.do("EXPIRE", "h", fmt.Sprint(5000+i))
	}
	require.Less(t, s.engine.Memory().Wheels, int64(64<<10))
	for range 1100 {
		s.advance(2000)
	}
	s.f(":0\r\n", "HLEN", "h")
	s.f(":0\r\n", "EXISTS", "h")
}
