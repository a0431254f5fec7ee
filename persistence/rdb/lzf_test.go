package rdb

import (
	"bytes"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// compressible is text of so many bytes that repeats itself in places.
func compressible(random *rand.Rand, n int) []byte {
	var b []byte
	for len(b) < n {
		switch random.Intn(4) {
		case 0:
			b = append(b, bytes.Repeat([]byte{byte(random.Intn(256))}, random.Intn(600))...)
		case 1:
			b = fmt.Appendf(b, "user:%d:name", random.Intn(1000))
		case 2:
			at := random.Intn(len(b) + 1)
			b = append(b, b[at:min(at+random.Intn(500), len(b))]...)
		default:
			b = append(b, byte(random.Intn(256)))
		}
	}
	return b[:n]
}

func roundTrip(t *testing.T, text []byte) (compressed []byte) {
	t.Helper()
	prefix := []byte("before")
	got := lzfCompress(bytes.Clone(prefix), text)
	if got == nil {
		return nil
	}
	require.Equal(t, prefix, got[:len(prefix)])
	compressed = got[len(prefix):]
	require.LessOrEqual(t, len(compressed), len(text)-4)
	back := make([]byte, len(text))
	require.NoError(t, lzfDecompress(back, compressed))
	require.True(t, bytes.Equal(text, back))
	return compressed
}

func TestLZF(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 500 {
		roundTrip(t, compressible(random, random.Intn(3000)))
	}
	require.NotNil(t, roundTrip(t, compressible(random, 1<<20)))
	require.Less(t, len(roundTrip(t, bytes.Repeat([]byte("x"), 10000))), 150)
	require.Len(t, roundTrip(t, []byte(strings.Repeat("abc", 20))), 4+3)
}

func TestLZFGivesUp(t *testing.T) {
	noise := make([]byte, 100000)
	rand.New(rand.NewSource(1)).Read(noise)
	require.Nil(t, lzfCompress(nil, noise))
	require.Nil(t, lzfCompress(nil, nil))
	require.Nil(t, lzfCompress(nil, []byte("aaaa")))
	require.Nil(t, lzfCompress(nil, []byte("abcdefghijklmnopqrstuvwxyz")))
}

// TestLZFBase lets the places be counted past the point where the table is cleared.
func TestLZFBase(t *testing.T) {
	m := &lzfMatcher{base: 1<<31 - 5}
	text := []byte(strings.Repeat("0123456789", 10))
	for range 3 {
		lzfMatchers.Put(m)
		require.NotNil(t, roundTrip(t, text))
	}
}

// TestLZFBroken: what an incomplete or foreign row of bytes must be found out by.
func TestLZFBroken(t *testing.T) {
	f := func(length int, compressed ...byte) {
		t.Helper()
		require.ErrorIs(t, lzfDecompress(make([]byte, length), compressed), ErrCorrupt)
	}
	f(1)                       // nothing there
	f(3, 2, 'a', 'b')          // text cut off
	f(2, 2, 'a', 'b', 'c')     // too long
	f(4, 2, 'a', 'b', 'c')     // too short
	f(4, 0, 'a', 0x20)         // no offset
	f(4, 0, 'a', 0x20, 1)      // reaches before the start
	f(20, 0, 'a', 0xE0)        // no length
	f(20, 0, 'a', 0xE0, 1)     // no offset
	f(3, 0, 'a', 0x20, 0)      // a copy too long
	f(1, 0, 'a', 0xE0, 255, 0) // a copy much too long

	dst := make([]byte, 11)
	require.NoError(t, lzfDecompress(dst, []byte{0, 'a', 0xE0, 1, 0}))
	require.Equal(t, strings.Repeat("a", 11), string(dst))
}

func FuzzLZF(f *testing.F) {
	f.Add([]byte(strings.Repeat("abcabd", 9)))
	f.Fuzz(func(t *testing.T, text []byte) { roundTrip(t, text) })
}

func FuzzLZFDecompress(f *testing.F) {
	f.Add(30, []byte{2, 'a', 'b', 'c', 0xE0, 18, 2})
	f.Add(5, []byte{0, 'a', 0x40, 0})
	f.Fuzz(func(t *testing.T, length int, compressed []byte) {
		dst := make([]byte, uint(length)%(1<<16))
		if err := lzfDecompress(dst, compressed); err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
		}
	})
}

func BenchmarkLZF(b *testing.B) {
	text := compressible(rand.New(rand.NewSource(1)), 4096)
	noise := make([]byte, 4096)
	rand.New(rand.NewSource(1)).Read(noise)
	dst := make([]byte, 0, 4096)
	run := func(name string, text []byte) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				lzfCompress(dst, text)
			}
		})
	}
	run("compress", text)
	run("compress-noise", noise)
	run("compress-short", []byte(`{"id":1234567,"name":"somebody","name2":"somebody"}`))
	compressed, back := lzfCompress(nil, text), make([]byte, len(text))
	b.Run("decompress", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if err := lzfDecompress(back, compressed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
