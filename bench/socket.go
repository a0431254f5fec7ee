package main

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// socket is one connection of a load: a non-blocking descriptor, what could not be sent yet, and the replies' counter.
type socket struct {
	fd      int
	unsent  []byte
	replies replyCounter
}

var errConnClosed = errors.New("the server closed the connection")

// connError names what was tried. Which of send and receive meets a closed connection first is chance, so that is told
// in one way.
func connError(what string, err error) error {
	if errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) {
		return errConnClosed
	}
	return fmt.Errorf("%s: %w", what, err)
}

// openSocket connects to a server. Sockets are opened before a load starts, so connecting itself may block.
func openSocket(address string, expected *expectation) (socket, error) {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return socket{}, fmt.Errorf("connect: %w", err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return socket{}, fmt.Errorf("connect: %w", err)
	}
	err = unix.Connect(fd, &unix.SockaddrInet4{Addr: target.Addr().As4(), Port: int(target.Port())})
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		_ = unix.Close(fd)
		return socket{}, fmt.Errorf("connect: %w", err)
	}
	return socket{fd: fd, replies: replyCounter{expected: expected}}, nil
}

// send writes as much as the kernel takes and keeps the rest for flush. The caller must leave data unchanged until
// nothing is unsent.
func (s *socket) send(data []byte) error {
	s.unsent = data
	return s.flush()
}

func (s *socket) flush() error {
	for len(s.unsent) > 0 {
		n, err := unix.Write(s.fd, s.unsent)
		switch {
		case err == nil:
			s.unsent = s.unsent[n:]
		case errors.Is(err, unix.EAGAIN):
			return nil
		case !errors.Is(err, unix.EINTR):
			return connError("send", err)
		}
	}
	return nil
}

// receive reads what has arrived and returns how many replies it completes. buffer is scratch space. A read that does
// not fill the buffer has emptied the socket; under edge-triggered epoll that spares the second read which would only
// say so.
func (s *socket) receive(buffer []byte) (replies int, err error) {
	for {
		n, err := unix.Read(s.fd, buffer)
		switch {
		case err == nil && n == 0:
			return replies, errConnClosed
		case err == nil:
			replies += s.replies.count(buffer[:n])
			if s.replies.err != nil || n < len(buffer) {
				return replies, s.replies.err
			}
		case errors.Is(err, unix.EAGAIN):
			return replies, nil
		case !errors.Is(err, unix.EINTR):
			return replies, connError("receive", err)
		}
	}
}

func (s *socket) close() { _ = unix.Close(s.fd) }

// poller is an edge-triggered epoll set; an event carries the number under which its descriptor was added.
type poller struct {
	fd     int
	events []unix.EpollEvent
}

const pollEventsMax = 128

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &poller{fd: fd, events: make([]unix.EpollEvent, pollEventsMax)}, nil
}

func (p *poller) add(fd, number int) error {
	event := unix.EpollEvent{
		Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET,
		Fd:     int32(number), // the kernel hands it back as it is
	}
	if err := unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// wait returns the events that are there, waiting up to waitMs for the first one. They are valid until the next call.
func (p *poller) wait(waitMs int) ([]unix.EpollEvent, error) {
	n, err := unix.EpollWait(p.fd, p.events, waitMs)
	if errors.Is(err, unix.EINTR) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return p.events[:n], nil
}

func (p *poller) close() { _ = unix.Close(p.fd) }
