package reactor

import (
	"solokv/keyspace"
	"solokv/protocol"
)

// ingest parses what has arrived and hands complete requests on, in batches.
//
// Nothing is copied that need not be: in the common case every request of the
// read is complete, and where the loop is the writer the batch's arguments point
// into gnet's read buffer. Only an incomplete request at the end is kept, in the
// connection's own tail, whose size follows from the length that the request has
// announced: an argument of 1 MB is one allocation, one of 512 MB is ten, and either is
// scanned once.
func (c *Conn) ingest(data []byte) {
	buf, own := data, false
	if len(c.tail) > 0 {
		c.tail = append(c.tail, data...)
		buf, own = c.tail, true
	}
	c.reading = true
	more := true
	for more && !c.closed && !c.closing && !c.held() {
		buf, more = c.batch(buf)
	}
	c.reading = false
	if c.closed || c.closing {
		c.tail = nil
		return
	}
	c.keep(buf, own)
	if held := c.held(); held && len(c.tail) > inputPauseBytes {
		c.pauseReading()
	} else if c.paused && !held {
		c.goOnReading()
	}
}

// held tells whether input has to wait: for the writer, or for the client to
// read what it has been sent. A client that is not known yet waits for every
// reply, as the limits of its next request depend on it.
func (c *Conn) held() bool {
	return c.inFlight >= inFlightMax || c.choked || c.inFlight > 0 && c.parser.Limits.Unauthenticated
}

// batch parses one batch out of buf, hands it on and returns what follows it;
// more is false when that holds no complete request.
func (c *Conn) batch(buf []byte) (rest []byte, more bool) {
	b := c.loop.take()
	b.Reset(c.session)
	table := c.server.engine.Commands()
	limit := keyspace.BatchRequestsMax
	if c.parser.Limits.Unauthenticated {
		limit = 1 // the next request's limits depend on this one's outcome
	} else {
		c.parser.Limits.BulkBytesMax = c.server.Limits.BulkBytes.Load()
	}
	status := protocol.Complete
	for len(b.Requests) < limit {
		first := len(b.Spans)
		b.Spans, status = c.parser.Next(buf, b.Spans)
		if status != protocol.Complete {
			break
		}
		b.Add(table, buf, first)
	}
	if status == protocol.Malformed {
		b.Malformed = c.parser.Err()
		c.malformed = true
	} else if len(b.Requests) == 0 {
		skipped := c.parser.Consumed()
		c.parser.Rebase(skipped)
		c.loop.give(b)
		return buf[skipped:], false
	}
	b.Bytes = c.parser.Consumed()
	data, rest := buf[:b.Bytes], buf[b.Bytes:]
	c.parser.Rebase(b.Bytes)
	c.inFlight++
	if c.server.adopted {
		b.Data = data
		c.server.engine.Serve(b)
	} else {
		b.CopyData(data)
		if b.Bytes > batchKeptBytes {
			c.flyingBytes += int64(b.Bytes)
		}
		c.server.engine.Submit(b)
	}
	return rest, status == protocol.Complete
}

// keep saves what could not be parsed or executed yet.
func (c *Conn) keep(rest []byte, own bool) {
	switch {
	case len(rest) == 0:
		if cap(c.tail) > tailKeptMax {
			c.tail = nil
		}
		c.tail = c.tail[:0]
	case own && len(rest) == len(c.tail):
		// still growing in place
	case own && len(rest) <= len(c.tail)/2:
		c.tail = c.tail[:copy(c.tail, rest)]
	case own:
		c.tail = rest // moved when half is used: a byte is moved once for each that is executed
	default:
		c.tail = append(c.tail[:0], rest...)
	}
	if missing := c.parser.Missing(); len(rest) > 0 && cap(c.tail)-len(c.tail) < min(missing, readBytes) && !c.held() {
		grown := make([]byte, len(c.tail), len(c.tail)+min(missing, max(len(c.tail), tailReserveMin)))
		copy(grown, c.tail)
		c.tail = grown
	}
	parsed := min(c.parser.Unfinished(), len(c.tail))
	c.gauges.input.show(int64(len(c.tail) - parsed))
	c.gauges.arguments.show(int64(parsed))
	c.gauges.inputFree.show(int64(cap(c.tail) - len(c.tail)))
	c.tell()
	if int64(len(c.tail)) > c.server.Limits.QueryBytes.Load() {
		c.server.log.Warn().Str("client", c.session.Peer().Addr).
			Msg("closing client that reached max query buffer length")
		c.server.QueryLimited.Add(1)
		c.close()
	}
}

const (
	// tailKeptMax is the buffer that a connection keeps for its next incomplete
	// request; idle connections should cost little.
	tailKeptMax = 4 << 10
	// tailReserveMin is what an announced length makes us set aside at once, and then
	// as much again as has come: a client must send bytes to make us spend memory.
	tailReserveMin = 1 << 20
)

// resume goes on with input that was held.
func (c *Conn) resume() {
	if c.closed || c.closing || c.reading || c.held() || len(c.tail) == 0 && !c.paused {
		return
	}
	c.ingest(nil)
	c.finishClose()
}

// take returns a free batch of the loop.
func (l *loop) take() *keyspace.Batch {
	if b := l.spare.Pop(); b != nil {
		return b
	}
	return new(keyspace.Batch)
}

// give takes a batch back. What has grown for a large request is left to the
// collector, as it may be long before the next one.
func (l *loop) give(b *keyspace.Batch) {
	if b.Bytes > batchKeptBytes || cap(b.Spans) > batchKeptSpans {
		return
	}
	if cap(b.Reply) > replyKeptBytes {
		b.Reply = nil
	}
	l.spare.Push(b)
}

const (
	// batchKeptBytes is the most input that a spare batch holds on to.
	batchKeptBytes = 64 << 10
	// replyKeptBytes is the most output: a pipeline of LRANGE that has to grow its
	// reply anew each time took twice as long. At most gatherBytesMax is in use at a
	// time, so there are few such batches.
	replyKeptBytes = 512 << 10
	// batchKeptSpans is the number of arguments likewise: 64 KB of spans.
	batchKeptSpans = 8 << 10
)
