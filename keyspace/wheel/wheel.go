package wheel

import (
	"math/bits"
	"unsafe"

	"solokv/keyspace/arena"
)

// The levels, and what a slot holds:
//
//	level 0   256 slots of 8 ms       the next 2 s
//	level 1   256 slots of 2 s        the next 9 min
//	level 2   256 slots of 9 min      the next 37 h
//	level 3   256 slots of 37 h       the next 1.1 years
//	level 4   256 slots of 1.1 years  the rest; farther items wait in the last
//
//	item      [ tag : 48 | time within the slot : 16 ]
//
// When the time of a slot of a higher level comes, its items move down. The 16
// bits give the time exactly up to level 2 and to 2 s (level 3) or 9 min (level
// 4) above; such an item fires early and its owner files it again. An item never
// fires late by more than a tick (8 ms) plus what the budget of Advance holds up.
//
// Costs: File 1 store. Advance 1 load per item and level, in chunks that lie in
// memory one after the other. Rejected: a heap (8 more bytes for the position, a
// logarithm of cache misses), a radix tree over (time, key) as in Redis 7.4's
// hash fields (30 bytes and more), sampling (Redis; late by seconds).
const (
	tickShift  = 3 // 8 ms
	levelShift = 8
	slotCount  = 1 << levelShift
	slotMask   = slotCount - 1
	levelCount = 5

	timeBits = 16
	timeMask = 1<<timeBits - 1

	chunkBytes = 512
	chunkItems = (chunkBytes - 8) / 8
)

// chunk is a block of the arena; full ones follow the one being filled.
type chunk struct {
	next  arena.Ref
	items [chunkItems]uint64
}

type slot struct {
	head  arena.Ref
	count uint16 // items in head
}

type level struct {
	slots    [slotCount]slot
	occupied [slotCount / 64]uint64
}

// Wheel files items by time. The zero value is not ready: use New.
type Wheel struct {
	arena  *arena.Arena
	tick   int64 // the next tick to drain; everything before is done
	levels [levelCount]level
	items  int
	chunks int
}

// New returns an empty wheel that stands at nowMs.
func New(a *arena.Arena, nowMs int64) *Wheel {
	return &Wheel{arena: a, tick: nowMs >> tickShift}
}

// Len is the number of items, garbage included.
func (w *Wheel) Len() int { return w.items }

// Bytes is the memory in use.
func (w *Wheel) Bytes() int64 {
	return int64(unsafe.Sizeof(*w)) + int64(w.chunks)*chunkBytes
}

// slotShift is the binary logarithm of a slot's length in ms.
func slotShift(l int) int { return tickShift + levelShift*l }

// timeShift is the binary logarithm of the unit of an item's time bits, in ms.
func timeShift(l int) int { return max(0, slotShift(l)-timeBits) }

// File remembers that the key with this tag may expire at atMs.
func (w *Wheel) File(tag uint64, atMs int64) {
	w.items++
	w.file(tag, max(atMs, w.tick<<tickShift))
}

func (w *Wheel) file(tag uint64, atMs int64) {
	now := w.tick << tickShift
	l := 0
	for l < levelCount-1 && atMs>>slotShift(l)-now>>slotShift(l) >= slotCount {
		l++
	}
	shift := slotShift(l)
	at := atMs
	if at>>shift-now>>shift >= slotCount {
		at = (now>>shift + slotMask) << shift // past the last level: wait there, fire early
	}
	item := tag<<timeBits | uint64(at)&(1<<shift-1)>>timeShift(l)
	w.push(l, int(at>>shift)&slotMask, item)
}

func (w *Wheel) push(l, index int, item uint64) {
	lv := &w.levels[l]
	s := &lv.slots[index]
	if s.head == 0 || s.count == chunkItems {
		ref := w.arena.Alloc(chunkBytes)
		w.chunk(ref).next = s.head
		s.head, s.count = ref, 0
		w.chunks++
		lv.occupied[index>>6] |= 1 << (index & 63)
	}
	w.chunk(s.head).items[s.count] = item
	s.count++
}

func (w *Wheel) chunk(ref arena.Ref) *chunk { return (*chunk)(w.arena.Ptr(ref)) }

// Advance fires what is due at nowMs, at most about budget items, in batches of
// tags. It tells whether due items are left. fire may call File. A tick is drained
// when all of it has passed, so an item that fires and is filed again for a time
// after nowMs cannot come back in the same call.
func (w *Wheel) Advance(nowMs int64, budget int, fire func(tags []uint64)) (more bool) {
	var tags [chunkItems]uint64
	for now := (nowMs+1)>>tickShift - 1; w.tick <= now; {
		if w.items == 0 {
			w.tick = now + 1
			return false
		}
		budget -= w.cascade(budget)
		if budget <= 0 {
			return true
		}
		index := int(w.tick) & slotMask
		for {
			n := w.pop(0, index, &tags)
			if n == 0 {
				break
			}
			for i, item := range tags[:n] {
				tags[i] = item >> timeBits
			}
			w.items -= n
			fire(tags[:n])
			if budget -= n; budget <= 0 {
				return true
			}
		}
		w.skip(now)
	}
	return false
}

