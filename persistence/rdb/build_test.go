package rdb

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/value"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/stream"
)

// build gives pieces to the builder and returns the value they make.
func (l *loader) build(pieces ...Piece) (Value, error) {
	l.t.Helper()
	for i := range pieces {
		require.False(l.t, l.builder.Done())
		if err := l.builder.Add(&pieces[i]); err != nil {
			require.ErrorIs(l.t, err, ErrCorrupt)
			require.Zero(l.t, l.arena.Used())
			return Value{}, err
		}
	}
	require.True(l.t, l.builder.Done())
	return l.builder.Value()
}

func element(text string) Piece { return Piece{Op: OpElement, A: []byte(text), N: -1} }
func pair(a, b string, at int64) Piece {
	return Piece{Op: OpElement, A: []byte(a), B: []byte(b), N: at}
}
func scored(a string, s float64) Piece   { return Piece{Op: OpElement, A: []byte(a), Score: s} }
func begin(kind value.Kind, n int) Piece { return Piece{Op: OpBegin, Kind: kind, N: int64(n)} }

var finish = Piece{Op: OpFinish}

func TestBuildStrings(t *testing.T) {
	l := newLoader(t, defaultLimits)
	f := func(text string, kind value.Kind, bytes int) {
		t.Helper()
		v, err := l.build(Piece{Op: OpText, A: []byte(text)})
		require.NoError(t, err)
		require.Equal(t, kind, v.Kind)
		require.Len(t, v.Bytes, bytes)
		require.Equal(t, text, says(v, 0))
		require.False(t, l.builder.Done())
	}
	f("", value.String, 0)
	f("007", value.String, 3)
	f("-128", value.StringInt, 1)
	f("300", value.StringInt, 2)
	f("-70000", value.StringInt, 4)
	f("9223372036854775807", value.StringInt, 8)
	f("9223372036854775808", value.String, 19)
}

// TestEncodings: what comes in elements is as small as the limits allow.
func TestEncodings(t *testing.T) {
	limits := Limits{ListSize: 3, HashEntries: 3, HashValueBytes: 5, SetInts: 4, SetEntries: 3, SetValueBytes: 5,
		ZSetEntries: 3, ZSetValueBytes: 5}
	l := newLoader(t, limits)
	f := func(kind value.Kind, announced int, want string, texts ...string) {
		t.Helper()
		pieces := []Piece{begin(kind, announced)}
		for i, text := range texts {
			p := element(text)
			p.B, p.Score = []byte("v"), float64(len(texts)-i)
			pieces = append(pieces, p)
		}
		v, err := l.build(append(pieces, finish)...)
		require.NoError(t, err)
		require.Equal(t, want, encoding(v))
		if kind == value.Set || kind == value.List {
			says := strings.Split(says(v, 0), "\n")
			require.ElementsMatch(t, texts, says)
		}
		free(v)
		require.Zero(t, l.arena.Used())
	}
	long, four := "longer", []string{"a", "b", "c", "d"}
	f(value.List, 1, "listpack", "a", "b", long)
	f(value.List, 1, "quicklist", four...)
	f(value.Hash, 1, "listpack", "a", "b", "c")
	f(value.Hash, 4, "hashtable", "a", "b", "c")
	f(value.Hash, 1, "hashtable", four...)
	f(value.Hash, 1, "hashtable", "a", long, "c")
	f(value.Set, 1, "intset", "1", "2", "3", "-4")
	f(value.Set, 5, "hashtable", "1", "2")
	f(value.Set, 1, "hashtable", "1", "2", "3", "4", "5")
	f(value.Set, 1, "listpack", "1", "2", "a")
	f(value.Set, 1, "listpack", "a", "1", "2")
	f(value.Set, 1, "hashtable", "1", "2", "3", "a")
	f(value.Set, 1, "hashtable", "123456", "a")
	f(value.Set, 1, "hashtable", "a", long)
	f(value.Set, 1, "hashtable", four...)
	f(value.ZSet, 1, "listpack", "a", "b", "c")
	f(value.ZSet, 4, "skiplist", "a", "b", "c")
	f(value.ZSet, 1, "skiplist", four...)
	f(value.ZSet, 1, "skiplist", "a", long)

	g := func(kind value.Kind, n int, want string) {
		t.Helper()
		packed := listpack.Empty()
		ints := intset.Empty()
		for i := range n * rowElements(kind) {
			packed = listpack.Append(packed, strconv.AppendInt(nil, int64(i), 10))
			ints, _ = intset.Add(ints, int64(i))
		}
		if kind == value.SetInts {
			packed = ints
		}
		v, err := l.build(Piece{Op: OpPacked, Kind: kind, A: packed})
		require.NoError(t, err)
		require.Equal(t, want, encoding(v))
		free(v)
	}
	for kind, large := range map[value.Kind]string{value.ListPacked: "quicklist", value.HashPacked: "hashtable",
		value.HashPackedExpiry: "hashtable", value.SetPacked: "hashtable", value.ZSetPacked: "skiplist"} {
		g(kind, 3, value.PackedEncoding(kind))
		g(kind, 4, large)
	}
	g(value.SetInts, 4, "intset")
	g(value.SetInts, 5, "hashtable")
}

