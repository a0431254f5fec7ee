package arena

import (
	"fmt"
	"unsafe"
)

// A span is a run of pages. In use it is either cut into blocks of one class
// (spanPages long) or one large block; free it waits in freeRuns.
//
//	| block | block | freed -> | block | freed -> 0 |  never used yet ...  |
//	                  freeHead ^                     ^ bump
//
// Freed blocks form a list through their own first 4 bytes; offsets are in
// granules from the span's start, plus one, so that 0 ends the list. Spans of a
// class that have room form a doubly linked list; allocation takes from its
// head, so a span that is nearly empty tends to become empty and go back.
type span struct {
	startPage uint32
	pages     uint32
	freeHead  uint32 // freed block: granule offset + 1
	bump      uint32 // granule offset of the first block never used
	live      uint32 // blocks in use
	next      uint32 // in partial[class], or in a list of freeRuns
	prev      uint32
	cleanPage uint32 // of a free run: pages at its start that the system has taken back
	class     uint8
	state     spanState
}

type spanState uint8

const (
	spanUnused spanState = iota // an index in Arena.spare
	spanBlocks
	spanLarge
	spanFree
	spanLent
)

const (
	spanPages    = 16
	spanGranules = spanPages << (pageShift - granuleShift)
)

func (s *span) ref(granule uint32) Ref {
	return Ref(s.startPage)<<(pageShift-granuleShift) + Ref(granule)
}

func (s *span) offset(ref Ref) uint32 {
	return uint32(ref - Ref(s.startPage)<<(pageShift-granuleShift))
}

// newSpan makes an empty span for class and puts it at the head of its list.
func (a *Arena) newSpan(class int) uint32 {
	index := a.takeRun(spanPages)
	s := &a.spans[index]
	s.class, s.state = uint8(class), spanBlocks
	s.freeHead, s.bump, s.live = 0, 0, 0
	s.next, s.prev = 0, 0
	a.fillPageSpan(index)
	a.link(class, index)
	return index
}

// IsSparse tells whether moving the block elsewhere would help to empty its span:
// less than half of it is in use, and the next allocation would come from
// another.
func (a *Arena) IsSparse(ref Ref) bool {
	index := a.pageSpan[uint64(ref)>>(pageShift-granuleShift)]
	s := &a.spans[index]
	if s.state != spanBlocks || a.partial[s.class] == index {
		return false
	}
	blocks := spanGranules << granuleShift / classBytes[s.class]
	return s.live*2 < blocks
}

func (a *Arena) allocLarge(size int) Ref {
	pages := (size + pageBytes - 1) >> pageShift
	index := a.takeRun(uint32(pages))
	s := &a.spans[index]
	s.class, s.state, s.live = classLarge, spanLarge, 1
	s.next, s.prev = 0, 0
	a.fillPageSpan(index)
	a.usedBytes += int64(pages) << pageShift
	return s.ref(0)
}

func (a *Arena) freeLarge(index uint32) {
	s := &a.spans[index]
	if s.state != spanLarge {
		panic("arena: freed a large block twice")
	}
	a.usedBytes -= int64(s.pages) << pageShift
	a.releaseRun(index)
}

// fillPageSpan lets every page of a used run find its span. A large block is
// only ever looked up by its first page.
func (a *Arena) fillPageSpan(index uint32) {
	s := &a.spans[index]
	if s.state == spanLarge {
		a.pageSpan[s.startPage] = index
		return
	}
	for page := s.startPage; page < s.startPage+s.pages; page++ {
		a.pageSpan[page] = index
	}
}

func (a *Arena) link(class int, index uint32) {
	head := a.partial[class]
	s := &a.spans[index]
	s.next, s.prev = head, 0
	if head != 0 {
		a.spans[head].prev = index
	}
	a.partial[class] = index
}

func (a *Arena) unlink(class int, index uint32) {
	s := &a.spans[index]
	if s.prev != 0 {
		a.spans[s.prev].next = s.next
	} else {
		a.partial[class] = s.next
	}
	if s.next != 0 {
		a.spans[s.next].prev = s.prev
	}
	s.next, s.prev = 0, 0
}

// Builds that check invariants fill freed blocks with poison from byte 4 on (the
// first bytes hold the list) and fresh ones with garbage, so that use after free
// and reading before writing both show.
const (
	poison  = 0xDB
	garbage = 0xA5
)

func (a *Arena) checkAlloc(ref Ref, bytes int, recycled bool) {
	block := unsafe.Slice((*byte)(a.Ptr(ref)), bytes)
	for i := 4; recycled && i < len(block); i++ {
		if block[i] != poison {
			panic(fmt.Sprintf("arena: block %x was written at byte %d after it was freed", ref, i))
		}
	}
	for i := range block {
		block[i] = garbage
	}
}

// doubleFreeLooks bounds the search for a block in the list of freed ones: a block
// that is freed twice is mostly freed twice soon.
const doubleFreeLooks = 32

func (a *Arena) checkFree(s *span, ref Ref, bytes int) {
	if s.state != spanBlocks || s.live == 0 {
		panic(fmt.Sprintf("arena: freed %x, whose span is not in use", ref))
	}
	if offset := s.offset(ref); offset%uint32(bytes>>granuleShift) != 0 {
		panic(fmt.Sprintf("arena: freed %x, which is inside a block", ref))
	}
	head := s.freeHead
	for looks := 0; head != 0 && looks < doubleFreeLooks; looks++ {
		if head-1 == s.offset(ref) {
			panic(fmt.Sprintf("arena: freed %x twice", ref))
		}
		head = *(*uint32)(a.Ptr(s.ref(head - 1)))
	}
	block := unsafe.Slice((*byte)(a.Ptr(ref)), bytes)
	for i := range block {
		block[i] = poison
	}
}
