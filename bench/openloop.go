package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// The open loop: latency at a given rate, without coordinated omission.
//
// Requests are due at instants that are drawn before the server is asked, and that do not depend on its answers. The
// latency of a request runs from the instant it was due, not from when it was sent: if the server (or this loop)
// stalls for 10 ms, each request that fell due meanwhile is recorded with its share of the stall. A closed loop would
// have sent nothing and recorded one slow batch.
//
// Arrivals are a Poisson process, as those of many independent users are: gaps are exponential, so short bursts are
// part of the load. The loop spins instead of sleeping between two due instants, because a timer's slack (50 us) is of
// the size of what is measured; it has a core of its own.
//
//	due instants   |  |   ||     |  |           one schedule per loop
//	               v  v   vv     v  v
//	connections    0  1   2 3    4  0           taken in turn; a full one is passed over
//	               [oldest due instant ... newest]   per connection, popped as replies come in

const (
	// outstandingMax bounds the requests that one connection awaits. It is a power of two. When all connections are
	// full the schedule runs late, and latencies keep counting from the due instants.
	outstandingMax = 256
	// drainTimeout is how long the loop waits for the last replies after its window.
	drainTimeout = 5 * time.Second
	// sendsPerPoll bounds the requests sent between two polls when the schedule runs late.
	sendsPerPoll = 64
)

// openConn is a connection of the open loop: requests are answered in order, so a ring of due instants suffices.
type openConn struct {
	socket  *socket
	batches []batch // single requests, one of which is drawn each time
	dueNs   [outstandingMax]int64
	sent    uint64 // requests sent so far
	done    uint64 // requests answered so far
}

func (c *openConn) hasRoom() bool {
	return c.sent-c.done < outstandingMax && len(c.socket.unsent) == 0
}

func (c *openConn) send(l *loop, dueNs int64) error {
	batch := &c.batches[0]
	if len(c.batches) > 1 {
		batch = &c.batches[l.random.Uint64()%uint64(len(c.batches))]
	}
	batch.randomize(l.random, uint64(l.load.keys))
	c.dueNs[c.sent%outstandingMax] = dueNs
	c.sent++
	return c.socket.send(batch.bytes)
}

// receive records the replies that have come in.
func (c *openConn) receive(l *loop) error {
	replies, err := c.socket.receive(l.buffer)
	if err != nil {
		return err
	}
	nowNs := l.clock.now()
	for range replies {
		dueNs := c.dueNs[c.done%outstandingMax]
		c.done++
		if l.window.holds(dueNs) {
			l.answered++
			l.note(dueNs, nowNs)
		}
	}
	return nil
}

// note records the latency of a request in the part of the load that it belongs to; see task.go.
func (l *loop) note(dueNs, nowNs int64) {
	latencyNs := nowNs - dueNs
	switch {
	case l.taskSpan == nil:
		record(l.latencies, latencyNs, 1)
		return
	case nowNs < l.taskSpan.dueNs:
		record(l.latencies, latencyNs, 1)
		l.calmStalls = noteStall(l.calmStalls, int((dueNs-l.window.beginNs)/int64(taskStartWindow)), float64(latencyNs))
		return
	}
	record(l.taskLatencies, latencyNs, 1)
	if dueNs < l.taskSpan.dueNs+int64(taskStartWindow) {
		l.taskStallNs = max(l.taskStallNs, latencyNs)
	}
}

// noteStall makes one of the longest latencies longer, if it is not as long.
func noteStall(stalls []float64, i int, latencyNs float64) []float64 {
	for len(stalls) <= i {
		stalls = append(stalls, 0)
	}
	stalls[i] = max(stalls[i], latencyNs)
	return stalls
}

// schedule draws the instants at which requests are due.
type schedule struct {
	random    *rand.Rand
	gapMeanNs float64
	nextNs    float64
}

func newSchedule(random *rand.PCG, rate float64, startNs int64) schedule {
	return schedule{random: rand.New(random), gapMeanNs: float64(time.Second) / rate, nextNs: float64(startNs)}
}

// advance moves on to the next due instant.
func (s *schedule) advance() { s.nextNs += s.random.ExpFloat64() * s.gapMeanNs }

// openRun is the state of one open loop.
type openRun struct {
	*loop
	conns    []openConn
	schedule schedule
	turn     int // the connection whose turn it is
}

// runOpen sends this loop's share of the load's rate.
func (l *loop) runOpen(ctx context.Context) error {
	share := float64(len(l.sockets)) / float64(l.load.connections)
	run := openRun{
		loop:     l,
		conns:    make([]openConn, len(l.sockets)),
		schedule: newSchedule(l.random, l.load.rate*share, l.clock.now()),
	}
	for i := range run.conns {
		run.conns[i].socket, run.conns[i].batches = &l.sockets[i], []batch{newBatch(l.load.request, 1)}
		if len(l.load.other.words) > 0 {
			run.conns[i].batches = append(run.conns[i].batches, newBatch(l.load.other, 1))
		}
	}
	for {
		nowNs := l.clock.now()
		if err := l.taskRunner.step(nowNs); err != nil {
			return err
		}
		l.taskSpan.clip(&l.window)
		if err := l.meter.observe(l.window, nowNs); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		if nowNs >= l.window.endNs && run.drained() {
			return nil
		}
		if nowNs >= l.window.endNs+int64(drainTimeout) {
			return fmt.Errorf("%d requests not answered %v after the end", run.outstanding(), drainTimeout)
		}
		if err := run.sendDue(min(nowNs, l.window.endNs)); err != nil {
			return err
		}
		if err := run.poll(); err != nil {
			return err
		}
	}
}

// drained says whether every request that was due has been sent and answered.
func (r *openRun) drained() bool {
	return r.schedule.nextNs >= float64(r.window.endNs) && r.outstanding() == 0
}

func (r *openRun) outstanding() (requests uint64) {
	for i := range r.conns {
		requests += r.conns[i].sent - r.conns[i].done
	}
	return requests
}

// sendDue sends what is due by now, each request on the next connection that has room.
func (r *openRun) sendDue(nowNs int64) error {
	for range sendsPerPoll {
		if r.schedule.nextNs >= float64(nowNs) {
			return nil
		}
		conn := r.nextWithRoom()
		if conn == nil {
			return nil
		}
		if err := conn.send(r.loop, int64(r.schedule.nextNs)); err != nil {
			return err
		}
		r.schedule.advance()
	}
	return nil
}

// nextWithRoom takes the connections in turn. It returns nil if none can take a request now.
func (r *openRun) nextWithRoom() *openConn {
	for range r.conns {
		conn := &r.conns[r.turn]
		r.turn = (r.turn + 1) % len(r.conns)
		if conn.hasRoom() {
			return conn
		}
	}
	return nil
}

// poll receives what has arrived, without waiting.
func (r *openRun) poll() error {
	events, err := r.poller.wait(0)
	if err != nil {
		return err
	}
	for _, event := range events {
		conn := &r.conns[event.Fd]
		if err := conn.socket.flush(); err != nil {
			return err
		}
		if err := conn.receive(r.loop); err != nil {
			return err
		}
	}
	return nil
}
