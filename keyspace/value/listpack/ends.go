package listpack

import (
	"encoding/binary"
	"slices"
)

// Listpacks with room before them. The nodes of large lists are taken from and
// added to at both ends; there a listpack lies somewhere in a larger run of bytes,
// the block, and grows and shrinks at its front without being moved: only its
// header is.
//
//	block:  ... header a b c 0xFF ...       PushFront(x)
//	        header x a b c 0xFF ...         PopFront(1) goes back

// Size is the number of bytes that an element takes.
func Size(element []byte) int { return CodeOf(element).Size() }

// PushFront puts an element before the first one of the listpack that lies in block
// at start, behind at least Size bytes that are free. It returns the new start.
func PushFront(block []byte, start int, element []byte) int {
	return PushFrontCode(block, start, CodeOf(element))
}

// PushFrontCode is PushFront of what CodeOf made of an element.
func PushFrontCode(block []byte, start int, c Code) int {
	size := c.Size()
	lp := moveHeader(block, start, start-size, size)
	c.write(lp[headerBytes : headerBytes+size])
	addCount(lp, 1)
	return start - size
}

// PopFront takes count elements from the front of the listpack that lies in block at
// start, and returns the new start.
func PopFront(block []byte, start, count int) int {
	at := start + headerBytes
	for range count {
		at += elementBytes(block, at)
	}
	to := at - headerBytes
	addCount(moveHeader(block, start, to, start-to), -count)
	return to
}

// PushFrontAll puts elements before the first one, one after the other: the last of
// them becomes the first one of the listpack.
func PushFrontAll(lp []byte, elements [][]byte) []byte {
	start := 0
	for _, element := range elements {
		start += Size(element)
	}
	total := len(lp)
	block := slices.Grow(lp, start)[:start+total]
	copy(block[start:], block[:total])
	for _, element := range elements {
		start = PushFront(block, start, element)
	}
	return block
}

// moveHeader moves the header of a listpack, which becomes longer by more bytes.
func moveHeader(block []byte, from, to, more int) (lp []byte) {
	total := int(binary.LittleEndian.Uint32(block[from:])) + more
	copy(block[to:to+headerBytes], block[from:from+headerBytes])
	binary.LittleEndian.PutUint32(block[to:], uint32(total))
	return block[to:]
}

// AppendFrom puts the last count elements of another listpack at the end, which begin
// at at.
func AppendFrom(lp, other []byte, at, count int) []byte {
	old := End(lp)
	lp = resize(lp, old, old+End(other)-at)
	copy(lp[old:], other[at:End(other)])
	addCount(lp, count)
	return lp
}

// Middle is the element that begins in the middle of the bytes, or the one after
// it, and its index. There must be two elements.
func Middle(lp []byte) (at, index int) {
	for at, index = headerBytes, 0; index == 0 || at < len(lp)/2; index++ {
		next, ok := Next(lp, at)
		if !ok {
			break
		}
		at = next
	}
	return at, index
}

// Remove takes out the elements that match, but for the first skip of them, and no
// more than limit.
func Remove(lp []byte, m *Matcher, skip, limit int) []byte {
	at, ok := First(lp)
	to, removed := at, 0
	for ok && removed < limit {
		next, more := Next(lp, at)
		switch {
		case !m.Match(lp, at):
			to += copy(lp[to:], lp[at:next])
		case skip > 0:
			skip--
			to += copy(lp[to:], lp[at:next])
		default:
			removed++
		}
		at, ok = next, more
	}
	if at != to {
		lp = resize(lp, at, to)
		addCount(lp, -removed)
	}
	return lp
}

// Count is the number of elements that match.
func Count(lp []byte, m *Matcher) (matches int) {
	for at, ok := First(lp); ok; at, ok = Next(lp, at) {
		if m.Match(lp, at) {
			matches++
		}
	}
	return matches
}
