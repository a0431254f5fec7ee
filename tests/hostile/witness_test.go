package hostile

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// witness is a client that behaves well, and measures how it is served.
type witness struct {
	t      *testing.T
	client *harness.Client
	number int
	waits  []time.Duration
}

// work sends requests until stop is closed; each reply is checked.
func (w *witness) work(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond):
		}
		w.number++
		began := time.Now()
		v, err := w.client.Do("INCR", "witness")
		w.waits = append(w.waits, time.Since(began))
		if !assert.NoError(w.t, err) || !assert.Equal(w.t, int64(w.number), v.Int) {
			return
		}
	}
}

// percentile is how long the witness waited at most, in that share of its requests.
func (w *witness) percentile(share float64) time.Duration {
	if len(w.waits) == 0 {
		return 0
	}
	slices.Sort(w.waits)
	return w.waits[int(share*float64(len(w.waits)-1))]
}

// usage is what the server's process uses.
type usage struct {
	rssBytes    int64
	descriptors int
}

func usageOf(t *testing.T, s *harness.Server) usage {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.PID()))
	require.NoError(t, err)
	pages, err := strconv.ParseInt(strings.Fields(string(content))[1], 10, 64)
	require.NoError(t, err)
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.PID()))
	require.NoError(t, err)
	return usage{pages * int64(os.Getpagesize()), len(open)}
}

// watch returns the most that is used until stop is closed.
func watch(t *testing.T, s *harness.Server, stop <-chan struct{}) (peak usage) {
	for {
		now := usageOf(t, s)
		peak.rssBytes = max(peak.rssBytes, now.rssBytes)
		peak.descriptors = max(peak.descriptors, now.descriptors)
		select {
		case <-stop:
			return peak
		case <-time.After(20 * time.Millisecond):
		}
	}
}
