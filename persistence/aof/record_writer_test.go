package aof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/list"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/stream"
	"solokv/keyspace/value/zset"
	"solokv/persistence/rdb"
	"solokv/protocol"
)

// wholeRecords is an io.Writer that checks what RecordWriter promises of its calls.
type wholeRecords struct {
	t      *testing.T
	bytes  bytes.Buffer
	writes []int
}

func (w *wholeRecords) Write(p []byte) (int, error) {
	w.t.Helper()
	splitRecords(w.t, p)
	w.writes = append(w.writes, len(p))
	return w.bytes.Write(p)
}

// partRecords is a wholeRecords that also takes parts.
type partRecords struct {
	wholeRecords
	open    []byte // a record that was begun
	longest int    // the longest call
}

func (w *partRecords) WritePart(p []byte) (int, error) {
	w.open = append(w.open, p...)
	w.longest = max(w.longest, len(p))
	return len(p), nil
}

func (w *partRecords) Write(p []byte) (int, error) {
	if _, err := w.wholeRecords.Write(append(w.open, p...)); err != nil {
		return 0, err
	}
	w.open = w.open[:0]
	w.longest = max(w.longest, len(p))
	return len(p), nil
}

// splitRecords parses text that has to be whole records, each written the canonical way.
func splitRecords(t testing.TB, text []byte) (records [][]string) {
	t.Helper()
	parser := protocol.Parser{Limits: recordLimits}
	for len(text) > 0 {
		spans, status := parser.Next(text, nil)
		require.Equal(t, protocol.Complete, status, "%.100q", text)
		size := parser.Consumed()
		require.True(t, canonical(text[:size], spans), "%.100q", text)
		record := make([]string, len(spans))
		for i, span := range spans {
			record[i] = string(span.Of(text))
		}
		records = append(records, record)
		parser.Rebase(size)
		text = text[size:]
	}
	return records
}

func writeEntries(t testing.TB, to io.Writer, samples []sample) {
	t.Helper()
	w := NewRecordWriter(to)
	w.Select(3)
	for i := range samples {
		require.NoError(t, w.Key(&samples[i].entry), "%.40q", samples[i].entry.Key)
	}
	require.NoError(t, w.Close())
}

