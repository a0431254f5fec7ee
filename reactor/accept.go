package reactor

import (
	"errors"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"solokv/keyspace"
)

const (
	maxClientsReply = "-ERR max number of clients reached\r\n"
	protectedReply  = "-DENIED Running in protected mode because protected mode is enabled and no password " +
		"is set for the default user. In this mode connections are only accepted from the loopback interface. " +
		"To connect from other machines, do one of the following: 1) Send 'CONFIG SET protected-mode no' from the " +
		"loopback interface. Use CONFIG REWRITE to make this permanent, and make sure that the server is not " +
		"reachable from the internet. 2) Set protected-mode to no in the configuration file, and restart. " +
		"3) Start the server with '--protected-mode no'. 4) Set a password for the default user.\r\n"

	// acceptRest is how long a listener waits after an error such as EMFILE,
	// which goes away by itself or not at all.
	acceptRest = 100 * time.Millisecond
)

// accept takes connections from one listener until it is closed. Accepting is
// apart from serving: a storm of connections slows down nobody who has one.
func (s *Server) accept(ln net.Listener, p Port) {
	var complained time.Time
	for {
		conn, err := ln.Accept()
		if err == nil {
			s.admit(conn, p)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if time.Since(complained) > time.Second {
			complained = time.Now()
			s.log.Warn().Err(err).Msg("cannot accept a connection; those that are open go on")
		}
		time.Sleep(acceptRest)
	}
}

// admit enrolls a new connection, or tells it why not. A client of the TLS port
// cannot be told anything before the handshake.
func (s *Server) admit(conn net.Conn, p Port) {
	if p != PortTLS && s.Limits.Protected.Load() && !isLocal(conn) {
		s.turnAway(conn, protectedReply)
		return
	}
	if s.Live.Add(1) > s.Limits.Clients.Load() {
		s.Live.Add(-1)
		if p == PortTLS {
			s.turnAway(conn, "")
		} else {
			s.turnAway(conn, maxClientsReply)
		}
		return
	}
	if p == PortTLS {
		go s.admitSecure(conn)
		return
	}
	s.enrolling <- struct{}{}
	go func() {
		s.enroll(conn, nil)
		<-s.enrolling
	}()
}

// enrollMax is how many connections are handed to gnet at the same time. Each takes
// several turns of a loop, and many together take no more than one. In between a
// socket exists twice, which the headroom of descriptors allows for.
const enrollMax = 16

// enroll hands a connection to a loop; x is its TLS, or nil.
func (s *Server) enroll(conn net.Conn, x *secure) {
	c := s.newConn(conn)
	if x != nil {
		x.socket, x.turns = nil, nil
		c.secure = x
	}
	if _, err := s.client.EnrollContext(conn, c); err != nil {
		s.Live.Add(-1)
		s.Rejected.Add(1)
		_ = conn.Close()
		if !errors.Is(err, unix.EMFILE) || s.log.GetLevel() <= 0 {
			s.log.Warn().Err(err).Msg("cannot serve a new connection")
		}
	}
}

func (s *Server) turnAway(conn net.Conn, reply string) {
	s.Rejected.Add(1)
	if reply != "" {
		_ = conn.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
		_, _ = conn.Write([]byte(reply))
	}
	_ = conn.Close()
}

func isLocal(conn net.Conn) bool {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}

func (s *Server) newConn(conn net.Conn) *Conn {
	c := &Conn{server: s}
	peer := keyspace.Peer{ID: s.engine.NextClientID(), Outbox: c}
	if local, ok := conn.LocalAddr().(*net.UnixAddr); ok {
		peer.Unix = true
		peer.Addr, peer.Local = local.Name+":0", local.Name+":0"
	} else {
		peer.Addr, peer.Local = conn.RemoteAddr().String(), conn.LocalAddr().String()
	}
	c.session = keyspace.NewSession(peer)
	return c
}
