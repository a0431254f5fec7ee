package rdb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
)

// valueOf reads a file with one value, at once and as a payload, which must come to the same.
func valueOf(t testing.TB, limits Limits, kind byte, body string) (k *loaded, err error) {
	t.Helper()
	l := newLoader(t, limits)
	file := fileOf(VersionMax, string(kind)+"\x01k"+body)
	_, err = Read(bytes.NewReader(file), ReadOptions{Size: int64(len(file))}, l.take)
	l.builder.Reset()
	require.Zero(t, l.arena.Used())

	v, restoreErr := Restore(payloadOf(string(kind)+body), l.builder, RestoreOptions{})
	if err != nil {
		require.ErrorIs(t, err, ErrCorrupt)
		require.ErrorIs(t, restoreErr, ErrCorrupt)
		require.Zero(t, l.arena.Used())
		return nil, err
	}
	if restoreErr != nil {
		require.Empty(t, l.keys)
		require.Equal(t, errEmpty, restoreErr)
		return nil, errEmpty
	}
	require.Equal(t, l.keys["k"].says, says(v, VersionMax))
	require.Equal(t, l.keys["k"].encoding, encoding(v))
	free(v)
	require.Zero(t, l.arena.Used())
	return l.keys["k"], nil
}

// payloadOf is DUMP's.
func payloadOf(body string) []byte {
	payload := binary.LittleEndian.AppendUint16([]byte(body), VersionMax)
	return binary.LittleEndian.AppendUint64(payload, crcUpdate(0, payload))
}

// stringOfBytes is a string as it is stored.
func stringOfBytes(text string) string {
	return "\x80" + string(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) + text
}

// ziplistOf makes a ziplist of elements of which each is a head with what follows it.
func ziplistOf(wide bool, elements ...string) string {
	zl := make([]byte, ziplistHeader)
	last, before := ziplistHeader, 0
	for _, e := range elements {
		last = len(zl)
		if before >= ziplistLong || wide {
			zl = binary.LittleEndian.AppendUint32(append(zl, ziplistLong), uint32(before))
		} else {
			zl = append(zl, byte(before))
		}
		zl = append(zl, e...)
		before = len(zl) - last
	}
	zl = append(zl, ziplistEnd)
	binary.LittleEndian.PutUint32(zl, uint32(len(zl)))
	binary.LittleEndian.PutUint32(zl[4:], uint32(last))
	binary.LittleEndian.PutUint16(zl[8:], uint16(len(elements)))
	return string(zl)
}

// ziplistCases are elements in every form that there is, and their texts.
func ziplistCases() (elements, texts []string) {
	f := func(element, text string) {
		elements, texts = append(elements, element), append(texts, text)
	}
	f("\x00", "")
	f("\x03abc", "abc")
	f("\x3f"+strings.Repeat("m", 63), strings.Repeat("m", 63))
	f("\x40\x40"+strings.Repeat("n", 64), strings.Repeat("n", 64))
	f("\x7f\xff"+strings.Repeat("o", 16383), strings.Repeat("o", 16383))
	f("\x80\x00\x00\x40\x00"+strings.Repeat("p", 16384), strings.Repeat("p", 16384))
	for i := range 13 {
		f(string([]byte{0xF1 + byte(i)}), fmt.Sprint(i))
	}
	f("\xfe\x80", "-128")
	f("\xfe\x7f", "127")
	f("\xc0\x00\x80", "-32768")
	f("\xc0\xff\x7f", "32767")
	f("\xf0\x00\x00\x80", "-8388608")
	f("\xf0\xff\xff\x7f", "8388607")
	f("\xd0\x00\x00\x00\x80", "-2147483648")
	f("\xd0\xff\xff\xff\x7f", "2147483647")
	f("\xe0\x00\x00\x00\x00\x00\x00\x00\x80", "-9223372036854775808")
	f("\xe0\xff\xff\xff\xff\xff\xff\xff\x7f", "9223372036854775807")
	return elements, texts
}

