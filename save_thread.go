package main

import (
	"io"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"solokv/persistence/aof"
)

// Saving takes a core for seconds, and where there is one core only, requests must
// not wait for it. Go's scheduler would let a saver run for ten milliseconds at a
// time. So it gets a thread of its own, with a lower priority, and a processor in Go's
// sense (processors), without which the thread of the requests could not run beside it.
//
// The kernel's scheduler alone does not do either. A thread that wakes up gets the
// core if it has had less than its share; if it has had a little more, it waits for
// the next tick: 4 ms, where there are 250 a second. So a saver offers the core to
// others all the time (courtesy).
//
// Measured on one core with 5 million keys and 25,000 requests/s (bench, snapshot-load):
// a save took 32 s with goroutines that yield by runtime.Gosched, as each time the
// processor stayed with a thread that waited in epoll. With a thread of its own and no
// courtesy it took 2.4 s, and requests waited for 3 to 5 ms again and again; with it 3
// to 5 s.
const (
	saverNice = 10 // beyond that of the process
	// saverSliceNs is the shortest slice that the kernel knows. It is also what a thread loses by yielding.
	saverSliceNs = 100_000
)

// giveWay lowers the priority of the calling thread. Kernels before 6.12 know no
// slices, and do not need them.
func giveWay() {
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return // it is a courtesy
	}
	attr.Nice = min(attr.Nice+saverNice, 19)
	attr.Runtime = saverSliceNs
	if unix.SchedSetAttr(0, attr, 0) != nil {
		_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), int(attr.Nice))
	}
}

// savers starts the threads that save.
type savers struct{ spare *processors }

// run calls f on a goroutine with a thread of its own, which ends with it.
func (s savers) run(f func(*courtesy)) {
	go func() {
		runtime.LockOSThread() // for good: nobody else gets a thread of that priority
		giveWay()
		s.spare.WaitBegins()
		defer s.spare.WaitEnds()
		f(&courtesy{since: time.Now()})
	}()
}

// courtesy is how a saver shares its core. Nil is for those that share with nobody.
type courtesy struct {
	keys           int // since the core was offered last
	since          time.Time
	worked, waited time.Duration // lately
}

const (
	// courtesyKeys is how many keys a saver writes before it offers the core: about 50 us of small ones.
	courtesyKeys = 256
	// courtesyShare is the part of the core below which nothing is offered: what its priority gives to a saver is little more.
	courtesyShare = 8
	// courtesyMemory is the time after which less counts what was.
	courtesyMemory = 100 * time.Millisecond
)

// key is called for each key that is written.
func (c *courtesy) key() {
	if c == nil {
		return
	}
	if c.keys++; c.keys >= courtesyKeys {
		c.offer()
	}
}

// offer lets others have the core who wait for it.
func (c *courtesy) offer() {
	c.keys = 0
	now := time.Now()
	c.worked += now.Sub(c.since)
	c.since = now
	if c.waited > (courtesyShare-1)*c.worked {
		return
	}
	_, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0)
	c.since = time.Now()
	c.waited += c.since.Sub(now)
	if c.worked+c.waited > courtesyMemory {
		c.worked, c.waited = c.worked/2, c.waited/2
	}
}

// writer makes w offer the core after each piece.
func (c *courtesy) writer(w io.Writer) io.Writer {
	if c == nil {
		return w
	}
	polite := courteousWriter{w, c}
	if parts, ok := w.(aof.PartWriter); ok {
		return courteousPartWriter{polite, parts}
	}
	return polite
}

type courteousWriter struct {
	w io.Writer
	c *courtesy
}

func (w courteousWriter) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.c.offer()
	return n, err
}

type courteousPartWriter struct {
	courteousWriter
	parts aof.PartWriter
}

func (w courteousPartWriter) WritePart(p []byte) (int, error) {
	n, err := w.parts.WritePart(p)
	w.c.offer()
	return n, err
}
