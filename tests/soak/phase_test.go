package soak

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// policies are those of maxmemory, each for a phase in turn.
var policies = []string{"allkeys-lru", "volatile-lru", "allkeys-lfu", "volatile-ttl", "allkeys-random", "volatile-lfu",
	"noeviction", "volatile-random"}

const (
	// limitBytes is maxmemory: Go's heap takes 10 MB of it in this crowd, and data the rest.
	limitBytes = 24 << 20
	// shortLife is the longest expiry that comes to pass; all others are far away.
	shortLife   = 600 * time.Millisecond
	quietWait   = 30 * time.Second // a server that is not quiet by then never will be
	quietEvery  = 20 * time.Millisecond
	phaseTitle  = "phase  policy           load   requests   evicted  |  full: keys   used MB    RSS MB  |  emptied: arena   Go heap MB    RSS MB"
	phaseFormat = "%5d  %-15s %5.1fs %10d %9d  |  %10d %9.1f %9.1f  |  %14d %12.2f %9.1f  %s"
)

// phase is a load and what is left of it.
type phase struct {
	soak     *run
	number   int
	policy   string
	span     time.Duration
	stop     atomic.Bool
	requests atomic.Int64
	evicted  int64
	full     measure
	empty    measure
	source   source
}

func (r *run) newPhase(span time.Duration) *phase {
	n := len(r.phases)
	p := &phase{soak: r, number: n, policy: policies[n%len(policies)], span: span, source: fromJournal}
	if n%3 == 2 {
		p.source = fromSnapshot
	}
	return p
}

func (p *phase) line() string {
	return fmt.Sprintf(phaseFormat, p.number, p.policy, p.span.Seconds(), p.requests.Load(), p.evicted,
		p.full.keys, mb(p.full.used), mb(p.full.rss), p.empty.arena, mb(p.empty.heap), mb(p.empty.rss), p.source.name)
}

// run goes through the phase. Its failures are the test's.
func (p *phase) run() {
	r := p.soak
	p.load()
	p.quieten()
	p.full = r.measure()
	assert.LessOrEqual(r.t, p.full.rssOverhead, int64(rssOverheadMax), "memory that no allocator accounts for")
	r.checkTwin(p.source)
	r.clear()
	p.empty = r.measureEmpty()
	r.checkEmpty(p)
	r.checkLog()
}

// load lets all clients loose at once.
func (p *phase) load() {
	r := p.soak
	before := r.info()
	r.control.MustDo("CONFIG", "SET", "maxmemory", strconv.Itoa(limitBytes), "maxmemory-policy", p.policy, "appendfsync", "always")
	p.fill()
	var running sync.WaitGroup
	for i, kind := range crowd {
		c := &member{phase: p, kind: kind, random: rand.New(rand.NewPCG(*seed, uint64(p.number)<<16|uint64(i)))}
		running.Go(c.live)
	}
	for end := time.Now().Add(p.span); time.Now().Before(end); time.Sleep(quietEvery) {
		if r.t.Failed() {
			break
		}
	}
	p.stop.Store(true)
	done := make(chan struct{})
	go func() {
		running.Wait()
		close(done)
	}()
	for {
		select {
		case <-done:
			p.evicted = number(r.info(), "evicted_keys") - number(before, "evicted_keys")
			return
		case <-time.After(quietEvery):
			r.killScripts() // or their callers would wait for ever
		}
	}
}

const (
	fillKeys  = 80_000
	fillBatch = 1000
)

// fill brings the server to its limit, or the phase would be over before anything is evicted.
func (p *phase) fill() {
	m := &member{phase: p, kind: kind{name: "fill"}, random: rand.New(rand.NewPCG(*seed, uint64(p.number)))}
	for n := 0; n < fillKeys; n += fillBatch {
		var requests [][]string
		for i := range fillBatch {
			words := []string{"SET", "s:" + strconv.Itoa(n+i), strings.Repeat("fill", 60)}
			if i%2 == 0 {
				words = append(words, "PX", "9000000")
			}
			requests = append(requests, words)
		}
		require.NoError(p.soak.t, m.pipeline(p.soak.control, requests))
	}
}

