package aof

import (
	"bytes"
	"math/rand"
	"slices"
	"strconv"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	commands "solokv/keyspace/command"
	"solokv/keyspace/config"
	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/persistence/rdb"
)

// stillClock is a clock that stands still.
type stillClock struct{}

func (stillClock) NowMs() int64 { return 1700000000000 }
func (stillClock) NowNs() int64 { return 1 }

func newEngine(t *testing.T) *keyspace.Engine {
	t.Helper()
	engine, err := keyspace.New(keyspace.Options{
		Config: config.New(), Commands: commands.Table(), Clock: stillClock{}, Log: zerolog.Nop(),
		Random: rand.New(rand.NewSource(1)).Uint64, Shutdown: func() {},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, engine.Close()) })
	engine.Step()
	return engine
}

// replay lets an engine execute records. It is called on the goroutine of the engine's writer.
func replay(t *testing.T, engine *keyspace.Engine, records [][]string) {
	t.Helper()
	replayer := engine.NewReplayer()
	for _, record := range records {
		args := make([][]byte, len(record))
		for i, word := range record {
			args[i] = []byte(word)
		}
		require.NoError(t, replayer.Apply(args), "%.60q", record)
	}
}

// writeSnapshot writes what an engine's snapshot holds.
func writeSnapshot(to *bytes.Buffer, s *keyspace.Snapshot) error {
	w := NewRecordWriter(to)
	for db := range s.DBs() {
		if s.Len(db) == 0 {
			continue
		}
		w.Select(db)
		s.Each(db, func(item keyspace.FrozenItem) bool {
			return w.Key(&rdb.Entry{Key: item.Key, ExpireAtMs: int64(item.Expiry),
				Value: rdb.Value{Kind: item.Kind, Bytes: item.Value, Whole: item.Whole}}) == nil
		})
	}
	return w.Close()
}

// TestRecordsOfAnEngine replays the records of the samples, and writes the engine's data again, from a snapshot, while
// the engine takes everything apart. Both times the records say the same.
func TestRecordsOfAnEngine(t *testing.T) {
	samples := slices.DeleteFunc(makeSamples(t, true), func(s sample) bool {
		return string(s.entry.Key) == "zset:minus" // a packed set forgets the sign of zero
	})
	expired := newSampler(t) // it stays until its DEL, which a record behind the base may be
	expired.add("expired", stringValue("v"), "v")
	expired.samples[0].entry.ExpireAtMs = 1
	fields := hash.NewLarge(expired.epochs)
	fields.Insert([]byte("expired"), []byte("v"), 1)
	expired.add("hash:expired", rdb.Value{Kind: value.Hash, Whole: fields}, "expired", "v until 1")
	samples = append(samples, expired.samples...)

	var first, second bytes.Buffer
	writeEntries(t, &first, samples)
	records := splitRecords(t, first.Bytes())
	engine := newEngine(t)
	replay(t, engine, records)

	var snapshot *keyspace.Snapshot
	engine.Do(func(c *keyspace.Ctx) { snapshot = c.OpenSnapshot() })
	engine.Step()
	written := make(chan error, 1)
	go func() { written <- writeSnapshot(&second, snapshot) }()
	replay(t, engine, destruction(samples))
	require.NoError(t, <-written)
	engine.Do(func(c *keyspace.Ctx) { c.CloseSnapshot(snapshot) })
	engine.Step()

	again := splitRecords(t, second.Bytes())
	require.Equal(t, records[0], again[0], "SELECT")
	want, wantExpiry := holdings(t, records)
	got, gotExpiry := holdings(t, again)
	require.Equal(t, wantExpiry, gotExpiry)
	require.Len(t, got, len(want))
	for _, s := range samples {
		key, kind := string(s.entry.Key), s.entry.Value.Kind
		require.True(t, slices.Equal(inOrder(kind, want[key]), inOrder(kind, got[key])), "%.40q", key)
	}
}

// destruction is requests that change every value in many places, and delete it.
func destruction(samples []sample) (requests [][]string) {
	add := func(words ...string) { requests = append(requests, words) }
	add("SELECT", "3")
	for _, s := range samples {
		key := string(s.entry.Key)
		for i := range 100 {
			switch n := strconv.Itoa(i); value.TypeName(s.entry.Value.Kind) {
			case value.TypeString:
				add("APPEND", key, n)
			case value.TypeList:
				add("LPOP", key)
				add("RPUSH", key, n)
			case value.TypeSet:
				add("SADD", key, "other "+n)
				add("SREM", key, "member:"+n, n)
			case value.TypeZSet:
				add("ZINCRBY", key, "17", "many:"+n)
			case value.TypeHash:
				add("HSET", key, "many:"+n, "other", n, "other")
			case value.TypeStream:
				add("XDEL", key, strconv.Itoa(1000+i)+"-0")
				add("XTRIM", key, "MAXLEN", strconv.Itoa(3000-3*i))
			}
		}
		add("DEL", key)
	}
	return requests
}
