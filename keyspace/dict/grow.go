package dict

import "solokv/keyspace/arena"

// grow makes room in the segment of directory word index: a bigger segment, or
// two.
func (t *Table) grow(index uint32) {
	word := t.directory[index]
	s := t.segmentAt(word)
	for _, step := range bucketSteps {
		if int(step) > s.buckets {
			t.rebuild(index, int(step))
			return
		}
	}
	t.split(index)
}

// rebuild moves a segment's entries into a new one of the given size.
func (t *Table) rebuild(index uint32, buckets int) {
	word := t.directory[index]
	old := t.segmentAt(word)
	keepFresh := t.marked(old)
	var slots movedSlots
	n := t.gather(old, &slots)

	ref := t.newSegment(buckets)
	word = segmentWord(ref, buckets, old.depth)
	t.segmentAt(word).fill(slots[:n], keepFresh)
	t.setWords(index, word)
	t.releaseSegment(old)
}

// split divides a segment by the next bit of the hash.
func (t *Table) split(index uint32) {
	old := t.segmentAt(t.directory[index])
	if old.depth == int(t.depth) {
		t.double()
		index *= 2
	}
	keepFresh := t.marked(old)
	var slots movedSlots
	n := t.gather(old, &slots)

	// Lower half to the front, upper half to the back, in place.
	low, high := 0, n
	for low < high {
		if slots[low].hash<<old.depth>>63 == 0 {
			low++
		} else {
			high--
			slots[low], slots[high] = slots[high], slots[low]
		}
	}
	depth := old.depth + 1
	first := index &^ (1<<(int(t.depth)-old.depth) - 1)
	half := uint32(1) << (int(t.depth) - depth)
	if depth == int(t.depth) {
		t.deepSegments += 2
	}
	for i, part := range [2][]moved{slots[:low], slots[low:n]} {
		buckets := bucketsFor(len(part))
		word := segmentWord(t.newSegment(buckets), buckets, depth)
		t.segmentAt(word).fill(part, keepFresh)
		t.setWords(first+uint32(i)*half, word)
	}
	t.releaseSegment(old)
}

// bucketsFor returns the step that holds n entries with a tenth to spare.
func bucketsFor(n int) int {
	for _, step := range bucketSteps {
		if n+n/10 <= int(fillMax[step]) {
			return int(step)
		}
	}
	return bucketsMax
}

// setWords points every word of index's segment to word.
func (t *Table) setWords(index uint32, word uint64) {
	n := uint32(t.aliases(word))
	first := index &^ (n - 1)
	for i := first; i < first+n; i++ {
		t.directory[i] = word
	}
}

// double doubles the directory.
func (t *Table) double() {
	directory := make([]uint64, 2*len(t.directory))
	for i, word := range t.directory {
		directory[2*i], directory[2*i+1] = word, word
	}
	t.directory = directory
	t.depth++
	t.shift--
	t.deepSegments = 0
}

// halve halves the directory while no segment needs all its words.
func (t *Table) halve() {
	for t.depth > 0 && t.deepSegments == 0 {
		directory := make([]uint64, len(t.directory)/2)
		for i := range directory {
			directory[i] = t.directory[2*i]
		}
		t.directory = directory
		t.depth--
		t.shift++
		for i := 0; i < len(directory); i += t.aliases(directory[i]) {
			if wordDepth(directory[i]) == int(t.depth) {
				t.deepSegments++
			}
		}
	}
}

// shrink rebuilds a sparse segment smaller, or merges it with its neighbour.
func (t *Table) shrink(index uint32) {
	s := t.segmentAt(t.directory[index])
	count := int(s.footer().count)
	if s.depth > 0 {
		buddyIndex := index ^ 1<<(int(t.depth)-s.depth)
		buddy := t.segmentAt(t.directory[buddyIndex])
		together := count + int(buddy.footer().count)
		if buddy.depth == s.depth && together*2 <= int(fillMax[bucketsMax]) {
			t.merge(index, buddyIndex)
			return
		}
	}
	if buckets := bucketsFor(count); buckets < s.buckets {
		t.rebuild(index, buckets)
	}
}

// merge joins two segments that differ in their last directory bit.
func (t *Table) merge(index, buddyIndex uint32) {
	a, b := t.segmentAt(t.directory[index]), t.segmentAt(t.directory[buddyIndex])
	var slots, more movedSlots
	n := t.gather(a, &slots)
	m := t.gather(b, &more)
	freshA, freshB := t.marked(a), t.marked(b)

	buckets := bucketsFor(n + m)
	depth := a.depth - 1
	word := segmentWord(t.newSegment(buckets), buckets, depth)
	s := t.segmentAt(word)
	s.fill(slots[:n], freshA)
	s.fill(more[:m], freshB)
	s.footer().count = uint16(n + m)
	if a.depth == int(t.depth) {
		t.deepSegments -= 2
	}
	t.setWords(min(index, buddyIndex), word)
	t.releaseSegment(a)
	t.releaseSegment(b)
	t.halve()
}

// releaseSegment frees a segment's block, now or when nobody may reach it any more.
func (t *Table) releaseSegment(s segment) {
	t.segments--
	t.segmentBytes -= int64(arena.ClassBytes(segmentBlockBytes(s.buckets)))
	switch {
	case !t.frozen(s):
		t.arena.Free(s.ref)
	case t.undoable:
		t.epochs.deferLong(s.ref) // the view's only: an undo puts back entries
	default:
		t.epochs.Release(s.ref, s.footer().epoch)
	}
}

// Reserve prepares an empty table for n entries, so that loading splits nothing.
func (t *Table) Reserve(n int) {
	if t.count > 0 || n <= int(fillMax[bucketsMax]) {
		return
	}
	for t.depth < depthMax && n>>t.depth > int(fillMax[bucketsMax])*4/5 {
		t.double()
	}
	old := t.segmentAt(t.directory[0])
	buckets := bucketsFor(n >> t.depth)
	for i := range t.directory {
		t.directory[i] = segmentWord(t.newSegment(buckets), buckets, int(t.depth))
	}
	t.deepSegments = len(t.directory)
	t.releaseSegment(old)
}

// depthMax bounds the directory at 2^26 words; segments are then over 300
// entries each at 20 billion, more than the arena's address space holds.
const depthMax = 26
