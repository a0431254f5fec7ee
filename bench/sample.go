package main

import (
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// direction says which values of a metric are the better ones.
type direction int

const (
	moreIsBetter direction = iota
	lessIsBetter
)

// metric is a column of the table.
type metric struct {
	name   string // in the JSON file and in samples
	title  string // in the table, with the unit
	digits int    // after the decimal point
	better direction
}

var (
	metricRate       = metric{"requests_per_second", "req/s", 0, moreIsBetter}
	metricCPU        = metric{"cpu_us_per_request", "cpu us", 2, lessIsBetter}
	metricKernel     = metric{"cpu_kernel_percent", "kernel %", 0, lessIsBetter}
	metricClient     = metric{"client_cpu_percent", "client %", 0, lessIsBetter}
	metricP50        = metric{"p50_us", "p50 us", 0, lessIsBetter}
	metricP99        = metric{"p99_us", "p99 us", 0, lessIsBetter}
	metricP999       = metric{"p99.9_us", "p99.9 us", 0, lessIsBetter}
	metricMax        = metric{"max_us", "max us", 0, lessIsBetter}
	metricRSSPerItem = metric{"rss_bytes_per_item", "RSS B/item", 1, lessIsBetter}
	metricUsedPer    = metric{"used_bytes_per_item", "used B/item", 1, lessIsBetter}
	metricRSS        = metric{"rss_mb", "RSS MB", 1, lessIsBetter}
	metricLate       = metric{"last_key_late_ms", "last key late ms", 1, lessIsBetter}
	metricPingMax    = metric{"ping_max_ms", "longest PING ms", 2, lessIsBetter}
	metricPingP99    = metric{"ping_p99_ms", "p99 PING ms", 2, lessIsBetter}
	metricStartStall = metric{"start_stall_ms", "stall ms", 2, lessIsBetter}
	metricTailRatio  = metric{"p99.9_ratio", "p99.9 x", 1, lessIsBetter}
	metricSaveTime   = metric{"seconds", "seconds", 2, lessIsBetter}
	metricRSSBefore  = metric{"rss_before_mb", "before MB", 1, lessIsBetter}
	metricRSSPeak    = metric{"rss_peak_mb", "peak MB", 1, lessIsBetter}
	metricPeakRatio  = metric{"rss_peak_ratio", "memory x", 2, lessIsBetter}
	metricKeyRate    = metric{"keys_per_second", "keys/s", 0, moreIsBetter}
	metricByteRate   = metric{"mb_per_second", "MB/s", 1, moreIsBetter}
	metricFile       = metric{"file_mb", "file MB", 1, lessIsBetter}
	metricIdleCPU    = metric{"idle_cpu_percent", "cpu % of a core", 3, lessIsBetter}
)

// kind is a family of rows that have the same columns. The first metric is the one that servers are compared by.
type kind struct {
	title   string
	metrics []metric
	// A second line of a server shows what it was like before, in the same columns: the metrics whose names have the
	// prefix. "": there is no second line.
	beforeLabel, beforePrefix string
}

var (
	kindThroughput = &kind{title: "Throughput (closed loop)", metrics: []metric{
		metricRate, metricCPU, metricKernel, metricClient, metricP50, metricP99, metricP999, metricMax,
	}}
	kindBenchmark = &kind{title: "Cross-check: the same with redis-benchmark", metrics: []metric{
		metricRate, metricCPU, metricKernel, metricP50, metricP99, metricMax,
	}}
	kindTail = &kind{title: "Latency at a given rate (open loop, from the due instant)", metrics: []metric{
		metricP999, metricP50, metricP99, metricMax, metricRate, metricCPU,
	}}
	kindMemory = &kind{title: "Memory", metrics: []metric{metricRSSPerItem, metricUsedPer, metricRSS}}
	kindExpiry = &kind{title: "Expiry of many keys within one second", metrics: []metric{
		metricLate, metricPingMax, metricPingP99,
	}}
	kindSaving = &kind{
		title: "Saving under load (open loop; stall: the longest latency in the first 100 ms of saving, and in 100 ms without)",
		metrics: []metric{
			metricStartStall, metricTailRatio, metricP50, metricP99, metricP999, metricMax, metricSaveTime, metricPeakRatio,
		},
		beforeLabel: "no save", beforePrefix: calmPrefix,
	}
	kindSave = &kind{title: "Saving by an idle server", metrics: []metric{
		metricKeyRate, metricByteRate, metricSaveTime, metricFile,
	}}
	kindLoad = &kind{title: "Loading, from the start of the process until PING is answered", metrics: []metric{
		metricKeyRate, metricByteRate, metricSaveTime, metricFile,
	}}
	kindIdle = &kind{title: "Idle", metrics: []metric{metricIdleCPU, metricRSS}}
)

// sample is what one measurement gave, by the metric's name.
type sample map[string]float64

// loadSample turns the outcome of a load into a sample.
func loadSample(o outcome) sample {
	s := latencySample(o.latencies)
	s[metricRate.name] = o.requestsPerSecond()
	s[metricClient.name] = clientPercent(o)
	s.addCPU(o.cpu, o.requests)
	return s
}

func latencySample(latencies *hdrhistogram.Histogram) sample {
	const usPerNs = 1e-3
	return sample{
		metricP50.name:  float64(latencies.ValueAtQuantile(50)) * usPerNs,
		metricP99.name:  float64(latencies.ValueAtQuantile(99)) * usPerNs,
		metricP999.name: float64(latencies.ValueAtQuantile(99.9)) * usPerNs,
		metricMax.name:  float64(latencies.Max()) * usPerNs,
	}
}

// clientPercent is how busy the generator was. Near 100 it is the limit of a closed loop, and the server's CPU per
// request is the figure to look at. (An open loop always spins.)
func clientPercent(o outcome) float64 {
	return 100 * o.clientCPU.total.Seconds() / o.elapsed.Seconds() / float64(o.loops)
}

// addCPU notes the server's CPU time over a number of requests.
func (s sample) addCPU(used cpuUsage, requests int64) {
	s[metricCPU.name] = float64(used.total) / float64(time.Microsecond) / float64(requests)
	if used.total > 0 {
		// Two accounts of different precision; the share cannot be more than everything.
		s[metricKernel.name] = min(100, 100*float64(used.system)/float64(used.total))
	}
}

// medianSample takes the median of each metric by itself over the rounds.
func medianSample(rounds []sample) sample {
	values := map[string][]float64{}
	for _, round := range rounds {
		for name, value := range round {
			values[name] = append(values[name], value)
		}
	}
	medians := sample{}
	for name, list := range values {
		medians[name] = median(list)
	}
	return medians
}

// median returns the middle value, or the mean of the two middle ones. It sorts the list.
func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}
