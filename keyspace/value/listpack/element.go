package listpack

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"solokv/keyspace/value"
)

// Element is one element: a text, or an integer that stands for its decimal text.
type Element struct {
	Text  []byte // a view of the listpack; nil if IsInt
	Int   int64
	IsInt bool
}

// Get returns the element at a position.
func Get(lp []byte, at int) Element {
	if text, ok := textAt(lp, at); ok {
		return Element{Text: text}
	}
	return Element{Int: intAt(lp, at), IsInt: true}
}

// Text returns the text of the element at a position: a view of the listpack, or, of
// an integer, appended to buffer. Loops over many elements use it rather than Get,
// whose result is too large for registers.
func Text(lp []byte, at int, buffer []byte) []byte {
	if text, ok := textAt(lp, at); ok {
		return text
	}
	return strconv.AppendInt(buffer, intAt(lp, at), 10)
}

// Int returns the integer at a position where there is one, as Get does.
func Int(lp []byte, at int) int64 { return intAt(lp, at) }

// textAt returns the text at a position; ok is false for an integer.
func textAt(lp []byte, at int) (text []byte, ok bool) {
	head := lp[at]
	if head&0xC0 == 0x80 {
		end := at + 1 + int(head&0x3F)
		return lp[at+1 : end : end], true
	}
	return longTextAt(lp, at)
}

func longTextAt(lp []byte, at int) (text []byte, ok bool) {
	switch head := lp[at]; {
	case head&0xF0 == 0xE0:
		end := at + 2 + int(head&0x0F)<<8 + int(lp[at+1])
		return lp[at+2 : end : end], true
	case head == headText32:
		end := at + 5 + int(binary.LittleEndian.Uint32(lp[at+1:]))
		return lp[at+5 : end : end], true
	}
	return nil, false
}

// intAt returns the integer at a position where there is one.
func intAt(lp []byte, at int) int64 {
	switch head := lp[at]; {
	case head < 0x80:
		return int64(head)
	case head < 0xE0:
		return int64(int16(head)<<11|int16(lp[at+1])<<3) >> 3
	default:
		return wideInt(lp[at:])
	}
}

// wideInt reads a number that stands behind its head.
func wideInt(b []byte) int64 {
	switch b[0] {
	case headInt16:
		return int64(int16(binary.LittleEndian.Uint16(b[1:])))
	case headInt24:
		return int64(int32(uint32(b[1])<<8|uint32(b[2])<<16|uint32(b[3])<<24) >> 8)
	case headInt32:
		return int64(int32(binary.LittleEndian.Uint32(b[1:])))
	default:
		return int64(binary.LittleEndian.Uint64(b[1:]))
	}
}

// Append appends the element's text.
func (e Element) Append(dst []byte) []byte {
	if e.IsInt {
		return strconv.AppendInt(dst, e.Int, 10)
	}
	return append(dst, e.Text...)
}

// Equal tells whether text is the element's text.
func (e Element) Equal(text []byte) bool {
	if !e.IsInt {
		return bytes.Equal(e.Text, text)
	}
	n, ok := value.IntText(text)
	return ok && n == e.Int
}

// Len is the length of the element's text.
func (e Element) Len() int {
	if !e.IsInt {
		return len(e.Text)
	}
	n, u := 1, uint64(e.Int)
	if e.Int < 0 {
		n, u = 2, -u
	}
	for ; u > 9; u /= 10 {
		n++
	}
	return n
}

// Matcher compares elements with a text that is read as a number only once.
type Matcher struct {
	text  []byte
	n     int64
	isInt bool
}

// NewMatcher returns a matcher of text, which must not change.
func NewMatcher(text []byte) Matcher {
	n, isInt := value.IntText(text)
	return Matcher{text, n, isInt}
}

// Match tells whether the element at a position is the text.
func (m *Matcher) Match(lp []byte, at int) bool {
	if text, ok := textAt(lp, at); ok {
		return bytes.Equal(text, m.text)
	}
	return m.isInt && intAt(lp, at) == m.n
}

// Find searches for an element from the one at at on. Between two elements that it
// looks at it passes over skip others.
func Find(lp []byte, at int, element []byte, skip int) (found int, ok bool) {
	m := NewMatcher(element)
	passing := 0
	for end := End(lp); at < end; at += elementBytes(lp, at) {
		if passing > 0 {
			passing--
			continue
		}
		passing = skip
		if m.Match(lp, at) {
			return at, true
		}
	}
	return 0, false
}
