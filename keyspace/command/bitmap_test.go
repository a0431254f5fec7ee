package command

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

// requireNoAllocations checks that a request costs no allocation beyond those of
// this package's test client.
func requireNoAllocations(t *testing.T, s *server, args ...string) {
	t.Helper()
	input := protocol.AppendCommandStrings(nil, args...)
	idle := protocol.AppendCommandStrings(nil, "PING")
	run := func() {
		s.journal.records = s.journal.records[:0]
		s.client.send(input)
	}
	run()
	overhead := testing.AllocsPerRun(100, func() { s.client.send(idle) })
	require.LessOrEqual(t, testing.AllocsPerRun(100, run), overhead, "%q", args)
}

func TestBitmapsAllocateNothing(t *testing.T) {
	s := newServer(t)
	s.do("SETBIT", "k", "100000", "1")
	s.do("SETBIT", "l", "5000", "1")
	requireNoAllocations(t, s, "SETBIT", "k", "7", "1")
	requireNoAllocations(t, s, "GETBIT", "k", "7")
	requireNoAllocations(t, s, "BITCOUNT", "k")
	requireNoAllocations(t, s, "BITPOS", "k", "1")
	requireNoAllocations(t, s, "BITOP", "XOR", "d", "k", "l")
	requireNoAllocations(t, s, "BITFIELD", "k", "INCRBY", "u8", "#3", "1", "GET", "i5", "3")
}

// naiveBit is a bit of text, false behind its end.
func naiveBit(text []byte, i int64) bool {
	return i>>3 < int64(len(text)) && text[i>>3]>>(7-i&7)&1 == 1
}

func TestCountAndFindBits(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 3000 {
		text := make([]byte, 1+random.Intn(80))
		switch random.Intn(3) {
		case 0:
			random.Read(text)
		case 1:
			for i := range text {
				text[i] = 0xff
			}
		}
		text[random.Intn(len(text))] ^= byte(random.Intn(256))
		from := random.Int63n(int64(len(text)) * 8)
		to := from + random.Int63n(int64(len(text))*8-from+1)

		count, firstSet, firstClear := int64(0), to, to
		for i := to - 1; i >= from; i-- {
			if naiveBit(text, i) {
				count, firstSet = count+1, i
			} else {
				firstClear = i
			}
		}
		require.Equal(t, count, countBits(text, from, to), "%x %d %d", text, from, to)
		require.Equal(t, firstSet, findBit(text, true, from, to), "%x %d %d", text, from, to)
		require.Equal(t, firstClear, findBit(text, false, from, to), "%x %d %d", text, from, to)
	}
}

func TestBitOpBlocks(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for _, name := range []string{"AND", "OR", "XOR", "NOT"} {
		op, err := parseBitOperation([]byte(name))
		require.NoError(t, err)
		for range 20 {
			sources := make([][]byte, 1+random.Intn(4))
			if name == "NOT" {
				sources = sources[:1]
			}
			n := 0
			for i := range sources {
				sources[i] = make([]byte, random.Intn(3*bitOpBlock))
				random.Read(sources[i])
				n = max(n, len(sources[i]))
			}
			want := make([]byte, n)
			for i := range want {
				want[i] = naiveOp(name, sources, i)
			}
			got := make([]byte, n)
			bitOpBlocks(op, got, sources)
			require.Equal(t, want, got)
		}
	}
}

func naiveOp(name string, sources [][]byte, i int) (b byte) {
	for j, source := range sources {
		var other byte
		if i < len(source) {
			other = source[i]
		}
		switch {
		case j == 0:
			b = other
		case name == "AND":
			b &= other
		case name == "OR":
			b |= other
		case name == "XOR":
			b ^= other
		}
	}
	if name == "NOT" {
		return ^b
	}
	return b
}

func TestFields(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 5000 {
		typ := fieldType{signed: random.Intn(2) == 0, width: 1 + random.Intn(63)}
		text := make([]byte, 24)
		random.Read(text)
		offset := random.Int63n(int64(len(text)*8 - typ.width + 1))
		before := append([]byte(nil), text...)
		n := int64(random.Uint64())
		typ.put(text, offset, n)
		require.Equal(t, typ.wrap(n), typ.get(text, offset))
		for i := range int64(len(text) * 8) {
			if i < offset || i >= offset+int64(typ.width) {
				require.Equal(t, naiveBit(before, i), naiveBit(text, i))
			}
		}
	}
}

// FuzzBitField sends words that are nearly a BITFIELD: whatever they are, the
// engine replies once and well-formed, and what reads only changes nothing.
func FuzzBitField(f *testing.F) {
	f.Add("GET", "u8", "0", "", "")
	f.Add("SET", "i64", "#1", "-9223372036854775808", "GET")
	f.Add("OVERFLOW", "FAIL", "INCRBY", "u63", "7")
	f.Add("INCRBY", "i5", "100", "-5", "OVERFLOW")
	s := newServer(f, "--proto-max-bulk-len", "1048576")
	f.Fuzz(func(t *testing.T, a, b, c, d, e string) {
		words := []string{"BITFIELD", "k"}
		for _, word := range []string{a, b, c, d, e} {
			if word != "" {
				words = append(words, word)
			}
		}
		s.do("SET", "k", "some text of thirty-two bytes...")
		reply := s.do(words...)
		require.Contains(t, "*-", reply[:1])
		if reply[0] == '-' {
			require.Equal(t, "$32\r\nsome text of thirty-two bytes...\r\n", s.do("GET", "k"))
		}
	})
}

func BenchmarkBitmapWords(b *testing.B) {
	text, other := make([]byte, 1<<20), make([]byte, 1<<20)
	b.Run("Count", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			countBytes(text)
		}
	})
	b.Run("And", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			andBytes(text, other)
		}
	})
	b.Run("Find", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			findBit(text, true, 0, int64(len(text))*8)
		}
	})
}
