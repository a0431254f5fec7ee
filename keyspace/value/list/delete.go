package list

import "solokv/keyspace/value/listpack"

// Delete takes out count elements from index on.
func (l *List) Delete(index, count int) {
	for count > 0 {
		at, offset := l.find(index)
		n := min(count, wordCount(l.words(l.pages[at.page].ref)[at.word])-offset)
		count -= n
		if l.cut(at, offset, n) {
			l.settle(at)
		}
	}
}

// cut takes elements out of one node, and tells whether any of it is left.
func (l *List) cut(at place, offset, count int) (left bool) {
	if count == wordCount(l.words(l.pages[at.page].ref)[at.word]) {
		l.removeNode(at)
		return false
	}
	n := l.own(at, 0, 0)
	if offset == 0 {
		n.setStart(listpack.PopFront(n.block, n.start(), count))
	} else {
		pos, _ := listpack.Seek(n.lp(), offset)
		listpack.Delete(n.lp(), pos, count)
	}
	l.counted(at, -count)
	return true
}

// settle keeps a node that has shrunk from staying small: in the middle of the list
// it is joined with a neighbour, if both are far from the limit. At the ends, where
// queues grow and shrink, nodes are left alone.
func (l *List) settle(at place) {
	prev, hasPrev := l.before(at)
	next, hasNext := l.after(at)
	switch {
	case hasPrev && hasNext && l.join(prev, at):
	case hasPrev && hasNext && l.join(at, next):
	default:
		if n := l.nodeAt(at); len(n.block) > l.limit.bytes {
			l.fit(at) // one large element was there
		}
	}
}

// join appends the second of two neighbours to the first, if that leaves a quarter
// of the limit free.
func (l *List) join(at, next place) bool {
	lp := l.readAt(next)
	count := listpack.Len(lp)
	if !l.allows(at, len(lp)+l.limit.bytes/4, count+l.limit.entries/4) {
		return false
	}
	first, _ := listpack.First(lp)
	listpack.AppendFrom(l.own(at, 0, len(lp)).lp(), lp, first, count)
	l.counted(at, count)
	l.removeNode(next)
	return true
}

// Set puts an element in the place of the one at index.
func (l *List) Set(index int, element []byte) {
	at, offset := l.find(index)
	lp := l.readAt(at)
	pos, _ := listpack.Seek(lp, offset)
	end, _ := listpack.Next(lp, pos)
	size := listpack.Size(element)
	more := max(size-(end-pos), 0)
	if more == 0 || l.allows(at, more, 0) {
		listpack.Replace(l.own(at, 0, more).lp(), pos, element)
		l.settle(at)
		return
	}
	l.Insert(index, element)
	l.Delete(index+1, 1)
}

// Remove takes out the elements that match, no more than limit of them, beginning at
// the front or at the end, and returns their number.
func (l *List) Remove(m *listpack.Matcher, limit int, fromEnd bool) (removed int) {
	at, ok := place{}, len(l.pages) > 0
	if fromEnd {
		at, ok = l.before(l.end())
	}
	for ok && removed < limit {
		n, gone := l.removeFrom(at, m, limit-removed, fromEnd)
		removed += n
		switch {
		case !fromEnd && gone:
			at, ok = l.normal(at)
		case !fromEnd:
			at, ok = l.after(at)
		default:
			at, ok = l.before(at)
		}
	}
	return removed
}

// removeFrom is Remove for one node. gone tells that the node is no more, and its
// place the next one's.
func (l *List) removeFrom(at place, m *listpack.Matcher, limit int, fromEnd bool) (removed int, gone bool) {
	lp := l.readAt(at)
	matches := listpack.Count(lp, m)
	if removed = min(matches, limit); removed == 0 {
		return 0, false
	}
	if removed == listpack.Len(lp) {
		l.removeNode(at)
		return removed, true
	}
	skip := 0
	if fromEnd {
		skip = matches - removed
	}
	listpack.Remove(l.own(at, 0, 0).lp(), m, skip, removed)
	l.counted(at, -removed)
	return removed, l.joinBehind(at, fromEnd)
}

// joinBehind joins a node with its neighbour on the side that a walk has come from.
func (l *List) joinBehind(at place, fromEnd bool) (gone bool) {
	if fromEnd {
		if next, ok := l.after(at); ok {
			l.join(at, next)
		}
		return false
	}
	prev, ok := l.before(at)
	return ok && l.join(prev, at)
}

// normal is the place itself, or the first one of the next page if it is behind the
// last node of its page.
func (l *List) normal(at place) (place, bool) {
	if at.page < len(l.pages) && at.word == len(l.words(l.pages[at.page].ref)) {
		at = place{at.page + 1, 0}
	}
	return at, at.page < len(l.pages)
}
