package main

import (
	"runtime"
	"sync"
	"time"

	"solokv/keyspace/config"
	"solokv/reactor"
)

// processors lends Go's scheduler more processors while somebody waits for the disk.
//
// A goroutine in a system call keeps its processor until the scheduler's monitor takes it
// away: 20 us later if the monitor was at work just now, 10 ms later if it was not. Where a
// processor is all there is, as on one core, nobody is served meanwhile: under everysec,
// with 25,000 requests/s on one core, nothing was answered for 1 to 2.5 ms of each fsync,
// and for 10 ms of a long one; with processors to spare it is 0.3 ms.
//
// They are there for as long as they are needed only: when a goroutine calls
// runtime.Gosched, as the event loop does before it sleeps, and a processor is free, the
// scheduler wakes a thread that looks for work: 2 us of CPU for each request where 50
// clients send without a pipeline. To change their number stops everybody for some 20 us,
// so that they stay for a while (processorsRest); under always, they stay.
type processors struct {
	few, many int // GOMAXPROCS without, and with the additional ones

	mu       sync.Mutex
	waiting  int
	isMany   bool
	lastWait time.Time // its end
}

const (
	// processorsWaiting are those who may wait for the disk at a time: the one who writes the append-only
	// file, the one who syncs it, and one who saves.
	processorsWaiting = 3
	// processorsRest is how long they stay after the last wait.
	processorsRest = 100 * time.Millisecond
)

// newProcessors are those for a server in which so many goroutines serve. All of them are there for a
// moment: Go makes a processor when it is needed first, and everybody waits for that.
func newProcessors(serving int) *processors {
	few := runtime.GOMAXPROCS(0)
	p := &processors{few: few, many: max(few, serving+processorsWaiting)}
	if p.many > p.few {
		runtime.GOMAXPROCS(p.many)
		runtime.GOMAXPROCS(p.few)
	}
	return p
}

// WaitBegins implements fs.Waiter.
func (p *processors) WaitBegins() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting++
	if p.isMany || p.many == p.few {
		return
	}
	p.isMany = true
	runtime.GOMAXPROCS(p.many)
	time.AfterFunc(processorsRest, p.rest)
}

// WaitEnds implements fs.Waiter.
func (p *processors) WaitEnds() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
	p.lastWait = time.Now()
}

// rest takes the additional ones back when nobody has waited for a while.
func (p *processors) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting > 0 || time.Since(p.lastWait) < processorsRest {
		time.AfterFunc(processorsRest, p.rest)
		return
	}
	p.isMany = false
	runtime.GOMAXPROCS(p.few)
}

// serving is how many goroutines serve: the event loops, and the writer where it is
// not one of them.
func serving(v *config.Values, cores int) int {
	n := loops(v)
	if n == 0 {
		n = reactor.LoopsFor(cores)
	}
	if n == 1 {
		return 1
	}
	return n + 1
}
