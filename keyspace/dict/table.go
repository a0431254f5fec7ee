package dict

import (
	"hash/maphash"
	"math/bits"
	"unsafe"

	"solokv/keyspace/arena"
)

// Terminology. A table is a directory of segments; a segment is a few dozen
// buckets; a bucket is one cache line with seven slots.
//
//	hash:  | directory index (depth bits) | bucket (32 bits) | ...... | tag (8) |
//
//	directory  [ word | word | word | word | ... ]      2^depth words
//	               |      \    /
//	segment        v       v  v       (a shallow segment has several words)
//	           [ bucket 0 | bucket 1 | ... | bucket n-1 | count, epoch | fresh marks ]
//
//	bucket     [ tag tag tag tag tag tag tag, overflow | slot | slot | ... 7 ]
//	              8 bytes                                  8 bytes each
//
//	slot       [ access clock : 24 | ref of the entry : 40 ]
//
// The directory is indexed by the hash's top bits, and the bucket by scaling the
// next 32 bits to the number of buckets, so entries lie in the order of their
// hash: segment by segment, bucket by bucket. An entry that finds its bucket full
// goes to the next one with room; overflow counts, per bucket, the entries that
// passed it, so a search for an absent key stops at the first bucket that nobody
// passed (nearly always its own).
//
// Growth: a segment that is 90 % full is rebuilt with about a quarter more
// buckets, and split in two when it has 55. The average fill is 83 % where plain
// splitting would give 65 %, so a slot with its tag costs 11 bytes instead of 14.
// An insert pays for this by having entries moved 6 times instead of twice,
// during growth only. No step touches more than one segment, and there is no
// rehash of the table.
//
//	find      1 directory word, 1 cache line, then the entry
//	insert    the same, plus the segment's count
//	grow      <= 385 entries moved
//
// Rejected: chained buckets (a pointer per overflow, an allocation to fail);
// open addressing of one big array (a giant allocation, a rehash); a power-of-two
// number of buckets (65 % fill); entries indexed by number (one more miss).

const (
	slotsPerBucket = 7
	bucketBytes    = 64
	bucketsMax     = 55 // 55*64 + 8 + 55 = 3583 bytes: a block of 3584

	clockShift = arena.RefBits
	// ClockMask selects the 24 bits of a slot's access clock, shifted down.
	ClockMask = 1<<(64-clockShift) - 1

	laneHigh = 0x0080_8080_8080_8080
	laneOne  = 0x0001_0101_0101_0101
)

// bucketSteps are the sizes that a segment grows through.
var bucketSteps = [...]uint8{1, 2, 4, 8, 16, 24, 31, 39, 47, bucketsMax}

// fillMax is the number of entries at which a segment of n buckets must grow.
var fillMax = func() (most [bucketsMax + 1]uint16) {
	for n := range most {
		most[n] = uint16(n * slotsPerBucket * 9 / 10)
	}
	most[1] = slotsPerBucket
	return most
}()

var seed = maphash.MakeSeed()

// Hash is the hash of every key of every table in this process.
func Hash(key []byte) uint64 { return maphash.Bytes(seed, key) }

// Table is a table of entries. The zero value is not ready: use New.
type Table struct {
	arena  *arena.Arena
	epochs *Epochs

	directory []uint64
	spare     []uint64 // room for a view's copy of the directory: see Prepare
	mapped    int      // of its words
	depth     uint8    // the directory has 1<<depth words
	shift     uint8    // 64 - depth
	count     int
	undoable  bool // see Undoable
	touched   uint8

	segments     int
	segmentBytes int64
	deepSegments int // segments whose own depth is the directory's
}

// directory word: [ spare 8 | depth 8 | buckets 8 | ref 40 ]
const (
	wordBucketsShift = arena.RefBits
	wordDepthShift   = arena.RefBits + 8
)

func segmentWord(ref arena.Ref, buckets, depth int) uint64 {
	return uint64(ref) | uint64(buckets)<<wordBucketsShift | uint64(depth)<<wordDepthShift
}

func wordRef(word uint64) arena.Ref { return arena.Ref(word & arena.RefMask) }
func wordBuckets(word uint64) int   { return int(uint8(word >> wordBucketsShift)) }
func wordDepth(word uint64) int     { return int(uint8(word >> wordDepthShift)) }

// New returns an empty table in a, whose changes respect the open view of epochs.
func New(a *arena.Arena, epochs *Epochs) *Table {
	t := &Table{arena: a, epochs: epochs, shift: 64}
	ref := t.newSegment(1)
	t.directory = []uint64{segmentWord(ref, 1, 0)}
	t.deepSegments = 1
	return t
}

