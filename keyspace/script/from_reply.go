package script

import (
	"bytes"

	lua "github.com/yuin/gopher-lua"

	"solokv/protocol"
)

// Replies as Lua values:
//
//	version 2: integer        number                version 3: null         nil
//	           string         string                           map          {map = {...}}
//	           array          table                            set          {set = {element = true}}
//	           status         {ok = text}                      double       {double = number}
//	           error          {err = text}                     boolean      boolean
//	           null           false                            big number   {big_number = text}
//	                                                           verbatim     {verbatim_string = {format, string}}

// reader reads the reply in a buffer. The engine has written it, so that it is well formed.
type reader struct {
	buf []byte
	at  int
}

// line returns what is behind the type byte, up to the end of the line.
func (r *reader) line() []byte {
	start := r.at + 1
	end := start + bytes.IndexByte(r.buf[start:], '\r')
	r.at = end + len("\r\n")
	return r.buf[start:end]
}

// length reads the header of a string or an aggregate. -1 is null.
func (r *reader) length() int {
	if c := r.buf[r.at+1] - '0'; c <= 9 && r.buf[r.at+2] == '\r' {
		r.at += len("$0\r\n")
		return int(c)
	}
	n, _ := protocol.ParseInt(r.line())
	return int(n)
}

func (r *reader) payload() []byte {
	n := r.length()
	text := r.buf[r.at : r.at+n]
	r.at += n + len("\r\n")
	return text
}

func (r *reader) value() lua.LValue {
	switch kind := protocol.Kind(r.buf[r.at]); kind {
	case protocol.KindBulk:
		if r.buf[r.at+1] == '-' {
			r.line()
			return lua.LFalse
		}
		return lua.LString(r.payload())
	case protocol.KindInt:
		n, _ := protocol.ParseInt(r.line())
		return lua.LNumber(n)
	case protocol.KindSimple:
		return record("ok", lua.LString(r.line()))
	case protocol.KindError:
		table := newRecord(2)
		table.RawSetString("err", lua.LString(r.line()))
		table.RawSetString(countedField, lua.LTrue)
		return table
	case protocol.KindArray, protocol.KindPush:
		return r.array()
	default:
		return r.version3(kind)
	}
}

func (r *reader) array() lua.LValue {
	n := r.length()
	if n < 0 {
		return lua.LFalse
	}
	table := newTable(n)
	for i := 1; i <= n; i++ {
		table.RawSetInt(i, r.value())
	}
	return table
}

func (r *reader) version3(kind protocol.Kind) lua.LValue {
	switch kind {
	case protocol.KindBool:
		return lua.LBool(r.line()[0] == 't')
	case protocol.KindDouble:
		f, _ := protocol.ParseFloat(r.line())
		return record("double", lua.LNumber(f))
	case protocol.KindBigNumber:
		return record("big_number", lua.LString(r.line()))
	case protocol.KindVerbatim:
		text := r.payload()
		verbatim := newRecord(2)
		verbatim.RawSetString("format", lua.LString(text[:3]))
		verbatim.RawSetString("string", lua.LString(text[4:]))
		return record("verbatim_string", verbatim)
	case protocol.KindMap:
		n := r.length()
		table := newRecord(n)
		for range n {
			key := r.value()
			table.RawSet(key, r.value())
		}
		return record("map", table)
	case protocol.KindSet:
		n := r.length()
		table := newRecord(n)
		for range n {
			table.RawSet(r.value(), lua.LTrue)
		}
		return record("set", table)
	case protocol.KindAttribute:
		for range 2 * r.length() {
			r.value()
		}
		return r.value()
	}
	r.line()
	return lua.LNil
}

// record is a table of one field.
func record(field string, value lua.LValue) *lua.LTable {
	table := newRecord(1)
	table.RawSetString(field, value)
	return table
}
