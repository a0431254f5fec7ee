package reactor

import "solokv/keyspace"

// A connection's queue holds what it is to be sent, in order: replies and messages.
// All of it that is small leaves in one write.
//
// Messages are shared. While a client does not keep up they stay in its queue, and are
// not copied behind those that gnet holds for it already: ten thousand slow subscribers
// of a channel cost little more than one. The limits of output count them all the same.

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
	// holdBytes is the unsent output from which on messages stay in the queue.
	holdBytes = 256 << 10
)

// enqueue puts something into the queue, which is sent at the end of the round.
func (c *Conn) enqueue(s sending) {
	if c.closed {
		c.sent(s)
		return
	}
	c.queue = append(c.queue, s)
	c.loop.round.replies++
	if !c.queued {
		c.queued = true
		c.loop.round.conns = append(c.loop.round.conns, c)
	}
	if s.message == nil {
		return
	}
	c.heldBytes += int64(len(s.message.Data))
	if c.watched {
		c.watchOutput()
	}
}

// sent lets go of what was written, or is not to be.
func (c *Conn) sent(s sending) {
	if s.batch != nil {
		c.answered(s.batch)
		return
	}
	c.heldBytes -= int64(len(s.message.Data))
	s.message.Release()
}

// send writes what is in the queue, up to a message that has to wait for the client.
func (c *Conn) send() {
	if len(c.queue) == 0 || c.closed {
		return
	}
	queue := c.queue
	c.queue = nil // closing would drop what is in it
	done := 0
	if len(queue) == 1 && !c.holds(queue[0]) {
		c.writeAll(queue[0].bytes())
		c.sent(queue[0])
		done = 1
	} else {
		done = c.sendGathered(queue)
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
	if cap(c.queue) > queueKept && left == 0 {
		c.queue = nil
	}
}

// queueKept is the size of the queue that a connection keeps.
const queueKept = 64

// sendGathered writes many replies and messages at a time, and returns how many it
// has let go of.
func (c *Conn) sendGathered(queue []sending) (done int) {
	buffer := c.loop.gathered[:0]
	for _, s := range queue {
		if c.closed || c.holds(s) {
			break
		}
		p := s.bytes()
		if len(buffer)+len(p) > gatherWriteMax || len(p) > gatherCopyMax {
			c.writeAll(buffer)
			buffer = buffer[:0]
		}
		if len(p) > gatherCopyMax {
			c.writeAll(p)
		} else {
			buffer = append(buffer, p...)
		}
		c.sent(s)
		done++
	}
	c.writeAll(buffer)
	c.loop.gathered = buffer[:0]
	return done
}

// holds tells whether s has to wait for the client.
func (c *Conn) holds(s sending) bool {
	return s.message != nil && c.socket.OutboundBuffered() >= holdBytes
}

func (c *Conn) writeAll(p []byte) {
	if len(p) > 0 && !c.closed {
		c.write(p)
	}
}

// dropQueue lets go of everything that is not sent.
func (c *Conn) dropQueue() {
	queue := c.queue
	c.queue = nil
	for _, s := range queue {
		c.sent(s)
	}
}
