package reactor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
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
func (s *Server) accept(ln net.Listener) {
	var complained time.Time
	for {
		conn, err := ln.Accept()
		if err == nil {
			s.admit(conn)
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

// admit enrolls a new connection, or tells it why not.
func (s *Server) admit(conn net.Conn) {
	if s.Limits.Protected.Load() && !isLocal(conn) {
		s.turnAway(conn, protectedReply)
		return
	}
	if s.Live.Add(1) > s.Limits.Clients.Load() {
		s.Live.Add(-1)
		s.turnAway(conn, maxClientsReply)
		return
	}
	s.enrolling <- struct{}{}
	go func() {
		s.enroll(conn)
		<-s.enrolling
	}()
}

// enrollMax is how many connections are handed to gnet at the same time. Each takes
// several turns of a loop, and many together take no more than one. In between a
// socket exists twice, which the headroom of descriptors allows for.
const enrollMax = 16

func (s *Server) enroll(conn net.Conn) {
	c := s.newConn(conn)
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
	_ = conn.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
	_, _ = conn.Write([]byte(reply))
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

// Listen opens the TCP addresses of bind on port, where an address that begins
// with '-' may be missing, and the unix socket, if there is one.
func Listen(bind []string, port, backlog int, unixPath string, unixMode os.FileMode) ([]net.Listener, error) {
	var all []net.Listener
	fail := func(err error) ([]net.Listener, error) {
		for _, ln := range all {
			_ = ln.Close()
		}
		return nil, err
	}
	if port != 0 {
		for _, address := range bind {
			ln, err := listenTCP(address, port, backlog)
			if err != nil {
				return fail(err)
			}
			if ln != nil {
				all = append(all, ln)
			}
		}
	}
	if unixPath != "" {
		_ = os.Remove(unixPath)
		ln, err := net.Listen("unix", unixPath)
		if err != nil {
			return fail(fmt.Errorf("reactor: listen on %s: %w", unixPath, err))
		}
		all = append(all, ln)
		if unixMode != 0 {
			if err := os.Chmod(unixPath, unixMode); err != nil {
				return fail(fmt.Errorf("reactor: %w", err))
			}
		}
	}
	return all, nil
}

func listenTCP(address string, port, _ int) (net.Listener, error) {
	optional := address != "" && address[0] == '-'
	if optional {
		address = address[1:]
	}
	network := "tcp"
	switch address {
	case "*":
		network, address = "tcp4", "0.0.0.0"
	case "::*":
		network, address = "tcp6", "::"
	}
	// Keep-alive is set per connection, as configured. Multipath TCP would be on
	// by default, which no client of ours asks for.
	listen := net.ListenConfig{KeepAlive: -1}
	listen.SetMultipathTCP(false)
	ln, err := listen.Listen(context.Background(), network, net.JoinHostPort(address, strconv.Itoa(port)))
	if err == nil {
		return ln, nil
	}
	missing := errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.EAFNOSUPPORT)
	if optional && missing {
		return nil, nil
	}
	return nil, fmt.Errorf("reactor: listen on %s:%d: %w", address, port, err)
}
