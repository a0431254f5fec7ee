package cmsgpack

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

// gapMax is how many indexes without an element all tables of one call may have.
// Package lua has room for each of them, so that two small integers as keys could
// ask for a gigabyte.
const gapMax = 4 << 20

// reader unpacks values. After a failure it returns without doing more, and what
// it returns is not used.
type reader struct {
	L             *lua.LState
	bytes         string
	at            int
	kept          int // values that C would have on its stack
	gaps          int
	failure       string
	hasNoPosition bool // the failure is one of Lua itself
}

// values unpacks values that follow each other, up to the end or a number of
// them.
func (r *reader) values(limit int64) []lua.LValue {
	var values []lua.LValue
	for int64(len(values)) < limit && r.at < len(r.bytes) && r.failure == "" {
		values = append(values, r.value())
		r.kept++
	}
	return values
}

// value unpacks the next value.
func (r *reader) value() lua.LValue {
	if r.at == len(r.bytes) {
		return r.fail("Missing bytes in input.")
	}
	if !r.checkStack("too many return values at once; use unpack_one or unpack_limit instead.") {
		return lua.LNil
	}
	form := r.bytes[r.at]
	r.at++
	switch {
	case form < fixMap:
		return number(float64(form))
	case form < fixArray:
		return r.pairs(int(form & fixTableLenMax))
	case form < fixString:
		return r.array(int(form & fixTableLenMax))
	case form < null:
		return r.string(int(form & fixStringLenMax))
	case form >= fixNegative:
		return lua.LNumber(int8(form))
	}
	return r.long(form)
}

// long unpacks a value of which the first byte is only the form.
func (r *reader) long(form byte) lua.LValue {
	switch form {
	case null:
		return lua.LNil
	case no:
		return lua.LFalse
	case yes:
		return lua.LTrue
	case float32Bits:
		return lua.LNumber(math.Float32frombits(uint32(r.integer(4))))
	case float64Bits:
		return lua.LNumber(math.Float64frombits(r.integer(8)))
	case uint8Bits, uint16Bits, uint32Bits:
		return lua.LNumber(r.integer(1 << (form - uint8Bits)))
	case int8Bits:
		return lua.LNumber(int8(r.integer(1)))
	case int16Bits:
		return lua.LNumber(int16(r.integer(2)))
	case int32Bits:
		return lua.LNumber(int32(r.integer(4)))
	case int64Bits, uint64Bits: // C's integers have no room for the upper half of these
		return lua.LNumber(int64(r.integer(8)))
	case string8, string16, string32:
		return r.string(int(r.integer(1 << (form - string8))))
	case array16, array32:
		return r.array(int(r.integer(2 << (form - array16))))
	case map16, map32:
		return r.pairs(int(r.integer(2 << (form - map16))))
	}
	return r.fail("Bad data format in input.")
}

// integer reads so many bytes, the most significant first.
func (r *reader) integer(size int) uint64 {
	if len(r.bytes)-r.at < size {
		r.fail("Missing bytes in input.")
		return 0
	}
	var wide [8]byte
	copy(wide[8-size:], r.bytes[r.at:r.at+size])
	r.at += size
	return binary.BigEndian.Uint64(wide[:])
}

// string returns the next bytes, as a part of all.
func (r *reader) string(n int) lua.LValue {
	if r.failure != "" || len(r.bytes)-r.at < n {
		return r.fail("Missing bytes in input.")
	}
	r.at += n
	return lua.LString(r.bytes[r.at-n : r.at])
}

// capacityMax is how many elements there is room for before the first is seen.
// Tables can be inside each other thousands of times, and claim what they like.
const capacityMax = 256

func (r *reader) array(n int) lua.LValue {
	const keptPerArray = 2 // the table and an index
	if r.failure != "" {
		return lua.LNil
	}
	array := r.L.CreateTable(min(n, len(r.bytes)-r.at, capacityMax), 0)
	r.kept++
	if !r.checkStack("in function mp_decode_to_lua_array") {
		return lua.LNil
	}
	r.kept += keptPerArray - 1
	for i := 1; i <= n; i++ {
		v := r.value()
		if r.failure != "" {
			return lua.LNil
		}
		r.setIndex(array, lua.LNumber(i), v)
	}
	r.kept -= keptPerArray
	return array
}

func (r *reader) pairs(n int) lua.LValue {
	if r.failure != "" {
		return lua.LNil
	}
	table := r.L.CreateTable(0, min(n, (len(r.bytes)-r.at)/2, capacityMax))
	r.kept++ // the table
	for range n {
		if r.pair(table); r.failure != "" {
			return lua.LNil
		}
	}
	r.kept--
	return table
}

func (r *reader) pair(table *lua.LTable) {
	short, isShort := r.shortKey()
	var key lua.LValue
	if !isShort {
		key = r.value()
	}
	r.kept++
	v := r.value()
	r.kept--
	switch {
	case r.failure != "":
	case isShort:
		table.RawSetString(short, v)
	default:
		r.set(table, key, v)
	}
}

// shortKey takes the string that is next if it is short, as most keys are: what is
// no Lua value yet needs no allocation.
func (r *reader) shortKey() (key string, ok bool) {
	if r.at == len(r.bytes) || r.kept+1 > auxlib.StackMax {
		return "", false
	}
	form := r.bytes[r.at]
	n := int(form & fixStringLenMax)
	if form < fixString || form >= null || len(r.bytes)-r.at-1 < n {
		return "", false
	}
	r.at += 1 + n
	return r.bytes[r.at-n : r.at], true
}

// set does what an assignment in Lua would do.
func (r *reader) set(table *lua.LTable, key, v lua.LValue) {
	switch key := key.(type) {
	case lua.LString:
		table.RawSetString(string(key), v)
	case lua.LNumber:
		r.setIndex(table, key, v)
	case *lua.LNilType:
		r.fail("table index is nil")
		r.hasNoPosition = true
	default:
		table.RawSet(key, v)
	}
}

func (r *reader) setIndex(table *lua.LTable, key lua.LNumber, v lua.LValue) {
	if key != key {
		r.fail("table index is NaN")
		r.hasNoPosition = true
		return
	}
	if key < 1 || key >= lua.LNumber(lua.MaxArrayIndex) || lua.LNumber(int(key)) != key {
		table.RawSetH(key, v)
		return
	}
	gap := int(key) - 1 - table.Len()
	if v == lua.LNil && gap >= 0 {
		return // there is nothing to take away
	}
	r.gaps += max(0, gap)
	if r.gaps > gapMax {
		r.fail(auxlib.NotEnoughMemory)
		r.hasNoPosition = true
		return
	}
	table.RawSetInt(int(key), v)
}

func (r *reader) checkStack(message string) bool {
	if r.failure == "" && r.kept+1 > auxlib.StackMax {
		r.failure = auxlib.StackOverflow(message)
	}
	return r.failure == ""
}

func (r *reader) fail(what string) lua.LValue {
	if r.failure == "" {
		r.failure = what
	}
	return lua.LNil
}

// smallNumbers are values of the numbers that fit the first byte: a number as a
// Lua value is an allocation.
var smallNumbers = func() (values [128]lua.LValue) {
	for i := range values {
		values[i] = lua.LNumber(i)
	}
	return values
}()

func number(f float64) lua.LValue { return smallNumbers[int(f)] }
