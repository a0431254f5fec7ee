package reactor

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// A handshake costs up to a millisecond of computing, and as many round trips as the
// client makes of it. Neither may hold up the loops, so it has a goroutine of its own.
// Their number is bounded by maxclients, which counts them, their time by
// handshakeWait, and their computing by turns: who waits for the client gives the
// turn away.

// handshakeWait is how long a client may take to shake hands.
const handshakeWait = 10 * time.Second

// handshakeTurns is how many handshakes may compute at the same time: one core is left
// to those who are served.
func handshakeTurns(cores int) int { return max(1, cores-1) }

func (s *secure) takeTurn() { s.turns <- struct{}{} }
func (s *secure) giveTurn() { <-s.turns }

// admitSecure enrolls a new connection to the TLS port when it has shaken hands.
func (s *Server) admitSecure(conn net.Conn) {
	x, err := s.shakeHands(conn)
	if err != nil {
		s.Live.Add(-1)
		_ = conn.Close()
		s.complain(conn, err)
		return
	}
	s.enrolling <- struct{}{}
	s.enroll(conn, x)
	<-s.enrolling
}

var errProtected = errors.New("protected mode")

// shakeHands returns the TLS of a new connection.
func (s *Server) shakeHands(conn net.Conn) (*secure, error) {
	_ = conn.SetDeadline(time.Now().Add(handshakeWait))
	x := &secure{socket: conn, turns: s.handshakes}
	x.takeTurn()
	defer x.giveTurn()
	x.conn = tls.Server(x, s.options.Listeners.tls.Load())
	if err := x.conn.Handshake(); err != nil {
		return nil, err
	}
	if s.Limits.Protected.Load() && !isLocal(conn) {
		s.Rejected.Add(1)
		_, _ = x.conn.Write([]byte(protectedReply))
		return nil, errProtected
	}
	return x, nil
}

// complain logs why a client was not let in: as a warning once a second, so that a
// client that tries again and again does not fill the disk.
func (s *Server) complain(conn net.Conn, err error) {
	now := time.Now().Unix()
	event := s.log.Debug()
	if last := s.complainedSec.Load(); now > last && s.complainedSec.CompareAndSwap(last, now) {
		event = s.log.Warn()
	}
	event.Err(err).Stringer("addr", conn.RemoteAddr()).Stringer("laddr", conn.LocalAddr()).
		Msg("Error accepting a client connection")
}

// opener serves what a client has sent together with the end of its handshake, and
// crypto/tls has read already.
type opener struct{ conn *Conn }

func (o opener) Run(context.Context) error {
	if !o.conn.closed {
		o.conn.traffic(nil)
	}
	return nil
}
