package dict

// Compact moves segments out of spans that have become sparse, so that whole
// spans go back to the system. Segments of a table grow through the same sizes
// at about the same time; those that have not grown yet hold on to spans which
// the others have left. At 5 million keys that was 30 MB of 330.
//
// It looks at about budget segments from directory word from on and returns
// where to go on; 0 when it has been round. Moving one costs a copy of 4 KB.
func (t *Table) Compact(from, budget int) (next int) {
	if t.epochs.fence != 0 {
		return 0
	}
	for i := from; i < len(t.directory); {
		if budget--; budget < 0 {
			return i
		}
		word := t.directory[i]
		if s := t.segmentAt(word); t.arena.IsSparse(s.ref) {
			t.moveSegment(uint32(i), s)
			budget -= moveCost
		}
		i += t.aliases(word)
	}
	return 0
}

// moveCost is how many looks a move costs.
const moveCost = 32

func (t *Table) moveSegment(index uint32, s segment) {
	size := segmentBlockBytes(s.buckets)
	ref := t.arena.Alloc(size)
	copy(t.arena.Bytes(ref, size), t.arena.Bytes(s.ref, size))
	t.setWords(index, segmentWord(ref, s.buckets, s.depth))
	t.arena.Free(s.ref)
}
