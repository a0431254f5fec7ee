package reactor

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// TLS: the handshake has a goroutine of its own (handshake.go), which ends with it.
// From then on the connection is an ordinary one of its loop, that runs crypto/tls
// over the bytes which gnet has read, and over those that it is to send: between the
// socket and ingest stands open, between the queue and the socket seal. So limits,
// pauses, queues, rounds and the ways to end are those of every connection, and an
// idle one has no goroutine and no buffer of 64 KB.
//
// crypto/tls was made for sockets that block. It allows for a deadline, though: a Read
// that was interrupted by one goes on where it was with the next. So the wire below
// it, which holds what gnet has brought, reports a deadline that has passed when
// that is used up.
//
// Rejected: goroutines for each connection, which read from the socket through
// crypto/tls, submit batches and write replies. Server CPU per request on one pinned
// core, 50 clients of redis-benchmark --tls, medians of three alternating rounds:
//
//	                    loop      goroutines   Redis 8.0.6
//	SET, pipeline 16     1.8 us       1.9 us        2.4 us
//	GET, pipeline 16     1.7 us       1.7 us        2.0 us
//	GET, no pipeline    19.8 us      26.8 us       26.3 us
//
// And that was with two stacks and a buffer for each connection, and without any of
// the limits and queues of Conn, which would have had to be written again. An idle
// connection costs 25 KB of RSS, most of it crypto/tls's own (Redis: 53 KB).

// secure is the TLS of a connection. It is the wire that crypto/tls reads from and
// writes to.
type secure struct {
	conn   *tls.Conn
	socket net.Conn      // during the handshake; nil afterwards
	turns  chan struct{} // likewise: see handshake.go
	input  []byte        // has come, and is not taken by conn yet
	sealed *[]byte       // takes what is to be sent: scratch of the loop
}

const (
	// openedBytes is what one read of a loop can bring in the clear: the rest of an
	// earlier record may come with it.
	openedBytes = readBytes + recordBytes
	// recordBytes is the largest record of TLS in the clear.
	recordBytes = 16 << 10
	// sealBytes is how much is encrypted before it is written, and the most that a
	// message costs which its receiver does not take.
	sealBytes = 32 << 10
)

// arriveSealed decrypts what gnet has read, and takes it in.
func (c *Conn) arriveSealed(data []byte) {
	c.secure.input = data
	for more := true; more && !c.closed && !c.closing && !c.ended; {
		var plain []byte
		plain, more = c.open()
		c.ingest(plain)
	}
	c.secure.input = nil
}

// open decrypts what has come, into a buffer that is the loop's. more tells that it
// was too much for that.
func (c *Conn) open() (plain []byte, more bool) {
	if c.loop.opened == nil {
		c.loop.opened = make([]byte, openedBytes)
	}
	plain = c.loop.opened[:0]
	for err := error(nil); err == nil; {
		if len(plain) == cap(plain) {
			return plain, true
		}
		var n int
		n, err = c.secure.conn.Read(plain[len(plain):cap(plain)])
		plain = plain[:len(plain)+n]
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			c.end(err)
		}
	}
	c.transmitSealed() // alerts and new keys
	return plain, false
}

// end takes note that no more will come: the client has said so, or what it sent is
// not TLS. Its last requests are answered all the same, as long as one of them is every
// endWait; a request that blocks would hold it for ever.
func (c *Conn) end(err error) {
	c.ended = true
	c.waitForEnd()
	c.loop.watch(c, false)
	if err != io.EOF {
		c.server.log.Debug().Err(err).Str("client", c.session.Peer().Addr).Msg("TLS connection broken")
	}
}

func (c *Conn) waitForEnd() { c.giveUpNs = time.Now().Add(endWait).UnixNano() }

// endWait: see end.
const endWait = 2 * time.Second

// sealNow encrypts and sends as much as the socket takes. What has been encrypted and is
// not taken goes to gnet, and counts as taken: it cannot be had back.
func (c *Conn) sealNow(p []byte) (taken int) {
	for taken < len(p) && !c.closed && c.socket.OutboundBuffered() == 0 {
		taken += c.seal(p[taken:])
	}
	return taken
}

// sealAll encrypts everything, for gnet to send what the socket does not take.
func (c *Conn) sealAll(p []byte) {
	for len(p) > 0 && !c.closed {
		p = p[c.seal(p):]
	}
}

// seal encrypts the first sealBytes and sends them.
func (c *Conn) seal(p []byte) (taken int) {
	n := min(len(p), sealBytes)
	if _, err := c.secure.conn.Write(p[:n]); err != nil {
		c.kill()
	}
	c.transmitSealed()
	return n
}

// transmitSealed sends what crypto/tls has written.
func (c *Conn) transmitSealed() {
	sealed := c.loop.sealed
	c.loop.sealed = sealed[:0]
	if c.closed || len(sealed) == 0 {
		return
	}
	taken := 0
	if c.socket.OutboundBuffered() == 0 {
		taken = c.transmit(sealed)
	}
	c.transmitLater(sealed[taken:])
}

// sayGoodbye tells the client that nothing was cut off.
func (c *Conn) sayGoodbye() {
	if c.secure != nil && !c.closed {
		_ = c.secure.conn.CloseWrite()
		c.transmitSealed()
	}
}

// Read implements net.Conn for crypto/tls.
func (s *secure) Read(p []byte) (int, error) {
	if s.socket != nil {
		s.giveTurn()
		defer s.takeTurn()
		return s.socket.Read(p)
	}
	if len(s.input) == 0 {
		return 0, os.ErrDeadlineExceeded
	}
	n := copy(p, s.input)
	s.input = s.input[n:]
	return n, nil
}

// Write implements net.Conn for crypto/tls.
func (s *secure) Write(p []byte) (int, error) {
	if s.socket != nil {
		s.giveTurn()
		defer s.takeTurn()
		return s.socket.Write(p)
	}
	*s.sealed = append(*s.sealed, p...)
	return len(p), nil
}

// The rest of net.Conn: whoever owns the socket closes it and sets its deadlines.

func (s *secure) Close() error                     { return nil }
func (s *secure) LocalAddr() net.Addr              { return nil }
func (s *secure) RemoteAddr() net.Addr             { return nil }
func (s *secure) SetDeadline(time.Time) error      { return nil }
func (s *secure) SetReadDeadline(time.Time) error  { return nil }
func (s *secure) SetWriteDeadline(time.Time) error { return nil }
