package list

import (
	"encoding/binary"

	"solokv/keyspace/arena"
	"solokv/keyspace/value/listpack"
)

// A node is a block with a listpack somewhere in it:
//
//	epoch:4 start:4 | free | listpack | free |
//
// start counts from the beginning of the block. The free bytes on both sides are
// what makes pushes and pops at both ends cost the same: neither moves the other
// elements. A node that grows is given a block of twice the size, up to the limit,
// with the free bytes on the side where it grows; when they are used up on one side
// and there are some on the other, half of them change sides.
const (
	nodeHeader = 8
	nodeFirst  = 1024 // the block that a new node at an end begins with
)

// node is a node for writing: its whole block.
type node struct {
	ref   arena.Ref
	block []byte
}

func (n node) epoch() uint32 { return binary.LittleEndian.Uint32(n.block) }
func (n node) start() int    { return int(binary.LittleEndian.Uint32(n.block[4:])) }
func (n node) setStart(at int) {
	binary.LittleEndian.PutUint32(n.block[4:], uint32(at))
}

// lp is the listpack; the functions of package listpack let it grow in place.
func (n node) lp() []byte {
	start := n.start()
	return n.block[start : start+int(binary.LittleEndian.Uint32(n.block[start:]))]
}

// read is the listpack of a node for reading, also from a view's goroutine, which
// must not ask the arena for the size of a block.
func (l *List) read(ref arena.Ref) []byte {
	start := int(binary.LittleEndian.Uint32(l.arena.Bytes(ref, nodeHeader)[4:]))
	total := int(binary.LittleEndian.Uint32(l.arena.Bytes(ref, start+4)[start:]))
	return l.arena.Bytes(ref, start+total)[start : start+total : start+total]
}

// readAt is read for the node at a place.
func (l *List) readAt(at place) []byte {
	return l.read(wordRef(l.words(l.pages[at.page].ref)[at.word]))
}

func (l *List) nodeAt(at place) node {
	ref := wordRef(l.words(l.pages[at.page].ref)[at.word])
	return node{ref, l.arena.Bytes(ref, l.arena.BlockBytes(ref))}
}

// newNode returns a node with a copy of a listpack at the front of a block of that
// size.
func (l *List) newNode(lp []byte, bytes int) arena.Ref {
	n := l.allocNode(bytes)
	n.setStart(nodeHeader)
	copy(n.block[nodeHeader:], lp)
	return n.ref
}

func (l *List) allocNode(bytes int) node {
	ref := l.arena.Alloc(bytes)
	n := node{ref, l.arena.Bytes(ref, l.arena.BlockBytes(ref))}
	l.bytes += int64(len(n.block))
	binary.LittleEndian.PutUint32(n.block, l.epochs.Epoch())
	return n
}

func (l *List) releaseNode(ref arena.Ref) {
	l.bytes -= int64(l.arena.BlockBytes(ref))
	l.epochs.Release(ref, binary.LittleEndian.Uint32(l.arena.Bytes(ref, 4)))
}

// own makes a node one that may be changed, with so many free bytes before and
// behind its listpack.
func (l *List) own(at place, before, behind int) node {
	words := l.ownPage(at.page)
	n := l.nodeAt(at)
	start := n.start()
	lp := n.lp()
	frozen := l.epochs.Frozen(n.epoch())
	if !frozen && start-nodeHeader >= before && len(n.block)-start-len(lp) >= behind {
		return n
	}
	need := nodeHeader + before + len(lp) + behind
	if !frozen && need <= len(n.block) {
		start = nodeHeader + before + (len(n.block)-need)/2
		copy(n.block[start:], lp)
		n.setStart(start)
		return n
	}
	bytes := len(n.block)
	if need > bytes {
		bytes = max(need, min(2*bytes, l.limit.bytes))
	}
	grown := l.allocNode(bytes)
	start = nodeHeader + before
	if before > 0 {
		start = len(grown.block) - len(lp) - behind
	}
	grown.setStart(start)
	copy(grown.block[start:], lp)
	words[at.word] = wordOf(grown.ref, wordCount(words[at.word]))
	l.releaseNode(n.ref)
	return grown
}

// fit gives a node a block of its size if it wastes more than an eighth.
func (l *List) fit(at place) {
	n := l.nodeAt(at)
	lp := n.lp()
	if need := nodeHeader + len(lp); need < len(n.block)-len(n.block)/8 && arena.ClassBytes(need) < len(n.block) {
		words := l.ownPage(at.page)
		words[at.word] = wordOf(l.newNode(lp, need), wordCount(words[at.word]))
		l.releaseNode(n.ref)
	}
}

// allows tells whether a node may take more bytes in more elements. The block of a
// full node is not to exceed the limit either, so its header counts.
func (l *List) allows(at place, bytes, elements int) bool {
	word := l.words(l.pages[at.page].ref)[at.word]
	return !l.limit.Exceeded(nodeHeader+len(l.read(wordRef(word)))+bytes, wordCount(word)+elements)
}

// single returns a new node with one element.
func (l *List) single(element []byte, bytes int) arena.Ref {
	n := l.allocNode(bytes)
	n.setStart(nodeHeader)
	listpack.Append(listpack.AppendEmpty(n.block[nodeHeader:nodeHeader]), element)
	return n.ref
}