// killScripts ends whatever script is running.
func (r *run) killScripts() {
	for _, command := range []string{"SCRIPT", "FUNCTION"} {
		_, err := r.control.Do(command, "KILL") // none is an error reply
		require.NoError(r.t, err)
	}
}

// quiet are fields of INFO that have these values when nobody wants anything.
var quiet = map[string]string{
	"connected_clients": "1", "blocked_clients": "0", "tracking_clients": "0", "pubsub_clients": "0",
	"total_blocking_keys": "0", "pubsub_channels": "0", "pubsub_patterns": "0", "pubsubshard_channels": "0",
	"tracking_total_prefixes": "0",
	"rdb_bgsave_in_progress":  "0", "aof_rewrite_in_progress": "0", "aof_rewrite_scheduled": "0",
	"rdb_last_bgsave_status": "ok", "aof_last_bgrewrite_status": "ok", "aof_last_write_status": "ok",
	"aof_enabled": "1", "aof_pending_bio_fsync": "0", "aof_buffer_length": "0", "current_eviction_exceeded_time": "0",
}

// quieten waits until nothing goes on any more and what expires soon has expired.
func (p *phase) quieten() {
	r := p.soak
	stopped := time.Now()
	r.control.MustDo("CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction", "appendonly", "yes",
		"notify-keyspace-events", "")
	r.await("the server is not quiet", func(f map[string]string) (wrong []string) {
		for name, value := range quiet {
			if f[name] != value {
				wrong = append(wrong, name+":"+f[name])
			}
		}
		return wrong
	})
	time.Sleep(time.Until(stopped.Add(shortLife + 2*quietEvery)))
}

// await polls INFO until nothing is wrong with it.
func (r *run) await(what string, wrong func(fields map[string]string) []string) {
	var now []string
	for end := time.Now().Add(quietWait); time.Now().Before(end); time.Sleep(quietEvery) {
		if now = wrong(r.info()); len(now) == 0 {
			return
		}
	}
	require.Fail(r.t, what, "%s", strings.Join(now, ", "))
}

// clear empties the server, and its journal.
func (r *run) clear() {
	r.control.MustDo("FUNCTION", "FLUSH")
	r.control.MustDo("SCRIPT", "FLUSH")
	r.control.MustDo("SLOWLOG", "RESET")
	r.control.MustDo("LATENCY", "RESET")
	r.control.MustDo("FLUSHALL")
	r.control.MustDo("BGREWRITEAOF")
	r.await("the rewrite does not end", func(f map[string]string) (wrong []string) {
		if f["aof_rewrite_in_progress"] != "0" || f["aof_rewrite_scheduled"] != "0" {
			wrong = append(wrong, "it goes on")
		}
		return wrong
	})
	require.NoError(r.t, removeIfThere(r.server.Dir()+"/dump.rdb"))
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !os.IsNotExist(err) {
		return err
	}
	return nil
}

// expectedInLog are warnings that the load asks for.
var expectedInLog = []string{"Slow script detected", "output buffer limit", "Background saving cancelled",
	"Background AOF rewrite cancelled", "the end waits for it", "User requested shutdown", "ready to exit"}

// checkLog looks for errors, and for warnings that nobody asked for.
func (r *run) checkLog() {
	log := r.server.Log()
	for line := range strings.Lines(log[r.logRead:]) {
		line = strings.TrimSpace(line)
		if !strings.Contains(line, " ERR ") && !strings.Contains(line, " WRN ") && !strings.Contains(line, "panic") {
			continue
		}
		known := false
		for _, part := range expectedInLog {
			known = known || strings.Contains(line, part)
		}
		assert.True(r.t, known, "in the log: %s", line)
	}
	r.logRead = len(log)
}
