package cjson

import (
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

// bytesMax is the longest text that is written: that of a value in Redis.
const bytesMax = 512 << 20

// encoder writes one text. After a failure it returns without doing more.
type encoder struct {
	options  *options
	bytesMax int // about: it is looked at now and then
	text     []byte
	depth    int    // of the table that is being written
	kept     int    // values that C would have on its stack, beside the argument
	failure  string // of the first error
}

func (e *encoder) value(v lua.LValue) {
	switch v := v.(type) {
	case lua.LString:
		e.string(string(v))
	case lua.LNumber:
		e.number(float64(v))
	case lua.LBool:
		e.text = strconv.AppendBool(e.text, bool(v))
	case *lua.LTable:
		e.table(v)
	case *lua.LNilType:
		e.text = append(e.text, "null"...)
	default:
		if v != Null {
			e.refuse(v, "type not supported")
			return
		}
		e.text = append(e.text, "null"...)
	}
}

func (e *encoder) table(t *lua.LTable) {
	const keptPerTable = 3
	e.depth++
	switch {
	case e.depth > e.options.encodeDepthMax || 1+e.kept+keptPerTable > auxlib.StackMax:
		e.failure = "Cannot serialise, excessive nesting (" + strconv.Itoa(e.depth) + ")"
	case len(e.text) > e.bytesMax:
		e.failure = auxlib.NotEnoughMemory
	default:
		if n := e.arrayLen(t); n > 0 {
			e.array(t, n)
		} else if e.failure == "" {
			e.object(t)
		}
	}
	e.depth--
}

// arrayLen returns the largest index of a table that is to be an array, and at
// most 0 for others.
func (e *encoder) arrayLen(t *lua.LTable) int {
	largest, count, isArray := indexes(t)
	if !isArray {
		return 0
	}
	o := e.options
	if o.sparseRatio > 0 && largest > int(int32(count*o.sparseRatio)) && largest > o.sparseSafe {
		if !o.sparseConvert {
			e.refuse(t, "excessively sparse array")
		}
		return 0
	}
	return largest
}

// indexes looks at the keys of a table, and tells whether all are whole numbers
// from 1. Package lua keeps such keys apart up to lua.MaxArrayIndex, so there is
// one look at each of those and one more to see that there are no others.
func indexes(t *lua.LTable) (largest, count int, isArray bool) {
	largest = t.Len()
	for i := 1; i <= largest; i++ {
		if t.RawGetInt(i) != lua.LNil {
			count++
		}
	}
	var key lua.LValue = lua.LNil
	if largest > 0 {
		key = lua.LNumber(largest)
	}
	for key, _ = t.Next(key); key != lua.LNil; key, _ = t.Next(key) {
		n, ok := key.(lua.LNumber)
		if !ok || n < 1 || math.Floor(float64(n)) != float64(n) {
			return 0, 0, false
		}
		count++
		if n > math.MaxInt32 {
			largest = math.MinInt32 // as C's int becomes: the table is an object
		} else {
			largest = max(largest, int(n))
		}
	}
	return largest, count, true
}

func (e *encoder) array(t *lua.LTable, n int) {
	const keptPerArray = 1 // an element
	e.kept += keptPerArray
	e.text = append(e.text, '[')
	for i := 1; i <= n && e.failure == ""; i++ {
		if i > 1 {
			e.text = append(e.text, ',')
		}
		e.value(element(t, i))
		e.check(i)
	}
	e.text = append(e.text, ']')
	e.kept -= keptPerArray
}

// element returns what is at index i, also beyond what package lua keeps apart.
func element(t *lua.LTable, i int) lua.LValue {
	if i < lua.MaxArrayIndex {
		return t.RawGetInt(i)
	}
	return t.RawGet(lua.LNumber(i))
}

// check ends a container that has grown too long. It looks now and then.
func (e *encoder) check(count int) {
	if count&1023 == 0 && len(e.text) > e.bytesMax && e.failure == "" {
		e.failure = auxlib.NotEnoughMemory
	}
}

func (e *encoder) object(t *lua.LTable) {
	const keptPerObject = 2 // a key and its value
	e.kept += keptPerObject
	e.text = append(e.text, '{')
	count := 0
	for key, v := t.Next(lua.LNil); key != lua.LNil && e.failure == ""; key, v = t.Next(key) {
		if count > 0 {
			e.text = append(e.text, ',')
		}
		if !e.key(key) {
			return
		}
		e.value(v)
		count++
		e.check(count)
	}
	e.text = append(e.text, '}')
	e.kept -= keptPerObject
}

func (e *encoder) key(key lua.LValue) bool {
	switch key := key.(type) {
	case lua.LString:
		e.string(string(key))
	case lua.LNumber:
		e.text = append(e.text, '"')
		e.number(float64(key))
		e.text = append(e.text, '"')
	default:
		e.refuse(key, "table key must be a number or string")
		return false
	}
	e.text = append(e.text, ':')
	return e.failure == ""
}

func (e *encoder) number(f float64) {
	if f-f != 0 { // infinite, or not a number
		switch {
		case e.options.encodeInvalid == invalidRefused:
			e.refuse(lua.LNumber(f), "must not be NaN or Inf")
			return
		case e.options.encodeInvalid == invalidNull:
			e.text = append(e.text, "null"...)
			return
		case f != f:
			e.text = append(e.text, "nan"...) // also with a sign
			return
		}
	}
	e.text = auxlib.AppendNumber(e.text, f, e.options.digits)
}

// string writes a string with its quotes. Bytes that are no UTF-8 pass.
func (e *encoder) string(s string) {
	text := append(e.text, '"')
	plain := 0 // from here on nothing has been written
	for i := range len(s) {
		if escapes[s[i]] != "" {
			text = append(text, s[plain:i]...)
			text = append(text, escapes[s[i]]...)
			plain = i + 1
		}
	}
	text = append(text, s[plain:]...)
	e.text = append(text, '"')
}

// escapes are what some bytes are written as.
var escapes = func() (table [256]string) {
	const hex = "0123456789abcdef"
	for c := range byte(' ') {
		table[c] = `\u00` + string([]byte{hex[c>>4], hex[c&15]})
	}
	table[0x7f] = `\u007f`
	table['"'], table['\\'], table['/'] = `\"`, `\\`, `\/`
	table['\b'], table['\t'], table['\n'], table['\f'], table['\r'] = `\b`, `\t`, `\n`, `\f`, `\r`
	return table
}()

func (e *encoder) refuse(v lua.LValue, reason string) {
	if e.failure == "" {
		e.failure = "Cannot serialise " + auxlib.TypeName(v) + ": " + reason
	}
}
