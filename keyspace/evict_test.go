package keyspace_test

import (
	"fmt"
	"math/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

// limited starts a server that has room for some megabytes more than it takes when it
// is empty.
func limited(t testing.TB, policy string, megabytes int) *server {
	s := newServer(t, nil, "--maxmemory-policy", policy)
	s.do("CONFIG", "SET", "maxmemory", fmt.Sprint(s.UsedMemory()+int64(megabytes)<<20))
	return s
}

func evicted(s *server) int64 { return s.Counters().Evicted }

func TestEvictionKeepsTheLimit(t *testing.T) {
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu",
		"volatile-random", "volatile-ttl"} {
		t.Run(policy, func(t *testing.T) {
			s := limited(t, policy, 8)
			limit := s.UsedMemory() + 8<<20
			for i := range 60_000 {
				require.Equal(t, "+OK\r\n", s.do("SET", fmt.Sprint("key:", i), fmt.Sprintf("%0200d", i), "EX", "1000"))
			}
			s.settle()
			assert.Positive(t, evicted(s))
			assert.LessOrEqual(t, float64(s.UsedMemory()), float64(limit)*1.01)
			assert.Greater(t, s.DBs()[0].Len(), 20_000, "no more than needed")
		})
	}
}

func TestNothingToEvict(t *testing.T) {
	const refused = "-OOM command not allowed when used memory > 'maxmemory'.\r\n"
	for _, policy := range []string{"noeviction", "volatile-lru", "volatile-ttl"} {
		s := limited(t, policy, 1)
		reply := ""
		for i := 0; i < 50_000 && reply != refused; i++ {
			reply = s.do("SET", fmt.Sprint("key:", i), fmt.Sprintf("%0200d", i))
		}
		assert.Equal(t, refused, reply, policy)
		assert.Zero(t, evicted(s))
		assert.Equal(t, ":1\r\n", s.do("DEL", "key:1"))
		assert.Equal(t, "$200\r\n"+fmt.Sprintf("%0200d", 2)+"\r\n", s.do("GET", "key:2"))
	}
}

func TestVolatilePoliciesSpareTheOthers(t *testing.T) {
	for _, share := range []int{2, 100} { // where few keys expire they are found all the same
		s := limited(t, "volatile-lru", 8)
		kept := 0
		for i := range 20_000 {
			if i%share == 0 {
				s.do("SET", fmt.Sprint("volatile:", i), fmt.Sprintf("%0200d", i), "EX", "1000")
			} else {
				s.do("SET", fmt.Sprint("kept:", i), fmt.Sprintf("%0200d", i))
				kept++
			}
		}
		limit := s.UsedMemory() - int64(10_000/share)*250
		s.do("CONFIG", "SET", "maxmemory", fmt.Sprint(limit))
		s.advance(time.Second)
		assert.Positive(t, evicted(s))
		left := 0
		for i := range 20_000 {
			if s.do("EXISTS", fmt.Sprint("kept:", i)) == ":1\r\n" {
				left++
			}
		}
		assert.Equal(t, kept, left)
	}
}

// TestEvictionTakesTheIdle: what was used lately, or often, stays; what expires first
// goes first.
func TestEvictionTakesTheIdle(t *testing.T) {
	f := func(policy string, prepare func(s *server, hot bool, key string)) {
		t.Helper()
		s := limited(t, policy, 16)
		for i := range 20_000 {
			s.do("SET", fmt.Sprint("key:", i), fmt.Sprintf("%0200d", i), "EX", "5000")
		}
		s.advance(20 * time.Second)
		for i := range 20_000 {
			prepare(s, i%2 == 0, fmt.Sprint("key:", i))
		}
		s.do("CONFIG", "SET", "maxmemory", fmt.Sprint(s.UsedMemory()-1_200_000))
		s.advance(time.Second)
		hot, cold := 0, 0
		for i := range 20_000 {
			if s.do("EXISTS", fmt.Sprint("key:", i)) == ":0\r\n" {
				if i%2 == 0 {
					hot++
				} else {
					cold++
				}
			}
		}
		// The process of the test has a heap of its own, which counts: more may have to
		// go than there is cold.
		assert.True(t, cold > 50*hot || cold > 9800, "%s: %d hot, %d cold", policy, hot, cold)
	}
	get := func(s *server, hot bool, key string) {
		if hot {
			s.do("GET", key)
		}
	}
	often := func(s *server, hot bool, key string) {
		for range 4 {
			get(s, hot, key)
		}
	}
	sooner := func(s *server, hot bool, key string) {
		if !hot {
			s.do("EXPIRE", key, "100")
		}
	}
	f("allkeys-lru", get)
	f("volatile-lru", get)
	f("allkeys-lfu", often)
	f("volatile-lfu", often)
	f("volatile-ttl", sooner)
}