func TestZiplists(t *testing.T) {
	elements, texts := ziplistCases()
	for _, wide := range []bool{false, true} {
		zl := ziplistOf(wide, elements...)
		uncounted := []byte(zl)
		uncounted[8], uncounted[9] = 0xFF, 0xFF
		for _, zl := range []string{zl, string(uncounted)} {
			list, err := valueOf(t, defaultLimits, typeListZiplist, stringOfBytes(zl))
			require.NoError(t, err)
			require.Equal(t, strings.Join(texts, "\n"), list.says)
			require.Equal(t, "quicklist", list.encoding, "it has more than 8 KB")

			nodes, err := valueOf(t, defaultLimits, typeQuicklist, "\x03"+
				stringOfBytes(zl)+stringOfBytes(ziplistOf(false))+stringOfBytes(zl))
			require.NoError(t, err)
			require.Equal(t, list.says+"\n"+list.says, nodes.says)
		}
	}
	small, err := valueOf(t, defaultLimits, typeQuicklist, "\x01"+stringOfBytes(ziplistOf(false, "\xf2", "\x01x")))
	require.NoError(t, err)
	require.Equal(t, &loaded{says: "1\nx", encoding: "listpack", expireAtMs: -1, idle: -1, freq: -1}, small)

	hash, err := valueOf(t, defaultLimits, typeHashZiplist, stringOfBytes(ziplistOf(false, "\x01f", "\xf2", "\xf3", "\x01v")))
	require.NoError(t, err)
	require.Equal(t, saysField("2", "v", -1)+"\n"+saysField("f", "1", -1), hash.says)
	require.Equal(t, "listpack", hash.encoding)

	zset, err := valueOf(t, defaultLimits, typeZSetZiplist, stringOfBytes(ziplistOf(false,
		"\x01b", "\x04-inf", "\x01a", "\x030.5", "\x01c", "\xf2")))
	require.NoError(t, err)
	require.Equal(t, "\"b\" -Inf\n\"a\" 0.5\n\"c\" 1", zset.says)
}

func TestBrokenZiplists(t *testing.T) {
	f := func(zl string) {
		t.Helper()
		_, err := valueOf(t, defaultLimits, typeListZiplist, stringOfBytes(zl))
		require.ErrorContains(t, err, "ziplist")
	}
	f("")
	f("\x0b\x00\x00\x00\x0a\x00\x00\x00\x00\x00\xfe")
	f(ziplistOf(false, "\x02a"))
	f(ziplistOf(false, "\x40"))
	f(ziplistOf(false, "\x80\x00\x00\x00"))
	f(ziplistOf(false, "\xc0\x00"))
	f(ziplistOf(false, "\xff"))
	f(ziplistOf(false, "\xc1\x00\x00"))
	good := ziplistOf(false, "\x01a", "\x01b")
	for _, at := range []int{0, 4, 8, 10, 13} { // lengths, the last one's offset, the count, what is before
		bad := []byte(good)
		bad[at] ^= 1
		f(string(bad))
	}
	_, err := valueOf(t, defaultLimits, typeHashZiplist, stringOfBytes(ziplistOf(false, "\x01a")))
	require.ErrorContains(t, err, "they go by 2")
	_, err = valueOf(t, defaultLimits, typeHashZiplist, stringOfBytes(ziplistOf(false, "\xf2", "\x01b", "\x011", "\x01c")))
	require.ErrorContains(t, err, "twice")
}

func TestZipmaps(t *testing.T) {
	long := strings.Repeat("v", 300)
	const head = "\x01f\x02\x00vw"
	f := func(zm, want string) {
		t.Helper()
		k, err := valueOf(t, defaultLimits, typeHashZipmap, stringOfBytes(zm))
		require.NoError(t, err)
		require.Equal(t, want, k.says)
	}
	f("\x01"+head+"\xff", saysField("f", "vw", -1))
	f("\xfe"+head+"\xff", saysField("f", "vw", -1))
	f("\x02"+head+"\x00\x01\x03v   \xff", saysField("", "v", -1)+"\n"+saysField("f", "vw", -1))
	f("\x01\xfe\x2c\x01\x00\x00"+long+"\xfe\x2c\x01\x00\x00\x00"+long+"\xff", saysField(long, long, -1))

	g := func(zm, want string) {
		t.Helper()
		_, err := valueOf(t, defaultLimits, typeHashZipmap, stringOfBytes(zm))
		require.ErrorContains(t, err, want)
	}
	g("", "zipmap")
	g("\x01", "zipmap")
	g("\x02"+head+"\xff", "zipmap")
	g("\x01"+head, "zipmap")
	g("\x01"+head+"\xff\xff", "zipmap")
	g("\x01\x01f\x03\x00vw\xff", "zipmap")
	g("\x01\x01f\x02\x02vw\xff", "zipmap")
	g("\x01\x01f\xff", "zipmap")
	g("\x01\xfe\xff\xff\xff\xffv\x01\x00v\xff", "zipmap")
	g("\x02"+head+head+"\xff", "twice")
}

