package reactor

import "solokv/keyspace"

// A connection's queue holds what it is to be sent, in order: replies and messages.
// All of it that is small leaves in one write.
//
// Messages are shared, so what the socket does not take of them is not left to gnet,
// which would copy it: they stay in the queue, and the poller of slow connections tries
// again. Ten thousand slow subscribers of a channel cost little more than one. Replies
// that come behind a message that waits, wait with it. The limits of output count all.

// sending is the reply of a batch, or a message.
type sending struct {
	batch   *keyspace.Batch
	message *keyspace.Message
}

// bytes is what is sent.
func (s sending) bytes() []byte {
	if s.batch != nil {
		return s.batch.Reply
	}
	return s.message.Data
}

const (
	// gatherCopyMax is the largest reply or message that is copied, so that it
	// leaves together with others, and gatherWriteMax what one write gathers.
	gatherCopyMax  = 4 << 10
	gatherWriteMax = 32 << 10
)

// enqueue puts something into the queue, which is sent at the end of the round.
func (c *Conn) enqueue(s sending) {
	if c.closed {
		c.sent(s)
		return
	}
	c.queue = append(c.queue, s)
	c.heldBytes += int64(len(s.bytes()))
	c.loop.round.replies++
	if !c.queued {
		c.queued = true
		c.loop.round.conns = append(c.loop.round.conns, c)
	}
	if s.message != nil && c.watched {
		c.watchOutput()
	}
}

// sent lets go of what was written, or is not to be.
func (c *Conn) sent(s sending) {
	if s.batch != nil {
		c.answered(s.batch)
	} else {
		s.message.Release()
	}
}

// waits tells whether something has to wait for the client to read: a message behind
// what gnet has still to send.
func (c *Conn) waits(s sending) bool {
	return s.message != nil && c.socket.OutboundBuffered() > 0
}

// send writes what is in the queue, up to a message that has to wait.
func (c *Conn) send() {
	if len(c.queue) == 0 || c.closed || c.stuck {
		return
	}
	queue := c.queue
	c.queue = nil // closing would drop what is in it
	done := 0
	for done < len(queue) && !c.closed && !c.waits(queue[done]) {
		n, stuck := c.sendSome(queue[done:])
		done += n
		if c.stuck = stuck; stuck {
			break
		}
	}
	if c.closed {
		for _, s := range queue[done:] {
			c.sent(s)
		}
		return
	}
	left := copy(queue, queue[done:])
	clear(queue[left:])
	c.queue = queue[:left]
	switch {
	case left > 0:
		c.watchOutput()
	case cap(queue) > queueKept:
		c.queue = nil
	}
	if left == 0 && !c.watched && c.gauges.output.Load() > 0 {
		c.pending() // shows that nothing is
	}
}

// queueKept is the size of the queue that a connection keeps.
const queueKept = 64

// sendSome writes as much of the queue as one write takes: one large reply or message,
// or several small ones. It returns how many of them are done with, and whether the next
// is a message that the client does not take.
func (c *Conn) sendSome(queue []sending) (done int, stuck bool) {
	buffer, count := queue[0].bytes()[c.headSent:], 1
	if len(buffer) <= gatherCopyMax && len(queue) > 1 {
		buffer = append(c.loop.gathered[:0], buffer...)
		for _, s := range queue[1:] {
			p := s.bytes()
			if len(p) > gatherCopyMax || len(buffer)+len(p) > gatherWriteMax {
				break
			}
			buffer = append(buffer, p...)
			count++
		}
		c.loop.gathered = buffer[:0]
	}
	taken := c.writeNow(buffer)
	for _, s := range queue[:count] {
		p := s.bytes()[c.headSent:]
		if taken < len(p) && s.message != nil {
			c.headSent += taken
			return done, true
		}
		c.heldBytes -= int64(c.headSent + len(p))
		c.headSent = 0
		if taken < len(p) {
			c.leave(p[taken:])
		}
		taken -= min(taken, len(p))
		c.sent(s)
		done++
	}
	return done, false
}

// dropQueue lets go of everything that is not sent.
func (c *Conn) dropQueue() {
	queue := c.queue
	c.queue, c.headSent, c.heldBytes = nil, 0, 0
	for _, s := range queue {
		c.sent(s)
	}
}
