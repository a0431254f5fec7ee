package dict

import (
	"math/bits"
	"unsafe"

	"solokv/keyspace/arena"
)

// footer follows a segment's buckets; a byte of fresh marks per bucket follows
// it. They stand at the end so that buckets start on a cache line, and searches
// never read them.
type footer struct {
	count uint16
	_     uint16
	epoch uint32 // of the last copy; older than the open view's: frozen
}

// segment is a directory word, unpacked.
type segment struct {
	base    unsafe.Pointer
	ref     arena.Ref
	buckets int
	depth   int
}

func segmentBlockBytes(buckets int) int {
	return buckets*bucketBytes + int(unsafe.Sizeof(footer{})) + buckets
}

func (t *Table) segmentAt(word uint64) segment {
	ref := wordRef(word)
	return segment{t.arena.Ptr(ref), ref, wordBuckets(word), wordDepth(word)}
}

// newSegment allocates an empty segment of the current epoch.
func (t *Table) newSegment(buckets int) arena.Ref {
	ref := t.allocSegment(buckets)
	clear(t.arena.Bytes(ref, segmentBlockBytes(buckets)))
	segment{base: t.arena.Ptr(ref), buckets: buckets}.footer().epoch = t.epochs.epoch
	return ref
}

// copySegment makes a copy of s of the current epoch, in which no entry is fresh. Each byte is written once
// (BenchmarkCopySegment).
func (t *Table) copySegment(s segment) arena.Ref {
	ref, bytes := t.allocSegment(s.buckets), s.buckets*bucketBytes
	copy(t.arena.Bytes(ref, bytes), t.arena.Bytes(s.ref, bytes))
	c := segment{base: t.arena.Ptr(ref), buckets: s.buckets}
	*c.footer() = footer{count: s.footer().count, epoch: t.epochs.epoch}
	c.clearFresh()
	return ref
}

// allocSegment allocates a segment whose bytes are anything.
func (t *Table) allocSegment(buckets int) arena.Ref {
	size := segmentBlockBytes(buckets)
	t.segments++
	t.segmentBytes += int64(arena.ClassBytes(size))
	return t.arena.Alloc(size)
}

func (s segment) footer() *footer {
	return (*footer)(unsafe.Add(s.base, s.buckets*bucketBytes))
}

func (s segment) meta(bucket int) *uint64 {
	return (*uint64)(unsafe.Add(s.base, bucket*bucketBytes))
}

func (s segment) slot(bucket, lane int) *uint64 {
	return (*uint64)(unsafe.Add(s.base, bucket*bucketBytes+8+lane*8))
}

func (s segment) fresh(bucket int) *uint8 {
	return (*uint8)(unsafe.Add(s.base, s.buckets*bucketBytes+int(unsafe.Sizeof(footer{}))+bucket))
}

func (s segment) markFresh(p Pos)    { *s.fresh(p.bucket()) |= 1 << p.lane() }
func (s segment) isFresh(p Pos) bool { return *s.fresh(p.bucket())>>p.lane()&1 != 0 }

// clearFresh takes all fresh marks away.
func (s segment) clearFresh() {
	clear(unsafe.Slice(s.fresh(0), s.buckets))
}

const overflowMax = 0xFF // a count that reached it stays: searches just go on

// place puts slot into the first bucket with room from home on. index is the
// segment's in the directory.
func (s segment) place(index uint32, home int, tag, slot uint64) Pos {
	for b := home; ; {
		meta := s.meta(b)
		if free := matchTag(*meta, 0); free != 0 {
			lane := bits.TrailingZeros64(free) >> 3
			*meta |= tag << (lane * 8)
			*s.slot(b, lane) = slot
			return posOf(s.base, index, b, lane)
		}
		if *meta>>56 != overflowMax {
			*meta += 1 << 56
		}
		if b++; b == s.buckets {
			b = 0
		}
	}
}

// clear empties the slot at p, which was placed from home.
func (s segment) clear(p Pos, home int) {
	*s.meta(p.bucket()) &^= 0xFF << (p.lane() * 8)
	*s.slot(p.bucket(), p.lane()) = 0
	for b := home; b != p.bucket(); {
		if meta := s.meta(b); *meta>>56 != overflowMax {
			*meta -= 1 << 56
		}
		if b++; b == s.buckets {
			b = 0
		}
	}
}

// moved is a slot on its way from one segment to another.
type moved struct {
	slot  uint64
	hash  uint64
	flags uint8 // of the entry: read early, to have it on its way from memory
	fresh bool
}

type movedSlots [bucketsMax * slotsPerBucket]moved

// gather collects the slots of s and the hashes of their keys. It first loads
// every entry's header, so that the misses overlap: a segment costs about 10 us
// with cold entries, not 40.
func (t *Table) gather(s segment, into *movedSlots) int {
	n := 0
	for b := range s.buckets {
		meta, fresh := *s.meta(b), *s.fresh(b)
		for lane := range slotsPerBucket {
			if meta>>(lane*8)&0xFF == 0 {
				continue
			}
			slot := *s.slot(b, lane)
			flags := Entry{t.arena.Ptr(arena.Ref(slot & arena.RefMask))}.flags()
			into[n] = moved{slot: slot, flags: flags, fresh: fresh>>lane&1 != 0}
			n++
		}
	}
	for i := range into[:n] {
		e := Entry{t.arena.Ptr(arena.Ref(into[i].slot & arena.RefMask))}
		into[i].hash = Hash(e.Key())
	}
	return n
}

// fill places gathered slots into an empty segment.
func (s segment) fill(slots []moved, keepFresh bool) {
	for i := range slots {
		m := &slots[i]
		pos := s.place(0, homeBucket(m.hash, s.depth, s.buckets), tagOf(m.hash), m.slot)
		if keepFresh && m.fresh {
			s.markFresh(pos)
		}
	}
	s.footer().count = uint16(len(slots))
}
