package soak

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// measure is what a server takes up at a quiet moment.
type measure struct {
	rss, used, arena, heap  int64 // bytes; heap: Go's live objects
	rssOverhead             int64
	goroutines, descriptors int64
	keys                    int
}

func (m measure) String() string {
	return fmt.Sprintf("RSS %.1f MB, used %.2f MB, arena %d, Go heap %.2f MB, %d goroutines, %d descriptors",
		mb(m.rss), mb(m.used), m.arena, mb(m.heap), m.goroutines, m.descriptors)
}

func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// info returns the fields of INFO.
func (r *run) info() map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(r.control.MustDo("INFO", "everything").Text) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			fields[name] = value
		}
	}
	return fields
}

func number(fields map[string]string, name string) int64 {
	n, err := strconv.ParseInt(fields[name], 10, 64)
	if err != nil {
		panic(fmt.Sprintf("INFO: %s: %v", name, err))
	}
	return n
}

// measure takes the figures as they are.
func (r *run) measure() measure {
	f := r.info()
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.server.PID()))
	require.NoError(r.t, err)
	m := measure{
		rss: number(f, "used_memory_rss"), used: number(f, "used_memory"), arena: number(f, "solokv_arena_used_bytes"),
		heap: number(f, "solokv_go_heap_bytes"), goroutines: number(f, "solokv_goroutines"),
		descriptors: int64(len(descriptors)), rssOverhead: number(f, "rss_overhead_bytes"),
	}
	for name := range f {
		if strings.HasPrefix(name, "db") && strings.HasPrefix(f[name], "keys=") {
			keys, _, _ := strings.Cut(strings.TrimPrefix(f[name], "keys="), ",")
			n, err := strconv.Atoi(keys)
			require.NoError(r.t, err)
			m.keys += n
		}
	}
	return m
}

const (
	// emptyLooks is how often an emptied server is looked at until its figures are the least: what was cut off
	// is freed in slices, goroutines end in their own time, and Go's heap is known as of its last collection.
	emptyLooks = 60
	emptyEvery = 25 * time.Millisecond
	emptyQuiet = 8 // looks without anything less
)

// garbage is a script that leaves enough behind for a collection of Go's heap.
const garbage = "local t={} for i=1,20000 do t[i]='garbage:'..i end return #t"

// measureEmpty measures a server without data: the least of each figure over some looks.
func (r *run) measureEmpty() measure {
	least := r.measure()
	for looks := 0; least.heap == 0 && looks < emptyLooks; looks++ { // until the first collection
		r.control.MustDo("EVAL", garbage, "0")
		least = r.measure()
	}
	for looks, quiet := 0, 0; looks < emptyLooks && quiet < emptyQuiet; looks, quiet = looks+1, quiet+1 {
		r.control.MustDo("EVAL", garbage, "0")
		r.control.MustDo("SCRIPT", "FLUSH")
		r.control.MustDo("MEMORY", "PURGE")
		time.Sleep(emptyEvery)
		m := r.measure()
		require.Zero(r.t, m.keys)
		for _, f := range []struct{ least, now *int64 }{
			{&least.rss, &m.rss}, {&least.used, &m.used}, {&least.arena, &m.arena}, {&least.heap, &m.heap},
			{&least.goroutines, &m.goroutines}, {&least.descriptors, &m.descriptors},
		} {
			if *f.now < *f.least {
				if *f.least-*f.now > *f.least/100 {
					quiet = 0
				}
				*f.least = *f.now
			}
		}
	}
	return least
}