// cascade moves the items of the higher levels' slots that begin at the current
// tick down, at most about budget of them, and returns how many.
func (w *Wheel) cascade(budget int) (moved int) {
	var items [chunkItems]uint64
	for l := levelCount - 1; l > 0; l-- {
		if w.tick&(1<<(levelShift*l)-1) != 0 {
			continue
		}
		now := w.tick << tickShift
		index := int(now>>slotShift(l)) & slotMask
		for moved < budget {
			n := w.pop(l, index, &items)
			if n == 0 {
				break
			}
			moved += n
			for _, item := range items[:n] {
				w.file(item>>timeBits, now+int64(item&timeMask)<<timeShift(l))
			}
		}
	}
	return moved
}

// pop takes a chunk's items out of a slot.
func (w *Wheel) pop(l, index int, items *[chunkItems]uint64) int {
	lv := &w.levels[l]
	s := &lv.slots[index]
	if s.head == 0 {
		return 0
	}
	head, n := s.head, int(s.count)
	c := w.chunk(head)
	copy(items[:n], c.items[:n])
	s.head, s.count = c.next, chunkItems
	if s.head == 0 {
		s.count = 0
		lv.occupied[index>>6] &^= 1 << (index & 63)
	}
	w.arena.Free(head)
	w.chunks--
	return n
}

// skip moves on to the next tick that has something to do, or past now.
func (w *Wheel) skip(now int64) {
	w.tick++
	for w.tick <= now && w.tick&slotMask != 0 {
		index := uint(w.tick) & slotMask
		word := w.levels[0].occupied[index>>6] >> (index & 63)
		if word != 0 {
			w.tick = min(w.tick+int64(bits.TrailingZeros64(word)), now+1)
			return
		}
		w.tick = min(w.tick|63+1, now+1)
	}
	if w.tick <= now && w.levels[0].occupied == [slotCount / 64]uint64{} {
		// A clock that jumped, or a wheel with only far items: go straight to
		// the next slot of a higher level.
		if next, ok := w.NextMs(); ok {
			w.tick = min(max(w.tick, next>>tickShift), now+1)
		}
	}
}

// NextMs is a time up to which Advance has nothing to do: it may be early, by
// as much as the next higher level's slot, but not late. ok is false when the
// wheel is empty.
func (w *Wheel) NextMs() (ms int64, ok bool) {
	if w.items == 0 {
		return 0, false
	}
	now := w.tick << tickShift
	best := int64(1<<63 - 1)
	for l := range levelCount {
		current := now >> slotShift(l)
		for ahead := range int64(slotCount) {
			index := uint(current+ahead) & slotMask
			if w.levels[l].occupied[index>>6]>>(index&63)&1 != 0 {
				best = min(best, max(now, (current+ahead)<<slotShift(l)))
				break
			}
		}
	}
	return best + 1<<tickShift - 1, true
}

// Random returns the tag of some item: of a slot at random or, if that is empty, the
// next one that is not, and there of one of the chunks in front. ok is false if there
// is none.
func (w *Wheel) Random(next func() uint64) (tag uint64, ok bool) {
	if w.items == 0 {
		return 0, false
	}
	r := next()
	l, index := int(r>>32%levelCount), int(r&slotMask)
	for range levelCount*slotCount + 1 {
		if s := &w.levels[l].slots[index]; s.head != 0 && s.count > 0 {
			return w.pick(s, next()) >> timeBits, true
		}
		if index++; index == slotCount {
			l, index = (l+1)%levelCount, 0
		}
	}
	return 0, false
}

// pick returns an item of the first few chunks of a slot.
func (w *Wheel) pick(s *slot, r uint64) uint64 {
	const depthMax = 8
	c, count := w.chunk(s.head), uint64(s.count)
	for range r >> 32 % depthMax {
		if c.next == 0 {
			break
		}
		c, count = w.chunk(c.next), chunkItems
	}
	return c.items[r&0xFFFF_FFFF%count]
}

// Drain frees a wheel that nobody uses any more, about chunks blocks a call, and
// tells whether anything is left.
func (w *Wheel) Drain(chunks int) (more bool) {
	var items [chunkItems]uint64
	for l := range levelCount {
		for index := range slotCount {
			for n := w.pop(l, index, &items); n > 0; n = w.pop(l, index, &items) {
				w.items -= n
				if chunks--; chunks <= 0 {
					return w.items > 0
				}
			}
		}
	}
	return false
}