// TestRecordsOfSmallValues shows the records of each kind.
func TestRecordsOfSmallValues(t *testing.T) {
	m := newSampler(t)
	f := func(v rdb.Value, expireAtMs int64, want ...string) {
		t.Helper()
		to := &wholeRecords{t: t}
		writeEntries(t, to, []sample{{entry: rdb.Entry{Key: []byte("k"), Value: v, ExpireAtMs: expireAtMs}}})
		var got []string
		for _, record := range splitRecords(t, to.bytes.Bytes()) {
			got = append(got, strings.Join(record, " "))
		}
		require.Equal(t, append([]string{"SELECT 3"}, want...), got)
	}
	pack := func(texts ...string) []byte {
		lp := listpack.Empty()
		for _, text := range texts {
			lp = listpack.Append(lp, []byte(text))
		}
		return lp
	}

	f(stringValue("v"), -1, "SET k v")
	f(stringValue("-123456"), 0, "SET k -123456", "PEXPIREAT k 0")
	f(rdb.Value{Kind: value.StringEdited, Bytes: []byte("12")}, 17, "SET k 12", "PEXPIREAT k 17")
	f(rdb.Value{Kind: value.ListPacked, Bytes: pack("a", "12", "")}, 17, "RPUSH k a 12 ", "PEXPIREAT k 17")
	ints, _ := intset.Add(intset.Empty(), 5)
	ints, _ = intset.Add(ints, -5)
	f(rdb.Value{Kind: value.SetInts, Bytes: ints}, -1, "SADD k -5 5")
	f(rdb.Value{Kind: value.SetPacked, Bytes: pack("a", "1")}, -1, "SADD k a 1")
	packed := zset.PackedInsert(zset.PackedInsert(listpack.Empty(), []byte("12"), 0.1), []byte("m"), -3)
	f(rdb.Value{Kind: value.ZSetPacked, Bytes: packed}, -1, "ZADD k -3 m 0.10000000000000001 12")
	f(rdb.Value{Kind: value.HashPacked, Bytes: pack("f", "1", "2", "v")}, -1, "HSET k f 1 2 v")

	fields := hash.OfPacked(value.HashPacked, listpack.Empty())
	fields.Insert([]byte("stays"), []byte("1"), 0)
	fields.Insert([]byte("7"), []byte("2"), 99)
	f(rdb.Value{Kind: fields.Kind(), Bytes: fields.Packed()}, 50,
		"HSET k 7 2 stays 1", "HPEXPIREAT k 99 FIELDS 1 7", "PEXPIREAT k 50")

	s := stream.New(m.epochs)
	f(rdb.Value{Kind: value.Stream, Whole: s}, -1,
		"XADD k MAXLEN 0 0-1 x y", "XSETID k 0-0 ENTRIESADDED 0 MAXDELETEDID 0-0")
	for i := range uint64(4) {
		require.NoError(t, s.Append(stream.ID{Ms: 5, Seq: i}, [][]byte{[]byte("f"), fmt.Append(nil, i)}, stream.Limits{}))
	}
	s.Delete(stream.ID{Ms: 5, Seq: 3})
	s.AddGroup([]byte("alone"), stream.Min, stream.Unknown)
	g := s.AddGroup([]byte("group"), stream.ID{Ms: 5, Seq: 1}, 2)
	g.AddConsumer([]byte("idle"), 1, 1)
	c := g.AddConsumer([]byte("busy"), 1, 1)
	g.Deliver(stream.ID{Ms: 5, Seq: 1}, c, 1000, 3)
	begin := []string{"XADD k 5-0 f 0", "XADD k 5-1 f 1", "XADD k 5-2 f 2",
		"XSETID k 5-3 ENTRIESADDED 4 MAXDELETEDID 5-3"}
	groups := []string{"XGROUP CREATE k alone 0-0 ENTRIESREAD -1", "XGROUP CREATE k group 5-1 ENTRIESREAD 2"}
	end := []string{"XGROUP CREATECONSUMER k group idle",
		"XCLAIM k group busy 0 5-1 TIME 1000 RETRYCOUNT 3 JUSTID FORCE"}
	f(rdb.Value{Kind: value.Stream, Whole: s}, -1, slices.Concat(begin, groups, end)...)

	g.Deliver(stream.ID{Ms: 5, Seq: 3}, c, 1001, 1) // it is deleted
	missing := []string{"XADD k MAXLEN 0 0-1 x y", "XSETID k 0-0"}
	missing = append(missing, groups...)
	missing = append(missing, "XADD k 5-3 x y", "XCLAIM k group busy 0 5-3 TIME 1001 RETRYCOUNT 1 JUSTID FORCE",
		"XTRIM k MAXLEN 0", "XSETID k 0-0")
	f(rdb.Value{Kind: value.Stream, Whole: s}, -1, slices.Concat(missing, begin, end)...)

	s = stream.New(m.epochs) // counters that XSETID would refuse
	require.NoError(t, s.Append(stream.ID{Ms: 5}, [][]byte{[]byte("f"), []byte("v")}, stream.Limits{}))
	s.SetLastID(stream.ID{Ms: 1})
	s.SetMaxDeletedID(stream.ID{Ms: 9})
	s.SetAdded(0)
	f(rdb.Value{Kind: value.Stream, Whole: s}, -1, "XADD k 5-0 f v", "XSETID k 5-0 ENTRIESADDED 1 MAXDELETEDID 5-0")
}

// holdings collects what records say of each key: of a list the elements, of a set the members in order, of a sorted
// set scores and members, of a hash fields and values in order. It checks the limits of records on the way.
func holdings(t testing.TB, records [][]string) (holds map[string][]string, expireAtMs map[string]int64) {
	t.Helper()
	holds, expireAtMs = map[string][]string{}, map[string]int64{}
	fields := map[string]map[string]string{}
	for _, r := range records {
		if r[0] == "SELECT" {
			continue
		}
		key, args := r[1], r[2:]
		if r[0] == "XGROUP" {
			key = r[2]
		}
		items := len(args)
		switch r[0] {
		case "SET", "RPUSH", "SADD":
			holds[key] = append(holds[key], args...)
		case "ZADD":
			items /= 2
			holds[key] = append(holds[key], args...)
		case "HSET":
			items /= 2
			if fields[key] == nil {
				fields[key] = map[string]string{}
			}
			for i := 0; i < len(args); i += 2 {
				require.NotContains(t, fields[key], args[i])
				fields[key][args[i]] = args[i+1]
			}
		case "HPEXPIREAT":
			require.Equal(t, []string{"FIELDS", "1"}, args[1:3])
			require.Contains(t, fields[key], args[3])
			fields[key][args[3]] += " until " + args[0]
		case "PEXPIREAT":
			ms, err := strconv.ParseInt(args[0], 10, 64)
			require.NoError(t, err)
			expireAtMs[key] = ms
		default: // of a stream
			holds[key] = append(holds[key], strings.Join(r, " "))
			continue
		}
		require.LessOrEqual(t, items, runItemsMax)
		if text := strings.Join(args, ""); items > 1 {
			require.Less(t, len(text), runBytesMax, "%.40q", key)
		}
	}
	for key, pairs := range fields {
		for field, text := range pairs {
			holds[key] = append(holds[key], field, text)
		}
	}
	return holds, expireAtMs
}

