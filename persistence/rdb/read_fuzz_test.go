package rdb

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// The fuzzers give what is almost a file, or a payload, to the readers. Whatever the bytes: no panic, an error that
// wraps ErrCorrupt or values that survive being written and read once more, memory in proportion to the bytes, and
// nothing left in the arena.

// What one byte may cost at most: compressed, it stands for 88, of which two are a member of a large set.
const (
	memoryPerByte = 88 * 64
	memoryAlways  = 4 << 20
)

// tinyLimits make everything large.
var tinyLimits = Limits{ListSize: 2, HashEntries: 1, HashValueBytes: 3, SetInts: 1, SetEntries: 1, SetValueBytes: 3,
	ZSetEntries: 1, ZSetValueBytes: 3}

func limitsOf(tiny bool) Limits {
	if tiny {
		return tinyLimits
	}
	return defaultLimits
}

// bounded calls f and looks at what it has allocated on the heap.
func bounded(t *testing.T, bytes int, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(memoryAlways+memoryPerByte*bytes))
}

// fuzzSeeds are small files and payloads with every type in them.
func fuzzSeeds(f testing.TB) (files, payloads [][]byte) {
	add := func(payload []byte) {
		payloads = append(payloads, payload)
		files = append(files, fileOf(VersionMax, string(payload[0])+"\x01k"+string(payload[1:len(payload)-trailerBytes])))
	}
	for _, s := range shorterSamples(f, VersionMax) {
		if payload := AppendDump(nil, s.value, true); len(payload) < 1000 {
			add(payload)
		}
	}
	files = append(files, fileOf(VersionBase, "\xfa\x05ctime\xc0\x05\xf5\x04code\xfe\x01\xfb\x02\x00\xfc12345678\xf9\x05\x00\x01k\x01v"+
		"\xfd1234\xf8\x05\x00\x01l\x01v\xf7\x01\x02\x02\x05\x01a\x03abcd\x00"))
	elements, _ := ziplistCases()
	zl := stringOfBytes(ziplistOf(false, elements[6:]...))
	for _, body := range []string{"\x0a" + zl, "\x0d" + zl, "\x0c" + stringOfBytes(ziplistOf(true, "\x01a", "\xf2")),
		"\x0e\x02" + zl + zl, "\x09\x08\x01\x01f\x02\x00vw\xff", "\x03\x02\x01a\xfe\x01b\x041e-7",
		"\x02\x03\xc0\x01\x01a\xc0\x02", "\x04\x02\x01f\x01v\x01g\x01w", "\x05\x01\x01a\x00\x00\x00\x00\x00\x00\xf0\x3f",
		"\x01\x02\x01a\x01b", "\x12\x02\x01\x03big\x02" + listpackOf("a", "b"),
		"\x00\x81\x00\x00\x00\x01\x00\x00\x00\x00", "\x02\x80\x7f\xff\xff\xff", "\x00\xc3\x01\x80\xff\xff\xff\xff"} {
		add(payloadOf(body))
	}
	return files, payloads
}

func FuzzRead(f *testing.F) {
	files, _ := fuzzSeeds(f)
	for i, file := range files {
		f.Add(file, byte(i))
		f.Add(file[:len(file)*2/3], byte(i))
	}
	l := newLoader(f, defaultLimits)
	f.Fuzz(func(t *testing.T, file []byte, how byte) {
		l.builder.SetLimits(limitsOf(how&1 != 0))
		o := ReadOptions{Checksum: how&2 != 0}
		if how&4 != 0 {
			o.Size = int64(len(file))
		}
		var peak int64
		bounded(t, len(file), func() {
			in := bytes.NewReader(file)
			take := func(p *Piece) error {
				err := ignoreKeys(l.builder, p)
				peak = max(peak, l.arena.Used())
				return err
			}
			var result Result
			var err error
			if how&8 != 0 {
				result, err = Read(iotest.HalfReader(in), o, take)
			} else {
				result, err = Read(in, o, take)
			}
			if err != nil {
				require.ErrorIs(t, err, ErrCorrupt)
			} else {
				require.LessOrEqual(t, result.Bytes+int64(len(result.Rest)), int64(len(file)))
			}
		})
		require.Less(t, peak, int64(memoryAlways+memoryPerByte*len(file)))
		l.builder.Reset()
		require.Zero(t, l.arena.Used())
	})
}

// ignoreKeys builds each value and frees it.
func ignoreKeys(b *Builder, p *Piece) error {
	if p.Op < OpText {
		return nil
	}
	if err := b.Add(p); err != nil || !b.Done() {
		return err
	}
	v, err := b.Value()
	free(v)
	return err
}

func FuzzRestore(f *testing.F) {
	_, payloads := fuzzSeeds(f)
	for _, payload := range payloads {
		f.Add(payload, false)
		f.Add(payload, true)
	}
	l := newLoader(f, defaultLimits)
	f.Fuzz(func(t *testing.T, payload []byte, tiny bool) {
		l.builder.SetLimits(limitsOf(tiny))
		var v Value
		var err error
		bounded(t, len(payload), func() { v, err = Restore(payload, l.builder, RestoreOptions{SkipChecksum: true}) })
		require.Less(t, l.arena.Used(), int64(memoryAlways+memoryPerByte*len(payload)))
		if err != nil {
			require.True(t, errors.Is(err, ErrPayload) || errors.Is(err, ErrCorrupt), "%v", err)
			require.Zero(t, l.arena.Used())
			return
		}
		want := says(v, VersionMax)
		dumped := AppendDump(nil, v, true)
		free(v)
		again, err := Restore(dumped, l.builder, RestoreOptions{})
		require.NoError(t, err)
		require.Equal(t, want, says(again, VersionMax))
		free(again)
		require.Zero(t, l.arena.Used())
	})
}
