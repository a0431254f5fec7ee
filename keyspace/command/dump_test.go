package command

import (
	"bufio"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/protocol"
)

// dumped is the payload of a key.
func (s *server) dumped(key string) string {
	s.t.Helper()
	v, err := protocol.ReadValue(bufio.NewReader(strings.NewReader(s.do("DUMP", key))))
	require.NoError(s.t, err)
	require.Equal(s.t, protocol.KindBulk, v.Kind, "%v", v)
	return v.Text
}

// everyKind makes keys of every kind, packed and large, and lists them.
func (s *server) everyKind() (keys []string) {
	s.do("MSET", "text", "hello", "int", "-123456", "long", strings.Repeat("abc", 30000))
	s.do("APPEND", "edited", "12")
	s.do("XGROUP", "CREATE", "stream", "g", "0", "MKSTREAM")
	for i := range 1200 {
		if i < 20 {
			s.do("RPUSH", "list", fmt.Sprint("element:", i))
			s.do("SADD", "ints", fmt.Sprint(i))
			s.do("SADD", "set", fmt.Sprint("m", i))
			s.do("HSET", "hash", fmt.Sprint("f", i), fmt.Sprint(i))
			s.do("ZADD", "zset", fmt.Sprint(i, ".5"), fmt.Sprint("m", i))
			s.do("HSETEX", "fields", "PX", fmt.Sprint(5000+i), "FIELDS", "1", fmt.Sprint("f", i), "v")
		}
		s.do("RPUSH", "list:large", fmt.Sprint("element:", i))
		s.do("SADD", "set:large", fmt.Sprint("m", i))
		s.do("HSET", "hash:large", fmt.Sprint("f", i), fmt.Sprint(i))
		s.do("ZADD", "zset:large", fmt.Sprint(i%7), fmt.Sprint("m", i))
		s.do("HSETEX", "fields:large", "PX", fmt.Sprint(5000+i%100), "FIELDS", "1", fmt.Sprint("f", i), "v")
		s.do("XADD", "stream", fmt.Sprint(1+i), "f", fmt.Sprint(i))
	}
	s.do("XREADGROUP", "GROUP", "g", "c", "COUNT", "500", "STREAMS", "stream", ">")
	s.do("HSET", "fields", "stays", "v")
	s.do("HSET", "fields:large", "stays", "v")
	s.do("RPUSH", "list:huge", strings.Repeat("x", 100<<10), "small")
	return strings.Fields("text int long edited list ints set hash zset fields stream list:large set:large hash:large " +
		"zset:large fields:large list:huge")
}

// TestDumpRestoreEveryKind: what is restored is equal in digest, encoding and payload.
func TestDumpRestoreEveryKind(t *testing.T) {
	s := newServer(t, "--enable-debug-command", "yes")
	for _, key := range s.everyKind() {
		payload, restored := s.dumped(key), "restored:"+key
		s.f("+OK\r\n", "RESTORE", restored, "0", payload)
		require.Equal(t, s.do("DEBUG", "DIGEST-VALUE", key), s.do("DEBUG", "DIGEST-VALUE", restored), key)
		if key != "edited" { // its encoding is raw only because it was edited
			require.Equal(t, s.do("OBJECT", "ENCODING", key), s.do("OBJECT", "ENCODING", restored), key)
		}
		if !strings.HasSuffix(key, ":large") || key == "list:large" { // tables have no order
			require.Equal(t, payload, s.dumped(restored), key)
		}
	}
	require.Equal(t, s.do("XPENDING", "stream", "g", "-", "+", "1000"), s.do("XPENDING", "restored:stream", "g", "-", "+", "1000"))
	require.Equal(t, s.do("XINFO", "STREAM", "stream"), s.do("XINFO", "STREAM", "restored:stream"))
}

// TestRestoredFieldsExpire: the wheel knows of them without anybody asking.
func TestRestoredFieldsExpire(t *testing.T) {
	for _, key := range []string{"fields", "fields:large"} {
		s := newServer(t)
		s.everyKind()
		payload, before := s.dumped(key), s.do("HLEN", key)
		s.f("+OK\r\n", "RESTORE", "restored", "0", payload, "REPLACE")
		s.advance(4990)
		s.f(before, "HLEN", "restored")
		s.records()
		s.advance(220)
		require.Contains(t, strings.Join(s.records(), "\n"), "HDEL restored")
		s.f(":1\r\n", "HLEN", "restored")
		s.f("$1\r\nv\r\n", "HGET", "restored", "stays")
	}
}

