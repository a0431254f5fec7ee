package main

import (
	"slices"
	"time"
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
	metricSave       = metric{"save_seconds", "save s", 2, lessIsBetter}
	metricIdleCPU    = metric{"idle_cpu_percent", "cpu % of a core", 3, lessIsBetter}
)

// kind is a family of rows that have the same columns. The first metric is the one that servers are compared by.
type kind struct {
	title   string
	metrics []metric
}

var (
	kindThroughput = &kind{"Throughput (closed loop)", []metric{
		metricRate, metricCPU, metricKernel, metricClient, metricP50, metricP99, metricP999, metricMax,
	}}
	kindBenchmark = &kind{"Cross-check: the same with redis-benchmark", []metric{
		metricRate, metricCPU, metricKernel, metricP50, metricP99, metricMax,
	}}
	kindTail = &kind{"Latency at a given rate (open loop, from the due instant)", []metric{
		metricP999, metricP50, metricP99, metricMax, metricRate, metricCPU,
	}}
	kindMemory   = &kind{"Memory", []metric{metricRSSPerItem, metricUsedPer, metricRSS}}
	kindExpiry   = &kind{"Expiry of many keys within one second", []metric{metricLate, metricPingMax, metricPingP99}}
	kindSnapshot = &kind{"BGSAVE", []metric{metricPingMax, metricPingP99, metricSave}}
	kindIdle     = &kind{"Idle", []metric{metricIdleCPU, metricRSS}}
)

// sample is what one measurement gave, by the metric's name.
type sample map[string]float64

// loadSample turns the outcome of a load into a sample.
func loadSample(o outcome) sample {
	const usPerNs = 1e-3
	s := sample{
		metricRate.name: o.requestsPerSecond(),
		metricP50.name:  float64(o.latencies.ValueAtQuantile(50)) * usPerNs,
		metricP99.name:  float64(o.latencies.ValueAtQuantile(99)) * usPerNs,
		metricP999.name: float64(o.latencies.ValueAtQuantile(99.9)) * usPerNs,
		metricMax.name:  float64(o.latencies.Max()) * usPerNs,
		// Near 100 the generator is the limit, and the server's CPU per request is the figure to look at.
		metricClient.name: 100 * o.clientCPU.total.Seconds() / o.elapsed.Seconds() / float64(o.loops),
	}
	s.addCPU(o.cpu, o.requests)
	return s
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
