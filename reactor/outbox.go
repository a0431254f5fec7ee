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
		c.closing = true
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
		return
	}
	c.inFlight--
	if b.Authenticated == c.parser.Limits.Unauthenticated {
		c.setLimits(b.Authenticated)
	}
	if b.Close {
		c.closing = true
	}
	c.loop.give(b)
}

// write sends bytes, encrypted where the connection is.
func (c *Conn) write(p []byte) {
	if c.secure == nil {
		c.transmit(p)
		return
	}
	c.writeSealed(p)
}

// transmit sends bytes as they are, or leaves to gnet what the socket does not take.
func (c *Conn) transmit(p []byte) {
	if c.socket.OutboundBuffered() == 0 {
		// The raw system call: the socket does not block, so the scheduler need
		// not be told, which saves about 60 ns.
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(c.fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		if errno == 0 {
			p = p[n:]
		}
		if len(p) == 0 {
			return
		}
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
		c.kill()
		return
	}
	c.loop.watch(c, pending > outputPauseBytes)
}

// pending is what is yet to be sent, the messages that are held among it.
func (c *Conn) pending() int64 {
	pending := int64(c.socket.OutboundBuffered()) + c.heldBytes
	c.outputGauge.Store(pending)
	return pending
}

func (c *Conn) exceedsOutput(pending int64) bool {
	l := &c.server.Limits.Output[c.class.Load()]
	if hard := l.HardBytes.Load(); hard > 0 && pending >= hard {
		return true
	}
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
	watched := l.slow
	l.slow = nil
	for _, c := range watched {
		c.lookAgain()
	}
	return nil
}

func (c *Conn) lookAgain() {
	if c.closed {
		return
	}
	c.watched = false
	c.send()
	if c.closed {
		return
	}
	pending := c.pending()
	if (c.closing || c.ended) && time.Now().UnixNano() > c.giveUpNs || c.exceedsOutput(pending) {
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
	if c.choked && !c.closing && pending <= outputPauseBytes/2 {
		c.choked = false
		c.resume()
	}
}