// TestRestoreFreesWhatItReplaces: nothing stays behind of values that were replaced, refused, or came too late.
func TestRestoreFreesWhatItReplaces(t *testing.T) {
	s := newServer(t)
	keys := s.everyKind()
	payloads := make([]string, len(keys))
	for i, key := range keys {
		payloads[i] = s.dumped(key)
	}
	s.do("FLUSHALL")
	s.advance(100)
	empty := s.engine.Memory().Arena.Used
	for i, payload := range payloads {
		key := fmt.Sprint("key:", i%3)
		s.f("+OK\r\n", "RESTORE", key, "0", payload, "REPLACE")
		s.f("+OK\r\n", "RESTORE", key, "1", payload, "REPLACE", "ABSTTL")
		s.f(":0\r\n", "EXISTS", key)
		s.f("+OK\r\n", "RESTORE", key, "0", payload)
		s.f("+OK\r\n", "RESTORE", key, "50", payload, "REPLACE")
		for _, at := range []int{0, len(payload) / 2, len(payload) - 11} {
			broken := []byte(payload)
			broken[at] ^= 0x40
			require.Equal(t, "-ERR DUMP payload version or checksum are wrong\r\n",
				s.do("RESTORE", "broken", "0", string(broken)))
		}
	}
	s.advance(10000)
	s.f(":0\r\n", "DBSIZE")
	s.advance(100)
	require.Less(t, s.engine.Memory().Arena.Used, empty+(64<<10))
}

// TestRestoreUnderSnapshot: a frozen collection is restored over, and stays what it was in the snapshot.
func TestRestoreUnderSnapshot(t *testing.T) {
	s := newServer(t)
	s.everyKind()
	payload := s.dumped("text")
	var snapshot *keyspace.Snapshot
	s.engine.Do(func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() })
	s.advance(1)
	s.f("+OK\r\n", "RESTORE", "hash:large", "0", payload, "REPLACE")
	s.f("+OK\r\n", "RESTORE", "text", "0", s.dumped("zset:large"), "REPLACE")
	held := map[string]int{}
	snapshot.Each(0, func(it keyspace.FrozenItem) bool {
		if it.Whole != nil {
			held[string(it.Key)] = it.Whole.Len()
		}
		return true
	})
	require.Equal(t, 1200, held["hash:large"])
	require.NotContains(t, held, "text")
	s.engine.Do(func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })
	s.advance(1)
	s.f(":1200\r\n", "ZCARD", "text")
}

// TestRestoreRecords: a delay becomes a time, and what came too late leaves a DEL at most.
func TestRestoreRecords(t *testing.T) {
	s := newServer(t)
	s.do("SET", "k", "v")
	v := s.dumped("k")
	at := fmt.Sprint(fakeStartMs + 5000)
	f := func(want string, request ...string) {
		t.Helper()
		var list []string
		if want != "" {
			list = []string{strings.ReplaceAll(want, "V", v)}
		}
		s.recorded(list, request)
	}
	f("RESTORE a 0 V", "RESTORE", "a", "0", v)
	f("restore a "+at+" V REPLACE ABSTTL", "restore", "a", "5000", v, "REPLACE")
	f("RESTORE a "+at+" V absttl REPLACE", "RESTORE", "a", at, v, "absttl", "REPLACE")
	f("RESTORE-ASKING b "+at+" V IDLETIME 5 ABSTTL", "RESTORE-ASKING", "b", "5000", v, "IDLETIME", "5")
	f("DEL b", "RESTORE", "b", "1", v, "ABSTTL", "REPLACE")
	f("", "RESTORE", "b", "1", v, "ABSTTL", "REPLACE")
}

// TestRestoreFrequency: FREQ counts under an LFU policy, and IDLETIME does not.
func TestRestoreFrequency(t *testing.T) {
	s := newServer(t, "--maxmemory-policy", "allkeys-lfu")
	s.do("SET", "k", "v")
	v := s.dumped("k")
	s.f("+OK\r\n", "RESTORE", "a", "0", v, "FREQ", "200")
	s.f(":200\r\n", "OBJECT", "FREQ", "a")
	s.f("+OK\r\n", "RESTORE", "b", "0", v, "IDLETIME", "200")
	s.f(":5\r\n", "OBJECT", "FREQ", "b")
	s.f("+OK\r\n", "RESTORE", "a", "0", v, "FREQ", "7", "REPLACE")
	s.f(":7\r\n", "OBJECT", "FREQ", "a")
}

func BenchmarkDumpRestore(b *testing.B) {
	s := newServer(b)
	s.everyKind()
	for _, key := range []string{"text", "list", "hash", "zset", "hash:large", "zset:large"} {
		v := s.dumped(key)
		b.Run("dump/"+key, func(b *testing.B) {
			for b.Loop() {
				s.do("DUMP", key)
			}
		})
		b.Run("restore/"+key, func(b *testing.B) {
			for b.Loop() {
				s.do("RESTORE", "to", "0", v, "REPLACE")
			}
		})
	}
}
