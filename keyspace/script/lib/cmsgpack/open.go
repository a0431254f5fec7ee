package cmsgpack

import (
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

// packer is one instance of the library.
type packer struct {
	bytes []byte // of the last pack, kept for the next
}

// keptBytesMax is the largest buffer that an instance keeps.
const keptBytesMax = 1 << 20

// Open returns the library's table.
func Open(L *lua.LState) *lua.LTable {
	p := &packer{}
	t := L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"pack":         p.pack,
		"unpack":       unpack,
		"unpack_one":   unpackOne,
		"unpack_limit": unpackLimit,
	})
	t.RawSetString("_NAME", lua.LString("cmsgpack"))
	t.RawSetString("_VERSION", lua.LString("lua-cmsgpack 0.4.0"))
	t.RawSetString("_COPYRIGHT", lua.LString("Copyright (C) 2012, Salvatore Sanfilippo"))
	t.RawSetString("_DESCRIPTION", lua.LString("MessagePack C implementation for Lua"))
	return t
}

func (p *packer) pack(L *lua.LState) int {
	arguments := L.GetTop()
	if arguments == 0 {
		auxlib.ArgError(L, 0, "MessagePack pack needs input.")
	}
	if 2*arguments > auxlib.StackMax {
		auxlib.ArgError(L, 0, "Too many arguments for MessagePack pack.")
	}

	w := writer{bytesMax: bytesMax, bytes: p.bytes[:0]}
	for i := 1; i <= arguments; i++ {
		w.value(L.Get(i), 0)
	}
	p.bytes = nil
	if cap(w.bytes) <= keptBytesMax {
		p.bytes = w.bytes
	}
	if w.failure != "" {
		auxlib.Raise(L, w.failure)
	}

	L.Push(lua.LString(w.bytes))
	return 1
}

// unpack returns all values that the bytes hold.
func unpack(L *lua.LState) int {
	return unpackFrom(L, L.GetTop(), 0, 0)
}

// unpackOne returns where the bytes go on, and the value at an offset.
func unpackOne(L *lua.LState) int {
	offset := auxlib.OptInteger(L, 2, 0)
	return unpackFrom(L, 1, 1, offset)
}

// unpackLimit returns where the bytes go on, and at most so many values from an
// offset.
func unpackLimit(L *lua.LState) int {
	limit := auxlib.CheckInteger(L, 2)
	offset := auxlib.OptInteger(L, 3, 0)
	return unpackFrom(L, 1, limit, offset)
}

// unpackFrom returns values, after the offset of what follows them unless neither
// a limit nor an offset is given. That offset is -1 at the end of the bytes.
func unpackFrom(L *lua.LState, kept int, limit, offset int64) int {
	bytes := auxlib.CheckString(L, 1)
	checkRange(L, len(bytes), limit, offset)

	r := reader{L: L, bytes: bytes, at: int(offset), kept: kept}
	isAll := limit == 0 && offset == 0
	if isAll {
		limit = math.MaxInt32
	}
	values := r.values(limit)
	if r.failure != "" {
		if r.hasNoPosition {
			auxlib.Raise(L, r.failure)
		}
		auxlib.Error(L, r.failure)
	}

	if !isAll {
		next := r.at
		if next == len(bytes) {
			next = -1
		}
		auxlib.CheckStack(L, r.kept, 1, "in function mp_unpack_full")
		L.Push(lua.LNumber(next))
	}
	for _, v := range values {
		L.Push(v)
	}
	if !isAll {
		return len(values) + 1
	}
	return len(values)
}

// checkRange raises an error for offsets and limits that make no sense. As in
// Redis the text shows 32 bits of the offset, and the length as the limit.
func checkRange(L *lua.LState, length int, limit, offset int64) {
	shown := strconv.Itoa(int(int32(offset)))
	if offset < 0 || limit < 0 {
		auxlib.Error(L, "Invalid request to unpack with offset of "+shown+" and limit of "+
			strconv.Itoa(length)+".")
	}
	if offset > int64(length) {
		auxlib.Error(L, "Start offset "+shown+" greater than input length "+strconv.Itoa(length)+".")
	}
}
