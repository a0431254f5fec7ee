package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// fileOf is a file of a version with a body, ended and summed as it must be.
func fileOf(version int, body string) []byte {
	return ended(fmt.Appendf(nil, "REDIS%04d%s", version, body), version)
}

func ended(file []byte, version int) []byte {
	file = append(file, opEOF)
	if version >= versionChecksum {
		file = binary.LittleEndian.AppendUint64(file, crcUpdate(0, file))
	}
	return file
}

// pieces lists what a file is made of, one piece in a line.
func pieces(t testing.TB, file io.Reader, o ReadOptions) (lines []string, result Result, err error) {
	result, err = Read(file, o, func(p *Piece) error {
		lines = append(lines, describe(p))
		return nil
	})
	return lines, result, err
}

func describe(p *Piece) string {
	switch p.Op {
	case OpDB:
		return fmt.Sprintf("db %d about %d", p.N, p.M)
	case OpAux:
		return fmt.Sprintf("aux %q %q", p.A, p.B)
	case OpFunction:
		return fmt.Sprintf("function %q", p.A)
	case OpKey:
		return fmt.Sprintf("key %q expires %d idle %d freq %d", p.A, p.N, p.M, p.Freq)
	case OpText:
		return fmt.Sprintf("text %q", p.A)
	case OpPacked:
		return fmt.Sprintf("packed %d %q", p.Kind, p.A)
	case OpBegin:
		return fmt.Sprintf("begin %d of %d", p.Kind, p.N)
	case OpElement:
		return fmt.Sprintf("element %q", p.A)
	case OpFinish:
		return "finish"
	}
	return fmt.Sprintf("op %d", p.Op)
}

func TestRead(t *testing.T) {
	f := func(version int, body string, want ...string) {
		t.Helper()
		file := fileOf(version, body)
		for _, o := range []ReadOptions{{}, {Checksum: true, Size: int64(len(file))}} {
			for _, in := range []io.Reader{bytes.NewReader(file), iotest.OneByteReader(bytes.NewReader(file)),
				iotest.DataErrReader(bytes.NewReader(file))} {
				lines, result, err := pieces(t, in, o)
				require.NoError(t, err)
				require.Equal(t, want, lines)
				require.Equal(t, version, result.Version)
				require.EqualValues(t, len(file), result.Bytes)
			}
		}
	}
	key := func(name string) string { return fmt.Sprintf("key %q expires -1 idle -1 freq -1", name) }
	f(1, "")
	f(12, "\x00\x01k\x01v", key("k"), `text "v"`)
	f(4, "\x00\x01k\x01v", key("k"), `text "v"`)
	f(9, "\x00\xc0\x7f\xc0\x80", key("127"), `text "-128"`)
	f(9, "\x00\xc1\xff\x7f\xc1\x00\x80", key("32767"), `text "-32768"`)
	f(9, "\x00\xc2\xff\xff\xff\x7f\xc2\x00\x00\x00\x80", key("2147483647"), `text "-2147483648"`)
	f(9, "\x00\x40\x01k\x80\x00\x00\x00\x01v", key("k"), `text "v"`)
	f(9, "\x00\x00\x81\x00\x00\x00\x00\x00\x00\x00\x02vw", key(""), `text "vw"`)
	f(9, "\x00\x01k\xc3\x05\x0a\x01ab\xc0\x01", key("k"), `text "ababababab"`)
	f(9, "\xfc\x01\x00\x00\x00\x00\x00\x00\x00\xf9\x07\x00\x01k\x01v\x00\x01l\x01w",
		`key "k" expires 1 idle -1 freq 7`, `text "v"`, key("l"), `text "w"`)
	f(9, "\xfd\x02\x00\x00\x00\xf8\x41\x00\x00\x01k\x01v", `key "k" expires 2000 idle 256 freq -1`, `text "v"`)
	f(9, "\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x00\x01k\x01v", `key "k" expires 0 idle -1 freq -1`, `text "v"`)
	f(9, "\xfe\x05\xfb\x01\x00\x00\x01k\x01v", "db 5 about 0", "db 5 about 1", key("k"), `text "v"`)
	f(10, "\xf5\x04code\xfa\x01a\xc0\x05", `function "code"`, `aux "a" "5"`)
	f(12, "\xf4\x01\x02\x03\x00\x01k\x01v", key("k"), `text "v"`) // what belongs to a slot
	f(9, "\xf7\x81ABCDEFGH\x02\x02\x01\x05\x02\x07\x03abcd\x04abcdefgh\x05\x03abc\x00\x00\x01k\x01v",
		key("k"), `text "v"`) // what a module keeps
	f(9, "\x01\x01k\x02\x01a\xc0\x05", key("k"), "begin 9 of 2", `element "a"`, `element "5"`, "finish")
}

