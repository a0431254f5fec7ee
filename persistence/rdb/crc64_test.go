package rdb

import (
	"hash/crc64"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCRC(t *testing.T) {
	require.Equal(t, uint64(0xe9c6d914c4b8d9ca), crcUpdate(0, []byte("123456789")))
	require.Zero(t, crcUpdate(0, nil))
}

// TestCRCInParts compares with the standard library's, which inverts before and after, whatever the parts.
func TestCRCInParts(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	table := crc64.MakeTable(crcPolynomial)
	for range 200 {
		p := make([]byte, random.Intn(300))
		random.Read(p)
		cut := random.Intn(len(p) + 1)
		want := ^crc64.Update(^uint64(0), table, p)
		require.Equal(t, want, crcUpdate(0, p))
		require.Equal(t, want, crcUpdate(crcUpdate(0, p[:cut]), p[cut:]))
	}
}

func BenchmarkCRC(b *testing.B) {
	p := make([]byte, 256<<10)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		crcUpdate(0, p)
	}
}
