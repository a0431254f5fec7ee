package dict

import (
	"math/bits"
	"unsafe"
)

// SCAN's cursor is a position in the order of hashes: everything below it has
// been visited. Because entries lie in that order whatever the sizes of
// segments, growth and shrinking between two calls lose nothing and repeat
// nothing: a key that is there throughout is visited exactly once. (Redis's
// reversed binary cursor visits at least once.)
//
// The position keeps the hash's top 53 bits, so that clients which hold numbers
// in a double get back what they were given.
const cursorShift = 11

// Scan visits the entries of one bucket's range of hashes from cursor on and
// returns the next cursor, 0 at the end. The table must not change meanwhile.
func (t *Table) Scan(cursor uint64, visit func(p Pos, e Entry)) (next uint64) {
	from := cursor << cursorShift
	index := from >> t.shift
	s := t.segmentAt(t.directory[index])
	home := homeBucket(from, s.depth, s.buckets)

	next = t.bucketStart(index, s, home+1)
	last := next<<cursorShift - 1 // wraps to the greatest hash at the end
	if lastHome := homeBucket(last, s.depth, s.buckets); lastHome != home && last>>t.shift == index {
		// Buckets narrower than the cursor's resolution: only in tables of
		// more than 2^40 entries, kept for exactness.
		home = lastHome
	}
	t.eachHome(s, uint32(index), homeBucket(from, s.depth, s.buckets), home, func(p Pos, e Entry) {
		if h := Hash(e.Key()) >> cursorShift; h >= cursor && (next == 0 || h < next) {
			visit(p, e)
		}
	})
	return next
}

// bucketStart is the cursor at which a segment's bucket begins; for the bucket
// after the last, where the next segment begins; 0 past the end of the table.
func (t *Table) bucketStart(index uint64, s segment, bucket int) uint64 {
	first := index &^ (1<<(int(t.depth)-s.depth) - 1) << t.shift
	if bucket >= s.buckets {
		if s.depth == 0 {
			return 0
		}
		return (first + 1<<(64-s.depth)) >> cursorShift // overflows to 0 behind the last
	}
	scaled := (uint64(bucket)<<32 + uint64(s.buckets) - 1) / uint64(s.buckets)
	at := first + scaled<<32>>s.depth
	return (at + 1<<cursorShift - 1) >> cursorShift
}

// eachHome visits the entries that searches for buckets from..to could find:
// those and, where they overflowed, the following ones.
func (t *Table) eachHome(s segment, index uint32, from, to int, visit func(p Pos, e Entry)) {
	b := from
	for range s.buckets {
		meta := *s.meta(b)
		for lane := range slotsPerBucket {
			if meta>>(lane*8)&0xFF == 0 {
				continue
			}
			p := posOf(s.base, index, b, lane)
			visit(p, Entry{t.arena.Ptr(p.Ref())})
		}
		if b == to {
			to = -1 // from here on only as far as entries passed
		}
		if to < 0 && meta>>56 == 0 {
			return
		}
		if b++; b == s.buckets {
			b = 0
		}
	}
}

// Tag is enough of a hash to find its entry again: the top 40 bits and the
// slot's tag, 48 bits in all.
func Tag(hash uint64) uint64 { return hash>>24<<8 | hash&0xFF }

// TagBits is the width of a Tag.
const TagBits = 48

// TouchTag loads the bucket that Tag(hash) == tag would be found in.
func (t *Table) TouchTag(tag uint64) (bucket unsafe.Pointer, meta uint64) {
	return t.TouchBucket(tag >> 8 << 24)
}

