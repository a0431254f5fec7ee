package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/keyspace/value/list"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/set"
	"solokv/keyspace/value/stream"
	"solokv/keyspace/value/zset"
)

func TestFile(t *testing.T) {
	var file bytes.Buffer
	w := NewWriter(&file, WriteOptions{Version: 11, Checksum: true})
	w.Header()
	w.Aux("ctime", "1700000000")
	w.Function([]byte("#!lua name=x"))
	w.Database(300, 70000, 5)
	require.NoError(t, w.Key(&Entry{Key: []byte("k"), Value: stringOf("-2"), ExpireAtMs: 0x010203, Access: Access{100, -1}}))
	require.NoError(t, w.Key(&Entry{Key: []byte("7"), Value: stringOf("text"), ExpireAtMs: -1, Access: Access{-1, 9}}))
	require.NoError(t, w.Close())

	want := "REDIS0011" +
		"\xfa\x05ctime\xc2\x00\xf1\x53\x65" +
		"\xf5\x0c#!lua name=x" +
		"\xfe\x41\x2c\xfb\x80\x00\x01\x11\x70\x05" +
		"\xfc\x03\x02\x01\x00\x00\x00\x00\x00\xf8\x40\x64\x00\x01k\xc0\xfe" +
		"\xf9\x09\x00\xc0\x07\x04text" +
		"\xff"
	want += string(binary.LittleEndian.AppendUint64(nil, crcUpdate(0, []byte(want))))
	require.Equal(t, want, file.String())
}

func TestLengths(t *testing.T) {
	f := func(n uint64, want string) {
		t.Helper()
		o := output{full: 1 << 20}
		o.length(n)
		require.Equal(t, want, string(o.buf))
	}
	f(0, "\x00")
	f(63, "\x3f")
	f(64, "\x40\x40")
	f(16383, "\x7f\xff")
	f(16384, "\x80\x00\x00\x40\x00")
	f(1<<32-1, "\x80\xff\xff\xff\xff")
	f(1<<32, "\x81\x00\x00\x00\x01\x00\x00\x00\x00")
	f(1<<64-1, "\x81\xff\xff\xff\xff\xff\xff\xff\xff")
}

// failing takes some bytes and then no more.
type failing struct{ room int }

var errFull = errors.New("no space left")

func (f *failing) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// TestErrorsStay: after the first one nothing is written, and everybody is told.
func TestErrorsStay(t *testing.T) {
	for _, s := range makeSamples(t, VersionMax) {
		to := &failing{room: pieceBytes}
		w := NewWriter(to, WriteOptions{Version: VersionMax})
		w.Header()
		e := Entry{Key: []byte(s.key), Value: s.value, ExpireAtMs: -1, Access: NoAccess}
		var err error
		for i := 0; err == nil && i < 1<<20; i++ {
			err = w.Key(&e)
		}
		require.ErrorIs(t, err, errFull)
		left := to.room
		require.ErrorIs(t, w.Key(&e), errFull)
		require.ErrorIs(t, w.Close(), errFull)
		require.Equal(t, left, to.room, "written after the error")
	}
}

func TestVersionsThatAreNotWritten(t *testing.T) {
	for _, version := range []int{0, 9, 13} {
		var file bytes.Buffer
		w := NewWriter(&file, WriteOptions{Version: version})
		w.Header()
		require.ErrorContains(t, w.Close(), fmt.Sprintf("version %d", version))
		require.Zero(t, file.Len())
	}
}

func TestVersionOf(t *testing.T) {
	m := newMaker(t)
	packed, large := hash.OfPacked(value.HashPacked, listpack.Empty()), hash.NewLarge(m.epochs)
	of := func(want int, v Value) {
		t.Helper()
		require.Equal(t, want, VersionOf(v))
		require.Equal(t, want, int(binary.LittleEndian.Uint16(AppendDump(nil, v, true)[len(AppendDump(nil, v, true))-10:])))
	}
	packed.Insert([]byte("a"), []byte("b"), 0)
	large.Insert([]byte("a"), []byte("b"), 0)
	of(10, Value{Kind: packed.Kind(), Bytes: packed.Packed()})
	of(10, Value{Kind: value.Hash, Whole: large})
	packed.Insert([]byte("c"), []byte("d"), 5)
	large.Insert([]byte("c"), []byte("d"), 5)
	of(12, Value{Kind: packed.Kind(), Bytes: packed.Packed()})
	of(12, Value{Kind: value.Hash, Whole: large})
	packed.Expire(6, 1, func([]byte) {})
	view := hash.OfLarge(large)
	view.Expire(6, 1, func([]byte) {})
	of(10, Value{Kind: packed.Kind(), Bytes: packed.Packed()})
	of(10, Value{Kind: value.Hash, Whole: large})

	s := stream.New(m.epochs)
	g := s.AddGroup([]byte("g"), stream.Min, 0)
	g.AddConsumer([]byte("a"), 5, 5)
	of(10, Value{Kind: value.Stream, Whole: s})
	g.AddConsumer([]byte("b"), 5, stream.Unknown)
	of(11, Value{Kind: value.Stream, Whole: s})
	of(10, stringOf("x"))
}

