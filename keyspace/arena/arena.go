package arena

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"solokv/keyspace/invariant"
)

// Ref names a block: the distance from the arena's base in units of 8 bytes.
// It fits in RefBits bits. The zero Ref names nothing.
type Ref uint64

// RefBits is the width of a Ref; 40 bits of 8-byte units address 8 TiB.
const RefBits = 40

// RefMask selects a Ref out of a word that packs other things above it.
const RefMask = 1<<RefBits - 1

const (
	pageShift = 12
	pageBytes = 1 << pageShift

	// commitBytes is the step in which address space becomes usable memory. The
	// kernel still backs it page by page (or huge page by huge page) on touch.
	commitBytes = 64 << 20

	// ReserveBytesDefault is address space, not memory.
	ReserveBytesDefault = 1 << 40
	reserveBytesMin     = 1 << 30
	reserveBytesMax     = 1 << (RefBits + granuleShift)
)

// Options of an Arena; the zero value is ready to use.
type Options struct {
	ReserveBytes int64 // address space to reserve; 0 means ReserveBytesDefault
	HugePages    bool  // ask for transparent huge pages
}

// Arena is a heap of its own. See the package comment for who may call what.
type Arena struct {
	base unsafe.Pointer

	usedBytes int64
	spans     []span
	pageSpan  []uint32 // page number -> index in spans; exact for a used run, its two ends for a free one
	partial   [classCount]uint32
	spare     []uint32 // indices in spans that may be reused
	free      freeRuns

	topPage       uint32 // pages below have been handed out at least once
	committedPage uint32
	reservedPage  uint32
	options       Options
}

// New reserves the address space. When the system refuses that much (a limit
// on virtual memory), it settles for less, down to 1 GiB.
func New(options Options) (*Arena, error) {
	if options.ReserveBytes == 0 {
		options.ReserveBytes = ReserveBytesDefault
	}
	options.ReserveBytes = min(options.ReserveBytes, reserveBytesMax)
	a := &Arena{options: options}
	for size := options.ReserveBytes; ; size /= 2 {
		base, err := unix.MmapPtr(-1, 0, nil, uintptr(size),
			unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
		if err == nil {
			a.base, a.reservedPage = base, uint32(size>>pageShift)
			break
		}
		if size <= reserveBytesMin {
			return nil, fmt.Errorf("arena: reserve %d bytes of address space: %w", size, err)
		}
	}
	a.spans = make([]span, 1, 64) // index 0 means none
	a.topPage = 1                 // Ref 0 names nothing
	a.pageSpan = make([]uint32, 1, 1024)
	return a, nil
}

// Close gives everything back. No Ref may be used afterwards.
func (a *Arena) Close() error {
	base := a.base
	a.base = nil
	if base == nil {
		return errors.New("arena: closed twice")
	}
	return unix.MunmapPtr(base, uintptr(a.reservedPage)<<pageShift)
}

// Alloc returns a block of at least size bytes with arbitrary contents. It
// panics when the reserved address space is used up.
func (a *Arena) Alloc(size int) Ref {
	if size > classBytesMax {
		return a.allocLarge(size)
	}
	if size <= 0 {
		size = 1
	}
	class := classOf(size)
	index := a.partial[class]
	if index == 0 {
		index = a.newSpan(class)
	}
	s := &a.spans[index]
	bytes := classBytes[class]
	a.usedBytes += int64(bytes)

	var ref Ref
	recycled := s.freeHead != 0
	if recycled {
		ref = s.ref(s.freeHead - 1)
		s.freeHead = *(*uint32)(a.Ptr(ref))
	} else {
		ref = s.ref(s.bump)
		s.bump += bytes >> granuleShift
	}
	s.live++
	if s.freeHead == 0 && s.bump+bytes>>granuleShift > spanGranules {
		a.unlink(class, index) // full
	}
	if invariant.Enabled {
		a.checkAlloc(ref, int(bytes), recycled)
	}
	return ref
}

// Free returns a block of Alloc.
func (a *Arena) Free(ref Ref) {
	index := a.pageSpan[uint64(ref)>>(pageShift-granuleShift)]
	s := &a.spans[index]
	if s.class == classLarge {
		a.freeLarge(index)
		return
	}
	class := int(s.class)
	bytes := classBytes[class]
	a.usedBytes -= int64(bytes)
	if invariant.Enabled {
		a.checkFree(s, ref, int(bytes))
	}
	full := s.freeHead == 0 && s.bump+bytes>>granuleShift > spanGranules
	*(*uint32)(a.Ptr(ref)) = s.freeHead
	s.freeHead = s.offset(ref) + 1
	s.live--
	if full {
		a.link(class, index)
	} else if s.live == 0 && (s.next != 0 || s.prev != 0) {
		// Not the class's only span with room: whole again, for any class.
		a.unlink(class, index)
		a.releaseRun(index)
	}
}

// Ptr returns the address of a block.
func (a *Arena) Ptr(ref Ref) unsafe.Pointer {
	return unsafe.Add(a.base, uintptr(ref)<<granuleShift)
}

// Bytes returns the first n bytes of a block.
func (a *Arena) Bytes(ref Ref, n int) []byte {
	return unsafe.Slice((*byte)(a.Ptr(ref)), n)
}

// BlockBytes returns the size of ref's block: what it costs, and how far its
// owner may write.
func (a *Arena) BlockBytes(ref Ref) int {
	s := &a.spans[a.pageSpan[uint64(ref)>>(pageShift-granuleShift)]]
	if s.class == classLarge {
		return int(s.pages) << pageShift
	}
	return int(classBytes[s.class])
}

// Used is the exact number of bytes in live blocks.
func (a *Arena) Used() int64 { return a.usedBytes }

// Wasted is the number of bytes in spans that no live block uses.
func (a *Arena) Wasted() int64 {
	return int64(a.topPage-a.free.pages)<<pageShift - a.usedBytes
}

// Stats describes where the memory is, in bytes.
type Stats struct {
	Used      int64 // live blocks
	Free      int64 // whole free pages below the top
	Dirty     int64 // of Free, what the system still backs with memory
	Taken     int64 // what was free and then in use again, since the start
	Top       int64 // everything that was ever handed out
	Metadata  int64 // Go memory that the arena's own tables use
	Committed int64
}

// Stats returns the figures for INFO and MEMORY STATS.
func (a *Arena) Stats() Stats {
	return Stats{
		Used:      a.usedBytes,
		Free:      int64(a.free.pages) << pageShift,
		Dirty:     int64(a.free.dirtyPages) << pageShift,
		Taken:     int64(a.free.taken) << pageShift,
		Top:       int64(a.topPage) << pageShift,
		Metadata:  int64(cap(a.pageSpan))*4 + int64(cap(a.spans))*int64(unsafe.Sizeof(span{})),
		Committed: int64(a.committedPage) << pageShift,
	}
}
