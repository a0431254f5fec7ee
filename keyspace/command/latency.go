package command

import (
	"strings"

	"solokv/keyspace"
)

func latencyCommand() *keyspace.Command {
	const flags = serverAdmin | keyspace.NoScript
	return &keyspace.Command{
		Name: "latency", Arity: -2, Summary: "A container for commands about latency.", Since: "2.8.13",
		Complexity: "Depends on subcommand.",
		Subcommands: []*keyspace.Command{
			{Name: "doctor", Arity: 2, Flags: flags, Summary: "Returns a report about latency in words.",
				Since: "2.8.13", Complexity: "O(1)", Hints: hintsReport, Handler: latencyDoctor},
			{Name: "graph", Arity: 3, Flags: flags, Summary: "Returns the latest spikes of an event as a graph in text.",
				Since: "2.8.13", Complexity: "O(1)", Syntax: "event", Hints: hintsReport, Handler: latencyGraph},
			{Name: "histogram", Arity: -2, Flags: flags,
				Summary: "Returns the distribution of the latencies of commands.", Since: "7.0.0",
				Complexity: "O(N) where N is the number of commands with latency information being retrieved.",
				Syntax:     "[command ...]", Hints: hintsReport, Handler: latencyHistogram},
			{Name: "history", Arity: 3, Flags: flags, Summary: "Returns the latest spikes of an event.",
				Since: "2.8.13", Complexity: "O(1)", Syntax: "event", Hints: hintsReport, Handler: latencyHistory},
			{Name: "latest", Arity: 2, Flags: flags, Summary: "Returns the latest spike of every event.",
				Since: "2.8.13", Complexity: "O(1)", Hints: hintsReport, Handler: latencyLatest},
			{Name: "reset", Arity: -2, Flags: flags, Summary: "Forgets the spikes of some events, or of all.",
				Since: "2.8.13", Complexity: "O(1)", Syntax: "[event ...]",
				Hints: []string{hintAllNodes, hintAllSucceeded}, Handler: latencyReset},
			{Name: "help", Arity: 2, Flags: serverAnyTime, Summary: "Returns helpful text about the subcommands.",
				Since: "2.8.13", Complexity: "O(1)",
				Handler: help("latency",
					"DOCTOR",
					"    Return a report about latency in words.",
					"GRAPH <event>",
					"    Return the latest spikes of the <event> as a graph in text.",
					"HISTORY <event>",
					"    Return the latest spikes of the <event>: times and milliseconds.",
					"LATEST",
					"    Return the latest spike of every event.",
					"RESET [<event> ...]",
					"    Forget the spikes of the events (default: of all).",
					"HISTOGRAM [<command> ...]",
					"    Return how many calls of the commands (default: of all) took how long, cumulated.")},
		},
	}
}

func latencyLatest(c *keyspace.Ctx) error {
	events := c.Engine().LatencyEvents()
	c.ReplyArray(len(events))
	for _, event := range events {
		latest := event.Samples[len(event.Samples)-1]
		c.ReplyArray(4)
		c.ReplyString(event.Name)
		c.ReplyInt(latest.UnixSec)
		c.ReplyInt(latest.Ms)
		c.ReplyInt(event.MaxMs)
	}
	return nil
}

func latencyHistory(c *keyspace.Ctx) error {
	event := c.Engine().LatencyEvent(string(c.Arg(2)))
	if event == nil {
		return c.ReplyArray(0)
	}
	c.ReplyArray(len(event.Samples))
	for _, sample := range event.Samples {
		c.ReplyArray(2)
		c.ReplyInt(sample.UnixSec)
		c.ReplyInt(sample.Ms)
	}
	return nil
}

func latencyReset(c *keyspace.Ctx) error {
	var names []string
	for _, arg := range c.Args()[2:] {
		names = append(names, string(arg))
	}
	return c.ReplyInt(int64(c.Engine().LatencyReset(names...)))
}

func latencyHistogram(c *keyspace.Ctx) error {
	var measured []*keyspace.Command
	add := func(cmd *keyspace.Command) {
		if cmd.Stats().Latency != nil {
			measured = append(measured, cmd)
		}
	}
	if c.Argc() == 2 {
		eachCommand(c, add)
	}
	for _, name := range c.Args()[2:] {
		cmd := latencyCommandNamed(c, string(name))
		if cmd == nil {
			continue
		}
		add(cmd)
		for _, sub := range cmd.Subcommands {
			add(sub)
		}
	}

	c.ReplyMap(len(measured))
	for _, cmd := range measured {
		c.ReplyString(cmd.FullName())
		latencyReplyHistogram(c, cmd.Stats().Latency)
	}
	return nil
}

// latencyCommandNamed finds "get" or "client|id".
func latencyCommandNamed(c *keyspace.Ctx, name string) *keyspace.Command {
	container, sub, isSub := strings.Cut(name, "|")
	cmd := c.Engine().Commands().Lookup([]byte(container))
	if cmd == nil || !isSub {
		return cmd
	}
	return cmd.Subcommand([]byte(sub))
}

// latencyReplyHistogram replies the bounds at which the number of calls grows.
func latencyReplyHistogram(c *keyspace.Ctx, h *keyspace.LatencyHistogram) {
	var bounds, counts []int64
	var before int64
	for i := 0; before < h.Count; i++ {
		bound := latencyBound(i)
		if n := h.Below(bound); n > before {
			bounds, counts = append(bounds, bound), append(counts, n)
			before = n
		}
	}

	c.ReplyMap(2)
	c.ReplyString("calls")
	c.ReplyInt(h.Count)
	c.ReplyString("histogram_usec")
	c.ReplyMap(len(bounds))
	for i, bound := range bounds {
		c.ReplyInt(bound)
		c.ReplyInt(counts[i])
	}
}

// latencyBound is the bound number i, in us. They are Redis's, which counts in
// steps of 1024 ns that double, to two significant digits: 1, 2, 4, ... 33, 66.
func latencyBound(i int) int64 {
	ns := int64(1024) << i
	return (ns + ns>>7 - 1) / 1000
}
