package script

import (
	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/syntax"
)

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

// stringTable makes a table of strings: KEYS and ARGV.
func stringTable(list [][]byte) *lua.LTable {
	table := newTable(len(list))
	for i, b := range list {
		table.RawSetInt(i+1, lua.LString(b))
	}
	return table
}

// reusable is a table of strings for script after script, as long as they only read it. Otherwise each gets one of
// its own.
type reusable struct {
	table *lua.LTable
	n     int
}

// reusableMax is how long a table may be that is kept.
const reusableMax = 64

func (r *reusable) fill(list [][]byte, use syntax.Use) *lua.LTable {
	if use == syntax.Escapes || len(list) > reusableMax {
		return stringTable(list)
	}
	if r.table == nil {
		r.table = newTable(0)
	}
	if use == syntax.Unused {
		return r.table
	}
	for i, b := range list {
		r.table.RawSetInt(i+1, lua.LString(b))
	}
	for i := len(list); i < r.n; i++ {
		r.table.RawSetInt(i+1, lua.LNil)
	}
	r.n = len(list)
	return r.table
}
