package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// warmUp precedes every measured window: caches fill, connections reach their stride.
	warmUp = 300 * time.Millisecond
	// latencyMax bounds the histograms; anything slower is recorded as this.
	latencyMax = time.Minute
	// latencyDigits is the histograms' precision in significant decimal digits.
	latencyDigits = 3
	// pollWaitMs is how long a loop sleeps at most before it looks at the clock and at the context again.
	pollWaitMs = 20
)

// load describes what the generator does to a server.
type load struct {
	request     request
	keys        int // key numbers are drawn from [0, keys)
	connections int
	pipeline    int     // requests per batch; an open loop always sends single requests
	rate        float64 // requests per second of an open loop, 0: closed loop

	// subscribers of the connections listen to what the other one publishes: see pubsub.go. One loop only.
	subscribers int

	// other is sent in half of the cases instead of request, by a coin. Open loops only.
	other request
	// task is given to the server after the duration, and the load goes on until it has ended. Open loops only.
	task *task
}

// outcome is what a load measured between the end of its warm-up and its end.
type outcome struct {
	requests  int64
	elapsed   time.Duration
	cpu       cpuUsage                // of the server
	clientCPU cpuUsage                // of the generator
	loops     int                     // of the generator, a core each
	latencies *hdrhistogram.Histogram // in nanoseconds
	task      taskOutcome
}

// taskOutcome is what a load measured while the server was busy with its task; the outcome's latencies are those before.
type taskOutcome struct {
	latencies  *hdrhistogram.Histogram // in nanoseconds
	elapsed    time.Duration
	startStall time.Duration // the longest latency in taskStartWindow
	calmStall  time.Duration // the same before the task: the median of all windows of that length
}

func (o outcome) requestsPerSecond() float64 { return float64(o.requests) / o.elapsed.Seconds() }

// clock reads monotonic nanoseconds since its start. All loops of a load share one.
type clock struct{ start time.Time }

func (c clock) now() int64 { return int64(time.Since(c.start)) }

// window is the measured span of a load, on the load's clock.
type window struct{ beginNs, endNs int64 }

func (w window) holds(ns int64) bool { return ns >= w.beginNs && ns < w.endNs }

// loop is one worker of the generator: an epoll set with its share of the connections, run by one goroutine and sharing
// nothing with the other loops until the end.
type loop struct {
	load      load
	clock     clock
	window    window
	poller    *poller
	sockets   []socket
	random    *rand.PCG
	buffer    []byte
	answered  int64 // requests answered inside the window
	latencies *hdrhistogram.Histogram
	meter     *meter // only the first loop has one

	// Of a load with a task, nil otherwise.
	taskSpan      *taskSpan
	taskLatencies *hdrhistogram.Histogram
	taskStallNs   int64       // the longest latency in taskStartWindow
	calmStalls    []float64   // the same of each such window before the task, in nanoseconds
	taskRunner    *taskRunner // only the first loop has one
}

// meter reads the CPU of the server and of the generator at both ends of the window. A loop does it between two polls,
// so a reading is at most one round of the loop late.
type meter struct {
	pid         int
	first, last reading
}

type reading struct {
	taken          bool
	atNs           int64
	server, client cpuUsage
}

// observe is called with the time after each poll.
func (m *meter) observe(w window, nowNs int64) error {
	switch {
	case m == nil || nowNs < w.beginNs:
		return nil
	case !m.first.taken:
		return m.first.take(m.pid, nowNs)
	case nowNs >= w.endNs && !m.last.taken:
		return m.last.take(m.pid, nowNs)
	default:
		return nil
	}
}

func (r *reading) take(pid int, nowNs int64) (err error) {
	r.taken, r.atNs = true, nowNs
	if r.server, err = readCPU(pid); err != nil {
		return err
	}
	r.client, err = readCPU(os.Getpid())
	return err
}

