package rdb

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/keyspace/value/listpack"
)

const benchKeys = 1_000_000

// smallFile has many short strings; mixedFile has packed values, too.
func smallFile(b *testing.B) []byte { return benchFile(b, 1) }
func mixedFile(b *testing.B) []byte { return benchFile(b, 5) }

func benchFile(b *testing.B, kinds int) []byte {
	var file bytes.Buffer
	w := NewWriter(&file, WriteOptions{Version: VersionBase, Compress: true, Checksum: true})
	w.Header()
	w.Database(0, benchKeys, 0)
	pack := func(n int) []byte {
		lp := listpack.Empty()
		for i := range n {
			lp = listpack.Append(listpack.Append(lp, fmt.Append(nil, "field:", i)), fmt.Append(nil, i*i))
		}
		return lp
	}
	packed := pack(8)
	values := []Value{
		{Kind: value.String, Bytes: []byte("a value of thirty-two bytes, 32.")},
		{Kind: value.StringInt, Bytes: []byte{57, 48, 0, 0}},
		{Kind: value.HashPacked, Bytes: packed},
		{Kind: value.ListPacked, Bytes: packed},
		{Kind: value.SetPacked, Bytes: pack(1)},
	}
	var key []byte
	for i := range benchKeys {
		key = fmt.Appendf(key[:0], "key:%07d", i)
		require.NoError(b, w.Key(&Entry{Key: key, Value: values[i%kinds], ExpireAtMs: -1, Access: NoAccess}))
	}
	require.NoError(b, w.Close())
	return file.Bytes()
}

func benchmarkRead(b *testing.B, file []byte, checksum bool) {
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		keys := 0
		result, err := Read(bytes.NewReader(file), ReadOptions{Checksum: checksum, Size: int64(len(file))}, func(p *Piece) error {
			if p.Op == OpKey {
				keys++
			}
			return nil
		})
		require.NoError(b, err)
		require.EqualValues(b, keys, result.Keys)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchKeys, "ns/key")
}

func BenchmarkRead(b *testing.B) {
	b.Run("small", func(b *testing.B) { benchmarkRead(b, smallFile(b), true) })
	b.Run("small-unchecked", func(b *testing.B) { benchmarkRead(b, smallFile(b), false) })
	b.Run("mixed", func(b *testing.B) { benchmarkRead(b, mixedFile(b), true) })
}

// BenchmarkBuild reads and builds on one core: values of all kinds, and one hash of many fields.
func BenchmarkBuild(b *testing.B) {
	a, err := arena.New(arena.Options{})
	require.NoError(b, err)
	defer a.Close()
	epochs := dict.NewEpochs(a)
	builder := NewBuilder(epochs, defaultLimits)
	build := func(file []byte) {
		_, err := Read(bytes.NewReader(file), ReadOptions{Size: int64(len(file))}, func(p *Piece) error {
			if p.Op < OpText {
				return nil
			}
			if err := builder.Add(p); err != nil || !builder.Done() {
				return err
			}
			v, err := builder.Value()
			for v.Whole != nil && v.Whole.Drain(math.MaxInt) {
			}
			return err
		})
		require.NoError(b, err)
	}
	b.Run("mixed", func(b *testing.B) {
		file := mixedFile(b)
		for b.Loop() {
			build(file)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchKeys, "ns/key")
	})
	b.Run("hash", func(b *testing.B) {
		const fields = 1 << 17
		h := hash.NewLarge(epochs)
		for i := range fields {
			h.Insert(fmt.Appendf(nil, "field:%07d", i), []byte("a value"), 0)
		}
		var file bytes.Buffer
		w := NewWriter(&file, WriteOptions{Version: VersionBase})
		w.Header()
		require.NoError(b, w.Key(&Entry{Key: []byte("k"), Value: Value{Kind: value.Hash, Whole: h}, ExpireAtMs: -1, Access: NoAccess}))
		require.NoError(b, w.Close())
		for b.Loop() {
			build(file.Bytes())
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/fields, "ns/field")
	})
}
