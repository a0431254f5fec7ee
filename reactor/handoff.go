package reactor

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"

	"solokv/keyspace"
)

// loop is one event loop with everything that belongs to it.
type loop struct {
	server  *Server
	events  gnet.EventLoop
	control int // descriptor of our end of the control socket
	spare   keyspace.BatchPool

	round     round
	ingesting bool   // requests are read; what they push leaves when they are done
	gathered  []byte // scratch of sendSome
	opened    []byte // scratch of connections with TLS: what has come, in the clear,
	sealed    []byte // and what is to be sent, encrypted
	bell      bell

	// reads and writes are calls of the system; the loop's own, others only look.
	reads, writes atomic.Int64

	// returned holds executed batches on their way back from a writer that runs
	// apart: pushed by the writer, taken whole by the loop.
	returned  returnList
	announced bool // the writer has put something in since flushLoops

	// revived are connections that the writer has answered outside their own
	// ingest, and that may go on. They do so when it is done, not inside it.
	revived []*Conn

	slow    []*Conn // connections that wait for their output to drain
	looking []*Conn // scratch of poller
	slowSet bool    // a timer for them is running
	timer   *time.Timer
	poll    *poller
}

// newLoop enrolls a socket pair whose connection gives access to a loop: gnet
// spreads connections evenly, so the n-th goes to the n-th loop.
func (s *Server) newLoop(i int) (*loop, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("reactor: control socket: %w", err)
	}
	l := &loop{server: s, control: fds[1]}
	l.poll, l.bell = &poller{l}, bell{l}
	if err := l.enroll(fds[0]); err != nil {
		_ = unix.Close(fds[1])
		return nil, fmt.Errorf("reactor: control socket: %w", err)
	}
	if l.events == nil {
		return nil, fmt.Errorf("reactor: loop %d did not start", i)
	}
	return l, nil
}

// enroll gives gnet one end of the control socket, and checks on the way that
// gnet is as we know it.
func (l *loop) enroll(fd int) error {
	file := os.NewFile(uintptr(fd), "control")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return err
	}
	socket, err := l.server.client.EnrollContext(conn, &control{l})
	if err != nil {
		return err
	}
	_, err = registrationOf(socket)
	return err
}

// control is the context of a loop's control connection, over which the loop rings
// for the end of a round.
type control struct{ loop *loop }

// execute runs r on the loop, soon.
func (l *loop) execute(r gnet.Runnable) {
	if err := l.events.Execute(context.Background(), r); err != nil && !l.server.stopped.Load() {
		l.server.log.Error().Err(err).Msg("event loop does not answer")
	}
}

// stepper is the writer's turn on the loop that has adopted it.
type stepper struct{ server *Server }

func (st *stepper) Run(context.Context) error {
	l := st.server.loops[0]
	wait := st.server.engine.Step()
	l.sendReplies()
	if l.revive() || wait <= 0 {
		l.stepAgain()
	} else {
		st.server.timer.Reset(wait)
	}
	return nil
}

// revive lets connections go on that were held up.
func (l *loop) revive() (any bool) {
	for len(l.revived) > 0 {
		any = true
		list := l.revived
		l.revived = nil
		for _, c := range list {
			c.resume()
			c.finishClose()
		}
	}
	return any
}

// returnList is a stack that the writer pushes to and the loop takes whole.
type returnList struct{ top atomic.Pointer[returned] }

// returned is what the writer has for a connection: an executed batch or a message;
// with neither the connection is to be closed.
type returned struct {
	next *returned
	conn *Conn
	sending
}

func (r *returnList) push(n *returned) {
	for {
		top := r.top.Load()
		n.next = top
		if r.top.CompareAndSwap(top, n) {
			return
		}
	}
}

func (r *returnList) takeAll() (first *returned) {
	for n := r.top.Swap(nil); n != nil; {
		next := n.next
		n.next, first = first, n
		n = next
	}
	return first
}

// flushLoops wakes every loop that the writer has returned batches to, once per
// round of the writer.
func (s *Server) flushLoops() {
	for _, l := range s.loops {
		if l.announced {
			l.announced = false
			l.execute(l)
		}
	}
}

// Run takes what the writer has returned: the loop's part of the hand-off.
func (l *loop) Run(context.Context) error {
	for n := l.returned.takeAll(); n != nil; n = n.next {
		if n.sending == (sending{}) {
			n.conn.close()
			continue
		}
		n.conn.enqueue(n.sending)
	}
	l.sendReplies()
	l.revive()
	return nil
}