// Fork returns a table that shares all segments and entries with t. While a view
// is open changes go to copies of them, so t stays what it was, for a reader on
// another goroutine to walk (Each); without a view t must not be used any more.
func (t *Table) Fork() *Table {
	f := *t
	f.spare = nil
	f.directory = append([]uint64(nil), t.directory...)
	return &f
}

// Len is the number of entries.
func (t *Table) Len() int { return t.count }

// Bytes is the memory of the table itself, without its entries.
func (t *Table) Bytes() int64 {
	return t.segmentBytes + t.DirectoryBytes()
}

// Slots is the number of slots, for the fill in DEBUG HTSTATS.
func (t *Table) Slots() int {
	slots := 0
	for i := 0; i < len(t.directory); i += t.aliases(t.directory[i]) {
		slots += wordBuckets(t.directory[i]) * slotsPerBucket
	}
	return slots
}

// Segments is the number of segments.
func (t *Table) Segments() int { return t.segments }

// aliases is the number of consecutive directory words that name word's segment.
func (t *Table) aliases(word uint64) int { return 1 << (int(t.depth) - wordDepth(word)) }

// Pos is the place of an entry. It is valid until the table next changes.
//
// Three small fields in the place of where would be copied through memory, and a
// core stalls when it loads two words at once that were stored in parts: every
// command paid for that several times (BenchmarkServePipelined).
type Pos struct {
	segment unsafe.Pointer
	where   uint64 // index in the directory, bucket : 8, lane : 8
}

func posOf(segment unsafe.Pointer, index uint32, bucket, lane int) Pos {
	return Pos{segment, uint64(index)<<16 | uint64(bucket)<<8 | uint64(lane)}
}

func (p Pos) index() uint32 { return uint32(p.where >> 16) }
func (p Pos) bucket() int   { return int(uint8(p.where >> 8)) }
func (p Pos) lane() int     { return int(uint8(p.where)) }

func (p Pos) slot() *uint64 {
	return (*uint64)(unsafe.Add(p.segment, p.bucket()*bucketBytes+8+p.lane()*8))
}

func slotRef(slot uint64) arena.Ref { return arena.Ref(slot & arena.RefMask) }

// Ref is the entry's block.
func (p Pos) Ref() arena.Ref { return slotRef(*p.slot()) }

// Clock is the slot's access clock.
func (p Pos) Clock() uint32 { return uint32(*p.slot() >> clockShift) }

// Entry returns the entry at p.
func (t *Table) Entry(p Pos) Entry { return Entry{t.arena.Ptr(p.Ref())} }

func tagOf(hash uint64) uint64 {
	return max(hash&0xFF, 1)
}

func homeBucket(hash uint64, depth, buckets int) int {
	return int(uint64(uint32(hash<<depth>>32)) * uint64(buckets) >> 32)
}

// matchTag returns a bit at the top of each byte of meta that may equal tag; the
// lowest set bit is exact, others may be false and are sorted out by the key.
func matchTag(meta, tag uint64) uint64 {
	x := meta ^ tag*laneOne
	return (x - laneOne) & ^x & laneHigh
}

// Find returns the place of key, whose Hash is hash.
func (t *Table) Find(hash uint64, key []byte) (Pos, bool) {
	index := hash >> t.shift
	word := t.directory[index]
	segment := t.arena.Ptr(wordRef(word))
	buckets := wordBuckets(word)
	b := homeBucket(hash, wordDepth(word), buckets)
	tag := tagOf(hash)
	for tries := 0; tries < buckets; tries++ {
		bucket := unsafe.Add(segment, b*bucketBytes)
		meta := *(*uint64)(bucket)
		for match := matchTag(meta, tag); match != 0; match &= match - 1 {
			lane := bits.TrailingZeros64(match) >> 3
			slot := *(*uint64)(unsafe.Add(bucket, 8+lane*8))
			if (Entry{t.arena.Ptr(arena.Ref(slot & arena.RefMask))}).hasKey(key) {
				return posOf(segment, uint32(index), b, lane), true
			}
		}
		if meta>>56 == 0 {
			break
		}
		if b++; b == buckets {
			b = 0
		}
	}
	return Pos{}, false
}

// TouchBucket loads the bucket that hash would be found in and returns
// something of it, so that a batch of them is in flight at once. See
// BenchmarkFindTouched.
func (t *Table) TouchBucket(hash uint64) (bucket unsafe.Pointer, meta uint64) {
	word := t.directory[hash>>t.shift]
	b := homeBucket(hash, wordDepth(word), wordBuckets(word))
	bucket = unsafe.Add(t.arena.Ptr(wordRef(word)), b*bucketBytes)
	return bucket, *(*uint64)(bucket)
}

// TouchRoom loads what Insert will look at: the bucket and the segment's count.
func (t *Table) TouchRoom(hash uint64) (touched uint64) {
	s := t.segmentAt(t.directory[hash>>t.shift])
	return *s.meta(homeBucket(hash, s.depth, s.buckets)) ^ uint64(s.footer().count)
}

