package main

import (
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// Saving takes a core for seconds, and where there is one core only, requests must
// not wait for it. Go's scheduler would let a saver run for ten milliseconds at a
// time. So it gets a thread of its own, which the kernel takes the core from as soon
// as another wants it: that needs a lower priority, and a second processor in Go's
// sense, without which the thread of the requests could not run beside it.
//
// Measured on one core with 5 million keys and 25,000 requests/s (bench,
// snapshot-load): goroutines that yield by runtime.Gosched took 32 s for a save, as
// each time the processor stayed with a thread that waited in epoll.

// The same with a thread: 6 s. Its slice is short, as Linux lets a thread use up its
// slice before another one that wakes up gets the core.
const (
	saverNice    = 10 // beyond that of the process
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

// savers counts the threads that save.
type savers struct {
	mu    sync.Mutex
	n     int
	procs int // GOMAXPROCS without them
}

// run calls f on a goroutine with a thread of its own, which ends with it.
func (s *savers) run(f func()) {
	go func() {
		runtime.LockOSThread() // for good: nobody else gets a thread of that priority
		giveWay()
		s.begin()
		defer s.end()
		f()
	}()
}

func (s *savers) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n++; s.n > 1 {
		return
	}
	if s.procs = runtime.GOMAXPROCS(0); s.procs == 1 {
		runtime.GOMAXPROCS(2)
	}
}

func (s *savers) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n--; s.n == 0 && s.procs == 1 {
		runtime.GOMAXPROCS(1)
	}
}