// TestOldScores: sorted sets of before version 8 have their scores as text.
func TestOldScores(t *testing.T) {
	k, err := valueOf(t, defaultLimits, typeZSet, "\x05\x01a\xfe\x01b\xff\x01c\x012\x01d\x15-0.1000000000000001e1\x01e\x041e-7")
	require.NoError(t, err)
	require.Equal(t, "\"b\" -Inf\n\"d\" -1.000000000000001\n\"e\" 1e-07\n\"c\" 2\n\"a\" +Inf", k.says)
	for _, body := range []string{"\x01\x01a\xfd", "\x01\x01a\x00", "\x01\x01a\x01x", "\x01\x01a\x03nan"} {
		_, err := valueOf(t, defaultLimits, typeZSet, body)
		require.ErrorContains(t, err, "a score that is not a number")
	}
	nan := "\x01\x01a\x00\x00\x00\x00\x00\x00\xf8\x7f"
	_, err = valueOf(t, defaultLimits, typeZSet2, nan)
	require.ErrorContains(t, err, "a score that is not a number")
}

// listpackOf makes a listpack of texts; #5 is the text 5 and not the number.
func listpackOf(texts ...string) string {
	lp := listpack.Empty()
	for _, text := range texts {
		digits, asText := strings.CutPrefix(text, "#")
		if !asText {
			lp = listpack.Append(lp, []byte(text))
			continue
		}
		lp = listpack.Append(lp, []byte(strings.Repeat("x", len(digits))))
		copy(lp[len(lp)-2-len(digits):], digits)
	}
	return stringOfBytes(string(lp))
}

func TestPacked(t *testing.T) {
	f := func(kind byte, body, want string) {
		t.Helper()
		k, err := valueOf(t, defaultLimits, kind, body)
		require.NoError(t, err)
		require.Equal(t, want, k.says)
	}
	f(typeHashListpack, listpackOf("f", "1", "g", "1"), "\"f\" \"1\" -1\n\"g\" \"1\" -1")
	f(typeSetListpack, listpackOf("#5", "6", "x", "#56"), "5\n56\n6\nx")
	f(typeZSetListpack, listpackOf("a", "1", "b", "1", "c", "1.5"), "\"a\" 1\n\"b\" 1\n\"c\" 1.5")
	f(typeZSetListpack, listpackOf("c", "inf", "b", "1", "a", "1", "d", "-1e999"),
		"\"d\" -Inf\n\"a\" 1\n\"b\" 1\n\"c\" +Inf") // in order only now
	f(typeHashPacked, "12345678"+listpackOf("f", "v", "9", "g", "w", "0"), "\"f\" \"v\" 9\n\"g\" \"w\" -1")
	f(typeHashPackedRC, listpackOf("f", "v", "0", "g", "w", "7", "h", "x", "5"), "\"f\" \"v\" -1\n\"g\" \"w\" 7\n\"h\" \"x\" 5")
	f(typeSetIntset, "\x0c\x02\x00\x00\x00\x02\x00\x00\x00\xff\xff\x05\x00", "-1\n5")

	g := func(kind byte, body, want string) {
		t.Helper()
		_, err := valueOf(t, defaultLimits, kind, body)
		require.ErrorContains(t, err, want)
	}
	g(typeHashListpack, listpackOf("f", "1", "g"), "they go by 2")
	g(typeHashListpack, listpackOf("f", "1", "f", "2"), "twice")
	g(typeSetListpack, listpackOf("5", "a", "#5"), "twice")
	g(typeSetListpack, listpackOf("#5", "a", "5"), "twice")
	g(typeZSetListpack, listpackOf("a", "1", "a", "2"), "twice")
	g(typeZSetListpack, listpackOf("a", "one"), "a score or a time")
	g(typeZSetListpack, listpackOf("a", "nan"), "a score or a time")
	g(typeHashPackedRC, listpackOf("f", "v", "x"), "a score or a time")
	g(typeHashPackedRC, listpackOf("f", "v", "-1"), "a score or a time")
	g(typeHashPackedRC, listpackOf("f", "v", "281474976710655"), "a score or a time")
	g(typeHashPackedRC, listpackOf("f", "v"), "they go by 3")
	g(typeSetIntset, "\x0c\x02\x00\x00\x00\x02\x00\x00\x00\x05\x00\x05\x00", "intset")
	g(typeQuicklist2, "\x01\x03\x01x", "a node of a list")
	g(typeQuicklist2, "\x01\x01\x00", "a node of a list")
	g(typeQuicklist2, "\x02\x02\x01x\x02\x01x", "not a listpack")
	g(typeSetListpack, "\x07\x07\x00\x00\x00\x00\x00\xfe", "a listpack that is not one")
}

