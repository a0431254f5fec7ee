package script

import lua "github.com/yuin/gopher-lua"

// gopher-lua makes a table with as much room as it is asked for, and otherwise with far more than replies need.
// CreateTable is a method of a state, but looks at none.
var anyState *lua.LState

// newTable has room for n elements.
func newTable(n int) *lua.LTable { return anyState.CreateTable(n, 0) }

// newRecord has room for n fields.
func newRecord(n int) *lua.LTable { return anyState.CreateTable(0, n) }

// isRecord tells whether a table has fields at all.
func isRecord(table *lua.LTable) bool {
	key := lua.LValue(lua.LNil)
	if n := table.MaxN(); n > 0 {
		key = lua.LNumber(n)
	}
	key, _ = table.Next(key)
	return key != lua.LNil
}
