package keyspace

import "sort"

const latencySamples = 160

// LatencySample is one spike of an event.
type LatencySample struct{ UnixSec, Ms int64 }

// LatencyEvent is the history of one kind of spike.
type LatencyEvent struct {
	Name    string
	MaxMs   int64
	Samples []LatencySample // oldest first
}

// latencyMonitor records what took latency-monitor-threshold or longer.
type latencyMonitor struct {
	thresholdMs int64
	events      map[string]*LatencyEvent
}

func (m *latencyMonitor) add(name string, nowMs, ms int64) {
	if m.thresholdMs == 0 || ms < m.thresholdMs {
		return
	}
	ev := m.events[name]
	if ev == nil {
		if m.events == nil {
			m.events = map[string]*LatencyEvent{}
		}
		ev = &LatencyEvent{Name: name}
		m.events[name] = ev
	}
	ev.MaxMs = max(ev.MaxMs, ms)
	if n := len(ev.Samples); n > 0 && ev.Samples[n-1].UnixSec == nowMs/1000 {
		ev.Samples[n-1].Ms = max(ev.Samples[n-1].Ms, ms)
		return
	}
	ev.Samples = append(ev.Samples, LatencySample{nowMs / 1000, ms})
	if len(ev.Samples) > latencySamples {
		ev.Samples = append(ev.Samples[:0], ev.Samples[1:]...)
	}
}

// watchStep begins a step that the latency monitor watches, and stepWatched ends it. While
// the monitor is off, nobody reads the clock.
func (e *Engine) watchStep() (startNs int64) {
	if e.latency.thresholdMs == 0 {
		return 0
	}
	return e.clock.NowNs()
}

func (c *Ctx) stepWatched(event string, startNs int64) {
	if c.e.latency.thresholdMs > 0 && startNs > 0 {
		c.LatencySpike(event, (c.e.clock.NowNs()-startNs)/1e6)
	}
}

// LatencySpike records one for the latency monitor.
func (c *Ctx) LatencySpike(event string, ms int64) { c.e.latency.add(event, c.nowMs, ms) }

// LatencyEvents lists the recorded events by name.
func (e *Engine) LatencyEvents() []*LatencyEvent {
	list := make([]*LatencyEvent, 0, len(e.latency.events))
	for _, ev := range e.latency.events {
		list = append(list, ev)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// LatencyEvent returns one event, or nil.
func (e *Engine) LatencyEvent(name string) *LatencyEvent { return e.latency.events[name] }

// LatencyReset forgets the named events, or all, and returns how many.
func (e *Engine) LatencyReset(names ...string) (n int) {
	if len(names) == 0 {
		n = len(e.latency.events)
		e.latency.events = nil
	}
	for _, name := range names {
		if e.latency.events[name] != nil {
			delete(e.latency.events, name)
			n++
		}
	}
	return n
}
