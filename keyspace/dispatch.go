package keyspace

import "unsafe"

// prefetchMinDefault is the number of keys from which on the loads of a batch are
// issued ahead. Smaller tables live in the cache, where it would only cost.
const prefetchMinDefault = 16 << 10

// prefetchWindow is the number of requests whose loads are in flight together:
// about what the core's line-fill buffers hold, twice over.
const prefetchWindow = 64

// serve executes the requests of a batch, from where it was left.
func (e *Engine) serve(b *Batch) {
	s := b.sess
	if s.gone {
		return
	}
	if s.parked.head != nil || s.waiting != nil {
		b.Retain()
		s.parked.push(b)
		return
	}
	c := &e.ctx
	c.e, c.sess, c.db, c.replaying = e, s, s.db, false
	c.out = b.Reply
	nowNs := e.clock.NowNs()
	c.nowMs = e.wallMs(nowNs)
	e.batchNs = nowNs
	e.deadline = min(e.deadline, nowNs+cronNs) // housekeeping goes on after the engine was idle
	s.activeMs = c.nowMs
	s.inputBytes += int64(b.Bytes)

	timer := e.startBatch(b, nowNs)
	prefetched := b.at
	for b.at < len(b.Requests) && !s.closing {
		if b.at == prefetched {
			prefetched = min(b.at+prefetchWindow, len(b.Requests))
			if b.at+1 < prefetched && c.db.table.Len() >= e.prefetchMin {
				e.prefetch(c, b.Requests[b.at:prefetched])
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
	}
	e.endBatch(b, timer)
	if b.Bytes > bufferKeptMax {
		clear(e.argv[:cap(e.argv)]) // or they would keep large arguments alive
	}
	b.Reply = c.out
	c.out = nil
	if s.waiting != nil {
		b.Retain()
		b.at--
		s.waiting.batch = b
		e.deliverPart(b)
		return
	}
	e.finish(b)
}

// deliverPart lets the replies leave that stand before a request which is held up.
func (e *Engine) deliverPart(b *Batch) {
	if len(b.Reply) == 0 {
		return
	}
	part := &Batch{sess: b.sess, Reply: b.Reply, Part: true, Authenticated: b.sess.authenticated}
	b.Reply = nil
	b.sess.outputBytes += int64(len(part.Reply))
	e.stats.outputBytes += int64(len(part.Reply))
	e.deliver(part)
}

// finish answers a batch whose requests have all been executed.
func (e *Engine) finish(b *Batch) {
	s := b.sess
	if b.Malformed != "" && !s.closing {
		b.Reply = appendProtocolError(b.Reply, b.Malformed)
		s.closing = true
		e.stats.malformed++
	}
	b.Close = s.closing
	b.Authenticated = s.authenticated
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

// prefetch loads every bucket and then every entry that the requests will look
// at, so that the cache misses of a window overlap (BenchmarkServePipelined).
func (e *Engine) prefetch(c *Ctx, requests []Request) {
	t := c.db.table
	var buckets [prefetchWindow]unsafe.Pointer
	var touched uint64
	for i := range requests {
		if hash := requests[i].Hash; hash != 0 {
			bucket, meta := t.TouchBucket(hash)
			buckets[i] = bucket
			touched ^= meta
		}
	}
	for i := range requests {
		if buckets[i] != nil {
			touched ^= uint64(t.TouchEntry(requests[i].Hash, buckets[i]))
		}
	}
	e.touched = touched
}

// warmKey is a key that Warm has hashed.
type warmKey struct {
	at   *byte
	len  int
	hash uint64
}

// Warm issues the loads for a window of keys that the handler is about to look
// at, one after the other: args[from], args[from+step] and so on. It returns the
// position behind the window (BenchmarkServeManyKeys).
//
//	for at, warm := 1, 1; at < c.Argc(); at++ {
//		if at == warm {
//			warm = c.Warm(at, 1)
//		}
//		... c.Arg(at) ...
//	}
func (c *Ctx) Warm(from, step int) (next int) {
	e, t := c.e, c.db.table
	next = min(len(c.args), from+prefetchWindow*step)
	c.warmNext, c.warmCount = 0, 0
	if next-from <= step || t.Len() < e.prefetchMin {
		return next
	}
	var buckets [prefetchWindow]unsafe.Pointer
	var touched uint64
	for i := from; i < next; i += step {
		key := c.args[i]
		hash := hashKey(key)
		bucket, meta := t.TouchBucket(hash)
		e.warm[c.warmCount] = warmKey{unsafe.SliceData(key), len(key), hash}
		buckets[c.warmCount] = bucket
		touched ^= meta
		c.warmCount++
	}
	for i := range c.warmCount {
		touched ^= uint64(t.TouchEntry(e.warm[i].hash, buckets[i]))
	}
	e.touched = touched
	return next
}

// deliver lets a reply leave, or keeps it until the journal covers it (I5).
func (e *Engine) deliver(b *Batch) {
	if e.journal != nil {
		appended, durable, _ := e.journal.Progress()
		if durable < appended || e.covered.head != nil {
			b.coveredBy = appended
			e.covered.push(b)
			return
		}
	}
	b.sess.peer.Outbox.Deliver(b)
}

// settle flushes the journal and delivers the replies that it covers.
func (e *Engine) settle() {
	e.journal.Flush()
	appended, durable, _ := e.journal.Progress()
	e.flushed = appended
	for e.covered.head != nil && e.covered.head.coveredBy <= durable {
		b := e.covered.pop()
		b.sess.peer.Outbox.Deliver(b)
	}
}
