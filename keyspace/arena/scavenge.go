package arena

import "golang.org/x/sys/unix"

// The way back to the operating system. madvise takes the kernel 10 to 200 us a MiB, and a hypervisor some
// milliseconds now and then, so whoever owns the arena need not wait for it: it lends out free pages, somebody
// else makes the call, and it takes them back.

// Loan is pages that nobody is given meanwhile. They still count as free.
type Loan struct {
	index uint32
	bytes []byte
}

// Bytes is the size of the loan.
func (l Loan) Bytes() int64 { return int64(len(l.bytes)) }

// Split makes two of a loan for GiveBack, the first of at most so many bytes. TakeBack wants the whole.
func (l Loan) Split(bytes int64) (first, rest Loan) {
	n := min(bytes, l.Bytes())
	return Loan{l.index, l.bytes[:n]}, Loan{l.index, l.bytes[n:]}
}

// GiveBack returns the memory to the system. Any goroutine may do that, once, before the arena is closed.
func (l Loan) GiveBack() error { return unix.Madvise(l.bytes, unix.MADV_DONTNEED) }

// Lend takes up to bytes of dirty pages, which lie side by side, out of a free run; false if there are none, or
// bytes are less than a page. The longest runs come first.
func (a *Arena) Lend(bytes int64) (Loan, bool) {
	pages := uint32(bytes >> pageShift)
	for list := len(a.free.heads) - 1; list >= 0 && pages > 0; list-- {
		for index := a.free.heads[list]; index != 0; index = a.spans[index].next {
			if s := &a.spans[index]; s.pages > s.cleanPage {
				return a.lendFrom(index, min(s.pages-s.cleanPage, pages)), true
			}
		}
	}
	return Loan{}, false
}

// lendFrom takes the first dirty pages of a free run; what is before and behind them stays free.
func (a *Arena) lendFrom(index, pages uint32) Loan {
	a.popRun(index)
	whole := a.spans[index]
	if clean := whole.cleanPage; clean > 0 {
		a.pushFree(whole.startPage, clean, clean)
	}
	if rest := whole.pages - whole.cleanPage - pages; rest > 0 {
		a.pushFree(whole.startPage+whole.pages-rest, rest, 0)
	}
	s := &a.spans[index]
	*s = span{startPage: whole.startPage + whole.cleanPage, pages: pages, state: spanLent}
	a.pageSpan[s.startPage], a.pageSpan[s.startPage+pages-1] = index, index
	a.free.pages += pages
	return Loan{index, a.Bytes(Ref(s.startPage)<<(pageShift-granuleShift), int(pages)<<pageShift)}
}

func (a *Arena) pushFree(start, pages, clean uint32) {
	index := a.newSpanIndex()
	a.spans[index] = span{startPage: start, pages: pages, cleanPage: clean}
	a.pushRun(index)
}

// TakeBack ends a loan. given tells whether the system has the memory.
func (a *Arena) TakeBack(l Loan, given bool) {
	pages := a.spans[l.index].pages
	a.free.pages -= pages
	if !given {
		pages = 0
	}
	a.joinRun(l.index, pages)
}

// Scavenge gives up to bytes of free memory back at once and returns how much it gave.
func (a *Arena) Scavenge(bytes int64) (given int64) {
	for given < bytes {
		loan, ok := a.Lend(bytes - given)
		if !ok {
			break
		}
		err := loan.GiveBack()
		a.TakeBack(loan, err == nil)
		if err != nil {
			break
		}
		given += loan.Bytes()
	}
	return given
}
