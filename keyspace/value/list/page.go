package list

import (
	"slices"
	"unsafe"

	"solokv/keyspace/arena"
)

// A page is a block of words, one for each node:
//
//	epoch:4 n:4 word ...          word: 24 bits count of elements, 40 bits ref
//
// It begins with room for a few nodes and is doubled up to pageBytesMax.
const (
	pageHeader   = 8
	wordBytes    = 8
	pageBytesMin = pageHeader + 3*wordBytes
	pageBytesMax = 2048
	pageWordsMax = (pageBytesMax - pageHeader) / wordBytes
)

func wordOf(ref arena.Ref, count int) uint64 { return uint64(ref) | uint64(count)<<arena.RefBits }
func wordRef(word uint64) arena.Ref          { return arena.Ref(word & arena.RefMask) }
func wordCount(word uint64) int              { return int(word >> arena.RefBits) }

type pageHead struct{ epoch, n uint32 }

func (l *List) page(ref arena.Ref) *pageHead { return (*pageHead)(l.arena.Ptr(ref)) }

// words are the words of a page.
func (l *List) words(ref arena.Ref) []uint64 {
	head := l.page(ref)
	return unsafe.Slice((*uint64)(unsafe.Add(unsafe.Pointer(head), pageHeader)), int(head.n))
}

// setWords changes the number of words of a page that has room for them.
func (l *List) setWords(ref arena.Ref, n int) []uint64 {
	l.page(ref).n = uint32(n)
	return l.words(ref)
}

// newPage returns a page with words, and room for more.
func (l *List) newPage(words []uint64, room int) arena.Ref {
	bytes := pageHeader + (len(words)+room)*wordBytes
	ref := l.arena.Alloc(min(max(bytes, pageBytesMin), pageBytesMax))
	l.bytes += int64(l.arena.BlockBytes(ref))
	*l.page(ref) = pageHead{epoch: l.epochs.Epoch()}
	copy(l.setWords(ref, len(words)), words)
	return ref
}

func (l *List) releasePage(ref arena.Ref) {
	l.bytes -= int64(l.arena.BlockBytes(ref))
	l.epochs.Release(ref, l.page(ref).epoch)
}

// ownPage makes a page one that may be changed, and returns its words.
func (l *List) ownPage(page int) []uint64 {
	entry := &l.pages[page]
	if l.epochs.Frozen(l.page(entry.ref).epoch) {
		old := entry.ref
		entry.ref = l.newPage(l.words(old), 0)
		l.releasePage(old)
	}
	return l.words(entry.ref)
}

// insertNode puts a node with count elements at a place; those from there on move
// up. It returns the place, which another page may have taken over.
func (l *List) insertNode(at place, ref arena.Ref, count int) place {
	at = l.makeRoom(at)
	entry := &l.pages[at.page]
	words := l.words(entry.ref)
	words = l.setWords(entry.ref, len(words)+1)
	copy(words[at.word+1:], words[at.word:])
	words[at.word] = wordOf(ref, count)
	entry.count += count
	l.count += count
	return at
}

// makeRoom makes a page that has room for one more word, and may be changed.
func (l *List) makeRoom(at place) place {
	if len(l.pages) == 0 {
		l.pages = append(l.pages, pageEntry{ref: l.newPage(nil, 0)})
		return at
	}
	words := l.ownPage(at.page)
	n := len(words)
	entry := &l.pages[at.page]
	switch block := l.arena.BlockBytes(entry.ref); {
	case pageHeader+(n+1)*wordBytes <= min(block, pageBytesMax):
		return at
	case n < pageWordsMax:
		old := entry.ref
		entry.ref = l.newPage(words, max(n, 1))
		l.releasePage(old)
		return at
	}
	return l.splitPage(at)
}

// splitPage cuts a full page in two. At the ends of the list, where lists grow, the
// page stays full and an empty one is put beside it.
func (l *List) splitPage(at place) place {
	words := l.words(l.pages[at.page].ref)
	switch {
	case at.page == len(l.pages)-1 && at.word == len(words):
		l.pages = append(l.pages, pageEntry{ref: l.newPage(nil, pageWordsMax)})
		return place{at.page + 1, 0}
	case at.page == 0 && at.word == 0:
		l.pages = slices.Insert(l.pages, 0, pageEntry{ref: l.newPage(nil, pageWordsMax)})
		return at
	}
	half := len(words) / 2
	l.cutPage(place{at.page, half})
	if at.word > half {
		return place{at.page + 1, at.word - half}
	}
	return at
}

// cutPage moves the words from a place on into a page of their own behind the first
// one, which may be changed.
func (l *List) cutPage(at place) {
	words := l.words(l.pages[at.page].ref)[at.word:]
	moved := pageEntry{ref: l.newPage(words, pageWordsMax)}
	for _, word := range words {
		moved.count += wordCount(word)
	}
	l.setWords(l.pages[at.page].ref, at.word)
	l.pages[at.page].count -= moved.count
	l.pages = slices.Insert(l.pages, at.page+1, moved)
}

// removeNode takes a node out and frees it. It returns the place of the node that
// followed, which is beyond the last page if there was none.
func (l *List) removeNode(at place) place {
	words := l.ownPage(at.page)
	entry := &l.pages[at.page]
	word := words[at.word]
	l.releaseNode(wordRef(word))
	entry.count -= wordCount(word)
	l.count -= wordCount(word)
	copy(words[at.word:], words[at.word+1:])
	words = l.setWords(entry.ref, len(words)-1)
	switch {
	case len(words) == 0:
		l.removePage(at.page)
		return place{at.page, 0}
	case at.word == len(words):
		return place{at.page + 1, 0}
	}
	return at
}

// removePage frees a page that has no nodes.
func (l *List) removePage(page int) {
	l.releasePage(l.pages[page].ref)
	if page == 0 {
		l.pages = l.pages[1:]
		return
	}
	l.pages = slices.Delete(l.pages, page, page+1)
}

// counted notes that a node has more elements now, or fewer. Its page may be
// changed.
func (l *List) counted(at place, more int) {
	entry := &l.pages[at.page]
	words := l.words(entry.ref)
	words[at.word] = wordOf(wordRef(words[at.word]), wordCount(words[at.word])+more)
	entry.count += more
	l.count += more
}
