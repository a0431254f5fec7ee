package rdb

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/list"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/set"
	"solokv/keyspace/value/stream"
	"solokv/keyspace/value/zset"
)

// defaultLimits are those of the configuration.
var defaultLimits = Limits{ListSize: -2, HashEntries: 512, HashValueBytes: 64, SetInts: 512, SetEntries: 128,
	SetValueBytes: 64, ZSetEntries: 128, ZSetValueBytes: 64}

// loaded is a key as it was read.
type loaded struct {
	db         int64
	says       string
	encoding   string
	expireAtMs int64
	idle, freq int64
}

// loader reads files into texts.
type loader struct {
	t       testing.TB
	arena   *arena.Arena
	builder *Builder
	version int // how much streams say
	options ReadOptions

	db        int64
	key       *loaded
	name      string
	keys      map[string]*loaded // of databases other than 0 with the prefix "N/"
	functions []string
	aux       map[string]string
}

func newLoader(t testing.TB, limits Limits) *loader {
	a, err := arena.New(arena.Options{ReserveBytes: 16 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return &loader{t: t, arena: a, builder: NewBuilder(dict.NewEpochs(a), limits), version: VersionMax,
		options: ReadOptions{Checksum: true}, keys: map[string]*loaded{}, aux: map[string]string{}}
}

// read reads a file, which must be whole, and leaves nothing in the arena.
func (l *loader) read(file io.Reader) Result {
	l.t.Helper()
	result, err := Read(file, l.options, l.take)
	require.NoError(l.t, err)
	require.EqualValues(l.t, len(l.keys), result.Keys)
	require.Zero(l.t, l.arena.Used())
	return result
}

func (l *loader) take(p *Piece) error {
	switch p.Op {
	case OpDB:
		l.db = p.N
	case OpAux:
		l.aux[string(p.A)] = string(p.B)
	case OpFunction:
		l.functions = append(l.functions, string(p.A))
	case OpKey:
		l.name = string(p.A)
		if l.db != 0 {
			l.name = string(rune('0'+l.db)) + "/" + l.name
		}
		require.NotContains(l.t, l.keys, l.name)
		l.key = &loaded{db: l.db, expireAtMs: p.N, idle: p.M, freq: int64(p.Freq)}
	default:
		if err := l.builder.Add(p); err != nil {
			return err
		}
		if l.builder.Done() {
			v, err := l.builder.Value()
			require.NoError(l.t, err)
			l.key.says, l.key.encoding = says(v, l.version), encoding(v)
			free(v)
			l.keys[l.name] = l.key
		}
	}
	return nil
}

func free(v Value) {
	for v.Whole != nil && v.Whole.Drain(math.MaxInt) {
	}
}

// encoding is what OBJECT ENCODING says.
func encoding(v Value) string {
	switch {
	case v.Whole != nil:
		return v.Whole.Encoding()
	case value.IsString(v.Kind):
		return value.StringEncoding(v.Kind, v.Bytes)
	}
	return value.PackedEncoding(v.Kind)
}

// says is the text of a value: see say in redis_test.go.
func says(v Value, version int) string {
	switch v.Kind {
	case value.ListPacked:
		return saysListpack(v.Bytes)
	case value.List:
		return saysList(v.Whole.(*list.List))
	case value.HashPacked, value.HashPackedExpiry, value.Hash:
		return saysHash(v)
	case value.SetInts, value.SetPacked, value.Set:
		return inAnyOrder(members(v))
	case value.ZSetPacked:
		return saysZSet(zset.Packed(v.Bytes))
	case value.ZSet:
		return saysZSet(zset.Large(v.Whole.(*zset.ZSet)))
	case value.Stream:
		return saysStream(v.Whole.(*stream.Stream), version)
	}
	return string(value.AppendText(nil, v.Kind, v.Bytes))
}

func saysHash(v Value) string {
	h := hash.OfPacked(v.Kind, v.Bytes)
	if v.Kind == value.Hash {
		h = hash.OfLarge(v.Whole.(*hash.Large))
	}
	var texts []string
	h.Each(func(p hash.Place) bool {
		at := h.ExpireAt(p)
		if at == 0 {
			at = -1
		}
		field, text := h.Field(p), h.Value(p)
		texts = append(texts, saysField(string(field.Append(nil)), string(text.Append(nil)), at))
		return true
	})
	return inAnyOrder(texts)
}

func members(v Value) (texts []string) {
	switch v.Kind {
	case value.SetInts:
		for i := range intset.Len(v.Bytes) {
			texts = append(texts, strconv.FormatInt(intset.Get(v.Bytes, i), 10))
		}
	case value.SetPacked:
		for at, ok := listpack.First(v.Bytes); ok; at, ok = listpack.Next(v.Bytes, at) {
			texts = append(texts, string(listpack.Text(v.Bytes, at, nil)))
		}
	default:
		v.Whole.(*set.Set).Each(func(member []byte) bool {
			texts = append(texts, string(member))
			return true
		})
	}
	return texts
}

// shorterSamples are makeSamples without the string of a gigabyte.
func shorterSamples(t testing.TB, version int) []sample {
	m := newMaker(t)
	for i, text := range m.texts() {
		m.add(fmt.Sprintf("string:%d", i), stringOf(text), text)
	}
	m.add("12345", stringOf("a key that is a number"), "a key that is a number")
	m.add(strings.Repeat("long key ", 5000), stringOf("1"), "1")
	m.lists()
	m.sets()
	m.hashes()
	m.zsets()
	m.streams(version)
	if version >= VersionFields {
		m.expiringHashes()
	}
	return m.samples
}

// TestSamplesComeBack reads what is written, under limits that keep encodings and under such that change all.
func TestSamplesComeBack(t *testing.T) {
	huge := Limits{ListSize: -5, HashEntries: 30000, HashValueBytes: 2 << 20, SetInts: 30000, SetEntries: 30000,
		SetValueBytes: 2 << 20, ZSetEntries: 300, ZSetValueBytes: 2 << 20}
	f := func(version int, compress bool, limits Limits) {
		samples := shorterSamples(t, version)
		file := writeSamples(t, samples, WriteOptions{Version: version, Compress: compress, Checksum: true})
		l := newLoader(t, limits)
		l.version = version
		l.options.Size = int64(len(file))
		result := l.read(bytes.NewReader(file))
		require.Equal(t, version, result.Version)
		require.EqualValues(t, len(file), result.Bytes)
		require.Equal(t, "7.2.0", result.Aux.ServerVersion)
		require.Len(t, l.keys, 2*len(samples))
		for i, s := range samples {
			for _, prefix := range []string{"", "3/"} {
				k := l.keys[prefix+s.key]
				requireSays(t, s, k.says)
				at, idle := int64(-1), int64(-1)
				if i%3 == 0 {
					at, idle = farMs+int64(i), idleSeconds
				}
				require.Equal(t, at, k.expireAtMs)
				require.Equal(t, idle, k.idle)
				require.EqualValues(t, -1, k.freq)
			}
		}
	}
	f(VersionBase, true, defaultLimits)
	f(VersionActive, false, huge)
	f(VersionFields, true, tinyLimits)
	f(VersionFields, false, defaultLimits)
}

// TestSamplesAreRestored gives every sample's payload back.
func TestSamplesAreRestored(t *testing.T) {
	l := newLoader(t, defaultLimits)
	for _, s := range shorterSamples(t, VersionMax) {
		payload := AppendDump(nil, s.value, true)
		v, err := Restore(payload, l.builder, RestoreOptions{})
		require.NoError(t, err, s.key)
		requireSays(t, s, says(v, VersionMax))
		free(v)
		require.Zero(t, l.arena.Used())
	}
}
