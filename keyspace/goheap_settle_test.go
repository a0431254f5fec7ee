package keyspace

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestSettle: what collections find is followed when it has changed, and not when they differ.
func TestSettle(t *testing.T) {
	f := func(known, measured, want int64) {
		t.Helper()
		assert.Equal(t, want, settle(known, measured))
	}
	f(0, 1000, 1000) // the first one
	f(8<<20, 8<<20+heapNoiseBytes-1, 8<<20)
	f(8<<20, 8<<20-heapNoiseBytes+1, 8<<20)
	f(8<<20, 8<<20+heapNoiseBytes, 8<<20+heapNoiseBytes)
	f(8<<20, 8<<20-heapNoiseBytes, 8<<20-heapNoiseBytes)
}