// TestDuplicates are found in every form that a collection has on its way.
func TestDuplicates(t *testing.T) {
	l := newLoader(t, defaultLimits)
	f := func(kind value.Kind, announced, n int, twice string) {
		t.Helper()
		for _, last := range []bool{true, false} {
			pieces := []Piece{begin(kind, announced)}
			for i := range n {
				if !last && i == n-1 {
					pieces = append(pieces, element(twice))
				}
				pieces = append(pieces, element(fmt.Sprint("member", i)))
			}
			if last {
				pieces = append(pieces, element(twice))
			}
			_, err := l.build(append(pieces, finish)...)
			require.Equal(t, errTwice, err)
		}
	}
	for _, kind := range []value.Kind{value.Hash, value.Set, value.ZSet} {
		f(kind, 2, 2, "member0")
		f(kind, 2, 127, "member5")
		f(kind, 2, 128, "member5")
		f(kind, 2, 600, "member300")
		f(kind, 10000, 2, "member0")
	}
	ints := []Piece{begin(value.Set, 3), element("1"), element("2"), element("1")}
	_, err := l.build(ints...)
	require.Equal(t, errTwice, err)
	_, err = l.build(ints[0], ints[1], element("a"), ints[1], finish)
	require.Equal(t, errTwice, err)
	_, err = l.build(begin(value.Set, 9999), ints[1], ints[2], ints[1])
	require.Equal(t, errTwice, err)
}

func TestPiecesInTheWrongPlace(t *testing.T) {
	l := newLoader(t, defaultLimits)
	f := func(pieces ...Piece) {
		t.Helper()
		_, err := l.build(pieces...)
		require.Error(t, err)
	}
	f(Piece{Op: OpKey})
	f(element("a"))
	f(finish)
	f(begin(value.String, 1))
	f(Piece{Op: OpPacked, Kind: value.Hash, A: listpack.Empty()})
	for _, kind := range []value.Kind{value.List, value.Set, value.Hash, value.ZSet} {
		f(begin(kind, 1), finish)
		f(begin(kind, 100000), element("a"), Piece{Op: OpText})
		f(begin(kind, 100000), element("a"), begin(kind, 1))
		f(begin(kind, 1), element("a"), Piece{Op: OpStream})
	}
	f(begin(value.Set, 1), Piece{Op: OpNode, A: listpack.Empty()})
	f(begin(value.ZSet, 1), scored("a", math.NaN()))
	f(begin(value.ZSet, 10000), scored("a", math.NaN()))
	f(begin(value.Stream, 1), finish)
	f(begin(value.Stream, 1), element("a"))
	f(begin(value.Stream, 1), Piece{Op: OpGroup})
	f(begin(value.Stream, 1), Piece{Op: OpStream}, Piece{Op: OpStream})
	f(begin(value.Stream, 1), Piece{Op: OpStream}, Piece{Op: OpPending})
	f(begin(value.Stream, 1), Piece{Op: OpStream}, Piece{Op: OpGroup}, Piece{Op: OpOwned})
	f(begin(value.Stream, 1), Piece{Op: OpStream}, Piece{Op: OpGroup}, Piece{Op: OpConsumer}, Piece{Op: OpPending})
}

