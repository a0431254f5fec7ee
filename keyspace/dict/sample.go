package dict

import "unsafe"

// Sampling for eviction: which keys are in some buckets picked at random, by their slots
// alone.
//
// What is slow about it is memory that is not in the cache. So all buckets of a sample are
// loaded before the first is looked at, which takes hardly longer than loading one, and no
// entry is: a Seat says where a slot was and what was in it, which is enough to find the
// entry later, or to see that it is not there any more. With entries loaded for their
// hashes, and buckets one by one, an eviction at 4 million keys cost 5.3 us, of which four
// fifths were those loads (BenchmarkEvict).

// Seat is the place of an entry, remembered while the table changes.
type Seat struct {
	near         uint64 // a hash that belongs to the segment
	slot         uint64
	bucket, lane uint8
}

// Clock is the access clock that the entry had.
func (s Seat) Clock() uint32 { return uint32(s.slot >> clockShift) }

// Same tells whether two seats of a table are of the same entry.
func (s Seat) Same(other Seat) bool { return s.slot == other.slot }

// SeatOf is the seat of the entry at p, found under hash.
func SeatOf(p Pos, hash uint64) Seat {
	return Seat{hash, *p.slot(), uint8(p.bucket()), uint8(p.lane())}
}

// Seated is where the entry is, if it is still there and was not used since. Another one
// with the same block and the same clock may have taken the seat; it is as good.
func (t *Table) Seated(at Seat) (Pos, bool) {
	index := uint32(at.near >> t.shift)
	s := t.segmentAt(t.directory[index])
	if int(at.bucket) >= s.buckets || *s.slot(int(at.bucket), int(at.lane)) != at.slot {
		return Pos{}, false
	}
	return posOf(s.base, index, int(at.bucket), int(at.lane)), true
}

// TouchSeat loads the header of the entry, if it is still there.
func (t *Table) TouchSeat(at Seat) uint8 {
	p, ok := t.Seated(at)
	if !ok {
		return 0
	}
	return *(*uint8)(t.arena.Ptr(p.Ref()))
}

// sampleTogether is how many buckets are loaded at the same time: as many as a core has
// loads in flight.
const sampleTogether = 8

// Sample appends the seats of the entries in some buckets, which are picked at random. It
// returns something of what it has loaded, too.
func (t *Table) Sample(seats []Seat, buckets int, next func() uint64) (_ []Seat, touched uint64) {
	for ; buckets > 0; buckets -= sampleTogether {
		var near [sampleTogether]uint64
		var at [sampleTogether]unsafe.Pointer
		var numbers [sampleTogether]uint8
		n := min(buckets, sampleTogether)
		for i := range n {
			r := next()
			s := t.segmentAt(t.directory[r>>t.shift])
			b := int(r & 0xFFFF_FFFF * uint64(s.buckets) >> 32)
			near[i], numbers[i] = r, uint8(b)
			at[i] = unsafe.Pointer(s.meta(b))
			touched ^= *(*uint64)(at[i])
		}
		for i := range n {
			for lane, slot := range (*[slotsPerBucket]uint64)(unsafe.Add(at[i], 8)) {
				if slot != 0 {
					seats = append(seats, Seat{near[i], slot, numbers[i], uint8(lane)})
				}
			}
		}
	}
	return seats, touched
}
