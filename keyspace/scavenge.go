package keyspace

import (
	"time"

	"solokv/keyspace/arena"
)

// Giving memory back to the operating system.
//
// Free memory of the arena that nobody has needed for a while goes back. Where memory comes and goes, much more of it is
// kept: each page that is needed again is a fault for which the writer waits, and a huge page that went back in part
// is none any more (large values at the limit, BenchmarkEvictionStep: 0.35 ms instead of 1.3 for a batch of 16). As the
// call itself takes up to milliseconds where a hypervisor has a part in it, another goroutine makes it, which leaves
// most of its time to others that share a core with it: without that, requests waited for 15 to 20 ms (25,000/s on one
// core, 0.3 ms of madvise for 64 KB).
//
//	housekeeping: take back what was lent, lend more ---> goroutine: madvise, done
//	      ^ 100 ms later                                       |
//	      +----------------------------------------------------+

// scavenger is what the engine knows about that.
type scavenger struct {
	sinceNs   int64 // when the present interval began
	least     int64 // the least that was free since then, in bytes
	leastPrev int64 // the same of the interval before
	taken     int64 // arena.Stats.Taken then
	churning  bool  // much was taken in the last interval
	active    bool

	loans []arena.Loan
	given []bool        // of these; the goroutine's until done
	done  chan struct{} // closed by it
	hurry chan struct{} // closed to have it end soon
}

const (
	// Free memory that is kept for the next allocations: a share of what is in use, while memory comes and goes
	// and otherwise; at least the minimum.
	keepBytesMin      = 512 << 10
	keepShareChurning = 4
	keepShare         = 128
	// scavengeBytes is what goes back in one housekeeping, in pieces.
	scavengeBytes = 32 << 20
	loanBytesMax  = 4 << 20
	loansMax      = 256
	// A piece is what goes back in one call: at first the least, then what takes about pieceTime. The goroutine works
	// for a part of the time, one in scavengeIdle+1.
	pieceBytesMin = 64 << 10
	pieceTime     = 100 * time.Microsecond
	scavengeIdle  = 4
	// scavengeAfterNs is the interval: what goes back was not needed for one or two of them.
	scavengeAfterNs = 2e9
)

// scavenge is a part of housekeeping. It tells whether there is more to do.
func (e *Engine) scavenge(nowNs int64) (busy bool) {
	s := &e.scavenger
	if s.done != nil {
		select {
		case <-s.done:
			e.takeLoansBack()
		default:
			return true
		}
	}
	stats := e.arena.Stats()
	keep := max(keepBytesMin, stats.Used/keepShare)
	if nowNs-s.sinceNs >= scavengeAfterNs {
		s.churning = stats.Taken-s.taken > keep
		s.sinceNs, s.leastPrev, s.least, s.taken = nowNs, s.least, stats.Dirty, stats.Taken
	}
	s.least = min(s.least, stats.Dirty)
	if s.churning {
		keep = max(keep, stats.Used/keepShareChurning)
	}
	surplus := min(s.leastPrev, s.least) - keep
	s.active = surplus > 0 && (s.active || surplus > keep/2)
	if s.active {
		lent := e.lend(min(surplus, scavengeBytes))
		s.leastPrev, s.least = s.leastPrev-lent, s.least-lent
		s.active = lent > 0
	}
	return s.active || s.churning || stats.Dirty > keep+keep/2
}

// lend hands free memory to a goroutine that gives it back.
func (e *Engine) lend(bytes int64) (lent int64) {
	s := &e.scavenger
	for lent < bytes && len(s.loans) < loansMax {
		loan, ok := e.arena.Lend(min(bytes-lent, loanBytesMax))
		if !ok {
			break
		}
		s.loans = append(s.loans, loan)
		lent += loan.Bytes()
	}
	if lent == 0 {
		return 0
	}
	s.given, s.done, s.hurry = make([]bool, len(s.loans)), make(chan struct{}), make(chan struct{})
	go giveBack(s.loans, s.given, s.done, s.hurry)
	return lent
}

// giveBack gives loans back to the system, piece by piece and in no hurry.
func giveBack(loans []arena.Loan, given []bool, done, hurry chan struct{}) {
	defer close(done)
	var worked time.Duration // since the last pause
	piece := int64(pieceBytesMin)
	for i, loan := range loans {
		given[i] = true
		for loan.Bytes() > 0 && given[i] {
			var part arena.Loan
			part, loan = loan.Split(piece)
			start := time.Now()
			given[i] = part.GiveBack() == nil
			took := time.Since(start)
			switch {
			case took > pieceTime:
				piece = max(piece/2, pieceBytesMin)
			case took < pieceTime/4:
				piece = min(2*piece, loanBytesMax)
			}
			if worked += took; worked < pieceTime {
				continue
			}
			select {
			case <-hurry:
			case <-time.After(scavengeIdle * worked):
			}
			worked = 0
		}
	}
}

// takeLoansBack ends the loans, and waits for the goroutine if it is not done.
func (e *Engine) takeLoansBack() {
	s := &e.scavenger
	if s.done == nil {
		return
	}
	close(s.hurry)
	<-s.done
	for i, loan := range s.loans {
		e.arena.TakeBack(loan, s.given[i])
	}
	s.loans, s.done = s.loans[:0], nil
}

// PurgeMemory gives all free memory of the arena back to the system: MEMORY
// PURGE. It takes about 0.1 ms a MiB.
func (e *Engine) PurgeMemory() (bytes int64) {
	e.takeLoansBack()
	for {
		given := e.arena.Scavenge(scavengeBytes)
		if given == 0 {
			return bytes
		}
		bytes += given
	}
}
