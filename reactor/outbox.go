package reactor

import (
	"context"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"solokv/keyspace"
)

// Deliver takes a batch whose reply may leave. On the writer: where that is the
// loop, the reply is written in this round; otherwise it travels to the loop with
// those of the writer's round.
func (c *Conn) Deliver(b *keyspace.Batch) {
	if len(b.Reply) > largeReplyBytes && c.exceedsHard(c.gauges.output.Load()+int64(len(b.Reply))) {
		c.server.log.Warn().Str("client", c.session.Peer().Addr).Int("bytes", len(b.Reply)).
			Msg("closing client whose reply exceeds its output buffer limit")
		c.server.OutputLimited.Add(1)
		b.Reply, b.Close = b.Reply[:0], true
		c.Kill()
	}
	if c.server.adopted {
		c.loop.post(c, b)
		return
	}
	c.hand(sending{batch: b})
}

// Push takes a message. On the writer.
func (c *Conn) Push(m *keyspace.Message) {
	if c.server.adopted {
		c.loop.push(c, m)
		return
	}
	m.Retain()
	c.hand(sending{message: m})
}

// hand lets something travel to the loop.
func (c *Conn) hand(s sending) {
	c.loop.returned.push(&returned{conn: c, sending: s})
	c.loop.announced = true
}

// Classify chooses the limits of the output. On the writer.
func (c *Conn) Classify(pubsub bool) {
	class := outputNormal
	if pubsub {
		class = outputPubSub
	}
	c.class.Store(int32(class))
}

// Kill ends the connection without sending what is left. On the writer.
func (c *Conn) Kill() {
	if c.server.adopted {
		c.kill()
		return
	}
	c.hand(sending{})
}

// kill closes at once, except inside this connection's own ingest, which closes
// when it is done.
func (c *Conn) kill() {
	if c.reading {
		c.closing, c.killed = true, true
		return
	}
	c.close()
}

// answer sends a batch's reply and takes the batch back. On the loop.
func (c *Conn) answer(b *keyspace.Batch) {
	if len(b.Reply) > 0 && !c.closed {
		c.write(b.Reply)
	}
	c.answered(b)
}

// answered takes a batch back whose reply is on its way.
func (c *Conn) answered(b *keyspace.Batch) {
	if b.Part {
		if b.Stalled {
			c.stalled = true
			c.unstall()
		}
		return
	}
	c.inFlight--
	if b.Bytes > batchKeptBytes && !c.server.adopted {
		c.flyingBytes -= int64(b.Bytes)
		c.tell()
	}
	if c.ended {
		c.waitForEnd()
	}
	if b.Authenticated == c.parser.Limits.Unauthenticated {
		c.setLimits(b.Authenticated)
	}
	if b.Close {
		c.closing = true
	}
	c.loop.give(b)
}

// write sends bytes.
func (c *Conn) write(p []byte) {
	if taken := c.writeNow(p); taken < len(p) {
		c.leave(p[taken:])
	}
}

// writeNow sends what the socket takes, if nothing waits in front of it.
func (c *Conn) writeNow(p []byte) (taken int) {
	switch {
	case c.closed || len(p) == 0 || c.socket.OutboundBuffered() > 0:
		return 0
	case c.secure != nil:
		return c.sealNow(p)
	}
	return c.transmit(p)
}

// leave lets p be sent when the socket takes more.
func (c *Conn) leave(p []byte) {
	switch {
	case c.closed || len(p) == 0:
	case c.secure != nil:
		c.sealAll(p)
	default:
		c.transmitLater(p)
	}
}