// drive runs a load against a server for a duration, after a warm-up, with as many loops as there are client cores.
func (l load) drive(ctx context.Context, s *server, loopsMax int, duration time.Duration) (outcome, error) {
	loops, err := l.open(s, min(loopsMax, l.connections), duration)
	defer closeLoops(loops)
	if err != nil {
		return outcome{}, err
	}

	run := (*loop).runClosed
	switch {
	case l.subscribers > 0:
		run = (*loop).runPublish
	case l.rate > 0:
		run = (*loop).runOpen
	}
	// An error in one loop ends the others.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for _, one := range loops {
		running.Go(func() {
			if err := run(one, ctx); err != nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	if ctx.Err() != nil {
		return outcome{}, context.Cause(ctx)
	}
	if span := loops[0].taskSpan; span != nil && span.endNs.Load() == 0 {
		return outcome{}, fmt.Errorf("%s has not ended after %v", l.task.command, taskTimeout)
	}
	return collect(loops)
}

// open connects a load's sockets and shares them out over its loops. On an error, the loops opened so far are returned
// too, to be closed.
func (l load) open(s *server, loopsCount int, duration time.Duration) ([]*loop, error) {
	var loops []*loop
	start := clock{start: time.Now()}
	expected := newExpectation(l.request.reply)
	for i := range loopsCount {
		poller, err := newPoller()
		if err != nil {
			return loops, err
		}
		one := &loop{
			load: l, clock: start, poller: poller,
			random:    rand.NewPCG(uint64(i)+1, uint64(l.keys)),
			buffer:    make([]byte, 64<<10),
			latencies: newLatencies(),
		}
		loops = append(loops, one)
		for range l.connections/loopsCount + min(1, max(0, l.connections%loopsCount-i)) {
			socket, err := openSocket(s.address, expected)
			if err != nil {
				return loops, err
			}
			one.sockets = append(one.sockets, socket)
			if err := poller.add(socket.fd, len(one.sockets)-1); err != nil {
				return loops, err
			}
		}
	}
	loops[0].meter = &meter{pid: s.pid}
	beginNs := start.now() + int64(warmUp)
	for _, one := range loops {
		one.window = window{beginNs: beginNs, endNs: beginNs + int64(duration)}
	}
	if l.task != nil {
		return loops, addTask(loops, l.task, s.address)
	}
	return loops, nil
}

// addTask makes the end of the loops' windows the instant at which a task is due, and lets them go on until it ends.
func addTask(loops []*loop, t *task, address string) (err error) {
	span := &taskSpan{dueNs: loops[0].window.endNs}
	for _, one := range loops {
		one.window.endNs += int64(taskTimeout)
		one.taskSpan, one.taskLatencies = span, newLatencies()
	}
	loops[0].taskRunner, err = newTaskRunner(t, span, address)
	return err
}

func closeLoops(loops []*loop) {
	for _, one := range loops {
		one.closeAll()
	}
}

func (l *loop) closeAll() {
	for i := range l.sockets {
		l.sockets[i].close()
	}
	l.poller.close()
	l.taskRunner.close()
}

// collect adds up what the loops measured.
func collect(loops []*loop) (outcome, error) {
	m := loops[0].meter
	o := outcome{
		elapsed:   time.Duration(m.last.atNs - m.first.atNs),
		cpu:       m.last.server.minus(m.first.server),
		clientCPU: m.last.client.minus(m.first.client),
		loops:     len(loops),
		latencies: newLatencies(),
	}
	for _, one := range loops {
		o.requests += one.answered
		o.latencies.Merge(one.latencies)
	}
	if span := loops[0].taskSpan; span != nil {
		o.task = taskOutcome{latencies: newLatencies(), elapsed: time.Duration(span.endNs.Load() - span.dueNs)}
		var calm []float64
		for _, one := range loops {
			o.task.latencies.Merge(one.taskLatencies)
			o.task.startStall = max(o.task.startStall, time.Duration(one.taskStallNs))
			for i, stallNs := range one.calmStalls {
				calm = noteStall(calm, i, stallNs)
			}
		}
		if len(calm) > 0 {
			o.task.calmStall = time.Duration(median(calm))
		}
	}
	if o.requests == 0 {
		return outcome{}, fmt.Errorf("no reply in %v", o.elapsed)
	}
	return o, nil
}

func newLatencies() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, int64(latencyMax), latencyDigits)
}

// record notes a latency for a number of requests.
func record(latencies *hdrhistogram.Histogram, latencyNs, requests int64) {
	// The bound is inside the histogram's range, so the call cannot fail.
	_ = latencies.RecordValues(min(latencyNs, int64(latencyMax)), requests)
}