func TestEvictionIsTold(t *testing.T) {
	journal := &recorder{}
	s := newServer(t, journal, "--maxmemory-policy", "allkeys-lru", "--notify-keyspace-events", "Ee")
	s.do("SET", "a", "1")
	watcher, listener := s.connect(), s.connect()
	watcher.do("WATCH", "a")
	watcher.do("MULTI")
	listener.do("SUBSCRIBE", "__keyevent@0__:evicted")
	journal.records = nil
	s.do("CONFIG", "SET", "maxmemory", "1")
	s.advance(200 * time.Millisecond)
	assert.Equal(t, "*-1\r\n", watcher.do("EXEC"))
	assert.Contains(t, string(listener.replies), "$1\r\na\r\n")
	assert.Contains(t, string(journal.records), "$3\r\nDEL\r\n$1\r\na\r\n")
	s.do("CONFIG", "SET", "maxmemory", "0")
}

// TestEvictionUnderASnapshot: what only the snapshot keeps is not counted, or all keys
// would go in vain.
func TestEvictionUnderASnapshot(t *testing.T) {
	s := limited(t, "allkeys-random", 8)
	for i := range 20_000 {
		s.do("SET", fmt.Sprint("key:", i), fmt.Sprintf("%0200d", i))
	}
	var snapshot *keyspace.Snapshot
	s.on(func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() })
	for i := range 40_000 {
		s.do("SET", fmt.Sprint("other:", i), fmt.Sprintf("%0200d", i))
	}
	assert.Greater(t, s.DBs()[0].Len(), 20_000)
	s.on(func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })
}

// tickingClock moves on at each look.
type tickingClock struct{ fakeClock }

func (c *tickingClock) NowNs() int64 {
	c.ns += 20_000
	return c.ns
}

// TestRoundsShareTheTime: when much has to go, the first request of a round makes room for as
// long as all of them may, and those behind it for a few keys each; what is left goes later.
func TestRoundsShareTheTime(t *testing.T) {
	s := newServerAt(t, &tickingClock{fakeClock{ns: 1}}, nil, "--maxmemory-policy", "allkeys-lru")
	for i := range 20_000 {
		s.do("SET", fmt.Sprint("key:", i), fmt.Sprintf("%0200d", i))
	}
	s.do("CONFIG", "SET", "maxmemory", fmt.Sprint(s.UsedMemory()-2<<20), "maxmemory-eviction-tenacity", "10")
	before := evicted(s)
	require.Less(t, before, int64(1000), "the limit is far away")
	const most = 500_000/20_000*8 + 8
	require.Equal(t, "+OK\r\n", s.client.hand("SET", "a", "1"))
	first := evicted(s) - before
	assert.Greater(t, first, int64(50))
	assert.LessOrEqual(t, first, int64(most))
	for range 20 {
		before = evicted(s)
		require.Equal(t, "+OK\r\n", s.client.hand("SET", "a", "1"), "it is not refused")
		assert.LessOrEqual(t, evicted(s)-before, int64(8))
		assert.Positive(t, evicted(s)-before)
	}
	s.settle()
	m := s.Memory()
	assert.LessOrEqual(t, m.Used-m.NotCounted, s.config.Values().MaxMemory, "and in the end there is room")
}

// TestNoEvictionWhileLoading: what is loaded beyond the limit goes afterwards, with a record.
func TestNoEvictionWhileLoading(t *testing.T) {
	s := newServer(t, nil, "--maxmemory-policy", "allkeys-lru")
	for i := range 1000 {
		s.do("SET", fmt.Sprint("key:", i), "value")
	}
	s.do("CONFIG", "SET", "maxmemory", "1")
	s.SetLoading(true)
	before := evicted(s)
	s.advance(time.Second)
	assert.Equal(t, before, evicted(s))
	s.SetLoading(false)
	s.advance(time.Second)
	assert.Zero(t, s.DBs()[0].Len())
	s.do("CONFIG", "SET", "maxmemory", "0")
}

// TestClockAhead: a key whose clock is ahead of the time by a moment is not the idlest of all.
func TestClockAhead(t *testing.T) {
	s := newServer(t, nil, "--maxmemory-policy", "allkeys-lru")
	s.do("SET", "a", "1")
	s.clock.ns = -2e9
	assert.Equal(t, ":0\r\n", s.do("OBJECT", "IDLETIME", "a"))
}

// BenchmarkEvict is a SET that has to evict a key, at a million keys.
func BenchmarkEvict(b *testing.B) {
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu", "volatile-ttl"} {
		b.Run(policy, func(b *testing.B) {
			s := newServerAt(b, realClock{time.Now()}, nil, "--maxmemory-policy", policy, "--enable-debug-command", "yes")
			for i := range 1_000_000 {
				s.do("SET", fmt.Sprint("key:", i), "value", "EX", "10000")
			}
			s.do("CONFIG", "SET", "maxmemory", fmt.Sprint(s.UsedMemory()))
			random := rand.New(rand.NewSource(1))
			b.ResetTimer()
			for range b.N {
				s.do("SET", fmt.Sprint("new:", random.Int63()), "value", "EX", "10000")
			}
			b.StopTimer()
			b.ReportMetric(float64(evicted(s))/float64(b.N), "evicted/op")
		})
	}
}