func TestPlainNodes(t *testing.T) {
	k, err := valueOf(t, defaultLimits, typeQuicklist2, "\x03\x01\x03big\x02"+listpackOf("a", "b")+"\x01\x01c")
	require.NoError(t, err)
	require.Equal(t, "big\na\nb\nc", k.says)
	k, err = valueOf(t, defaultLimits, typeQuicklist2, "\x01\x01"+stringOfBytes(strings.Repeat("x", 9000)))
	require.NoError(t, err)
	require.Equal(t, "quicklist", k.encoding)
}

// TestFields has the bytes of Redis 8.0.6 and Valkey 9.1.2.
func TestFields(t *testing.T) {
	const base = "\x00\xd8\xc3\x2c\xbb\x03\x00\x00"
	want := "\"f1\" \"v1\" -1\n\"f2\" \"v2\" 4102444800000\n\"f3\" \"v3\" 4102444800500"
	f := func(kind byte, body string) {
		t.Helper()
		k, err := valueOf(t, defaultLimits, kind, body)
		require.NoError(t, err)
		require.Equal(t, want, k.says)
		require.Equal(t, "listpackex", k.encoding)
	}
	f(typeHashFields, base+"\x03\x41\xf5\x02f3\x02v3\x00\x02f1\x02v1\x01\x02f2\x02v2")
	f(typeHashFieldsRC, "\x03\x81\x00\x00\x03\xbb\x2c\xc3\xd9\xf4\x02f3\x02v3\x00\x02f1\x02v1\x81\x00\x00\x03\xbb\x2c\xc3\xd8\x00\x02f2\x02v2")
	f(typeHashPacked, base+"\x35\x35\x00\x00\x00\x09\x00\x82f2\x03\x82v2\x03\xf4\x00\xd8\xc3\x2c\xbb\x03\x00\x00\x09"+
		"\x82f3\x03\x82v3\x03\xf4\xf4\xd9\xc3\x2c\xbb\x03\x00\x00\x09\x82f1\x03\x82v1\x03\x00\x01\xff")

	valkey := ended([]byte("VALKEY080\x16\x02h1\x03\x02f1\x02v1\xff\xff\xff\xff\xff\xff\xff\xff\x02f2\x02v2"+base+
		"\x02f3\x02v3\xf4\xd9\xc3\x2c\xbb\x03\x00\x00"), versionValkey)
	l := newLoader(t, defaultLimits)
	require.Equal(t, versionValkey, l.read(bytes.NewReader(valkey)).Version)
	require.Equal(t, want, l.keys["h1"].says)

	g := func(body string) {
		t.Helper()
		_, err := valueOf(t, defaultLimits, typeHashFields, body)
		require.ErrorContains(t, err, "a field that expires at")
	}
	g(base + "\x01\x81\xff\xff\xff\xff\xff\xff\xff\xff\x01f\x01v")
	g(base + "\x01\x81\x00\x01\x00\x00\x00\x00\x00\x00\x01f\x01v")
	g("\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01f\x01v")
	g("\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x01f\x01v")
}

func TestRestore(t *testing.T) {
	l := newLoader(t, defaultLimits)
	good := payloadOf("\x00\x05hello")
	f := func(payload []byte, want error) {
		t.Helper()
		_, err := Restore(payload, l.builder, RestoreOptions{})
		require.ErrorIs(t, err, want)
	}
	v, err := Restore(good, l.builder, RestoreOptions{})
	require.NoError(t, err)
	require.Equal(t, Value{Kind: value.String, Bytes: []byte("hello")}, v)

	f(nil, ErrPayload)
	f(good[:10], ErrPayload)
	f(good[:len(good)-1], ErrPayload)
	newer := bytes.Clone(good)
	newer[len(newer)-10]++
	f(newer, ErrPayload)
	wrong := bytes.Clone(good)
	wrong[len(wrong)-1]++
	f(wrong, ErrPayload)
	_, err = Restore(wrong, l.builder, RestoreOptions{SkipChecksum: true})
	require.NoError(t, err)
	f(payloadOf("\x00\x05hello!"), ErrCorrupt)
	f(payloadOf("\x00\x06hello"), ErrCorrupt)
	f(payloadOf("\x01\x00"), ErrCorrupt)
	f(payloadOf("\xff"), ErrCorrupt)
	f(payloadOf("\x1a"), ErrCorrupt)
	_, err = l.builder.Value()
	require.ErrorIs(t, err, ErrCorrupt)
}
