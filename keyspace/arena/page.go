package arena

import (
	"fmt"
	"math/bits"

	"golang.org/x/sys/unix"
)

// freeRuns holds the free page runs in lists by the binary logarithm of their
// length. Neighbours are merged when a run becomes free (its ends know their
// span through pageSpan), so two free runs never touch.
//
// A freed run stays backed by memory (dirty) until it is given back: see scavenge.go.
type freeRuns struct {
	heads      [33]uint32
	pages      uint32
	dirtyPages uint32
	taken      uint64 // pages that were free and are in use again
}

func (a *Arena) pushRun(index uint32) {
	s := &a.spans[index]
	list := bits.Len32(s.pages)
	s.state = spanFree
	s.prev, s.next = 0, a.free.heads[list]
	if s.next != 0 {
		a.spans[s.next].prev = index
	}
	a.free.heads[list] = index
	a.free.pages += s.pages
	a.free.dirtyPages += s.pages - s.cleanPage
	a.pageSpan[s.startPage] = index
	a.pageSpan[s.startPage+s.pages-1] = index
}

func (a *Arena) popRun(index uint32) {
	s := &a.spans[index]
	list := bits.Len32(s.pages)
	if s.prev != 0 {
		a.spans[s.prev].next = s.next
	} else {
		a.free.heads[list] = s.next
	}
	if s.next != 0 {
		a.spans[s.next].prev = s.prev
	}
	a.free.pages -= s.pages
	a.free.dirtyPages -= s.pages - s.cleanPage
	s.next, s.prev = 0, 0
}

// searchMax bounds the walk through one list for a run that is long enough;
// every run of the next list is.
const searchMax = 16

// takeRun returns the index of a span of exactly pages pages, in no list.
func (a *Arena) takeRun(pages uint32) uint32 {
	for list := bits.Len32(pages); list < len(a.free.heads); list++ {
		index := a.free.heads[list]
		for tries := 0; index != 0 && tries < searchMax; tries++ {
			if a.spans[index].pages >= pages {
				return a.splitRun(index, pages)
			}
			index = a.spans[index].next
		}
	}
	return a.extend(pages)
}

// splitRun takes pages of a free run, backed ones if there are, and leaves the rest free.
func (a *Arena) splitRun(index, pages uint32) uint32 {
	a.popRun(index)
	if rest := a.spans[index].pages - pages; rest > 0 {
		restIndex := a.newSpanIndex() // which may move the slice
		s, r := &a.spans[index], &a.spans[restIndex]
		*r = span{startPage: s.startPage + pages, pages: rest}
		if s.cleanPage > 0 { // the first ones would have to be faulted in
			*r = span{startPage: s.startPage, pages: rest, cleanPage: min(s.cleanPage, rest)}
			s.startPage += rest
		}
		s.pages = pages
		a.pushRun(restIndex)
	}
	a.free.taken += uint64(pages)
	a.spans[index].cleanPage = 0
	return index
}

// extend takes pages from above the top.
func (a *Arena) extend(pages uint32) uint32 {
	start := a.topPage
	if uint64(start)+uint64(pages) > uint64(a.reservedPage) {
		panic(fmt.Sprintf("arena: out of address space: %d pages wanted, %d of %d used",
			pages, start, a.reservedPage))
	}
	for a.committedPage < start+pages {
		a.commit()
	}
	a.topPage = start + pages
	if need := int(a.topPage) - len(a.pageSpan); need > 0 {
		a.pageSpan = append(a.pageSpan, make([]uint32, need)...)
	}
	index := a.newSpanIndex()
	a.spans[index] = span{startPage: start, pages: pages}
	return index
}

func (a *Arena) commit() {
	length := uint32(commitBytes >> pageShift)
	length = min(length, a.reservedPage-a.committedPage)
	chunk := a.Bytes(Ref(a.committedPage)<<(pageShift-granuleShift), int(length)<<pageShift)
	if err := unix.Mprotect(chunk, unix.PROT_READ|unix.PROT_WRITE); err != nil {
		panic(fmt.Sprintf("arena: commit %d bytes: %v", len(chunk), err))
	}
	advice := unix.MADV_NOHUGEPAGE
	if a.options.HugePages {
		advice = unix.MADV_HUGEPAGE
	}
	_ = unix.Madvise(chunk, advice) // a kernel without huge pages refuses; nothing is lost
	a.committedPage += length
}

func (a *Arena) newSpanIndex() uint32 {
	if n := len(a.spare); n > 0 {
		index := a.spare[n-1]
		a.spare = a.spare[:n-1]
		return index
	}
	a.spans = append(a.spans, span{})
	return uint32(len(a.spans) - 1)
}

// releaseRun makes a used run free and merges it with free neighbours.
func (a *Arena) releaseRun(index uint32) { a.joinRun(index, 0) }

// joinRun does so with a run whose first pages are clean. Of the merged one only the clean pages at its start
// are remembered.
func (a *Arena) joinRun(index, clean uint32) {
	s := &a.spans[index]
	s.cleanPage, s.state = clean, spanFree
	if before := a.freeEndingAt(s.startPage); before != 0 {
		a.popRun(before)
		b := &a.spans[before]
		if b.cleanPage < b.pages {
			s.cleanPage = 0
		}
		s.startPage, s.pages, s.cleanPage = b.startPage, s.pages+b.pages, s.cleanPage+b.cleanPage
		a.drop(before)
	}
	if after := a.freeStartingAt(s.startPage + s.pages); after != 0 {
		a.popRun(after)
		n := &a.spans[after]
		if s.cleanPage == s.pages {
			s.cleanPage += n.cleanPage
		}
		s.pages += n.pages
		a.drop(after)
	}
	a.pushRun(index)
}

func (a *Arena) drop(index uint32) {
	a.spans[index] = span{state: spanUnused}
	a.spare = append(a.spare, index)
}

// freeEndingAt returns the free run whose last page is just below page.
func (a *Arena) freeEndingAt(page uint32) uint32 {
	if page == 0 {
		return 0
	}
	index := a.pageSpan[page-1]
	s := &a.spans[index]
	if index == 0 || s.state != spanFree || s.startPage+s.pages != page {
		return 0
	}
	return index
}

func (a *Arena) freeStartingAt(page uint32) uint32 {
	if page >= a.topPage {
		return 0
	}
	index := a.pageSpan[page]
	s := &a.spans[index]
	if index == 0 || s.state != spanFree || s.startPage != page {
		return 0
	}
	return index
}
