package cjson

import (
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

// decoder makes values of one text. After a failure it returns without doing
// more, and what it returns is not used.
type decoder struct {
	scanner
	L      *lua.LState
	values []lua.LValue // a stack: elements wait here until their container's size is known
	keys   []string     // a stack: those of members, of which the values wait beside them
	depth  int
	kept   int // values that C would have on its stack, beside the text
}

func (d *decoder) document() lua.LValue {
	v := d.value(d.next())
	if d.failure == "" {
		if t := d.next(); t.kind != tokenEnd {
			d.unexpected("the end", t)
		}
	}
	return v
}

func (d *decoder) value(t token) lua.LValue {
	switch t.kind {
	case tokenString:
		return lua.LString(t.text)
	case tokenNumber:
		return number(t.number)
	case tokenBoolean:
		return lua.LBool(t.is)
	case tokenNull:
		return Null
	case tokenObjectBegin:
		return d.object()
	case tokenArrayBegin:
		return d.array()
	}
	d.unexpected("value", t)
	return lua.LNil
}

// smallNumbers are values of the numbers that are the most frequent: a number as
// a Lua value is an allocation.
var smallNumbers = func() (values [256]lua.LValue) {
	for i := range values {
		values[i] = lua.LNumber(i)
	}
	return values
}()

func number(f float64) lua.LValue {
	if i := int(f); i > 0 && i < len(smallNumbers) && float64(i) == f {
		return smallNumbers[i]
	}
	return lua.LNumber(f)
}

// descend enters a container, of which C would keep so many values.
func (d *decoder) descend(slots int) bool {
	d.depth++
	if d.depth <= d.options.decodeDepthMax && 1+d.kept+slots <= auxlib.StackMax {
		return true
	}
	if d.failure == "" {
		d.failure = "Found too many nested data structures (" + strconv.Itoa(d.depth) + ") at character " +
			strconv.Itoa(d.at)
	}
	return false
}

func (d *decoder) object() lua.LValue {
	const keptPerObject = 2 // the table and a key
	if !d.descend(keptPerObject + 1) {
		return lua.LNil
	}
	d.kept += keptPerObject
	first, firstKey := len(d.values), len(d.keys)
	for t := d.next(); t.kind != tokenObjectEnd || len(d.keys) > firstKey; t = d.next() {
		if !d.member(t) {
			return lua.LNil
		}
		if t = d.next(); t.kind == tokenObjectEnd {
			break
		}
		if t.kind != tokenComma {
			d.unexpected("comma or object end", t)
			return lua.LNil
		}
	}
	d.depth--
	d.kept -= keptPerObject

	keys := d.keys[firstKey:]
	object := d.L.CreateTable(0, len(keys))
	for i, key := range keys {
		object.RawSetString(key, d.values[first+i])
	}
	d.pop(first)
	clear(keys)
	d.keys = d.keys[:firstKey]
	return object
}

// member leaves a key and its value on the stacks.
func (d *decoder) member(key token) bool {
	if key.kind != tokenString {
		d.unexpected("object key string", key)
		return false
	}
	if t := d.next(); t.kind != tokenColon {
		d.unexpected("colon", t)
		return false
	}
	d.keys = append(d.keys, key.text)
	v := d.value(d.next())
	d.values = append(d.values, v)
	return d.failure == ""
}

func (d *decoder) array() lua.LValue {
	const keptPerArray = 1 // the table
	if !d.descend(keptPerArray + 1) {
		return lua.LNil
	}
	d.kept += keptPerArray
	first := len(d.values)
	for t := d.next(); t.kind != tokenArrayEnd || len(d.values) > first; t = d.next() {
		v := d.value(t)
		if d.failure != "" {
			return lua.LNil
		}
		d.values = append(d.values, v)
		if t = d.next(); t.kind == tokenArrayEnd {
			break
		}
		if t.kind != tokenComma {
			d.unexpected("comma or array end", t)
			return lua.LNil
		}
	}
	d.depth--
	d.kept -= keptPerArray

	elements := d.values[first:]
	array := d.L.CreateTable(len(elements), 0)
	for i, v := range elements {
		array.RawSetInt(i+1, v)
	}
	d.pop(first)
	return array
}

func (d *decoder) pop(first int) {
	clear(d.values[first:])
	d.values = d.values[:first]
}