// TestReset frees what is half built.
func TestReset(t *testing.T) {
	l := newLoader(t, defaultLimits)
	for _, kind := range []value.Kind{value.List, value.Hash, value.Set, value.ZSet} {
		pieces := []Piece{begin(kind, 10000)}
		for i := range 5000 {
			pieces = append(pieces, element(fmt.Sprint(i)))
		}
		for i := range pieces {
			require.NoError(t, l.builder.Add(&pieces[i]))
		}
		require.NotZero(t, l.arena.Used())
		l.builder.Reset()
		require.Zero(t, l.arena.Used())

		v, err := l.build(append(pieces, finish)...)
		require.NoError(t, err)
		require.Equal(t, 5000, v.Whole.Len())
		free(v)
		require.Zero(t, l.arena.Used())

		for i := range pieces { // one that is whole and that nobody asks for
			require.NoError(t, l.builder.Add(&pieces[i]))
		}
		require.NoError(t, l.builder.Add(&finish))
		require.True(t, l.builder.Done())
		require.NoError(t, l.builder.Add(&Piece{Op: OpText}))
		require.Zero(t, l.arena.Used())
	}
}

// streamNode is a node with the entries 1000-0 and 1000-1.
func streamNode() string {
	lp := listpack.Empty()
	for _, n := range []int64{2, 0, 1} {
		lp = listpack.AppendInt(lp, n)
	}
	lp = listpack.AppendInt(listpack.Append(lp, []byte("f")), 0)
	for i := range int64(2) {
		lp = listpack.AppendInt(listpack.AppendInt(listpack.AppendInt(lp, 2), 0), i)
		lp = listpack.AppendInt(listpack.Append(lp, []byte("v")), 4)
	}
	return string(lp)
}

const rawMaster = "\x00\x00\x00\x00\x00\x00\x03\xe8\x00\x00\x00\x00\x00\x00\x00\x00"

// TestOldStreams: what the first versions do not say is worked out.
func TestOldStreams(t *testing.T) {
	nodes := "\x01\x10" + rawMaster + stringOfBytes(streamNode())
	const seen = "\x00\x68\xe5\xcf\x8b\x01\x00\x00"
	group := func(name string, last string) string { return "\x01" + name + last }
	body := nodes + "\x02\x43\xe8\x01" + // two entries, the last one is 1000-1
		"\x03" + group("a", "\x00\x00") + "\x00\x00" + group("b", "\x43\xe8\x00") + "\x00\x00" +
		group("c", "\x43\xe8\x01") + "\x01" + rawMaster + seen + "\x05" + "\x01\x01x" + seen + "\x01" + rawMaster
	k, err := valueOf(t, defaultLimits, typeStream1, body)
	require.NoError(t, err)
	const entries = "1000-0 \"f\" \"v\"\n1000-1 \"f\" \"v\"\n"
	require.Equal(t, "length 2 last 1000-1 first 1000-0 deleted 0-0 added 2\n"+entries+
		"group a last 0-0 read 0\ngroup b last 1000-0 read 1\ngroup c last 1000-1 read 2\n"+
		"1000-0 x 1700000000000 5\nconsumer x seen 1700000000000 pending 1 active 1700000000000\n", k.says)

	k, err = valueOf(t, defaultLimits, typeStream2, nodes+"\x02\x43\xe9\x00\x43\xe8\x00\x43\xe7\x09\x07"+
		"\x01"+group("g", "\x00\x00")+"\x81\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00")
	require.NoError(t, err)
	require.Equal(t, "length 2 last 1001-0 first 1000-0 deleted 999-9 added 7\n"+entries+"group g last 0-0 read -1\n", k.says)
}