func TestReadFails(t *testing.T) {
	f := func(file []byte, want string) {
		t.Helper()
		for _, size := range []int64{0, int64(len(file))} {
			_, _, err := pieces(t, bytes.NewReader(file), ReadOptions{Checksum: true, Size: size})
			require.ErrorIs(t, err, ErrCorrupt)
			require.ErrorContains(t, err, want)
		}
	}
	f(nil, "unexpected EOF")
	f([]byte("REDIS"), "unexpected EOF")
	f([]byte("NOREDIS0000000"), "does not begin with REDIS")
	f(fileOf(13, ""), "version 13")
	f(fileOf(0, ""), "version 0")
	f([]byte("REDIS00x1\xff"), "not a number")
	f(ended([]byte("VALKEY081"), 81), "version 81")
	f(fileOf(9, "\xf3"), "at offset 10: the opcode or type 243")
	f(fileOf(9, "\x08\x01k"), "the opcode or type 8")
	f(fileOf(9, "\x1a\x01k\x01v"), "the opcode or type 26")
	f(ended([]byte("VALKEY080\x18\x01k"), 80), "the opcode or type 24")
	f(fileOf(9, "\x07\x01k\x01v"), "module")
	f(fileOf(9, "\xf7\x01\x01"), "module")
	f(fileOf(9, "\xf7\x01\x02\x00\x09"), "unknown part 9")
	f(fileOf(9, "\xf6"), "before Redis 7.0")
	f(fileOf(9, "\xfe\x81\xff\xff\xff\xff\xff\xff\xff\xff"), "the database")
	f(fileOf(9, "\x00\xc4"), "a string that begins with the byte 0xc4")
	f(fileOf(9, "\x01\x01k\xc0"), "a length that begins with the byte 0xc0")
	f(fileOf(9, "\x00\xc3\x01\x40\x59\x00"), "compressed to 1")
	f(fileOf(9, "\x00\xc3\x02\x02\x05a"), "a compressed string is broken")
	f([]byte("REDIS0009\x00\x01k"), "unexpected EOF")
	f([]byte("REDIS0009\x00\x01k\x01v"), "unexpected EOF")
	f([]byte("REDIS0009\xff1234567"), "unexpected EOF")
	f([]byte("REDIS0009\x00\x81\x00\x00\x00\x01\x00\x00\x00\x00"), "a string of 4294967296 bytes")

	good := fileOf(9, "\x00\x01k\x01v")
	for at := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[at] ^= 1 << bit
			_, result, err := pieces(t, bytes.NewReader(bad), ReadOptions{Checksum: true})
			if err == nil { // it has become a version without a checksum, which is now behind the file's end
				require.Less(t, result.Version, versionChecksum)
				require.Len(t, result.Rest, 8)
				continue
			}
			require.ErrorIs(t, err, ErrCorrupt, "byte %d bit %d", at, bit)
		}
		_, _, err := pieces(t, bytes.NewReader(good[:at]), ReadOptions{Checksum: true})
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
}

// TestAnnouncedSizesAreChecked: with the size known, an impossible length is named before anything is read for it.
func TestAnnouncedSizesAreChecked(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		file := fileOf(9, body)
		_, _, err := pieces(t, bytes.NewReader(file), ReadOptions{Size: int64(len(file))})
		require.ErrorContains(t, err, want)
		_, _, err = pieces(t, bytes.NewReader(file), ReadOptions{})
		require.ErrorIs(t, err, ErrCorrupt)
		require.NotContains(t, err.Error(), want)
	}
	f("\x00\x01k\x80\x7f\xff\xff\xff", "a string of 2147483647 bytes")
	f("\x01\x01k\x80\x7f\xff\xff\xff", "2147483647 elements")
	f("\x04\x01k\x80\x7f\xff\xff\xff", "2147483647 elements")
	f("\x0f\x01k\x80\x7f\xff\xff\xff", "2147483647 elements")
}

func TestChecksumIsOptional(t *testing.T) {
	file := fileOf(9, "\x00\x01k\x01v")
	wrong := bytes.Clone(file)
	wrong[len(wrong)-1]++
	_, _, err := pieces(t, bytes.NewReader(wrong), ReadOptions{Checksum: true})
	require.ErrorIs(t, err, errChecksum)
	_, _, err = pieces(t, bytes.NewReader(wrong), ReadOptions{})
	require.NoError(t, err)
	clear(wrong[len(wrong)-8:]) // it was written without
	_, _, err = pieces(t, bytes.NewReader(wrong), ReadOptions{Checksum: true})
	require.NoError(t, err)
}

// TestReadStopsAtTheEnd: what follows a file is given back.
func TestReadStopsAtTheEnd(t *testing.T) {
	long := strings.Repeat("*1\r\n$4\r\nPING\r\n", 50000)
	for _, body := range []string{"", "\x00\x01k\x01v", "\x00\x01k\x80\x00\x04\x00\x00" + strings.Repeat("v", 1<<18)} {
		for _, tail := range []string{"", "x", long} {
			file := fileOf(9, body)
			in := io.MultiReader(bytes.NewReader(file), strings.NewReader(tail))
			_, result, err := pieces(t, in, ReadOptions{Checksum: true, Size: int64(len(file) + len(tail))})
			require.NoError(t, err)
			require.EqualValues(t, len(file), result.Bytes)
			rest, err := io.ReadAll(io.MultiReader(bytes.NewReader(result.Rest), in))
			require.NoError(t, err)
			require.Equal(t, tail, string(rest))
		}
	}
}

