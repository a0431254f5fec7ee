package rdb

import (
	"encoding/binary"
	"math"

	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
)

// What old versions packed values in: ziplists, up to Redis 6.2, and zipmaps, up to 2.4. They become listpacks
// or elements as they are read. And the scores of sorted sets, which were text up to Redis 3.2.

// A ziplist is a row of elements of which each says how long the one before it is:
//
//	total:4 last:4 count:2  (before head text) ...  0xFF          little-endian
//
// total is the length of all, last the offset of the last element; a count of 65535 says that they have to be
// counted. before is a byte, or 0xFE and 4 bytes. head is
//
//	00llllll             text        11000000 n:2    11010000 n:4    11100000 n:8
//	01llllll llllllll    text        11110000 n:3    11111110 n:1
//	10------ l:4         text        1111nnnn        nnnn-1, 0 to 12
//
// where the lengths of texts are big-endian.
const (
	ziplistHeader    = 10
	ziplistEnd       = 0xFF
	ziplistLong      = 0xFE
	ziplistUncounted = math.MaxUint16

	zipInt16 = 0xC0
	zipInt32 = 0xD0
	zipInt64 = 0xE0
	zipInt24 = 0xF0
	zipInt8  = 0xFE
	zipDigit = 0xF1 // and up to 12 more
)

// ziplist makes a listpack of a ziplist, checking all of it.
func (d *decoder) ziplist(zl []byte) []byte {
	if d.err != nil {
		return nil
	}
	end := len(zl) - 1
	if end < ziplistHeader || uint64(binary.LittleEndian.Uint32(zl)) != uint64(len(zl)) || zl[end] != ziplistEnd {
		d.fail("a ziplist that is not one")
		return nil
	}
	lp := listpack.AppendEmpty(d.converted[:0])
	count, last, before := 0, ziplistHeader, 0
	for at := ziplistHeader; at < end; count++ {
		e, ok := ziplistElement(zl[at:end])
		if !ok || e.before != before || !listpack.Fits(lp, e.size) {
			d.fail("a ziplist with a broken element at %d", at)
			return nil
		}
		if e.text != nil {
			lp = listpack.Append(lp, e.text)
		} else {
			lp = listpack.AppendInt(lp, e.number)
		}
		last, before = at, e.size
		at += e.size
	}
	d.converted = lp
	said := int(binary.LittleEndian.Uint16(zl[8:]))
	if uint64(binary.LittleEndian.Uint32(zl[4:])) != uint64(last) || said != ziplistUncounted && said != count {
		d.fail("a ziplist whose header does not fit its elements")
	}
	return lp
}

// ziplistEntry is an element of a ziplist.
type ziplistEntry struct {
	before int    // what it says of the one before it
	text   []byte // nil for a number
	number int64
	size   int
}

// ziplistElement reads the first element of some.
func ziplistElement(b []byte) (e ziplistEntry, ok bool) {
	e.before, e.size = int(b[0]), 1
	if b[0] == ziplistLong {
		if len(b) < 5 {
			return e, false
		}
		e.before, e.size = int(binary.LittleEndian.Uint32(b[1:])), 5
	}
	if b[0] == ziplistEnd || e.size == len(b) {
		return e, false
	}
	head, rest := b[e.size], b[e.size+1:]
	e.size++
	if head >= zipInt16 {
		width := 0
		if e.number, width = ziplistNumber(head, rest); width < 0 {
			return e, false
		}
		e.size += width
		return e, true
	}
	n := int(head & 0x3F)
	switch {
	case head>>6 == 1 && len(rest) >= 1:
		n = n<<8 | int(rest[0])
		rest = rest[1:]
		e.size++
	case head>>6 == 2 && len(rest) >= 4:
		n = int(binary.BigEndian.Uint32(rest))
		rest = rest[4:]
		e.size += 4
	case head>>6 != 0:
		return e, false
	}
	if n > len(rest) {
		return e, false
	}
	e.text = rest[:n:n]
	e.size += n
	return e, true
}

