package aof

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

var (
	set1 = command("SET", "k1", "v1")
	set2 = command("SET", "k2", "a\r\nb\x00")
	set3 = command("SET", "k3", strings.Repeat("x", 300))
)

func TestLoadOrderAndResult(t *testing.T) {
	m := newFolder(t, map[string]string{
		ManifestName(testName): "file base seq 1 type b\nfile gone seq 1 type h\nfile i1 seq 1 type i\nfile i2 seq 2 type i\n",
		"base":                 command("SELECT", "3") + set1,
		"i1":                   "",
		"i2":                   command("select", "12") + set2 + "#TS:1700000000\r\n#other\n" + set3,
	})
	var last, total int64
	records, result, err := load(m, func(o *LoadOptions) {
		o.Progress = func(done, all int64) { last, total = done, all }
	})
	require.NoError(t, err)
	require.Equal(t, []string{"SELECT 3", "SET k1 v1", "select 12", "SET k2 a\r\nb\x00",
		"SET k3 " + strings.Repeat("x", 300)}, records)
	require.Equal(t, int64(5), result.Commands)
	require.Equal(t, 12, result.DB)
	require.Equal(t, []string{"base", "i1", "i2"}, []string{result.Files[0].Name, result.Files[1].Name, result.Files[2].Name})
	require.Equal(t, total, result.Bytes)
	require.Equal(t, total, last)
	require.Zero(t, result.CutBytes)
}

// TestTornAnywhere cuts a file at every byte: what is loaded is what is whole, and the file is left so.
func TestTornAnywhere(t *testing.T) {
	pieces := []string{set1, "#TS:1700000000\r\n", set2, chunked(set1, "#TS:1700000000\r\n", set2)[len(set1+set2)+16:],
		command("MULTI") + command("INCR", "a") + "#TS:1700000001\r\n" + command("INCR", "b") + command("EXEC"), set3}
	wants := []int{1, 0, 1, 0, 4, 1}
	full := strings.Join(pieces, "")
	all, _, err := load(incrOnly(t, full), nil)
	require.NoError(t, err)
	require.Len(t, all, 7)

	for cut := 0; cut <= len(full); cut++ {
		whole, records := 0, 0
		for i, piece := range pieces {
			if whole+len(piece) > cut {
				break
			}
			whole += len(piece)
			records += wants[i]
		}
		f := func(tail string) {
			text := full[:cut] + tail
			m := incrOnly(t, text)
			got, result, err := load(m, nil)
			require.NoError(t, err, "cut at %d", cut)
			require.Equal(t, all[:records], append([]string{}, got...))
			require.Equal(t, int64(len(text)-whole), result.CutBytes)
			require.Equal(t, full[:whole], readFile(t, m, testIncr))
			if result.CutBytes > 0 {
				require.Equal(t, int64(whole), result.CutOffset)
			}

			_, _, err = load(incrOnly(t, text), func(o *LoadOptions) { o.Truncate = false })
			if whole == len(text) {
				require.NoError(t, err)
				return
			}
			var torn *TruncatedError
			require.ErrorAs(t, err, &torn)
			require.Equal(t, int64(whole), torn.Offset)
			require.ErrorContains(t, err, "Unexpected end of file reading the append only file")
		}
		f("")
		f("\x00")
		f(strings.Repeat("\x00", 5000))
	}
}

// TestBitFlips flips every bit of a file with checksums. It is found, in the right chunk; or it hit the last
// checksum line and all that was lost is that checksum. Nothing wrong is ever loaded.
func TestBitFlips(t *testing.T) {
	chunk1 := chunked(set1, command("MULTI"), set2, command("EXEC"))
	text := chunk1 + chunked(set1, set3)
	lastLine := len(chunk1) + len(set1+set3)
	records, _, err := load(incrOnly(t, text), nil)
	require.NoError(t, err)
	for at := range text {
		for bit := range 8 {
			flipped := []byte(text)
			flipped[at] ^= 1 << bit
			m := incrOnly(t, string(flipped))
			got, _, err := load(m, nil)
			if err == nil && at >= lastLine {
				require.Equal(t, records, got)
				continue
			}
			var damage *DamageError
			require.ErrorAs(t, err, &damage, "byte %d bit %d", at, bit)
			inSecond := at >= len(chunk1)
			require.Equal(t, inSecond, damage.Offset >= int64(len(chunk1)), "byte %d bit %d: the wrong chunk", at, bit)
			require.Equal(t, string(flipped), readFile(t, m, testIncr))
		}
	}
}

