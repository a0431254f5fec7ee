package cjson

import (
	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

// Null is JSON's null as a value in a table, where nil would be no element at
// all. It is the same in every interpreter, has no contents and is never written.
var Null lua.LValue = &lua.LUserData{Metatable: lua.LNil}

// codec is one instance of the library: the table that Open or cjson.new made has
// options of its own.
type codec struct {
	options options
	text    []byte       // of the last encode, kept for the next
	values  []lua.LValue // the stacks of decode, kept empty for the next
	keys    []string
}

// keptBytesMax is the largest buffer that an instance keeps.
const keptBytesMax = 1 << 20

// Open returns a table of the library, with default options.
func Open(L *lua.LState) *lua.LTable {
	c := &codec{options: defaults}
	t := L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"encode":                  c.encode,
		"decode":                  c.decode,
		"encode_sparse_array":     c.encodeSparseArray,
		"encode_max_depth":        c.encodeMaxDepth,
		"decode_max_depth":        c.decodeMaxDepth,
		"encode_number_precision": c.encodeNumberPrecision,
		"encode_keep_buffer":      c.encodeKeepBuffer,
		"encode_invalid_numbers":  c.encodeInvalidNumbers,
		"decode_invalid_numbers":  c.decodeInvalidNumbers,
		"new":                     func(L *lua.LState) int { L.Push(Open(L)); return 1 },
	})
	t.RawSetString("null", Null)
	t.RawSetString("_NAME", lua.LString("cjson"))
	t.RawSetString("_VERSION", lua.LString("2.1.0"))
	return t
}

func (c *codec) encode(L *lua.LState) int {
	oneArgument(L)

	e := encoder{options: &c.options, bytesMax: bytesMax, text: c.text[:0]}
	e.value(L.Get(1))
	c.keep(e.text)
	if e.failure != "" {
		if e.failure == auxlib.NotEnoughMemory {
			auxlib.Raise(L, e.failure)
		}
		auxlib.Error(L, e.failure)
	}

	L.Push(lua.LString(e.text))
	return 1
}

func (c *codec) decode(L *lua.LState) int {
	oneArgument(L)
	text := auxlib.CheckString(L, 1)
	if len(text) >= 2 && (text[0] == 0 || text[1] == 0) {
		auxlib.Error(L, "JSON parser does not support UTF-16 or UTF-32")
	}

	d := decoder{scanner: scanner{text: text, options: &c.options}, L: L, values: c.values, keys: c.keys}
	v := d.document()
	c.keepStacks(&d)
	if d.failure != "" {
		auxlib.Error(L, d.failure)
	}

	L.Push(v)
	return 1
}

// keep holds on to a buffer for the next text, if scripts want that and it is not
// too large.
func (c *codec) keep(text []byte) {
	c.text = nil
	if c.options.keepBuffer && cap(text) <= keptBytesMax {
		c.text = text
	}
}

// keepStacks holds on to what decode has used, empty, if it is not too large.
func (c *codec) keepStacks(d *decoder) {
	const bytesPerValue = 16
	clear(d.values)
	clear(d.keys)
	c.values, c.keys = d.values[:0], d.keys[:0]
	if max(cap(d.values), cap(d.keys)) > keptBytesMax/bytesPerValue {
		c.values, c.keys = nil, nil
	}
}

func oneArgument(L *lua.LState) {
	if L.GetTop() != 1 {
		auxlib.ArgError(L, 1, "expected 1 argument")
	}
}
