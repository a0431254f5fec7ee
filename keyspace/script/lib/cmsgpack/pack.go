package cmsgpack

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

const (
	// bytesMax is how much is packed at most: a value in Redis.
	bytesMax = 512 << 20

	// nestingMax is how many tables contain each other. Those further inside are
	// written as nil, so that a table that contains itself has an end.
	nestingMax = 16
)

// The first bytes of MessagePack's forms. The fix forms have their number or
// their length in the first byte.
const (
	fixMap, fixArray, fixString     = 0x80, 0x90, 0xa0
	null, no, yes                   = 0xc0, 0xc2, 0xc3
	float32Bits, float64Bits        = 0xca, 0xcb
	uint8Bits, uint16Bits           = 0xcc, 0xcd
	uint32Bits, uint64Bits          = 0xce, 0xcf
	int8Bits, int16Bits             = 0xd0, 0xd1
	int32Bits, int64Bits            = 0xd2, 0xd3
	string8, string16, string32     = 0xd9, 0xda, 0xdb
	array16, array32, map16, map32  = 0xdc, 0xdd, 0xde, 0xdf
	fixNegative                     = 0xe0
	fixStringLenMax, fixTableLenMax = 31, 15
)

// writer packs values one behind the other. After a failure it returns without
// doing more.
type writer struct {
	bytesMax int // about: it is looked at now and then
	bytes    []byte
	failure  string
}

// value packs a value that is inside so many tables.
func (w *writer) value(v lua.LValue, depth int) {
	switch v := v.(type) {
	case lua.LString:
		w.string(string(v))
	case lua.LNumber:
		w.number(float64(v))
	case lua.LBool:
		if v {
			w.bytes = append(w.bytes, yes)
		} else {
			w.bytes = append(w.bytes, no)
		}
	case *lua.LTable:
		if depth < nestingMax {
			w.table(v, depth)
			return
		}
		w.bytes = append(w.bytes, null)
	default:
		w.bytes = append(w.bytes, null)
	}
}

func (w *writer) string(s string) {
	switch n := len(s); {
	case n <= fixStringLenMax:
		w.bytes = append(w.bytes, fixString|byte(n))
	case n <= math.MaxUint8:
		w.bytes = append(w.bytes, string8, byte(n))
	default:
		w.length(n, string16, string32)
	}
	w.bytes = append(w.bytes, s...)
}

// length writes a length behind the first byte for 16 or for 32 bits.
func (w *writer) length(n int, form16, form32 byte) {
	if n <= math.MaxUint16 {
		w.bytes = binary.BigEndian.AppendUint16(append(w.bytes, form16), uint16(n))
		return
	}
	w.bytes = binary.BigEndian.AppendUint32(append(w.bytes, form32), uint32(n))
}

// number takes the shortest form: an integer if it is one, and then 32 bits if
// nothing is lost.
func (w *writer) number(f float64) {
	if n := auxlib.Integer(f); float64(n) == f {
		w.integer(n)
		return
	}
	if single := float32(f); float64(single) == f {
		w.bytes = binary.BigEndian.AppendUint32(append(w.bytes, float32Bits), math.Float32bits(single))
		return
	}
	w.bytes = binary.BigEndian.AppendUint64(append(w.bytes, float64Bits), math.Float64bits(f))
}

func (w *writer) integer(n int64) {
	switch {
	case n < 0:
		w.negative(n)
	case n <= math.MaxInt8:
		w.bytes = append(w.bytes, byte(n))
	case n <= math.MaxUint8:
		w.bytes = append(w.bytes, uint8Bits, byte(n))
	case n <= math.MaxUint16:
		w.bytes = binary.BigEndian.AppendUint16(append(w.bytes, uint16Bits), uint16(n))
	case n <= math.MaxUint32:
		w.bytes = binary.BigEndian.AppendUint32(append(w.bytes, uint32Bits), uint32(n))
	default:
		w.bytes = binary.BigEndian.AppendUint64(append(w.bytes, uint64Bits), uint64(n))
	}
}

func (w *writer) negative(n int64) {
	switch {
	case n >= -32:
		w.bytes = append(w.bytes, byte(n))
	case n >= math.MinInt8:
		w.bytes = append(w.bytes, int8Bits, byte(n))
	case n >= math.MinInt16:
		w.bytes = binary.BigEndian.AppendUint16(append(w.bytes, int16Bits), uint16(n))
	case n >= math.MinInt32:
		w.bytes = binary.BigEndian.AppendUint32(append(w.bytes, int32Bits), uint32(n))
	default:
		w.bytes = binary.BigEndian.AppendUint64(append(w.bytes, int64Bits), uint64(n))
	}
}

func (w *writer) table(t *lua.LTable, depth int) {
	if len(w.bytes) > w.bytesMax {
		w.failure = auxlib.NotEnoughMemory
	}
	if w.failure != "" {
		return
	}
	if n := t.Len(); isArray(t, n) {
		w.array(t, n, depth)
	} else {
		w.pairs(t, depth)
	}
}

// isArray tells whether a table has the keys from 1 to n and no other. Package
// lua keeps such keys apart, so that n is known.
func isArray(t *lua.LTable, n int) bool {
	for i := 1; i <= n; i++ {
		if t.RawGetInt(i) == lua.LNil {
			return false
		}
	}
	var key lua.LValue = lua.LNil
	if n > 0 {
		key = lua.LNumber(n)
	}
	key, _ = t.Next(key)
	return key == lua.LNil
}

func (w *writer) array(t *lua.LTable, n, depth int) {
	if n <= fixTableLenMax {
		w.bytes = append(w.bytes, fixArray|byte(n))
	} else {
		w.length(n, array16, array32)
	}
	for i := 1; i <= n && w.failure == ""; i++ {
		w.value(t.RawGetInt(i), depth+1)
		w.check(i)
	}
}

func (w *writer) pairs(t *lua.LTable, depth int) {
	n := 0
	for key, _ := t.Next(lua.LNil); key != lua.LNil; key, _ = t.Next(key) {
		n++
	}
	if n <= fixTableLenMax {
		w.bytes = append(w.bytes, fixMap|byte(n))
	} else {
		w.length(n, map16, map32)
	}
	for key, v := t.Next(lua.LNil); key != lua.LNil && w.failure == ""; key, v = t.Next(key) {
		w.value(key, depth+1)
		w.value(v, depth+1)
		w.check(n)
		n--
	}
}

// check ends a table that has grown too long. It looks now and then.
func (w *writer) check(count int) {
	if count&1023 == 0 && len(w.bytes) > w.bytesMax {
		w.failure = auxlib.NotEnoughMemory
	}
}
