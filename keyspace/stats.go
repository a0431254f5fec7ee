package keyspace

import (
	"math/bits"
	"strings"

	"solokv/keyspace/acl"
)

// engineStats are the counters of INFO; CONFIG RESETSTAT clears most of them.
type engineStats struct {
	startedNs      int64
	commands       int64
	connections    int64
	hits           int64
	misses         int64
	expired        int64
	evicted        int64
	evictedClients int64
	malformed      int64
	inputBytes     int64
	outputBytes    int64
	changes        int64 // since the start
	lateMsMax      int64 // longest time that a key outlived its expiry
	stepNsMax      int64 // longest tick
	batchNsMax     int64 // longest time that a batch of requests took
	snapshots      int64
	openNs         int64 // the last opening of a snapshot
	openNsMax      int64
	errors         map[string]int64
	errorReplies   int64
	denied         [acl.DeniedChannel + 1]int64 // by reason

	expiredFields int64
	expireNs      int64 // spent by the expirer
	expireCapped  int64 // how often it had to stop before it was done
	cutOff        int64 // keys of databases that were emptied: their memory is freed later
	freedBefore   int64 // of what is freed later, before the figures were reset
	cycles        int64 // rounds of the writer: batches, and ticks
	cyclesNs      int64 // that they took
	servingNs     int64 // of it, in batches

	rates [ratesKept]rate
}

// The figures of which there is one per second.
const (
	rateCommands = iota
	rateInput
	rateOutput
	rateCycles
	rateCyclesNs
	ratesKept
)

func (s *engineStats) sampleRates(elapsedNs int64) {
	for i, total := range [ratesKept]int64{s.commands, s.inputBytes, s.outputBytes, s.cycles, s.cyclesNs} {
		s.rates[i].sample(total, elapsedNs)
	}
}

// rate is a figure per second: the mean of the last samples.
type rate struct {
	samples [rateSamples]int64
	at      int
	last    int64
}

const rateSamples = 16

func (r *rate) sample(total, elapsedNs int64) {
	r.samples[r.at] = (total - r.last) * 1e9 / max(1, elapsedNs)
	r.at = (r.at + 1) % rateSamples
	r.last = total
}

func (r *rate) perSecond() int64 {
	var sum int64
	for _, s := range r.samples {
		sum += s
	}
	return sum / rateSamples
}

func (s *engineStats) start(clock Clock) { s.startedNs = clock.NowNs() }

// errorKindsMax bounds the map of error codes (I8): scripts can make up codes.
const errorKindsMax = 128

func (s *engineStats) countError(text string) {
	s.errorReplies++
	code, _, _ := strings.Cut(text, " ")
	if s.errors == nil {
		s.errors = map[string]int64{}
	}
	if _, known := s.errors[code]; known || len(s.errors) < errorKindsMax {
		s.errors[code]++
	}
}

// commandStats are kept per command and subcommand.
type commandStats struct {
	calls    int64
	rejected int64
	failed   int64
	ns       int64
	latency  *LatencyHistogram
}

// LatencyHistogram counts durations: four buckets per doubling of microseconds.
type LatencyHistogram struct {
	Count   int64
	buckets [4 * 40]int64
}

func latencyBucket(us int64) int {
	if us < 4 {
		return int(us)
	}
	log := bits.Len64(uint64(us))
	return min((log-2)*4+int(us>>(log-3))&3, 4*40-1)
}

// bucketTop is the greatest duration, in us, that a bucket counts.
func bucketTop(bucket int) int64 {
	if bucket < 4 {
		return int64(bucket)
	}
	log := bucket/4 + 2
	return int64(4+bucket%4+1)<<(log-3) - 1
}

// Below is the number of durations of at most us microseconds, to the
// histogram's resolution.
func (h *LatencyHistogram) Below(us int64) (n int64) {
	for i, count := range h.buckets {
		if bucketTop(i) > us {
			break
		}
		n += count
	}
	return n
}

