package stream

import (
	"bytes"
	"math"
	"strconv"
)

// ID names an entry: Unix milliseconds, and a number among those of one millisecond.
type ID struct{ Ms, Seq uint64 }

// Min and Max are the first and the last ID there can be.
var (
	Min = ID{}
	Max = ID{math.MaxUint64, math.MaxUint64}
)

// Less orders IDs.
func (id ID) Less(other ID) bool {
	return id.Ms < other.Ms || id.Ms == other.Ms && id.Seq < other.Seq
}

// Next is the ID that follows; there is none after Max.
func (id ID) Next() (next ID, ok bool) {
	switch {
	case id.Seq < math.MaxUint64:
		return ID{id.Ms, id.Seq + 1}, true
	case id.Ms < math.MaxUint64:
		return ID{id.Ms + 1, 0}, true
	}
	return id, false
}

// Prev is the ID before; there is none before Min.
func (id ID) Prev() (prev ID, ok bool) {
	switch {
	case id.Seq > 0:
		return ID{id.Ms, id.Seq - 1}, true
	case id.Ms > 0:
		return ID{id.Ms - 1, math.MaxUint64}, true
	}
	return id, false
}

// Append appends the ID's text.
func (id ID) Append(dst []byte) []byte {
	dst = strconv.AppendUint(dst, id.Ms, 10)
	dst = append(dst, '-')
	return strconv.AppendUint(dst, id.Seq, 10)
}

// idTextMax bounds what is looked at as an ID's text.
const idTextMax = 127

// ParseID reads an ID, whose number may be missing: then it is missingSeq.
func ParseID(text []byte, missingSeq uint64) (id ID, ok bool) {
	if len(text) > idTextMax {
		return ID{}, false
	}
	id.Seq = missingSeq
	ms, seq, both := bytes.Cut(text, []byte{'-'})
	if id.Ms, ok = parsePart(ms); ok && both {
		id.Seq, ok = parsePart(seq)
	}
	return id, ok
}

// ParsePattern is ParseID for what XADD takes as well: 5-* leaves the number to
// the stream, and anySeq tells so.
func ParsePattern(text []byte) (id ID, anySeq, ok bool) {
	if len(text) <= idTextMax && bytes.HasSuffix(text, []byte("-*")) {
		ms, _, _ := bytes.Cut(text, []byte{'-'})
		if len(ms)+2 == len(text) {
			id.Ms, ok = parsePart(ms)
			return id, true, ok
		}
	}
	id, ok = ParseID(text, 0)
	return id, false, ok
}

// parsePart reads one number as C's strtoull does, which Redis falls back to: blanks
// and a plus sign may come first, and zeros.
func parsePart(text []byte) (n uint64, ok bool) {
	text = bytes.TrimLeft(text, " \t\n\v\f\r")
	if len(text) > 0 && text[0] == '+' {
		text = text[1:]
	}
	for _, c := range text {
		digit := uint64(c - '0')
		if c < '0' || c > '9' || n > (math.MaxUint64-digit)/10 {
			return 0, false
		}
		n = 10*n + digit
	}
	return n, len(text) > 0
}
