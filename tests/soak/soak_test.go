package soak

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

var (
	seed = flag.Uint64("seed", 1, "what the clients send")
	span = flag.Duration("for", 14*time.Second, "how long the phases take in all, about")
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	// loadMin and loadMax bound the load of one phase. The rest of a phase takes about two seconds.
	loadMin = 500 * time.Millisecond
	loadMax = 12 * time.Second
	restMin = 1200 * time.Millisecond
	// cycles is how many times each policy comes up, if there is time for it: once to warm up, and to compare.
	cycles = 4
)

// serverArgs are those of the server. A script is long after a moment, so that there is something to kill.
var serverArgs = []string{"--appendonly", "yes", "--appendfsync", "always", "--enable-debug-command", "yes",
	"--busy-reply-threshold", "30", "--maxmemory-samples", "5", "--auto-aof-rewrite-percentage", "0",
	"--client-output-buffer-limit", "pubsub 4mb 1mb 2"}

func TestSoak(t *testing.T) {
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", *seed)
		}
	}()
	r := &run{t: t, server: harness.Start(t, harness.SoloKV(t), serverArgs...)}
	r.control = r.server.Dial()
	r.clear()
	r.measureEmpty() // what is made once, and stays, is made now
	r.start = r.measureEmpty()
	t.Logf("at the start: %s", r.start)

	load := min(loadMax, max(loadMin, *span/time.Duration(cycles*len(policies))-restMin))
	for begin := time.Now(); len(r.phases) < len(policies) || time.Since(begin) < *span; {
		p := r.newPhase(load)
		p.run()
		r.phases = append(r.phases, p)
		t.Log(p.line())
		require.False(t, t.Failed(), "seed %d, phase %d", *seed, p.number)
	}
	r.checkFlat()
	r.finalRestarts()
	t.Log("\n" + r.table())
}

// run is the server with its history.
type run struct {
	t       *testing.T
	server  *harness.Server
	control *harness.Client
	start   measure
	phases  []*phase
	logRead int // bytes of the log that were looked at
}

func (r *run) table() string {
	var b strings.Builder
	fmt.Fprintln(&b, phaseTitle)
	for _, p := range r.phases {
		fmt.Fprintln(&b, p.line())
	}
	requests, evicted := int64(0), int64(0)
	for _, p := range r.phases {
		requests += p.requests.Load()
		evicted += p.evicted
	}
	fmt.Fprintf(&b, "%d phases, %d requests, %d keys evicted; seed %d", len(r.phases), requests, evicted, *seed)
	return b.String()
}