// TestEmptyValuesAreSkipped: keys without elements, which Redis once wrote.
func TestEmptyValuesAreSkipped(t *testing.T) {
	const zip = "\x0b\x0b\x00\x00\x00\x0a\x00\x00\x00\x00\x00\xff"
	const pack = "\x07\x07\x00\x00\x00\x00\x00\xff"
	empties := []string{"\x01\x01e\x00", "\x02\x01e\x00", "\x03\x01e\x00", "\x04\x01e\x00", "\x05\x01e\x00",
		"\x09\x01e\x02\x00\xff", "\x0a\x01e" + zip, "\x0b\x01e\x08\x02\x00\x00\x00\x00\x00\x00\x00", "\x0c\x01e" + zip,
		"\x0d\x01e" + zip, "\x0e\x01e\x00", "\x0e\x01e\x01" + zip, "\x0e\x01e\x02" + zip + zip, "\x10\x01e" + pack,
		"\x11\x01e" + pack, "\x12\x01e\x00", "\x12\x01e\x01\x02" + pack, "\x12\x01e\x02\x02" + pack + "\x02" + pack,
		"\x14\x01e" + pack, "\x18\x01e12345678\x00", "\x19\x01e12345678" + pack}
	for _, empty := range empties {
		var skipped []string
		file := fileOf(12, "\xfc\x01\x00\x00\x00\x00\x00\x00\x00"+empty+"\x00\x01k\x01v")
		lines, result, err := pieces(t, bytes.NewReader(file), ReadOptions{Checksum: true,
			Empty: func(key []byte) { skipped = append(skipped, string(key)) }})
		require.NoError(t, err, "%q", empty)
		require.Equal(t, []string{`key "k" expires -1 idle -1 freq -1`, `text "v"`}, lines, "%q", empty)
		require.Equal(t, []string{"e"}, skipped)
		require.EqualValues(t, 1, result.Empty)
		require.EqualValues(t, 1, result.Keys)
	}
}

func TestAux(t *testing.T) {
	_, result, err := pieces(t, bytes.NewReader(fileOf(10, "")), ReadOptions{})
	require.NoError(t, err)
	require.Equal(t, Aux{ReplOffset: -1, ReplStreamDB: -1}, result.Aux)

	body := "\xfa\x09redis-ver\x057.2.0\xfa\x05ctime\xc2\x00\x00\x00\x40\xfa\x08used-mem\xc1\x00\x10" +
		"\xfa\x07repl-id\x02id\xfa\x0brepl-offset\xc0\x09\xfa\x0erepl-stream-db\xc0\x00" +
		"\xfa\x08aof-base\xc0\x01\xfa\x0caof-preamble\xc0\x01"
	_, result, err = pieces(t, bytes.NewReader(fileOf(10, body)), ReadOptions{})
	require.NoError(t, err)
	require.Equal(t, Aux{"7.2.0", 1 << 30, 4096, "id", 9, 0, true, true}, result.Aux)
}

func TestProgress(t *testing.T) {
	text := strings.Repeat("v", 5<<20)
	var body strings.Builder
	body.WriteString("\x00\x01k\x80\x00\x50\x00\x00" + text)
	for i := range 200_000 {
		fmt.Fprintf(&body, "\x00\x06%06d\x03abc", i)
	}
	file := fileOf(9, body.String())
	var told []int64
	_, _, err := pieces(t, bytes.NewReader(file), ReadOptions{Progress: func(n int64) { told = append(told, n) }})
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(told), 6)
	for i := 1; i < len(told); i++ {
		require.GreaterOrEqual(t, told[i]-told[i-1], int64(progressBytes))
		require.Less(t, told[i]-told[i-1], int64(3*progressBytes))
	}
	require.LessOrEqual(t, told[len(told)-1], int64(len(file)))
}

// TestErrorsOfOthers: those of the input and of emit come back as they are.
func TestErrorsOfOthers(t *testing.T) {
	broken := errors.New("broken")
	file := fileOf(9, "\x00\x01k\x01v\x01\x01l\x02\x01a\x01b")
	for n := range len(file) - 1 {
		in := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken))
		_, _, err := pieces(t, in, ReadOptions{})
		require.ErrorIs(t, err, broken)
		require.NotErrorIs(t, err, ErrCorrupt)
	}
	for n := range 8 {
		count := 0
		_, err := Read(bytes.NewReader(file), ReadOptions{}, func(*Piece) error {
			if count++; count > n {
				return broken
			}
			return nil
		})
		if n < 7 {
			require.Equal(t, broken, err)
			require.Equal(t, n+1, count, "there is no piece behind an error")
		} else {
			require.NoError(t, err)
		}
	}
}
