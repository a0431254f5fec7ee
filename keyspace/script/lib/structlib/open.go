package structlib

import (
	lua "github.com/yuin/gopher-lua"
)

// Open returns the library's table.
func Open(L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"pack":   pack,
		"unpack": unpack,
		"size":   size,
	})
}