// FindTag visits the entries that a hash with this tag may belong to, usually
// one, until visit returns false. visit may delete the entry it is given if it
// then returns false.
func (t *Table) FindTag(tag uint64, visit func(p Pos, e Entry, hash uint64) bool) {
	low := tag >> 8 << 24
	high := low | 1<<24 - 1
	index := uint32(low >> t.shift)
	s := t.segmentAt(t.directory[index])
	b, to := homeBucket(low, s.depth, s.buckets), homeBucket(high, s.depth, s.buckets)
	want := max(tag&0xFF, 1)
	for range s.buckets {
		meta := *s.meta(b)
		for match := matchTag(meta, want); match != 0; match &= match - 1 {
			lane := bits.TrailingZeros64(match) >> 3
			p := posOf(s.base, index, b, lane)
			if meta>>(lane*8)&0xFF != want {
				continue
			}
			e := Entry{t.arena.Ptr(p.Ref())}
			if hash := Hash(e.Key()); Tag(hash) == tag && !visit(p, e, hash) {
				return
			}
		}
		if b == to {
			to = -1
		}
		if to < 0 && meta>>56 == 0 {
			return
		}
		if b++; b == s.buckets {
			b = 0
		}
	}
}

// Random returns the place of an entry picked by a random number, and its hash.
// Segments and buckets are picked with equal chance, so entries in sparse
// buckets come up a little more often, as in every table of this kind.
func (t *Table) Random(next func() uint64) (Pos, bool) {
	if t.count == 0 {
		return Pos{}, false
	}
	for {
		index := uint32(next() >> t.shift)
		s := t.segmentAt(t.directory[index])
		if s.footer().count == 0 {
			continue
		}
		for {
			r := next()
			b := int(r % uint64(s.buckets))
			lane := int(r >> 32 % slotsPerBucket)
			if *s.meta(b)>>(lane*8)&0xFF != 0 {
				return posOf(s.base, index, b, lane), true
			}
		}
	}
}

// Each visits every entry until visit returns false. The table must not change
// meanwhile.
func (t *Table) Each(visit func(p Pos, e Entry) bool) {
	for i := 0; i < len(t.directory); {
		word := t.directory[i]
		s := t.segmentAt(word)
		for b := range s.buckets {
			meta := *s.meta(b)
			for lane := range slotsPerBucket {
				if meta>>(lane*8)&0xFF == 0 {
					continue
				}
				p := posOf(s.base, uint32(i), b, lane)
				if !visit(p, Entry{t.arena.Ptr(p.Ref())}) {
					return
				}
			}
		}
		i += t.aliases(word)
	}
}

// Walk visits the entries of the segment at position from, and returns where the next one
// begins; 0 at the end. Positions are hashes, so the table may change between two calls: an
// entry that stays is visited, perhaps twice.
func (t *Table) Walk(from uint64, visit func(e Entry)) (next uint64) {
	index := int(from >> t.shift)
	word := t.directory[index]
	index &^= t.aliases(word) - 1
	s := t.segmentAt(word)
	var slots runSlots
	for b := 0; b < s.buckets; b += runBuckets {
		n := s.run(b, &slots)
		t.touched = fetchHeaders(t.arena, slots[:n])
		for _, slot := range slots[:n] {
			visit(Entry{t.arena.Ptr(slotRef(slot))})
		}
	}
	return uint64(index+t.aliases(word)) << t.shift // overflows to 0 behind the last
}

// Drain frees a table that nobody uses any more, about budget entries a call,
// and tells whether anything is left. release is called for each entry first.
func (t *Table) Drain(budget int, release func(Entry)) (more bool) {
	for len(t.directory) > 0 {
		if budget <= 0 {
			return true
		}
		word := t.directory[len(t.directory)-1]
		s := t.segmentAt(word)
		n := t.aliases(word)
		budget -= int(s.footer().count) + 8
		marked := t.marked(s)
		for b := range s.buckets {
			meta := *s.meta(b)
			for lane := range slotsPerBucket {
				if meta>>(lane*8)&0xFF == 0 {
					continue
				}
				slot := *s.slot(b, lane)
				if release != nil {
					release(Entry{t.arena.Ptr(slotRef(slot))})
				}
				if t.epochs.fence != 0 && (!marked || *s.fresh(b)>>lane&1 == 0) {
					t.deferEntry(slot)
				} else {
					t.arena.Free(slotRef(slot))
				}
				t.count--
			}
		}
		t.releaseSegment(s)
		t.directory = t.directory[:len(t.directory)-n]
	}
	t.directory = nil
	return false
}
