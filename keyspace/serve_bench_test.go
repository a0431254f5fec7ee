package keyspace_test

import (
	"fmt"
	"math/rand"
	"testing"
	"time"

	"solokv/keyspace"
	"solokv/keyspace/command"
	"solokv/protocol"
)

// BenchmarkServePipelined is the writer's cost of a request in batches of 64, on
// keys in random order: what the loads that are issued ahead bring.
func BenchmarkServePipelined(b *testing.B) {
	for _, keys := range []int{100_000, 3_000_000} {
		s := populated(b, keys)
		for _, name := range []string{"GET", "SET"} {
			batches := pipelines(s, name, keys)
			for _, prefetch := range []bool{true, false} {
				measureBatches(b, s, fmt.Sprintf("%s/keys=%d/prefetch=%v", name, keys, prefetch), prefetch, batches)
			}
		}
	}
}

// BenchmarkServeUsers is what a check of a user's permissions costs: nothing where he may
// do everything, which is known beforehand.
func BenchmarkServeUsers(b *testing.B) {
	const keys = 100_000
	s := populated(b, keys)
	s.do("ACL", "SETUSER", "one", "on", "nopass", "+@all", "~key:*")
	s.do("ACL", "SETUSER", "many", "on", "nopass", "+@read", "~a*", "~b*", "%W~key:*", "%R~key:*", "(+@all ~c*)")
	batches := pipelines(s, "GET", keys)
	for _, user := range []string{"default", "one", "many"} {
		s.do("AUTH", user, "x")
		measureBatches(b, s, user, true, batches)
	}
}

// BenchmarkServeSampled is what HOTKEYS costs: batches of one request, of which some are
// sampled, or none.
func BenchmarkServeSampled(b *testing.B) {
	const keys = 100_000
	s := populated(b, keys)
	batches := prepared(s, func(random *rand.Rand) []byte {
		return protocol.AppendCommandStrings(nil, "GET", fmt.Sprint("key:", random.Intn(keys)))
	})
	for _, sampled := range []bool{true, false} {
		s.SetKeySampling(sampled)
		measureBatches(b, s, fmt.Sprintf("sampled=%v", sampled), true, batches)
	}
}

// BenchmarkServeElements is the same for elements of one large collection.
func BenchmarkServeElements(b *testing.B) {
	const elements = 100_000
	s := newServerAt(b, realClock{time.Now()}, nil)
	for i := range elements {
		name := fmt.Sprint("element:", i)
		s.do("HSET", "hash", name, "0123456789")
		s.do("SADD", "set", name)
		s.do("ZADD", "zset", fmt.Sprint(i), name)
	}
	for _, form := range [][]string{{"HGET", "hash", ""}, {"HSET", "hash", "", "abcdef0123"}, {"SADD", "set", ""},
		{"ZSCORE", "zset", ""}} {
		batches := prepared(s, func(random *rand.Rand) (input []byte) {
			for range pipelineLen {
				args := append([]string(nil), form...)
				args[2] = fmt.Sprint("element:", random.Intn(elements))
				input = protocol.AppendCommandStrings(input, args...)
			}
			return input
		})
		for _, prefetch := range []bool{true, false} {
			measureBatches(b, s, fmt.Sprintf("%s/prefetch=%v", form[0], prefetch), prefetch, batches)
		}
	}
}

// BenchmarkServeManyKeys is the same for one request of 64 keys: what Warm brings.
func BenchmarkServeManyKeys(b *testing.B) {
	const keys = 3_000_000
	s := populated(b, keys)
	for _, name := range []string{"MGET", "MSET"} {
		batches := manyKeys(s, name, keys)
		for _, prefetch := range []bool{true, false} {
			measureBatches(b, s, fmt.Sprintf("%s/prefetch=%v", name, prefetch), prefetch, batches)
		}
	}
}

func measureBatches(b *testing.B, s *server, name string, prefetch bool, batches []*keyspace.Batch) {
	b.Run(name, func(b *testing.B) {
		s.SetPrefetch(prefetch)
		defer s.SetPrefetch(true)
		var reply []byte // one for all batches, in the cache as in a server
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			batch := batches[i%len(batches)]
			requests, spans, data := batch.Requests, batch.Spans, batch.Data
			batch.Reset(s.client.session)
			batch.Requests, batch.Spans, batch.Data = requests, spans, data
			batch.Reply = reply[:0]
			s.client.replies = s.client.replies[:0]
			s.Serve(batch)
			reply = batch.Reply
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pipelineLen, "ns/key")
	})
}

const pipelineLen = 64

func populated(b *testing.B, keys int) *server {
	s := newServerAt(b, realClock{time.Now()}, nil, "--enable-debug-command", "yes")
	s.do("DEBUG", "POPULATE", fmt.Sprint(keys), "key", "32")
	return s
}

// pipelines prepares batches, enough that no cache holds what they touch.
func pipelines(s *server, name string, keys int) []*keyspace.Batch {
	return prepared(s, func(random *rand.Rand) (input []byte) {
		for range pipelineLen {
			args := []string{name, fmt.Sprint("key:", random.Intn(keys))}
			if name == "SET" {
				args = append(args, "0123456789abcdef0123456789abcdef")
			}
			input = protocol.AppendCommandStrings(input, args...)
		}
		return input
	})
}

// manyKeys is pipelines for one request with as many keys.
func manyKeys(s *server, name string, keys int) []*keyspace.Batch {
	return prepared(s, func(random *rand.Rand) []byte {
		args := []string{name}
		for range pipelineLen {
			args = append(args, fmt.Sprint("key:", random.Intn(keys)))
			if name == "MSET" {
				args = append(args, "0123456789abcdef0123456789abcdef")
			}
		}
		return protocol.AppendCommandStrings(nil, args...)
	})
}

func prepared(s *server, input func(*rand.Rand) []byte) []*keyspace.Batch {
	random := rand.New(rand.NewSource(1))
	batches := make([]*keyspace.Batch, 4000)
	for i := range batches {
		s.client.batch = keyspace.Batch{}
		batch := *s.client.prepare(input(random))
		batches[i] = &batch
	}
	return batches
}

// BenchmarkTableLookup is the search for a command by name, beside what a map
// with a lower-cased key would cost.
func BenchmarkTableLookup(b *testing.B) {
	names := [][]byte{[]byte("GET"), []byte("set"), []byte("EXPIRE"), []byte("HGETALL"), []byte("Incr"), []byte("PING")}
	b.Run("table", func(b *testing.B) {
		table := keyspace.NewTable(command.Table())
		for i := 0; b.Loop(); i++ {
			table.Lookup(names[i%len(names)])
		}
	})
	b.Run("map", func(b *testing.B) {
		table := map[string]*keyspace.Command{}
		for _, cmd := range command.Table() {
			table[cmd.Name] = cmd
		}
		found := 0
		for i := 0; b.Loop(); i++ {
			var lower [16]byte
			name := append(lower[:0], names[i%len(names)]...)
			for j, c := range name {
				if 'A' <= c && c <= 'Z' {
					name[j] = c + 'a' - 'A'
				}
			}
			if table[string(name)] != nil {
				found++
			}
		}
	})
}
