package list

import (
	"slices"

	"solokv/keyspace/value/listpack"
)

// trimAtOnce is the number of elements that Trim takes out by itself. A list that is
// kept short by a trim after each push loses few at a time.
const trimAtOnce = 1 << 10

// Trim keeps n elements from index from on, at least one. When there is much to take
// out, what stays moves into a new list, which is returned; the old one is to be
// dropped with the rest, and drained in slices like a list that was deleted. When
// there is little it returns the list itself.
func (l *List) Trim(from, n int) *List {
	if l.count-n <= trimAtOnce {
		l.Delete(from+n, l.count-from-n)
		l.Delete(0, from)
		return l
	}
	first := l.pageBoundary(from)
	last := l.pageBoundary(from + n)

	kept := New(l.epochs, l.limit)
	kept.pages, kept.count = slices.Clone(l.pages[first:last]), n
	l.pages, l.count = slices.Delete(l.pages, first, last), l.count-n
	if n < l.count {
		kept.bytes = kept.blockBytes()
	} else {
		kept.bytes = l.bytes - l.blockBytes()
	}
	l.bytes -= kept.bytes
	return kept
}

// pageBoundary makes a page begin with the element at index, and returns it.
func (l *List) pageBoundary(index int) (page int) {
	if index == l.count {
		return len(l.pages)
	}
	at, offset := l.find(index)
	if offset > 0 {
		cut, _ := listpack.Seek(l.readAt(at), offset)
		l.splitNode(at, cut, offset)
		at, _ = l.find(index)
	}
	if at.word > 0 {
		l.ownPage(at.page)
		l.cutPage(at)
		at.page++
	}
	return at.page
}

// blockBytes is the memory of all nodes and pages.
func (l *List) blockBytes() (bytes int64) {
	for _, entry := range l.pages {
		bytes += int64(l.arena.BlockBytes(entry.ref))
		for _, word := range l.words(entry.ref) {
			bytes += int64(l.arena.BlockBytes(wordRef(word)))
		}
	}
	return bytes
}