// TouchEntry loads the header of the first entry in a bucket of TouchBucket
// that may be hash's.
func (t *Table) TouchEntry(hash uint64, bucket unsafe.Pointer) uint8 {
	match := matchTag(*(*uint64)(bucket), tagOf(hash))
	if match == 0 {
		return 0
	}
	lane := bits.TrailingZeros64(match) >> 3
	slot := *(*uint64)(unsafe.Add(bucket, 8+lane*8))
	return *(*uint8)(t.arena.Ptr(arena.Ref(slot & arena.RefMask)))
}

// Insert adds the entry ref under a hash whose key is not in the table.
func (t *Table) Insert(hash uint64, ref arena.Ref, clock uint32) Pos {
	for {
		index := uint32(hash >> t.shift)
		word := t.directory[index]
		s := t.segmentAt(word)
		if s.footer().count < fillMax[s.buckets] {
			s = t.writable(index)
			t.count++
			s.footer().count++
			pos := s.place(index, homeBucket(hash, s.depth, s.buckets), tagOf(hash),
				uint64(clock)<<clockShift|uint64(ref))
			if t.epochs.fence != 0 {
				s.markFresh(pos)
				t.noteNew(hash, ref)
			}
			return pos
		}
		t.grow(index)
	}
}

// Replace puts the entry ref where another of the same key was, and frees that.
func (t *Table) Replace(p Pos, ref arena.Ref) Pos {
	old := p.Ref()
	if t.epochs.fence == 0 {
		t.arena.Free(old)
	} else {
		p = t.own(p)
		t.releaseEntry(p, *p.slot())
		t.segmentAt(t.directory[p.index()]).markFresh(p)
	}
	slot := p.slot()
	*slot = *slot&^arena.RefMask | uint64(ref)
	return p
}

// Delete removes the entry at p, found under hash, and frees its block. Places
// in the same segment may change.
func (t *Table) Delete(p Pos, hash uint64) {
	t.releaseEntry(t.remove(p, hash))
}

// Detach removes the entry at p and hands its block to the caller, who inserts
// it elsewhere or frees it with Release. Under a view the block may be frozen;
// then the caller gets a copy.
func (t *Table) Detach(p Pos, hash uint64) arena.Ref {
	p, slot := t.remove(p, hash)
	old := slotRef(slot)
	if t.epochs.fence == 0 || t.segmentAt(t.directory[p.index()]).isFresh(p) {
		return old
	}
	bytes := At(t.arena, old).Bytes()
	ref := t.arena.Alloc(bytes)
	copy(t.arena.Bytes(ref, bytes), t.arena.Bytes(old, bytes))
	t.releaseEntry(p, slot)
	return ref
}

// remove empties the slot at p and returns what was in it.
func (t *Table) remove(p Pos, hash uint64) (Pos, uint64) {
	p = t.own(p)
	s := t.segmentAt(t.directory[p.index()])
	slot := *p.slot()
	s.clear(p, homeBucket(hash, s.depth, s.buckets))
	t.count--
	s.footer().count--
	return p, slot
}

// Shrink lets the segment that hash belongs to give memory back after a Delete.
// It is apart from Delete so that a caller in the middle of a walk can hold it off.
func (t *Table) Shrink(hash uint64) {
	index := uint32(hash >> t.shift)
	s := t.segmentAt(t.directory[index])
	if (s.buckets > 1 || s.depth > 0) && int(s.footer().count)*4 < s.buckets*slotsPerBucket {
		t.shrink(index)
	}
}

// Editable returns the entry at p and its block's size when its bytes may be
// changed in place: no open view can see them.
func (t *Table) Editable(p Pos) (e Entry, blockBytes int, ok bool) {
	ref := p.Ref()
	if t.epochs.fence != 0 {
		if !t.isFresh(t.segmentAt(t.directory[p.index()]), p) {
			return Entry{}, 0, false
		}
	}
	return Entry{t.arena.Ptr(ref)}, t.arena.BlockBytes(ref), true
}

// SetClock stores the access clock; under an open view it leaves frozen
// segments alone, so the clock of a key that is only read then is a little old.
func (t *Table) SetClock(p Pos, clock uint32) {
	slot := p.slot()
	if uint32(*slot>>clockShift) == clock {
		return
	}
	if t.epochs.view != 0 && t.frozen(t.segmentAt(t.directory[p.index()])) {
		return
	}
	*slot = *slot&arena.RefMask | uint64(clock)<<clockShift
}

// DirectoryBytes is the Go memory of the directory; segments are in the arena.
func (t *Table) DirectoryBytes() int64 { return int64(cap(t.directory)+cap(t.spare)) * 8 }
