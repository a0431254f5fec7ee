package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMedian(t *testing.T) {
	f := func(want float64, values ...float64) {
		t.Helper()
		require.Equal(t, want, median(values))
	}
	f(4, 4)
	f(3, 4, 2)
	f(5, 9, 5, 1)
	f(2.5, 4, 1, 3, 2)
}

// TestMedianSample takes each metric's median by itself, also when a round lacks one.
func TestMedianSample(t *testing.T) {
	got := medianSample([]sample{{"a": 1, "b": 30}, {"a": 3, "b": 10}, {"a": 2}})
	require.Equal(t, sample{"a": 2, "b": 20}, got)
}

func TestLoadSample(t *testing.T) {
	latencies := newLatencies()
	record(latencies, int64(100*time.Microsecond), 990)
	record(latencies, int64(5*time.Millisecond), 9)
	record(latencies, int64(2*latencyMax), 1) // beyond the histogram's range
	got := loadSample(outcome{
		requests: 1000, elapsed: 2 * time.Second, loops: 2, latencies: latencies,
		cpu:       cpuUsage{total: 4 * time.Millisecond, system: time.Millisecond},
		clientCPU: cpuUsage{total: time.Second},
	})
	const precision = 2e-3
	want := sample{
		metricRate.name: 500, metricCPU.name: 4, metricKernel.name: 25, metricClient.name: 25,
		metricP50.name: 100, metricP99.name: 100, metricP999.name: 5000, metricMax.name: 60e6,
	}
	require.Len(t, got, len(want))
	for name, value := range want {
		require.InEpsilon(t, value, got[name], precision, name)
	}
}