// inOrder brings what has no order into one, pair by pair if it comes in pairs.
func inOrder(kind value.Kind, holds []string) []string {
	switch value.TypeName(kind) {
	case value.TypeSet:
		return slices.Sorted(slices.Values(holds))
	case value.TypeHash, value.TypeZSet:
		var pairs []string
		for pair := range slices.Chunk(holds, 2) {
			pairs = append(pairs, strings.Join(pair, "\x00"))
		}
		return slices.Sorted(slices.Values(pairs))
	}
	return holds
}

func requireHoldings(t testing.TB, samples []sample, text []byte) {
	t.Helper()
	holds, expireAtMs := holdings(t, splitRecords(t, text))
	require.Len(t, holds, len(samples))
	for _, s := range samples {
		key, kind := string(s.entry.Key), s.entry.Value.Kind
		if kind != value.Stream {
			want, got := inOrder(kind, s.holds), inOrder(kind, holds[key])
			require.True(t, slices.Equal(want, got), "%.40q", key)
		}
		at, expires := expireAtMs[key]
		require.Equal(t, s.entry.ExpireAtMs >= 0, expires)
		if expires {
			require.Equal(t, s.entry.ExpireAtMs, at)
		}
	}
}

func TestRecordsOfManyValues(t *testing.T) {
	samples := makeSamples(t, true)
	whole := &wholeRecords{t: t}
	writeEntries(t, whole, samples)
	requireHoldings(t, samples, whole.bytes.Bytes())
	for i, bytes := range whole.writes {
		require.True(t, bytes >= recordPieceBytes || i == len(whole.writes)-1)
	}

	parts := &partRecords{wholeRecords: wholeRecords{t: t}}
	writeEntries(t, parts, samples)
	require.Empty(t, parts.open)
	require.True(t, bytes.Equal(whole.bytes.Bytes(), parts.bytes.Bytes()), "parts make another text")
	require.Equal(t, longestBytes, parts.longest, "the longest text, as it lies in memory")
}

// TestRecordsNeedLittleMemory: the buffer does not grow with a collection, nor with long texts that go on in parts;
// where they do not, it shrinks again.
func TestRecordsNeedLittleMemory(t *testing.T) {
	samples := makeSamples(t, true)
	longKeys := func(s sample) bool { return len(s.entry.Key) > recordTextBytes }
	samples = slices.DeleteFunc(samples, longKeys)
	w := NewRecordWriter(&partRecords{wholeRecords: wholeRecords{t: t}})
	for i := range samples {
		require.NoError(t, w.Key(&samples[i].entry))
		require.Equal(t, recordBufferBytes, cap(w.buf), "%.40q", samples[i].entry.Key)
	}

	w = NewRecordWriter(io.Discard)
	huge := rdb.Entry{Key: []byte("k"), ExpireAtMs: -1,
		Value: rdb.Value{Kind: value.String, Bytes: make([]byte, 2*recordBufferBytesMax)}}
	require.NoError(t, w.Key(&huge))
	require.LessOrEqual(t, cap(w.buf), recordBufferBytesMax)
}

// TestRecordsFail: the first error stays, and nothing is written after it.
func TestRecordsFail(t *testing.T) {
	samples := makeSamples(t, true)
	broken := errors.New("broken")
	for writes := range 12 {
		to := &breaking{after: writes, err: broken}
		w := NewRecordWriter(to)
		w.Select(0)
		var err error
		for i := range samples {
			if err != nil {
				require.Equal(t, err, w.Key(&samples[i].entry))
				continue
			}
			err = w.Key(&samples[i].entry)
		}
		require.ErrorIs(t, w.Close(), broken)
		require.Equal(t, writes+1, to.calls)
		require.LessOrEqual(t, cap(w.buf), recordBufferBytesMax)
	}
	w := NewRecordWriter(shortWriter{})
	w.Select(0)
	require.ErrorIs(t, w.Close(), io.ErrShortWrite)
}

