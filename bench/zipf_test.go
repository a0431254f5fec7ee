package main

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestZipf(t *testing.T) {
	z := newZipf(4, 1) // 1, 1/2, 1/3, 1/4: 12, 6, 4 and 3 of 25
	require.InDelta(t, 12.0/25, z.share(1), 1e-9)
	require.InDelta(t, 18.0/25, z.share(2), 1e-9)
	require.InDelta(t, 1, z.share(4), 1e-9)

	random := rand.New(rand.NewPCG(1, 2))
	const draws = 100_000
	var counts [4]int
	for range draws {
		counts[z.draw(random)]++
	}
	for i, want := range []float64{12, 6, 4, 3} {
		require.InDelta(t, want/25, float64(counts[i])/draws, 0.01, "number %d", i)
	}
}
