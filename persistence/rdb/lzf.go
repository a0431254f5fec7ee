package rdb

import (
	"encoding/binary"
	"fmt"
	"sync"
)

// LZF, the compression of long strings. A compressed string is a row of
//
//	000lllll  text                 l+1 bytes of text, 32 at most
//	lllooooo oooooooo              l+2 bytes that stood o+1 bytes before; l is 1 to 6
//	111ooooo llllllll oooooooo     l+9 bytes that stood o+1 bytes before
//
// The higher bits of o come first. A copy may reach into what it writes itself: o = 0 repeats a byte. Nothing
// tells the length of the text, so that is stored beside it.
const (
	lzfRunMax    = 32
	lzfNearMax   = 1 << 13
	lzfCopyMin   = 3
	lzfCopyMax   = 264
	lzfShortMax  = 8 // the longest copy of two bytes
	lzfTableBits = 13

	lzfGainMin = 4        // what compression must save
	lzfTextMax = 32 << 20 // longer strings stay as they are: they would need as much memory once more
	lzfKeptMax = 1 << 20  // of a buffer that is kept for the next string
)

// lzfMatcher compresses one string after another. It finds for the three bytes at a place where they last stood,
// or where others of the same hash did.
//
// Places are counted on from one string to the next, so that the table never has to be cleared: what it holds of
// other strings is below base.
type lzfMatcher struct {
	places [1 << lzfTableBits]uint32
	base   uint32
	out    []byte // for compressed, and whoever asks it
}

// lzfMatchers keep the tables, 32 KB each.
var lzfMatchers = sync.Pool{New: func() any { return new(lzfMatcher) }}

// lzfCompress appends the compressed src to dst, which must not be a part of it. It returns nil if that is not
// at least lzfGainMin bytes shorter: then the lengths that have to stand beside it would use up what it saves.
func lzfCompress(dst, src []byte) []byte {
	m := lzfMatchers.Get().(*lzfMatcher)
	defer lzfMatchers.Put(m)
	return m.compress(dst, src)
}

// compressed is lzfCompress into a buffer of the matcher's own, which is valid until the next call.
func (m *lzfMatcher) compressed(src []byte) []byte {
	out := m.compress(m.out[:0], src)
	if out != nil && cap(out) <= lzfKeptMax {
		m.out = out
	}
	return out
}

// compress is lzfCompress.
func (m *lzfMatcher) compress(dst, src []byte) []byte {
	if len(src) <= lzfGainMin || len(src) > lzfTextMax {
		return nil
	}
	if m.base == 0 || m.base > 1<<31 {
		clear(m.places[:])
		m.base = 1
	}
	dst = m.appendUpTo(dst, src, len(dst)+len(src)-lzfGainMin)
	m.base += uint32(len(src))
	return dst
}

// appendUpTo appends the compressed src, and gives up when dst would become longer than room.
func (m *lzfMatcher) appendUpTo(dst, src []byte, room int) []byte {
	text := 0 // from here on src has not been written
	for at := 0; at+4 <= len(src); {
		head := binary.LittleEndian.Uint32(src[at:]) << 8
		place := &m.places[head*0x9E3779B1>>(32-lzfTableBits)]
		from := int(*place) - int(m.base)
		*place = m.base + uint32(at)
		if from < 0 || at-from > lzfNearMax || binary.LittleEndian.Uint32(src[from:])<<8 != head {
			at += 1 + (at-text)>>6 // what does not repeat itself is passed over faster and faster
			continue
		}
		n := lzfCopyMin + lzfCommon(src[from+lzfCopyMin:], src[at+lzfCopyMin:min(at+lzfCopyMax, len(src))])
		if len(dst)+lzfTextBytes(at-text)+3 > room {
			return nil
		}
		dst = lzfAppendText(dst, src[text:at])
		dst = lzfAppendCopy(dst, at-from-1, n)
		at += n
		text = at
		m.note(src, at-2)
		m.note(src, at-1)
	}
	if len(dst)+lzfTextBytes(len(src)-text) > room {
		return nil
	}
	return lzfAppendText(dst, src[text:])
}

// note remembers a place that has been copied over, if it begins three bytes that can be looked up.
func (m *lzfMatcher) note(src []byte, at int) {
	if at+4 <= len(src) {
		head := binary.LittleEndian.Uint32(src[at:]) << 8
		m.places[head*0x9E3779B1>>(32-lzfTableBits)] = m.base + uint32(at)
	}
}

// lzfCommon is the length of what two runs of bytes have in common at their start.
func lzfCommon(a, b []byte) (n int) {
	for n+8 <= len(b) && binary.LittleEndian.Uint64(a[n:]) == binary.LittleEndian.Uint64(b[n:]) {
		n += 8
	}
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// lzfTextBytes is what n bytes of text take.
func lzfTextBytes(n int) int { return n + (n+lzfRunMax-1)/lzfRunMax }

func lzfAppendText(dst, text []byte) []byte {
	for len(text) > 0 {
		n := min(len(text), lzfRunMax)
		dst = append(append(dst, byte(n-1)), text[:n]...)
		text = text[n:]
	}
	return dst
}

// lzfAppendCopy appends a copy of n bytes; back is one less than how far it reaches.
func lzfAppendCopy(dst []byte, back, n int) []byte {
	if n <= lzfShortMax {
		return append(dst, byte((n-2)<<5|back>>8), byte(back))
	}
	return append(dst, byte(7<<5|back>>8), byte(n-9), byte(back))
}

// lzfDecompress fills dst with the text of src, which must be exactly as long.
func lzfDecompress(dst, src []byte) error {
	at := 0 // in dst
	for len(src) > 0 {
		head := int(src[0])
		src = src[1:]
		if head < lzfRunMax {
			n := head + 1
			if n > len(src) || n > len(dst)-at {
				return lzfError(at)
			}
			at += copy(dst[at:], src[:n])
			src = src[n:]
			continue
		}
		n, low := head>>5+2, 0
		if head>>5 == 7 {
			if len(src) == 0 {
				return lzfError(at)
			}
			n += int(src[0])
			low = 1
		}
		if len(src) <= low {
			return lzfError(at)
		}
		back := head&0x1F<<8 | int(src[low]) + 1
		src = src[low+1:]
		if back > at || n > len(dst)-at {
			return lzfError(at)
		}
		lzfRepeat(dst[at-back:at+n], back)
		at += n
	}
	if at != len(dst) {
		return fmt.Errorf("%w: a compressed string has %d bytes and not %d", ErrCorrupt, at, len(dst))
	}
	return nil
}

// lzfRepeat fills what is behind the first period bytes with them, again and again.
func lzfRepeat(b []byte, period int) {
	for done := period; done < len(b); {
		done += copy(b[done:], b[:done])
	}
}

func lzfError(at int) error {
	return fmt.Errorf("%w: a compressed string is broken behind %d bytes", ErrCorrupt, at)
}
