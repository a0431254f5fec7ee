package list

import (
	"solokv/keyspace/value/listpack"
)

// Insert puts an element before the one at index, or at the end.
func (l *List) Insert(index int, element []byte) {
	switch index {
	case 0:
		l.PushHead(element)
		return
	case l.count:
		l.PushTail(element)
		return
	}
	size := listpack.Size(element)
	for {
		at, offset := l.find(index)
		if l.allows(at, size, 1) {
			pos, _ := listpack.Seek(l.readAt(at), offset)
			listpack.Insert(l.own(at, 0, size).lp(), pos, element)
			l.counted(at, 1)
			return
		}
		if offset == 0 {
			l.insertBefore(at, element, size)
			return
		}
		l.split(at, offset, size)
	}
}

// insertBefore puts an element between a node and the one before it: into that one,
// or into one of its own.
func (l *List) insertBefore(at place, element []byte, size int) {
	if prev, ok := l.before(at); ok && l.allows(prev, size, 1) {
		listpack.Append(l.own(prev, 0, size).lp(), element)
		l.counted(prev, 1)
		return
	}
	l.insertNode(at, l.single(element, nodeHeader+emptyBytes+size), 1)
}

// split cuts a node in two, in the middle of its bytes; for an element that is not
// allowed beside half a node, where that is going to be.
func (l *List) split(at place, offset, size int) {
	lp := l.readAt(at)
	cut, _ := listpack.Seek(lp, offset)
	if !l.limit.Exceeded(nodeHeader+len(lp)/2+size, 1) {
		cut, offset = listpack.Middle(lp)
	}
	l.splitNode(at, cut, offset)
}

// splitNode moves the elements from an offset on, where cut is, into a node of their
// own behind the first one.
func (l *List) splitNode(at place, cut, offset int) {
	lp := l.readAt(at)
	count := listpack.Len(lp) - offset
	right := l.allocNode(nodeHeader + emptyBytes + listpack.End(lp) - cut)
	right.setStart(nodeHeader)
	listpack.AppendFrom(listpack.AppendEmpty(right.block[nodeHeader:nodeHeader]), lp, cut, count)

	listpack.Delete(l.own(at, 0, 0).lp(), cut, count)
	l.counted(at, -count)
	l.insertNode(place{at.page, at.word + 1}, right.ref, count)
}
