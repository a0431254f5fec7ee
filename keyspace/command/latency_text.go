package command

import (
	"fmt"
	"strings"

	"solokv/keyspace"
)

// The forms of LATENCY that people read.

const (
	graphColumns = 80
	graphRows    = 4
	graphMarks   = "_o#" // how high a sample reaches into its row
)

func latencyGraph(c *keyspace.Ctx) error {
	event := c.Engine().LatencyEvent(string(c.Arg(2)))
	if event == nil {
		text := append([]byte(nil), "ERR No samples available for event '"...)
		return keyspace.Error(append(keyspace.Quoted(text, c.Arg(2), 128), '\''))
	}
	low, high := latencyRange(event.Samples)
	var b strings.Builder
	fmt.Fprintf(&b, "%s - high %d ms, low %d ms (all time high %d ms)\n", event.Name, high, low, event.MaxMs)
	b.WriteString(strings.Repeat("-", graphColumns) + "\n")
	for i := 0; i < len(event.Samples); i += graphColumns {
		if i > 0 {
			b.WriteByte('\n')
		}
		drawGraph(&b, event.Samples[i:min(i+graphColumns, len(event.Samples))], low, high, c.NowMs()/1000)
	}
	return c.ReplyVerbatim(b.String())
}

func latencyRange(samples []keyspace.LatencySample) (low, high int64) {
	low, high = samples[0].Ms, samples[0].Ms
	for _, s := range samples[1:] {
		low, high = min(low, s.Ms), max(high, s.Ms)
	}
	return low, high
}

// drawGraph draws one column a sample: its height between low and high, and
// below, written downwards, how long ago it was.
func drawGraph(b *strings.Builder, samples []keyspace.LatencySample, low, high, nowSec int64) {
	const steps = int64(graphRows * len(graphMarks))
	line := make([]byte, len(samples))
	for row := range graphRows {
		for i, s := range samples {
			height := min((s.Ms-low)*steps/max(1, high-low), steps-1)
			mark := int(height) - (graphRows-1-row)*len(graphMarks)
			switch {
			case mark < 0:
				line[i] = ' '
			case mark < len(graphMarks):
				line[i] = graphMarks[mark]
			default:
				line[i] = '|'
			}
		}
		b.Write(append(line, '\n'))
	}
	b.WriteByte('\n')
	ages := make([]string, len(samples))
	longest := 0
	for i, s := range samples {
		ages[i] = shortAge(nowSec - s.UnixSec)
		longest = max(longest, len(ages[i]))
	}
	for row := range longest {
		for i, age := range ages {
			line[i] = ' '
			if row < len(age) {
				line[i] = age[row]
			}
		}
		b.Write(append(line, '\n'))
	}
}

// shortAge is a duration in its largest unit: 59s, 3m, 5h, 12d.
func shortAge(seconds int64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 60*60:
		return fmt.Sprintf("%dm", seconds/60)
	case seconds < 24*60*60:
		return fmt.Sprintf("%dh", seconds/(60*60))
	}
	return fmt.Sprintf("%dd", seconds/(24*60*60))
}

func latencyDoctor(c *keyspace.Ctx) error {
	e := c.Engine()
	events := e.LatencyEvents()
	threshold := e.Config().Values().LatencyMonitorThreshold
	if len(events) == 0 && threshold == 0 {
		return c.ReplyVerbatim("Latency is not monitored. \"CONFIG SET latency-monitor-threshold <milliseconds>\" " +
			"begins to record what takes that long.\n")
	}
	if len(events) == 0 {
		return c.ReplyVerbatim(fmt.Sprintf("Nothing has taken %d ms or longer so far.\n", threshold))
	}
	var b strings.Builder
	b.WriteString("Spikes of latency have been recorded:\n\n")
	for i, event := range events {
		mean, deviation := latencyMean(event.Samples)
		period := float64(c.NowMs()/1000-event.Samples[0].UnixSec) / float64(len(event.Samples))
		fmt.Fprintf(&b, "%d. %s: %d latency spikes (average %dms, mean deviation %dms, period %.2f sec). "+
			"Worst all time event %dms.\n", i+1, event.Name, len(event.Samples), mean, deviation, period, event.MaxMs)
	}
	b.WriteString("\nWhat to do about them:\n\n")
	for _, advice := range latencyAdvice(c, events) {
		b.WriteString("- " + advice + "\n")
	}
	return c.ReplyVerbatim(b.String())
}

// latencyMean is the mean of samples and their mean distance from it.
func latencyMean(samples []keyspace.LatencySample) (mean, deviation int64) {
	n := int64(len(samples))
	for _, s := range samples {
		mean += s.Ms
	}
	mean /= n
	for _, s := range samples {
		deviation += max(s.Ms-mean, mean-s.Ms)
	}
	return mean, deviation / n
}

func latencyAdvice(c *keyspace.Ctx, events []*keyspace.LatencyEvent) (advice []string) {
	slower := c.Engine().Config().Values().SlowlogLogSlowerThan
	for _, event := range events {
		switch {
		case event.Name == "command" && slower < 0:
			advice = append(advice, "Switch the slow log on, to see which commands are slow: "+
				"\"CONFIG SET slowlog-log-slower-than 1000\".")
		case event.Name == "command" && int64(slower) > event.MaxMs*1000:
			advice = append(advice, "The slow log misses these commands: lower slowlog-log-slower-than.")
		case event.Name == "command":
			advice = append(advice, "Look at SLOWLOG GET for the commands, and think about using smaller pieces of "+
				"large values.")
		case event.Name == "fast-command":
			advice = append(advice, "Commands that touch few elements were slow: the process waits for a processor, or "+
				"its memory is swapped out. Check what else runs on this machine.")
		}
	}
	if len(advice) == 0 {
		advice = append(advice, "The names of the events tell what took long.")
	}
	return advice
}