func TestDamage(t *testing.T) {
	f := func(name, text string, offset int, reason string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			m := incrOnly(t, text)
			requireDamage(t, m, testIncr, int64(offset), reason)
			require.Equal(t, text, readFile(t, m, testIncr))
		})
	}
	after := len(set1)
	f("garbage", set1+"!!!"+set2, after, "cannot begin with '!'")
	f("garbage at the end", set1+"SET a 1\r\n", after, "cannot begin")
	f("empty record", set1+"*0\r\n"+set2, after, "malformed")
	f("empty record before an annotation", set1+"*0\r\n#x\r\n", after, "malformed")
	f("leading zeros", set1+"*01\r\n$4\r\nPING\r\n"+set2, after, "malformed")
	f("wrong line end", set1+"*1\r\n$4\r\nPINGxx"+set2, after, "malformed")
	f("zeros in the middle", set1+strings.Repeat("\x00", 700)+set2, after, "cannot begin")
	f("zeros in a record", set1+"*1\r\n$4\r\nPI\x00\x00\x00\x00"+set2, after, "malformed")
	f("zeros behind garbage", set1+"x\x00\x00", after, "cannot begin")
	f("long annotation", set1+"#"+strings.Repeat("x", 1100)+"\r\n"+set2, after, "too long")
	f("length beyond the end", set1+"*1\r\n$400\r\nPING\r\n"+set2, after, "whole records follow, at byte 45")
	f("count beyond the end", set1+"*10\r\n$4\r\nPING\r\n"+set2, after, "malformed")
	f("length that swallows the checksum", chunked(set1)+"*1\r\n$400\r\nPING\r\n"+
		chunked("*1\r\n$400\r\nPING\r\n")[16:], len(chunked(set1)), "whole records follow")
	f("huge length", set1+"*1\r\n$4000000000\r\nPING\r\n"+set2, after, "whole records follow")
	f("huger length", set1+"*1\r\n$400000000000\r\nPING\r\n"+set2, after, "malformed")
	f("MULTI in MULTI", set1+command("MULTI")+command("multi"), after+len(command("MULTI")), "Unexpected MULTI")
	f("EXEC alone", set1+command("EXEC"), after, "Unexpected EXEC")
	f("lost checksum line", chunked(set1)[:after]+chunked(set2), 0, "a checksum of")
	f("checksum of another chunk", set1+chunked(set2)[len(set2):], 0, "a checksum of")
	f("malformed checksum line", set1+"#CRC:xx:1\r\n", after, "malformed")
}

// TestChunkBegins: a checksum for zero bytes starts anew behind text that nobody summed.
func TestChunkBegins(t *testing.T) {
	reset := string(appendChecksum(nil, 0, 0))
	text := chunked(set1) + set1 + reset + chunked(set1) + set1
	requireLoads(t, incrOnly(t, text), "SET k1 v1", "SET k1 v1", "SET k1 v1", "SET k1 v1")
}

func TestOnlyTheLastFileMayBeTorn(t *testing.T) {
	f := func(first, reason string) {
		t.Helper()
		m := newFolder(t, map[string]string{
			ManifestName(testName): "file i1 seq 1 type i\nfile i2 seq 2 type i\n",
			"i1":                   set1 + first,
			"i2":                   set2,
		})
		requireDamage(t, m, "i1", int64(len(set1)), reason)
		require.Equal(t, set1+first, readFile(t, m, "i1"))
	}
	f(set1[:9], "not the last file")
	f(command("MULTI")+set1, "not the last file")
	f("\x00\x00", "cannot begin")
}

func TestLoadErrors(t *testing.T) {
	boom := errors.New("boom")
	_, err := Load(LoadOptions{FS: incrOnly(t, set1+set2), Dir: testDir, Name: testName},
		func(args [][]byte) error {
			if string(args[1]) == "k2" {
				return boom
			}
			return nil
		})
	require.ErrorIs(t, err, boom)
	require.ErrorContains(t, err, fmt.Sprintf("at byte %d of %s", len(set1), testIncr))

	for _, op := range []fs.Op{fs.OpOpen, fs.OpRead, fs.OpTruncate, fs.OpSync} {
		failing := fs.NewFailing(incrOnly(t, set1+set2[:5]))
		failing.Inject(fs.Fault{Op: op, Name: testIncr, Err: unix.EIO})
		_, _, err := load(failing, nil)
		require.ErrorIs(t, err, unix.EIO, op)
		var damage *DamageError
		require.False(t, errors.As(err, &damage), "a disk that refuses is not damage")
	}
}

// fakeBase reads an RDB file of so many bytes.
func fakeBase(bytes int64) func(*LoadOptions) {
	return func(o *LoadOptions) {
		o.Base = func(src io.Reader, size int64) (int64, error) {
			read, err := io.CopyN(io.Discard, src, bytes)
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return read, err
		}
	}
}