// TestPiecesAreLarge: neither a large value nor many small ones make the buffer grow, and none is written in crumbs.
func TestPiecesAreLarge(t *testing.T) {
	m := newMaker(t)
	h := hash.NewLarge(m.epochs)
	for i := range 100000 {
		h.Insert(fmt.Append(nil, "field:", i), []byte("value"), 0)
	}
	var calls, bytes int
	w := NewWriter(writes(func(b []byte) { calls, bytes = calls+1, bytes+len(b) }), WriteOptions{Version: 10, Compress: true})
	room := cap(w.buf)
	w.Header()
	for range 3 {
		require.NoError(t, w.Key(&Entry{Key: []byte("h"), Value: Value{Kind: value.Hash, Whole: h}, ExpireAtMs: -1, Access: NoAccess}))
	}
	for i := range 100 {
		v := stringOf(strings.Repeat("z", i*700))
		require.NoError(t, w.Key(&Entry{Key: []byte("s"), Value: v, ExpireAtMs: -1, Access: NoAccess}))
	}
	require.NoError(t, w.Close())
	require.Equal(t, room, cap(w.buf))
	require.LessOrEqual(t, calls, bytes/pieceBytes+2)
}

type writes func(b []byte)

func (f writes) Write(b []byte) (int, error) { f(b); return len(b), nil }

func TestKeysAllocateNothing(t *testing.T) {
	samples := makeSamples(t, VersionMax)
	w := NewWriter(io.Discard, WriteOptions{Version: VersionMax, Compress: true, Checksum: true})
	key := []byte("key")
	write := func(s *sample) {
		e := Entry{Key: key, Value: s.value, ExpireAtMs: farMs, Access: NoAccess}
		if err := w.Key(&e); err != nil {
			t.Fatal(err)
		}
	}
	for i := range samples {
		if samples[i].value.Kind == value.Stream || len(samples[i].says) > lzfKeptMax {
			continue // names of groups; and a buffer that is not kept
		}
		write(&samples[i])
		require.Zero(t, testing.AllocsPerRun(3, func() { write(&samples[i]) }), "%.40s", samples[i].key)
	}
}

// TestFrozen writes what a view holds while the writer changes all of it: the file must be the same.
func TestFrozen(t *testing.T) {
	m := newMaker(t)
	m.lists()
	m.sets()
	m.hashes()
	m.zsets()
	m.streams(VersionMax)
	m.expiringHashes()
	o := WriteOptions{Version: VersionMax, Checksum: true}
	want := writeSamples(t, m.samples, o)
	m.epochs.OpenView(nil)
	forks := make([]value.Collection, len(m.samples))
	for i, s := range m.samples {
		if s.value.Whole != nil {
			forks[i] = s.value.Whole.Fork()
		}
	}
	done := make(chan []byte)
	go func() { done <- writeSamples(t, m.samples, o) }()
	for round := 0; ; round++ {
		select {
		case got := <-done:
			require.True(t, bytes.Equal(want, got), "the view has changed")
			require.NotZero(t, round)
			for _, fork := range forks {
				for fork != nil && fork.Drain(1000) {
					continue
				}
			}
			require.True(t, bytes.Equal(want, writeSamples(t, m.samples, o)), "the view has changed by draining")
			m.epochs.CloseView()
			return
		default:
			for _, fork := range forks {
				m.change(fork, round)
			}
		}
	}
}

// change makes some changes everywhere in a collection.
func (m *maker) change(c value.Collection, round int) {
	n := m.random.Intn(30000)
	name := fmt.Append(nil, n)
	switch c := c.(type) {
	case *list.List:
		if c.Len() > 10 {
			c.Set(n%c.Len(), name)
			c.Delete(n*7%c.Len(), 1)
		}
		c.Insert(n%(c.Len()+1), name)
	case *set.Set:
		c.Remove(fmt.Append(nil, "member:", n))
		c.Add(name)
	case *hash.Large:
		view := hash.OfLarge(c)
		for _, field := range [][]byte{fmt.Append(nil, "field:", n%500), fmt.Append(nil, "many:", n)} {
			if p, ok := view.Find(field); ok && n%2 == 0 {
				view.Set(p, name, int64(n%3)*farMs)
			} else if ok {
				view.Delete(p)
			}
		}
	case *zset.ZSet:
		c.Set(name, float64(round%1000))
		c.Delete(fmt.Append(nil, n/2))
	case *stream.Stream:
		m.changeStream(c, n, name)
	}
}

func (m *maker) changeStream(s *stream.Stream, n int, name []byte) {
	if id, ok := s.NextID(0); ok {
		s.Append(id, [][]byte{name, name}, stream.Limits{NodeBytes: 4096, NodeEntries: 100})
	}
	id := stream.ID{Ms: 1000 + uint64(n%1000), Seq: uint64(n % 3)}
	s.Delete(id)
	if g := s.Own([]byte("group")); g != nil {
		g.Ack(id)
		if c := g.OwnConsumer(fmt.Append(nil, "consumer:", n%5)); c != nil {
			g.Deliver(id, c, int64(n), 1)
			c.SeenMs++
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	key, v := []byte("key:1234567"), stringOf(`{"id":1234567,"name":"somebody"}`)
	run := func(name string, o WriteOptions, v Value) {
		b.Run(name, func(b *testing.B) {
			w := NewWriter(io.Discard, o)
			e := Entry{Key: key, Value: v, ExpireAtMs: -1, Access: NoAccess}
			for b.Loop() {
				w.Key(&e)
			}
			b.SetBytes(w.Bytes() / int64(b.N))
		})
	}
	run("string", WriteOptions{10, false, true}, v)
	run("string/compress", WriteOptions{10, true, true}, v)
	run("int", WriteOptions{10, true, true}, stringOf("1234567"))
	m := newMaker(b)
	z := zset.New(m.epochs)
	for i := range 1000 {
		z.Set(fmt.Append(nil, "member:", i), float64(i))
	}
	run("zset-1000", WriteOptions{10, true, true}, Value{Kind: value.ZSet, Whole: z})
}
