package reactor

import (
	"context"
	"runtime"
	"syscall"
	"unsafe"

	"solokv/keyspace"
)

// A round is what one poll of an adopted loop brings. Where several connections
// are served in a round, their replies are written together at its end: a client
// that sleeps is woken once and finds work for a while, instead of being woken
// for each reply, and the kernel's way out is walked by one reply after the other.
// SET of pipeline 64 rose from 2.03 to 2.41 M/s, GET from 2.19 to 2.41 (rows set-p64
// and get-p64 of bench, medians of nine rounds); a pipeline of 16, or none, is even.
//
// gnet does not tell when a round ends. So the loop rings its own bell: a byte on
// the control socket, which is ready before anything that comes later. That costs
// two system calls, too much for the only reply of a round; so a loop that serves
// one or two connections at a time writes at once, and rings now and then only, to
// see whether there are more.
type round struct {
	conns     []*Conn // that have something to send
	replies   int     // and messages, in all of their queues
	bytes     int
	rung      bool
	stepping  bool  // the writer wants its turn at the end of the round
	gathering bool  // several connections were served in the last round
	served    uint8 // replies since the bell was last tried
	unyielded int   // replies since other goroutines were let run
}

const (
	// gatherMin is the number of replies in a round from which on it is worth
	// ringing.
	gatherMin = 3
	// gatherTry is how many replies are written at once before the bell is tried.
	gatherTry = 32
	// yieldReplies is how many replies are written between two turns of others.
	yieldReplies = 64
	// gatherBytesMax bounds the replies that wait for the end of a round (I8).
	gatherBytesMax = 1 << 20
)

// post sends a reply, now or at the end of the round, but in order.
func (l *loop) post(c *Conn, b *keyspace.Batch) {
	r := &l.round
	if !r.rung {
		r.served++
		if !r.gathering && r.served%gatherTry != 0 && len(c.queue) == 0 {
			c.answer(b)
			c.goOn()
			return
		}
		l.ring()
	}
	c.enqueue(sending{batch: b})
	if r.bytes += len(b.Reply); r.bytes >= gatherBytesMax || c.inFlight >= inFlightMax {
		l.sendReplies()
	}
}

// push sends a message at the end of the round; without one, when the requests that were
// read together are done, so that those of a pipeline share a write and nobody has to
// ring (rows pubsub-1-p1 and -p16 of bench).
func (l *loop) push(c *Conn, m *keyspace.Message) {
	if !l.round.rung && !l.ingesting {
		l.ring()
	}
	m.Retain()
	c.enqueue(sending{message: m})
	// A message is shared: what it costs is its place in the queue.
	if l.round.bytes += int(unsafe.Sizeof(sending{})); l.round.bytes >= gatherBytesMax {
		l.sendReplies()
	}
}

// ingested sends what one connection's requests have pushed.
func (l *loop) ingested() {
	l.ingesting = false
	if !l.round.rung && len(l.round.conns) > 0 {
		l.sendReplies()
	}
}

// ring makes endRound be called when what the poll has returned is served.
func (l *loop) ring() {
	l.round.rung = true
	var bell [1]byte
	_, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(l.control),
		uintptr(unsafe.Pointer(&bell)), uintptr(len(bell)))
	if errno != 0 {
		l.execute(l.bell)
	}
}

// bell calls endRound where the control socket does not.
type bell struct{ loop *loop }

func (b bell) Run(context.Context) error {
	b.loop.endRound()
	return nil
}

// stepAgain gives the writer another turn at the end of the round. It must not be
// a task of gnet's: tasks are executed until there are none, and no socket would be
// served as long as the writer has something to do.
func (l *loop) stepAgain() {
	l.round.stepping = true
	if !l.round.rung {
		l.ring()
	}
}

// endRound writes the replies of the round.
func (l *loop) endRound() {
	l.round.rung = false
	l.round.gathering = len(l.round.conns) >= gatherMin
	l.round.unyielded += l.round.replies
	l.sendReplies()
	l.revive()
	if l.round.stepping {
		l.round.stepping = false
		_ = (&stepper{l.server}).Run(context.Background())
	}
	l.yield()
}

// yield lets other goroutines run, every few replies.
//
// gnet does so when a poll finds nothing, and with a bell each finds something. On
// one core the journal and those who accept connections would wait for the scheduler
// to interrupt us, 10 ms for each of their steps: of 50 connections that came under
// load the last took half a second to be served.
func (l *loop) yield() {
	r := &l.round
	if r.unyielded >= yieldReplies || r.stepping {
		r.unyielded = 0
		runtime.Gosched()
	}
}

func (l *loop) sendReplies() {
	r := &l.round
	r.bytes, r.replies = 0, 0
	for i, c := range r.conns {
		c.queued = false
		c.send()
		c.goOn()
		r.conns[i] = nil
	}
	r.conns = r.conns[:0]
}

// goOn lets a connection that was answered go on with its input, soon.
func (c *Conn) goOn() {
	if !c.reading {
		c.loop.revived = append(c.loop.revived, c)
	}
}