func TestRDBBase(t *testing.T) {
	base := "REDIS0012 and so on"
	m := newFolder(t, map[string]string{
		ManifestName(testName): "file base.rdb seq 1 type b\nfile i1 seq 1 type i\n",
		"base.rdb":             base,
		"i1":                   set1,
	})
	_, _, err := load(m, func(o *LoadOptions) { o.Base = nil })
	require.ErrorIs(t, err, errNoBaseLoader)
	require.ErrorContains(t, err, "base.rdb")

	got, _, err := load(m, fakeBase(int64(len(base))))
	require.NoError(t, err)
	require.Equal(t, []string{"SET k1 v1"}, got)

	writeFile(t, m, "base.rdb", "VALKEY080 and so on")
	got, _, err = load(m, fakeBase(int64(len(base))))
	require.NoError(t, err)
	require.Equal(t, []string{"SET k1 v1"}, got)

	// An old single file: records follow the RDB part.
	m = newFolder(t, map[string]string{testName: base + set2 + set1[:7]})
	got, result, err := load(m, fakeBase(int64(len(base))))
	require.NoError(t, err)
	require.Equal(t, []string{"SET k2 a\r\nb\x00"}, got)
	require.Equal(t, int64(len(base+set2)), result.CutOffset)

	for _, claim := range []int64{-1, 0, 4, 1 << 20} {
		_, _, err = load(m, func(o *LoadOptions) {
			o.Base = func(io.Reader, int64) (int64, error) { return claim, nil }
		})
		require.ErrorContains(t, err, "claims")
	}
}

// TestBaseIsNeverRepaired: a base that is cut short or damaged is refused with the place, and left as it is, also
// where the increments behind it are empty.
func TestBaseIsNeverRepaired(t *testing.T) {
	f := func(name, text, wantFile, want string, offset int64) {
		t.Helper()
		m := newFolder(t, map[string]string{
			ManifestName(testName): "file " + name + " seq 1 type b\nfile i1 seq 1 type i\n",
			name:                   text,
			"i1":                   "",
		})
		_, _, err := load(m, fakeBase(20))
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, wantFile)
		var base *BaseError
		var damage *DamageError
		switch {
		case errors.As(err, &base):
			require.Equal(t, offset, base.Offset)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		default:
			require.ErrorAs(t, err, &damage)
			require.Equal(t, offset, damage.Offset)
		}
		require.Equal(t, text, readFile(t, m, name))
	}
	f("b.rdb", "RED", "b.rdb", "cut short", 3)
	f("b.rdb", "REDIS0010abc", "b.rdb", "cut short, near byte 12 of 12", 12)
	f("b.aof", set1+set2[:9], "b.aof", "at byte 29: the file ends within a record", int64(len(set1)))
	f("b.aof", set1+command("MULTI")+set2, "b.aof", "or a transaction", int64(len(set1)))
	f("b.aof", chunked(set1, set2)[1:], "b.aof", "at byte 0", 0)
}

// TestTailBeforeEmptyIncrement: a rotation whose manifest was saved although the journal never learned of it leaves an
// empty increment behind the one that was written on. See rotate.go.
func TestTailBeforeEmptyIncrement(t *testing.T) {
	folder := func(i3 string) *fs.Memory {
		return newFolder(t, map[string]string{
			ManifestName(testName): "file i1 seq 1 type i\nfile i2 seq 2 type i\nfile i3 seq 3 type i\n",
			"i1":                   set1 + set2[:9], "i2": "", "i3": i3,
		})
	}
	m := folder("")
	result := requireLoads(t, m, "SET k1 v1")
	require.Equal(t, int64(len(set1)), result.CutOffset)
	requireDamage(t, folder(set3), "i1", int64(len(set1)), "not the last file")
}

// TestHugeLengthsAllocateNothing: what a length claims is compared to the file before memory is taken for it.
func TestHugeLengthsAllocateNothing(t *testing.T) {
	for _, text := range []string{
		"*3\r\n$4000000000\r\nab",
		"*2000000000\r\n$1\r\na\r\n",
		"*2\r\n$3\r\nSET\r\n$4294967000\r\n",
	} {
		m := incrOnly(t, set1+text)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		requireLoads(t, m, "SET k1 v1")
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
	}
}

// TestRecordsAcrossReads uses records of every size around the size of a read.
func TestRecordsAcrossReads(t *testing.T) {
	var text strings.Builder
	var want []string
	for i, size := range []int{readBytes - 40, 7, readBytes, 5, 3*readBytes + 1, 0, 100, readBytes / 2, readBytes / 2} {
		value := strings.Repeat(string(rune('a'+i)), size)
		text.WriteString(chunked(command("SET", "k", value)))
		want = append(want, "SET k "+value)
	}
	m := incrOnly(t, text.String())
	got, result, err := load(m, nil)
	require.NoError(t, err)
	require.True(t, strings.Join(want, "|") == strings.Join(got, "|"))
	require.Zero(t, result.CutBytes)
}