// transmit gives bytes to the socket as they are.
func (c *Conn) transmit(p []byte) (taken int) {
	c.loop.writes.Add(1)
	// The raw system call: the socket does not block, so the scheduler need not be
	// told, which saves about 60 ns.
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(c.fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	switch errno {
	case 0:
		return int(n)
	case syscall.EAGAIN, syscall.EINTR:
	default:
		c.kill() // nobody is there
	}
	return 0
}

// transmitLater gives bytes to gnet. It notices that a connection is broken, too.
func (c *Conn) transmitLater(p []byte) {
	if c.closed || len(p) == 0 {
		return
	}
	if c.paused && c.socket.OutboundBuffered() == 0 {
		c.goOnReading() // gnet is about to ask for events of this socket
	}
	if _, err := c.socket.Write(p); err != nil {
		return // gnet has closed the connection
	}
	c.watchOutput()
}

// watchOutput looks after a connection whose client reads slowly.
func (c *Conn) watchOutput() {
	pending := c.pending()
	if pending == 0 || c.closed {
		return
	}
	if c.exceedsOutput(pending) {
		c.server.log.Warn().Str("client", c.session.Peer().Addr).Int64("bytes", pending).
			Msg("closing client that reached its output buffer limit")
		c.server.OutputLimited.Add(1)
		c.kill()
		return
	}
	c.loop.watch(c, pending > outputPauseBytes)
}

// pending is what is yet to be sent, what is held in the queue among it.
func (c *Conn) pending() int64 {
	left := int64(c.socket.OutboundBuffered())
	pending := left + c.heldBytes - int64(c.headSent)
	c.gauges.output.show(pending)
	c.gauges.queued.show(int64(len(c.queue)))
	c.gauges.outputMemory.show(left + c.heldBytes + int64(len(c.queue))*int64(unsafe.Sizeof(sending{})))
	c.tell()
	return pending
}

// unstall lets the writer go on with a batch of which only a part was executed, as its
// replies are large, once the client has read most of that part.
func (c *Conn) unstall() {
	if c.stalled && !c.closed && c.pending() <= outputPauseBytes/2 {
		c.stalled = false
		c.server.engine.Drained(c.session)
	}
}

// largeReplyBytes is the length from which on a reply is held against the hard limit,
// also where the client would take all of it: smaller ones are never above a limit that
// makes sense, and need not ask.
const largeReplyBytes = 16 << 10

func (c *Conn) exceedsHard(pending int64) bool {
	hard := c.server.Limits.Output[c.class.Load()].HardBytes.Load()
	return hard > 0 && pending >= hard
}

func (c *Conn) exceedsOutput(pending int64) bool {
	if c.exceedsHard(pending) {
		return true
	}
	l := &c.server.Limits.Output[c.class.Load()]
	soft := l.SoftBytes.Load()
	if soft == 0 || pending < soft {
		c.softNs = 0
		return false
	}
	now := time.Now().UnixNano()
	if c.softNs == 0 {
		c.softNs = now
	}
	return now-c.softNs > l.SoftSec.Load()*1e9
}

// finishClose closes a connection whose last reply has been written, or sees to
// it that this happens when the client has read it. gnet's own close drops what
// the socket does not take at once.
func (c *Conn) finishClose() {
	if c.ended && !c.closing && c.inFlight == 0 && !c.reading {
		c.closing, c.giveUpNs = true, 0
	}
	if !c.closing || c.closed || c.reading {
		return
	}
	if c.killed {
		c.close()
		return
	}
	c.dropQueue()
	if c.socket.OutboundBuffered() > 0 {
		if c.giveUpNs == 0 {
			c.giveUpNs = time.Now().Add(drainWait).UnixNano()
		}
		c.loop.watch(c, true)
		return
	}
	if c.sayGoodbye(); c.closed {
		return
	}
	if !c.malformed {
		c.close()
		return
	}
	// The client may be in the middle of sending. Closing now would answer its
	// bytes with a reset, which may overtake the error that explains it. So only
	// our half is closed, and what still comes is dropped for a while.
	if !c.lingering {
		c.lingering = true
		_ = unix.Shutdown(c.fd, unix.SHUT_WR)
		c.giveUpNs = time.Now().Add(lingerWait).UnixNano()
		c.loop.watch(c, true)
	}
}

const (
	// drainWait is how long a connection that is to be closed may take to read
	// its last replies.
	drainWait = 10 * time.Second
	// lingerWait is how long the input of a client is dropped that broke the
	// protocol.
	lingerWait = 500 * time.Millisecond
	// slowPoll is the pace at which slow connections are looked at. gnet does
	// not tell when output has drained.
	slowPoll = 5 * time.Millisecond
	// slowLooks is how many of them at a time: with thousands of slow subscribers
	// others must be served, too.
	slowLooks = 256
)

// watch looks at the connection again until its output has drained.
func (l *loop) watch(c *Conn, choke bool) {
	c.choked = c.choked || choke
	if c.watched {
		return
	}
	c.watched = true
	l.slow = append(l.slow, c)
	if len(l.slow) == 1 {
		l.pollLater()
	}
}

func (l *loop) pollLater() {
	if l.timer == nil {
		l.timer = time.AfterFunc(slowPoll, func() { l.execute(l.poll) })
		return
	}
	l.timer.Reset(slowPoll)
}

// poller looks at the slow connections of a loop.
type poller struct{ loop *loop }

func (p *poller) Run(context.Context) error {
	l := p.loop
	n := min(len(l.slow), slowLooks)
	l.looking = append(l.looking[:0], l.slow[:n]...)
	l.slow = l.slow[:copy(l.slow, l.slow[n:])]
	if len(l.slow) > 0 {
		l.pollLater()
	}
	for i, c := range l.looking {
		c.lookAgain()
		l.looking[i] = nil
	}
	return nil
}

func (c *Conn) lookAgain() {
	if c.closed {
		return
	}
	c.watched, c.stuck = false, false
	c.send()
	if c.closed {
		return
	}
	pending := c.pending()
	exceeds := c.exceedsOutput(pending)
	if exceeds {
		c.server.OutputLimited.Add(1)
	}
	if (c.closing || c.ended) && time.Now().UnixNano() > c.giveUpNs || exceeds {
		c.close()
		return
	}
	if c.closing && pending == 0 && !c.lingering {
		c.finishClose()
		return
	}
	if c.closing || c.ended || pending > 0 {
		c.loop.watch(c, false)
	}
	c.unstall()
	if c.choked && !c.closing && pending <= outputPauseBytes/2 {
		c.choked = false
		c.resume()
	}
}
