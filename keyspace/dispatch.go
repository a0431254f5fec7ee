package keyspace

import "unsafe"

// serve executes the requests of a batch, from where it was left.
func (e *Engine) serve(b *Batch) {
	s := b.sess
	if e.tooManyClientBytes() {
		e.evictClients(nil)
	}
	if s.gone {
		return
	}
	if s.parked.head != nil || s.waiting != nil {
		b.Retain()
		e.holdBatch(b)
		s.parked.push(b)
		return
	}
	e.releaseBatch(b)
	c := &e.ctx
	c.e, c.sess, c.db, c.replaying = e, s, s.db, false
	c.out = b.Reply
	nowNs := e.clock.NowNs()
	c.nowMs = e.wallMs(nowNs)
	e.batchNs = nowNs
	e.deadline = min(e.deadline, nowNs+cronNs) // housekeeping goes on after the engine was idle
	s.activeMs = c.nowMs
	if b.at == 0 {
		s.inputBytes += int64(b.Bytes)
	}
	s.batchBytes = b.Bytes

	s.serving = true
	timer := e.startBatch(b, nowNs)
	if e.hot.left--; e.hot.left < 0 {
		e.sampleKey(c, b)
	}
	prefetched := b.at
	for b.at < len(b.Requests) && !s.closing {
		if b.at == prefetched {
			prefetched = min(b.at+prefetchWindow, len(b.Requests))
			if b.at+1 < prefetched {
				e.prefetch(c, b, b.Requests[b.at:prefetched])
			}
		}
		r := &b.Requests[b.at]
		b.at++
		e.bind(c, b, r)
		if !e.request(c, r.Cmd) {
			break // suspended: b waits in the session
		}
		if len(e.waits.ready) > 0 {
			e.wake()
		}
		if len(s.pushed) > 0 {
			c.appendPushed()
		}
		if len(c.out) > replyPartBytes && b.at < len(b.Requests) {
			s.waiting = &wait{sess: s, paused: true, stalled: true, heapAt: -1}
			break
		}
	}
	s.serving = false
	e.endBatch(b, timer)
	if b.Bytes > bufferKeptMax {
		clear(e.argv[:cap(e.argv)]) // or they would keep large arguments alive
	}
	b.Reply = c.out
	c.out = nil
	if s.waiting != nil {
		b.Retain()
		if !s.waiting.stalled {
			b.at-- // it is executed again
		}
		if s.waiting.long {
			s.serving = true // what is pushed meanwhile follows its reply
			e.long.retain(b)
		}
		s.waiting.batch = b
		e.deliverPart(b)
		e.holdBatch(b)
		return
	}
	e.finish(b)
}

// deliverPart lets the replies leave that stand before a request which is held up.
func (e *Engine) deliverPart(b *Batch) {
	if len(b.Reply) == 0 {
		return
	}
	part := &Batch{sess: b.sess, Reply: b.Reply, Part: true, Authenticated: b.sess.gates&gateAuth == 0,
		Stalled: b.sess.waiting.stalled}
	b.Reply = nil
	b.sess.outputBytes += int64(len(part.Reply))
	e.stats.outputBytes += int64(len(part.Reply))
	e.deliver(part)
}

// replyPartBytes is the reply from which on the rest of a batch waits until the client
// has read it: a pipeline of requests for large values, none of which is read, costs
// that and one reply (I8).
const replyPartBytes = 4 << 20

// Drained tells that a session has read what it was sent, so that the rest of its batch
// may follow. Any goroutine may call it.
func (e *Engine) Drained(s *Session) {
	e.Do(func(*Ctx) {
		if s.waiting != nil && s.waiting.stalled && !s.gone {
			e.proceed(s)
		}
	})
}

// finish answers a batch whose requests have all been executed.
func (e *Engine) finish(b *Batch) {
	s := b.sess
	if b.Malformed != "" && !s.closing {
		b.Reply = appendProtocolError(b.Reply, b.Malformed)
		s.closing = true
		e.stats.malformed++
	}
	if b.Close = s.closing; b.Close {
		e.unlisten(s) // whoever sees the connection closed counts on that
	}
	b.Authenticated = s.gates&gateAuth == 0
	s.outputBytes += int64(len(b.Reply))
	e.stats.outputBytes += int64(len(b.Reply))
	e.deliver(b)
}

// bind makes the context that of request r.
func (e *Engine) bind(c *Ctx, b *Batch, r *Request) {
	spans := b.Spans[r.First : r.First+r.Argc]
	if cap(e.argv) < len(spans) {
		e.argv = make([]Arg, len(spans)+16)
	}
	args := e.argv[:len(spans)]
	for i, span := range spans {
		args[i] = span.Of(b.Data)
	}
	c.args = args
	c.firstKeyHash, c.firstKeyAt = r.Hash, nil
	c.warmNext, c.warmCount = 0, 0
	if r.Cmd != nil && r.Cmd.firstKey != 0 && r.Cmd.firstKey < len(args) {
		c.firstKeyAt = unsafe.SliceData(args[r.Cmd.firstKey])
	}
}

// deliver lets a reply leave, or keeps it until the journal covers it (I5).
func (e *Engine) deliver(b *Batch) {
	if e.repliesWait() {
		e.cover(b)
		return
	}
	b.sess.peer.Outbox.Deliver(b)
}

// repliesWait tells whether what is delivered now has to wait for the journal.
func (e *Engine) repliesWait() bool {
	if e.journal == nil {
		return false
	}
	appended, durable, _ := e.journal.Progress()
	return durable < appended || e.covered.head != nil
}

// cover keeps a reply, or a push, until the journal covers what was recorded by now.
func (e *Engine) cover(b *Batch) {
	b.coveredBy, _, _ = e.journal.Progress()
	if cap(b.Reply) > coverChargedMin || b.message != nil {
		e.holdBatch(b)
	}
	e.covered.push(b)
}

// coverChargedMin is the reply that is worth counting while it waits for the journal.
const coverChargedMin = 4 << 10

// uncover lets the first of those go.
func (e *Engine) uncover() {
	b := e.covered.pop()
	e.releaseBatch(b)
	if b.message == nil {
		b.sess.peer.Outbox.Deliver(b)
		return
	}
	b.sess.peer.Outbox.Push(b.message)
	b.message.Release()
}

// settle flushes the journal and delivers the replies that it covers.
func (e *Engine) settle() {
	e.journal.Flush()
	appended, durable, _ := e.journal.Progress()
	e.flushed = appended
	for e.covered.head != nil && e.covered.head.coveredBy <= durable {
		e.uncover()
	}
}
