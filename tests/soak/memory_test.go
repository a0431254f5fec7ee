package soak

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// TestUsedMemory compares what the server says about its memory with what the system says, empty, full and emptied.
func TestUsedMemory(t *testing.T) {
	r := &run{t: t, server: harness.Start(t, harness.SoloKV(t), "--enable-debug-command", "yes")}
	r.control = r.server.Dial()
	first := r.measure()
	assert.Greater(t, first.heap, int64(500_000), "Go's heap counts before its first collection, too")
	assert.Greater(t, first.used, int64(500_000), "which is the least of the last samples")
	empty := r.measureEmpty()

	r.control.MustDo("DEBUG", "POPULATE", "300000", "key", "200")
	for n := range 200 {
		words := []string{"HSET", fmt.Sprint("hash:", n%4)}
		for i := range 500 {
			words = append(words, fmt.Sprint("field:", n*500+i), fmt.Sprint("value:", i))
		}
		r.control.MustDo(words...)
	}
	time.Sleep(time.Second)
	full := r.measure()
	t.Logf("empty: %s", empty)
	t.Logf("full: %s", full)
	r.control.MustDo("FLUSHALL")
	emptied := r.measureEmpty()
	t.Logf("emptied: %s", emptied)
	assert.Equal(t, empty.arena, emptied.arena, "the accounting returns")
	assert.LessOrEqual(t, emptied.rss-empty.rss, int64(24<<20), "code that has run by now, stacks, Go's garbage")
	// What has come and gone with the data is theirs. Beside them the arena keeps a hundredth of free pages.
	grown, resident := float64(full.arena-empty.arena), float64(full.rss-emptied.rss)
	require.Greater(t, grown, 60e6)
	assert.InEpsilon(t, grown, resident, 0.10, "the data take as much of the system as they are said to")
	assert.LessOrEqual(t, full.rssOverhead, int64(rssOverheadMax))
}