// breaking fails from a call on.
type breaking struct {
	calls, after int
	err          error
}

func (b *breaking) Write(p []byte) (int, error) {
	if b.calls++; b.calls > b.after {
		return 0, b.err
	}
	return len(p), nil
}

func (b *breaking) WritePart(p []byte) (int, error) { return b.Write(p) }

type shortWriter struct{}

func (shortWriter) Write(p []byte) (int, error) { return len(p) - 1, nil }

// TestRecordsAllocateNothing, neither for keys nor for elements.
func TestRecordsAllocateNothing(t *testing.T) {
	samples := makeSamples(t, true)
	w := NewRecordWriter(&discardParts{})
	for _, s := range samples {
		allocs := testing.AllocsPerRun(3, func() {
			if err := w.Key(&s.entry); err != nil {
				panic(err)
			}
		})
		require.Zero(t, allocs, "%.40q", s.entry.Key)
	}
}

type discardParts struct{}

func (*discardParts) Write(p []byte) (int, error)     { return len(p), nil }
func (*discardParts) WritePart(p []byte) (int, error) { return len(p), nil }

// TestRewriteWithRecords makes a base of records behind a journal, with checksums, and loads it.
func TestRewriteWithRecords(t *testing.T) {
	samples := makeSamples(t, true)
	m := newFolder(t, nil)
	j := openJournal(t, m, func(o *Options) { o.Policy = No })
	j.Append([]byte(command("SET", "obsolete", "1")))
	rewriteWithRecords(t, j, samples)
	j.Append([]byte(command("SELECT", "0") + command("SET", "later", "2")))
	require.NoError(t, j.Close())

	var records [][]string
	_, err := Load(LoadOptions{FS: m, Dir: testDir, Name: testName}, func(args [][]byte) error {
		record := make([]string, len(args))
		for i, arg := range args {
			record[i] = string(arg)
		}
		records = append(records, record)
		return nil
	})
	require.NoError(t, err)
	rest := len(records) - 2
	require.Equal(t, []string{"SET", "later", "2"}, records[rest+1])
	var text []byte
	for _, record := range records[:rest] {
		text = protocol.AppendCommandStrings(text, record...)
	}
	requireHoldings(t, samples, text)
	base := readFile(t, m, testName+".1.base.aof")
	require.Contains(t, base, "\r\n#CRC:")

	random := rand.New(rand.NewSource(1))
	for range 20 { // the checksums cover all of it
		flipped := []byte(base)
		flipped[random.Intn(len(base))] ^= 1
		writeFile(t, m, testName+".1.base.aof", string(flipped))
		_, _, err := load(m, nil)
		require.Error(t, err)
	}
}

func rewriteWithRecords(t *testing.T, j *Journal, samples []sample) {
	t.Helper()
	r, err := j.Rewrite(BaseAOF)
	require.NoError(t, err)
	require.NoError(t, r.Run(context.Background(), func(to io.Writer) error {
		_, takesParts := to.(PartWriter)
		require.True(t, takesParts)
		writeEntries(t, to, samples)
		return nil
	}))
}

// BenchmarkRecords writes small keys and a large collection.
func BenchmarkRecords(b *testing.B) {
	m := newSampler(b)
	large := list.New(m.epochs, list.LimitOf(-2))
	for i := range 100000 {
		large.PushTail(fmt.Append(nil, "element:", i))
	}
	entries := map[string]rdb.Entry{
		"string":  {Key: []byte("key:1234567"), Value: stringValue("value of 32 bytes, or nearly so"), ExpireAtMs: -1},
		"100krow": {Key: []byte("key:1234567"), Value: rdb.Value{Kind: value.List, Whole: large}, ExpireAtMs: -1},
	}
	for name, e := range entries {
		b.Run(name, func(b *testing.B) {
			w := NewRecordWriter(&discardParts{})
			b.ReportAllocs()
			for b.Loop() {
				_ = w.Key(&e)
			}
		})
	}
}
