package reactor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Port is one of the ways in.
type Port int

const (
	PortPlain Port = iota
	PortTLS
	PortUnix
	ports
)

// Listeners are the sockets that a server accepts connections from. They exist before
// the server, so that a port that is taken is known at once.
type Listeners struct {
	// Backlog is how many connections may wait to be accepted, as far as the system allows;
	// 0 is what it allows. It is set before anything else.
	Backlog int

	mu     sync.Mutex
	open   [ports][]net.Listener
	accept func(net.Listener, Port) // nil before Start
	closed bool

	tls atomic.Pointer[tls.Config]
}

// SetTLS sets what handshakes go by from now on. Who is connected keeps what was
// agreed.
func (l *Listeners) SetTLS(c *tls.Config) { l.tls.Store(c) }

// CertificateEnd is when the certificate expires that handshakes show; ok is false without
// TLS.
func (l *Listeners) CertificateEnd() (end time.Time, ok bool) {
	c := l.tls.Load()
	if c == nil || len(c.Certificates) == 0 || c.Certificates[0].Leaf == nil {
		return time.Time{}, false
	}
	return c.Certificates[0].Leaf.NotAfter, true
}

// Listen begins to listen on the addresses of bind, where one that begins with '-' may
// be missing; what p has listened on before is closed first, as the addresses may
// overlap. On an error, p listens on nothing.
func (l *Listeners) Listen(p Port, bind []string, port int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.close(p)
	if port == 0 {
		return nil
	}
	opened, err := ListenTCP(bind, port)
	if err != nil {
		return err
	}
	for _, ln := range opened {
		if err == nil {
			err = l.setBacklog(ln)
		}
		l.add(p, ln)
	}
	if err != nil {
		l.close(p)
	}
	return err
}

// ListenTCP opens a port on all addresses of bind, or on none.
func ListenTCP(bind []string, port int) (opened []net.Listener, err error) {
	for _, address := range bind {
		ln, err := listenTCP(address, port)
		if err != nil {
			for _, ln := range opened {
				_ = ln.Close()
			}
			return nil, err
		}
		if ln != nil {
			opened = append(opened, ln)
		}
	}
	return opened, nil
}

// ListenUnix listens on a unix socket, whose file gets mode unless that is 0.
func (l *Listeners) ListenUnix(path string, mode os.FileMode) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = os.Remove(path)
	ln, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("reactor: listen on %s: %w", path, err)
	}
	if err := l.setBacklog(ln); err != nil {
		return err
	}
	if mode != 0 {
		if err := os.Chmod(path, mode); err != nil {
			_ = ln.Close()
			return fmt.Errorf("reactor: %w", err)
		}
	}
	l.add(PortUnix, ln)
	return nil
}

// setBacklog bounds the queue of a socket that already listens, which Linux permits: Go
// listens with the system's bound and offers no other. A failure closes it.
func (l *Listeners) setBacklog(ln net.Listener) error {
	if l.Backlog == 0 {
		return nil
	}
	raw, err := ln.(syscall.Conn).SyscallConn()
	if err == nil {
		errListen := raw.Control(func(fd uintptr) { err = unix.Listen(int(fd), l.Backlog) })
		err = errors.Join(err, errListen)
	}
	if err != nil {
		_ = ln.Close()
		return fmt.Errorf("reactor: backlog of %s: %w", ln.Addr(), err)
	}
	return nil
}

// Add makes p accept from ln too.
func (l *Listeners) Add(p Port, ln net.Listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(p, ln)
}

func (l *Listeners) add(p Port, ln net.Listener) {
	if l.closed {
		_ = ln.Close()
		return
	}
	l.open[p] = append(l.open[p], ln)
	if l.accept != nil {
		go l.accept(ln, p)
	}
}

// start hands all listeners to accept, and those to come.
func (l *Listeners) start(accept func(net.Listener, Port)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accept = accept
	for p := range ports {
		for _, ln := range l.open[p] {
			go accept(ln, p)
		}
	}
}

func (l *Listeners) close(p Port) {
	for _, ln := range l.open[p] {
		_ = ln.Close()
	}
	l.open[p] = nil
}

// Close ends all of them, for good.
func (l *Listeners) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for p := range ports {
		l.close(p)
	}
}

func listenTCP(address string, port int) (net.Listener, error) {
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
