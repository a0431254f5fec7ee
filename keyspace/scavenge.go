package keyspace

import "solokv/keyspace/arena"

// Giving memory back to the operating system.
//
// Free memory of the arena that nobody has needed for a while goes back. Where memory comes and goes, much more of it is
// kept: each page that is needed again is a fault for which the writer waits, and a huge page that went back in part
// is none any more (large values at the limit, BenchmarkEvictionStep: 0.35 ms instead of 1.3 for a batch of 16). As the
// call itself takes up to milliseconds where a hypervisor has a part in it, another goroutine makes it:
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
	loans, given, done := s.loans, make([]bool, len(s.loans)), make(chan struct{})
	s.given, s.done = given, done
	go func() {
		defer close(done)
		for i, loan := range loans {
			given[i] = loan.GiveBack() == nil
		}
	}()
	return lent
}

// takeLoansBack ends the loans, and waits for the goroutine if it is not done.
func (e *Engine) takeLoansBack() {
	s := &e.scavenger
	if s.done == nil {
		return
	}
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
