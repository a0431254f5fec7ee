package command

import (
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

// spikes makes DEBUG SLEEP spikes of these lengths, two seconds apart.
func (s *server) spikes(seconds ...string) {
	for _, sec := range seconds {
		s.f("+OK\r\n", "DEBUG", "SLEEP", sec)
		s.advance(2000)
	}
}

func TestLatencyEvents(t *testing.T) {
	s := newServer(t, "--latency-monitor-threshold", "10", "--enable-debug-command", "yes")
	s.f("*0\r\n", "LATENCY", "LATEST")
	s.f("*0\r\n", "LATENCY", "HISTORY", "command")
	s.spikes("0.05", "0.02", "0.005")
	s.f("*1\r\n*4\r\n$7\r\ncommand\r\n:1700000002\r\n:20\r\n:50\r\n", "LATENCY", "LATEST")
	s.f("*2\r\n*2\r\n:1700000000\r\n:50\r\n*2\r\n:1700000002\r\n:20\r\n", "LATENCY", "HISTORY", "command")
	s.f("-ERR No samples available for event 'nosuch'\r\n", "LATENCY", "GRAPH", "nosuch")
	require.Contains(t, s.do("LATENCY", "DOCTOR"), "1. command: 2 latency spikes (average 35ms, mean deviation 15ms")
	s.f(":1\r\n", "LATENCY", "RESET", "command", "nosuch")
	s.f("*0\r\n", "LATENCY", "LATEST")
	s.f(":0\r\n", "LATENCY", "RESET")
	require.Contains(t, s.do("LATENCY", "DOCTOR"), "Nothing has taken 10 ms")
	s.do("CONFIG", "SET", "latency-monitor-threshold", "0")
	require.Contains(t, s.do("LATENCY", "DOCTOR"), "is not monitored")
}

func TestLatencyGraph(t *testing.T) {
	s := newServer(t, "--latency-monitor-threshold", "10", "--enable-debug-command", "yes")
	s.spikes("0.01", "0.5", "0.25")
	v := s.do("LATENCY", "GRAPH", "command")
	require.Contains(t, v, "command - high 500 ms, low 10 ms (all time high 500 ms)\n")
	require.Contains(t, v, "-\n # \n | \n |#\n_||\n\n642\nsss\n")
}

func TestLatencyGraphFolds(t *testing.T) {
	s := newServer(t, "--latency-monitor-threshold", "1", "--enable-debug-command", "yes")
	for range graphColumns + 1 {
		s.spikes("0.01")
	}
	require.Contains(t, s.do("LATENCY", "GRAPH", "command"), "\n\n \n \n \n_\n\n2\ns\n", "the last column goes below")
}

func TestShortAge(t *testing.T) {
	for want, seconds := range map[string]int64{"0s": 0, "59s": 59, "1m": 60, "59m": 3599, "23h": 86399, "2d": 172800} {
		require.Equal(t, want, shortAge(seconds))
	}
}

func TestLatencyHistogram(t *testing.T) {
	s := newServer(t)
	s.do("CONFIG", "RESETSTAT")
	s.do("SET", "k", "v")
	s.do("SET", "k", "v")
	s.f("*4\r\n$16\r\nconfig|resetstat\r\n*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:1\r\n"+
		"$3\r\nset\r\n*4\r\n$5\r\ncalls\r\n:2\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:2\r\n", "LATENCY", "HISTOGRAM")
	const reset = "*2\r\n$16\r\nconfig|resetstat\r\n*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:1\r\n"
	s.f(reset, "LATENCY", "HISTOGRAM", "nosuch", "CONFIG", "config|nosuch")
	s.f(reset, "LATENCY", "HISTOGRAM", "config|resetstat")
	s.f("*0\r\n", "LATENCY", "HISTOGRAM", "nosuch")
	s.do("HELLO", "3")
	s.f("%0\r\n", "LATENCY", "HISTOGRAM", "nosuch")
}

// TestLatencyHistogramEnds: the last bound covers even the longest call.
func TestLatencyHistogramEnds(t *testing.T) {
	s := newServer(t, "--enable-debug-command", "yes")
	s.do("DEBUG", "SLEEP", "1000000")
	require.Regexp(t, `:\d{13}\r\n:1\r\n$`, s.do("LATENCY", "HISTOGRAM", "debug"))
	s.do("DEBUG", "SLEEP", "1e300")
	require.Regexp(t, `calls\r\n:2\r\n.*[^$]`, s.do("LATENCY", "HISTOGRAM", "debug"))
}

func TestLatencyBounds(t *testing.T) {
	want := []int64{1, 2, 4, 8, 16, 33, 66, 132, 264, 528, 1056, 2113, 4227, 8454, 16908, 33816}
	for i, bound := range want {
		require.Equal(t, bound, latencyBound(i))
	}
}

func TestLatencyAdvice(t *testing.T) {
	s := newServer(t)
	advise := func(slower string, events ...*keyspace.LatencyEvent) (advice []string) {
		s.do("CONFIG", "SET", "slowlog-log-slower-than", slower)
		s.engine.Do(func(c *keyspace.Ctx) { advice = latencyAdvice(c, events) })
		s.engine.Step()
		return advice
	}
	command, fast := &keyspace.LatencyEvent{Name: "command", MaxMs: 50}, &keyspace.LatencyEvent{Name: "fast-command"}
	require.Contains(t, advise("-1", command)[0], "Switch the slow log on")
	require.Contains(t, advise("60000", command)[0], "lower slowlog-log-slower-than")
	require.Contains(t, advise("1000", command)[0], "SLOWLOG GET")
	require.Len(t, advise("1000", command, fast), 2)
	require.Len(t, advise("1000", &keyspace.LatencyEvent{Name: "other"}), 1)
}