// ziplistNumber reads a number and tells how many bytes it has behind its head; -1 if it is none.
func ziplistNumber(head byte, b []byte) (n int64, width int) {
	switch {
	case head == zipInt8 && len(b) >= 1:
		return int64(int8(b[0])), 1
	case head == zipInt16 && len(b) >= 2:
		return int64(int16(binary.LittleEndian.Uint16(b))), 2
	case head == zipInt24 && len(b) >= 3:
		return int64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24) >> 8), 3
	case head == zipInt32 && len(b) >= 4:
		return int64(int32(binary.LittleEndian.Uint32(b))), 4
	case head == zipInt64 && len(b) >= 8:
		return int64(binary.LittleEndian.Uint64(b)), 8
	case head >= zipDigit && head < zipInt8:
		return int64(head - zipDigit), 0
	}
	return 0, -1
}

// A zipmap is fields and values, one after the other:
//
//	count:1  (length field) (length free:1 value free-bytes) ...  0xFF
//
// count is exact below 254. A length is a byte, or 254 and 4 bytes, little-endian.
const (
	zipmapLong = 254
	zipmapEnd  = 255
)

// zipmap reads a hash from a zipmap.
func (d *decoder) zipmap(zm []byte) {
	if d.err != nil {
		return
	}
	pairs := 0
	whole := eachZipmap(zm, func(_, _ []byte) bool {
		pairs++
		return true
	})
	if !whole || zm[0] < zipmapLong && int(zm[0]) != pairs {
		d.fail("a zipmap that is not one")
		return
	}
	d.begin(value.Hash, uint64(pairs))
	d.piece.N = -1
	eachZipmap(zm, func(field, text []byte) bool {
		d.piece.A, d.piece.B = field, text
		d.emit(OpElement)
		return d.err == nil
	})
	d.emit(OpFinish)
}

// eachZipmap visits the pairs, and tells whether the zipmap is one to its end.
func eachZipmap(zm []byte, visit func(field, text []byte) bool) (whole bool) {
	if len(zm) < 2 {
		return false
	}
	for rest := zm[1:]; len(rest) > 0; {
		if rest[0] == zipmapEnd {
			return len(rest) == 1
		}
		field, behind, ok := zipmapText(rest, 0)
		if !ok {
			return false
		}
		text, behind, ok := zipmapText(behind, 1)
		if !ok || !visit(field, text) {
			return false
		}
		rest = behind
	}
	return false
}

// zipmapText reads a length, a byte if there is one that counts unused bytes, the text and the unused bytes.
func zipmapText(b []byte, freeWidth int) (text, rest []byte, ok bool) {
	n, b, ok := zipmapLength(b)
	if !ok || len(b) < freeWidth {
		return nil, nil, false
	}
	free := 0
	if freeWidth > 0 {
		free = int(b[0])
		b = b[freeWidth:]
	}
	if n+free > len(b) {
		return nil, nil, false
	}
	return b[:n:n], b[n+free:], true
}

// zipmapLength reads a length and returns what is behind it.
func zipmapLength(b []byte) (n int, rest []byte, ok bool) {
	switch {
	case len(b) == 0 || b[0] == zipmapEnd:
		return 0, nil, false
	case b[0] < zipmapLong:
		return int(b[0]), b[1:], true
	case len(b) < 5:
		return 0, nil, false
	}
	return int(binary.LittleEndian.Uint32(b[1:])), b[5:], true
}

// Bytes that stand for scores without a text; others are the length of one.
const (
	scoreNaN      = 253
	scoreInfinite = 254
	scoreNegative = 255
)

// scoreText reads a score of the first version of sorted sets.
func (d *decoder) scoreText() float64 {
	switch n := d.byte(); n {
	case scoreNaN:
		return math.NaN()
	case scoreInfinite:
		return math.Inf(1)
	case scoreNegative:
		return math.Inf(-1)
	default:
		text := d.next(int(n))
		score, ok := scoreOf(listpack.Element{Text: text})
		if !ok {
			d.fail("a score that is not a number")
		}
		return score
	}
}