func TestBrokenStreams(t *testing.T) {
	node := stringOfBytes(streamNode())
	f := func(body, want string) {
		t.Helper()
		_, err := valueOf(t, defaultLimits, typeStream1, body)
		require.ErrorContains(t, err, want)
	}
	nodes := "\x01\x10" + rawMaster + node
	f("\x01\x0f"+rawMaster[1:]+node+"\x02\x43\xe8\x01\x00", "whose ID has 15 bytes")
	f("\x02\x10"+rawMaster+node+"\x10"+rawMaster+node+"\x04\x43\xe8\x01\x00", "contradicts itself")
	f("\x01\x10"+rawMaster+"\x01x\x02\x43\xe8\x01\x00", "contradicts itself")
	f(nodes+"\x03\x43\xe8\x01\x00", "a stream of 2 entries that says it has 3")
	f("\x00\x01\x43\xe8\x01\x00", "a stream of 0 entries that says it has 1")
	f(nodes+"\x02\x43\xe8\x00\x00", "before its last entry")
	nodes += "\x02\x43\xe8\x01"
	f(nodes+"\x02\x01g\x00\x00\x00\x00\x01g\x00\x00\x00\x00", "a group of a stream twice")
	const pending, time = rawMaster + "12345678\x01", "12345678"
	f(nodes+"\x01\x01g\x00\x00\x02"+pending+pending+"\x00", "something pending twice")
	f(nodes+"\x01\x01g\x00\x00\x01"+pending+"\x00", "no consumer's")
	f(nodes+"\x02\x01g\x00\x00\x01"+pending+"\x00\x01h\x00\x00\x00\x00", "no consumer's")
	f(nodes+"\x01\x01g\x00\x00\x00\x02\x01c"+time+"\x00\x01c"+time+"\x00", "a consumer twice")
	f(nodes+"\x01\x01g\x00\x00\x00\x01\x01c"+time+"\x01"+rawMaster, "for two of them")
	f(nodes+"\x01\x01g\x00\x00\x01"+pending+"\x02\x01c"+time+"\x01"+rawMaster+"\x01d"+time+"\x01"+rawMaster, "for two of them")
	l := newLoader(t, defaultLimits)
	v, err := Restore(payloadOf(string(rune(typeStream1))+nodes+"\x00"), l.builder, RestoreOptions{})
	require.NoError(t, err)
	require.Equal(t, 2, v.Whole.(*stream.Stream).Len())
	free(v)
}

// TestFlippedBits gives every payload of the fuzzers back with one bit wrong.
func TestFlippedBits(t *testing.T) {
	_, payloads := fuzzSeeds(t)
	l := newLoader(t, defaultLimits)
	good := 0
	for _, payload := range payloads {
		for at := range len(payload) - trailerBytes {
			payload[at] ^= 1 << (at % 8)
			v, err := Restore(payload, l.builder, RestoreOptions{SkipChecksum: true})
			if err == nil {
				good++
				free(v)
			} else {
				require.ErrorIs(t, err, ErrCorrupt)
			}
			require.Zero(t, l.arena.Used())
			_, err = Restore(payload, l.builder, RestoreOptions{})
			require.ErrorIs(t, err, ErrPayload)
			payload[at] ^= 1 << (at % 8)
		}
		_, err := Restore(payload[:len(payload)-trailerBytes-1], l.builder, RestoreOptions{})
		require.Error(t, err)
	}
	require.NotZero(t, good)
}
