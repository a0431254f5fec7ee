package list

import (
	"solokv/keyspace/arena"
	"solokv/keyspace/value/listpack"
)

// The ends: what makes a list a queue.

// PushTail puts an element at the end.
func (l *List) PushTail(element []byte) {
	c := listpack.CodeOf(element)
	size := c.Size()
	if len(l.pages) > 0 {
		at, _ := l.before(l.end())
		if l.allows(at, size, 1) {
			listpack.AppendCode(l.own(at, 0, size).lp(), c)
			l.counted(at, 1)
			return
		}
		l.fit(at)
	}
	l.insertNode(l.end(), l.endNode(element, size), 1)
}

// PushHead puts an element at the front.
func (l *List) PushHead(element []byte) {
	c := listpack.CodeOf(element)
	size := c.Size()
	if len(l.pages) > 0 {
		at := place{}
		if l.allows(at, size, 1) {
			n := l.own(at, size, 0)
			n.setStart(listpack.PushFrontCode(n.block, n.start(), c))
			l.counted(at, 1)
			return
		}
		l.fit(at)
	}
	l.insertNode(place{}, l.endNode(element, size), 1)
}

// endNode is a new node at an end, which more elements are likely to follow.
func (l *List) endNode(element []byte, size int) arena.Ref {
	bytes := nodeHeader + emptyBytes + size
	if bytes < l.limit.bytes && l.limit.entries > 1 {
		bytes = min(max(2*bytes, nodeFirst), l.limit.bytes)
	}
	return l.single(element, bytes)
}

// emptyBytes is the length of a listpack without elements.
const emptyBytes = 7