// Percentile is the duration in us that p percent of the calls did not exceed.
func (h *LatencyHistogram) Percentile(p float64) int64 {
	want := int64(p/100*float64(h.Count) + 0.5)
	for i, count := range h.buckets {
		if want -= count; want <= 0 && count > 0 {
			return bucketTop(i)
		}
	}
	return 0
}

func (s *commandStats) record(ns int64, tracked bool) {
	s.ns += ns
	if !tracked {
		return
	}
	if s.latency == nil {
		s.latency = new(LatencyHistogram)
	}
	s.latency.Count++
	s.latency.buckets[latencyBucket(ns/1000)]++
}

// CommandStats is a command's part of INFO commandstats and LATENCY HISTOGRAM.
type CommandStats struct {
	Calls, Rejected, Failed int64
	Us                      int64
	Latency                 *LatencyHistogram // nil before the first call
}

// Stats returns the command's figures.
func (cmd *Command) Stats() CommandStats {
	s := &cmd.stats
	return CommandStats{s.calls, s.rejected, s.failed, s.ns / 1000, s.latency}
}

// ResetStats is CONFIG RESETSTAT's part for a command.
func (cmd *Command) ResetStats() { cmd.stats = commandStats{} }

// ResetLatency is LATENCY HISTOGRAM's reset.
func (cmd *Command) ResetLatency() { cmd.stats.latency = nil }

// batchTimer times a batch. Reading the clock costs as much as a tenth of a GET,
// so commands with the flag Fast or Brief are not timed one by one: they share
// the time of their batch evenly. The others, and all of them while slowlog-log-slower-than
// is below slowlogEachUs, are timed alone.
type batchTimer struct {
	startNs int64
	from    int
}

func (e *Engine) startBatch(b *Batch, nowNs int64) batchTimer {
	e.timedNs = 0
	return batchTimer{nowNs, b.at}
}

func (e *Engine) endBatch(b *Batch, t batchTimer) {
	done := b.Requests[t.from:b.at]
	e.stats.commands += int64(len(done))
	if t.from == 0 {
		e.stats.inputBytes += int64(b.Bytes)
	}
	tookNs := e.clock.NowNs() - t.startNs
	e.stats.batchNsMax = max(e.stats.batchNsMax, tookNs)
	if len(done) == 0 || e.gates&gateDebug != 0 {
		e.stats.served(e.timedNs)
		return
	}
	e.stats.served(tookNs)
	shared, tracked := (tookNs-e.timedNs)/int64(len(done)), e.values.LatencyTracking
	for i := range done {
		if cmd := done[i].Cmd; cmd != nil && cmd.Flags&(Fast|Brief) != 0 && cmd.stats.calls > 0 {
			cmd.stats.record(shared, tracked)
		}
	}
}

// served counts a batch as a round of the writer.
func (s *engineStats) served(ns int64) {
	s.cycles++
	s.cyclesNs += ns
	s.servingNs += ns
}

// timed accounts for a command that was timed alone. timedNs is the engine's when it began:
// what a script or EXEC has called meanwhile is part of its time.
func (e *Engine) timed(c *Ctx, cmd *Command, startNs, timedNs int64) {
	ns := e.clock.NowNs() - startNs
	e.timedNs = timedNs + ns
	cmd.stats.record(ns, e.values.LatencyTracking)
	if threshold := e.slowlog.thresholdUs; threshold >= 0 && ns/1000 >= threshold && cmd.Flags&SkipSlowlog == 0 {
		e.slowlog.add(c, ns/1000)
	}
	if e.latency.thresholdMs > 0 && ns/1e6 >= e.latency.thresholdMs {
		event := "command"
		if cmd.Flags&Fast != 0 {
			event = "fast-command"
		}
		e.latency.add(event, c.nowMs, ns/1e6)
	}
}

func (s *engineStats) snapshotOpened(ns int64) {
	s.openNs, s.openNsMax = ns, max(s.openNsMax, ns)
	s.snapshots++
}
