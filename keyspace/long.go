package keyspace

import "iter"

// Long requests: scripts, and transactions that call them. A request with the flag
// Long is executed in a coroutine of the writer's. Nearly always it ends there, and
// all is as if it had been called. One that takes longer than busy-reply-threshold is
// suspended every longSliceNs, so that the writer comes back to its other clients:
// they learn with -BUSY what is going on, and may end it.
//
//	writer      call -> next --\          /-- end -----------------> goes on
//	coroutine                   \ handler /
//	                             \       /-- Pause: suspended --> writer: Step, Serve, ...
//	                              \-----/<-- next, from Step
//
// There is still one writer: the coroutine runs while the writer waits for it, on the
// same thread, and switching costs less than a map access (iter.Pull; two switches
// take about 0.1 us). While a request is suspended no other touches the data, nothing
// expires and nothing is freed.

// long is the coroutine, and the request that it executes.
type long struct {
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool

	ctx  Ctx // its own: the engine's serves others meanwhile
	cmd  *Command
	argv []Arg
	out  []byte

	running    bool
	suspended  bool
	abandoned  bool // the engine closes
	wait       *wait
	startNs    int64
	sliceEndNs int64
}

// longSliceNs is how long a suspended request goes on before others have a turn.
const longSliceNs = 2e6

// callLong is call for a request that may take long.
func (e *Engine) callLong(c *Ctx, cmd *Command) {
	l := &e.long
	if l.next == nil {
		l.next, l.stop = iter.Pull(l.serve)
	}
	l.ctx, l.cmd = *c, cmd
	l.argv = append(l.argv[:0], c.args...)
	l.ctx.args, l.ctx.out = l.argv, l.out[:0]
	timedNs := e.timedNs
	l.running, l.startNs = true, e.clock.NowNs()
	l.next()
	if l.running {
		e.timedNs = timedNs + e.clock.NowNs() - l.startNs // the rest of its pipeline took none of it
		e.suspend(c.sess)
		return
	}
	c.db = l.ctx.db
	c.out = append(c.out, l.ctx.out...)
	l.finish()
}

// serve is the coroutine: one request after the other.
func (l *long) serve(yield func(struct{}) bool) {
	l.yield = yield
	for {
		l.ctx.e.call(&l.ctx, l.cmd)
		l.running = false
		if !yield(struct{}{}) {
			return
		}
	}
}

func (l *long) finish() {
	if l.out = l.ctx.out[:0]; cap(l.out) > bufferKeptMax {
		l.out = nil
	}
	clear(l.argv)
	l.ctx = Ctx{}
}

// suspend makes the session wait for its request, and everybody else for that.
func (e *Engine) suspend(s *Session) {
	l := &e.long
	l.suspended = true
	l.wait = &wait{sess: s, paused: true, long: true, heapAt: -1}
	s.waiting = l.wait
	e.gates |= gateBusy
	e.deadline = e.clock.NowNs()
	e.log.Warn().Int64("client", s.ID()).Str("command", l.cmd.full).
		Msg("Slow script detected: still in execution. You can try killing the script using SCRIPT KILL or FUNCTION KILL.")
}

// retain makes the arguments of the suspended request outlive the buffer that they were
// read into.
func (l *long) retain(b *Batch) {
	r := &b.Requests[b.at]
	for i, span := range b.Spans[r.First : r.First+r.Argc] {
		l.argv[i] = span.Of(b.Data)
	}
}

// goOnLong gives the suspended request another slice.
func (e *Engine) goOnLong() {
	l := &e.long
	l.sliceEndNs = e.clock.NowNs() + longSliceNs
	l.next()
	if l.running {
		return
	}
	n := l.wait
	l.suspended, l.wait = false, nil
	e.gates &^= gateBusy
	s, b := n.sess, n.batch
	s.serving = false
	if !s.gone {
		c := Ctx{e: e, sess: s, db: s.db, out: b.Reply}
		mark := len(c.out)
		c.out = append(c.out, l.ctx.out...)
		e.dropReply(&c, mark)
		c.appendPushed()
		b.Reply = c.out
		b.at++
		e.waits.resumed = append(e.waits.resumed, s)
	}
	l.finish()
	e.afterRequests()
}

// pause lets others have a turn when the request takes long. It tells whether the
// request should go on.
func (l *long) pause(e *Engine) bool {
	now := e.clock.NowNs()
	if !l.suspended {
		threshold := int64(e.values.BusyReplyThreshold) * 1e6
		if threshold <= 0 || now-l.startNs < threshold {
			return true
		}
	} else if now < l.sliceEndNs {
		return true
	}
	if !l.yield(struct{}{}) {
		l.abandoned = true
	}
	return !l.abandoned
}

// close ends the coroutine. A request that is suspended ends with it.
func (l *long) close() {
	if l.stop != nil {
		l.stop()
		l.next, l.stop = nil, nil
	}
}

// Busy tells whether a request is suspended.
func (e *Engine) Busy() bool { return e.long.suspended }
