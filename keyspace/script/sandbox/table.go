package sandbox

import (
	lua "github.com/yuin/gopher-lua"
)

// gopher-lua's tables can always be changed. One that must not is kept out of reach: scripts get an empty table
// in its place, whose metatable reads the real one and refuses to write. The functions that go around
// metatables, rawset and next among them, ask for the real one here.

// ReadOnly returns what stands in for a table, for scripts to read.
func (s *Sandbox) ReadOnly(real *lua.LTable) *lua.LTable {
	standIn := &lua.LTable{Metatable: s.table(map[string]lua.LValue{"__index": real, "__newindex": s.refusal})}
	s.readOnly[standIn] = real
	return standIn
}

// Real returns the table to read.
func (s *Sandbox) Real(table *lua.LTable) *lua.LTable {
	if table.Metatable != lua.LNil {
		if real, ok := s.readOnly[table]; ok {
			return real
		}
	}
	return table
}

func (s *Sandbox) checkTable(L *lua.LState, n int) *lua.LTable {
	table, ok := L.Get(n).(*lua.LTable)
	if !ok {
		s.typeError(L, n, "table")
	}
	return s.Real(table)
}

// checkWritable is checkTable for a function that changes the table.
func (s *Sandbox) checkWritable(L *lua.LState, n int) *lua.LTable {
	table, ok := L.Get(n).(*lua.LTable)
	if !ok {
		s.typeError(L, n, "table")
	}
	if s.Real(table) != table {
		s.RaiseValue(L, lua.LString(readOnlyText))
	}
	return table
}

func (s *Sandbox) tableLibrary() *lua.LTable {
	return s.Functions(map[string]lua.LGFunction{
		"concat":   s.tableConcat,
		"foreach":  s.tableForeach,
		"foreachi": s.tableForeachi,
		"getn":     s.tableGetn,
		"insert":   s.tableInsert,
		"maxn":     s.tableMaxn,
		"remove":   s.tableRemove,
		"setn":     s.tableSetn,
		"sort":     s.tableSort,
	})
}

func (s *Sandbox) tableConcat(L *lua.LState) int {
	table := s.checkTable(L, 1)
	separator := s.optString(L, 2, "")
	from := s.optInt(L, 3, 1)
	to := s.optInt(L, 4, table.Len())
	buf := s.buf[:0]
	for i := from; i <= to; i++ {
		switch v := table.RawGet(lua.LNumber(i)).(type) {
		case lua.LString:
			buf = append(buf, v...)
		case lua.LNumber:
			buf = AppendNumber(buf, float64(v))
		default:
			s.Raise(L, "invalid value (%s) at index %d in table for 'concat'", v.Type(), i)
		}
		if i < to {
			buf = append(buf, separator...)
		}
		s.checkLength(L, len(buf))
	}
	L.Push(s.text(buf))
	return 1
}

// bufferKeptMax is how large the buffer for texts may be between two of them.
const bufferKeptMax = 1 << 20

// text makes a string of the buffer, which is kept for the next one.
func (s *Sandbox) text(buf []byte) lua.LString {
	if s.buf = buf; cap(buf) > bufferKeptMax {
		s.buf = nil
	}
	return lua.LString(buf)
}

func (s *Sandbox) checkLength(L *lua.LState, n int) {
	if n > TextBytesMax {
		s.Raise(L, "string length overflow")
	}
}

// each calls fn with key and value, and tells whether it has returned something, which is on the stack then.
func each(L *lua.LState, fn *lua.LFunction, key, value lua.LValue) bool {
	L.Push(fn)
	L.Push(key)
	L.Push(value)
	L.Call(2, 1)
	if L.Get(-1) != lua.LNil {
		return true
	}
	L.Pop(1)
	return false
}

func (s *Sandbox) tableForeach(L *lua.LState) int {
	table, fn := s.checkTable(L, 1), s.checkFunction(L, 2)
	for key, value := table.Next(lua.LNil); key != lua.LNil; key, value = table.Next(key) {
		if each(L, fn, key, value) {
			return 1
		}
	}
	return 0
}

func (s *Sandbox) tableForeachi(L *lua.LState) int {
	table, fn := s.checkTable(L, 1), s.checkFunction(L, 2)
	for i := 1; i <= table.Len(); i++ {
		if each(L, fn, lua.LNumber(i), table.RawGetInt(i)) {
			return 1
		}
	}
	return 0
}

func (s *Sandbox) tableGetn(L *lua.LState) int {
	L.Push(lua.LNumber(s.checkTable(L, 1).Len()))
	return 1
}

func (s *Sandbox) tableSetn(L *lua.LState) int {
	s.checkTable(L, 1)
	s.Raise(L, "'setn' is obsolete")
	return 0
}

func (s *Sandbox) tableInsert(L *lua.LState) int {
	table := s.checkWritable(L, 1)
	last := table.Len()
	switch L.GetTop() {
	case 2:
		table.RawSetInt(last+1, L.Get(2))
	case 3:
		at := s.checkInt(L, 2)
		for i := max(last+1, at); i > at; i-- {
			table.RawSetInt(i, table.RawGetInt(i-1))
		}
		table.RawSetInt(at, L.Get(3))
	default:
		s.Raise(L, "wrong number of arguments to 'insert'")
	}
	return 0
}

func (s *Sandbox) tableMaxn(L *lua.LState) int {
	result := 0.0
	s.checkTable(L, 1).ForEach(func(key, _ lua.LValue) {
		if n, ok := key.(lua.LNumber); ok {
			result = max(result, float64(n))
		}
	})
	L.Push(lua.LNumber(result))
	return 1
}

func (s *Sandbox) tableRemove(L *lua.LState) int {
	table := s.checkTable(L, 1)
	last := table.Len()
	at := s.optInt(L, 2, last)
	if at < 1 || at > last {
		return 0
	}
	s.checkWritable(L, 1)
	if last < arrayMax {
		L.Push(table.Remove(at)) // shortens the array, as setting its last element to nil would not
		return 1
	}
	L.Push(table.RawGetInt(at))
	for ; at < last; at++ {
		table.RawSetInt(at, table.RawGetInt(at+1))
	}
	table.RawSetInt(last, lua.LNil)
	return 1
}

// sorter orders the elements of a table. The comparison may be anything that a script says.
type sorter struct {
	s    *Sandbox
	L    *lua.LState
	less *lua.LFunction // nil for the operator <
	list []lua.LValue
}

func (s *Sandbox) tableSort(L *lua.LState) int {
	table := s.checkTable(L, 1)
	if table.Len() > 1 {
		s.checkWritable(L, 1)
	}
	order := sorter{s: s, L: L}
	if L.Get(2) != lua.LNil {
		order.less = s.checkFunction(L, 2)
	}
	n := table.Len()
	order.list = make([]lua.LValue, n)
	for i := range order.list {
		order.list[i] = table.RawGetInt(i + 1)
	}
	defer func() {
		// Also after an error the table holds its elements, in some order.
		for i, v := range order.list {
			table.RawSetInt(i+1, v)
		}
	}()
	order.sort(0, n-1)
	return 0
}

func (o *sorter) isLess(a, b lua.LValue) bool {
	if o.less == nil {
		return o.s.lessThan(o.L, a, b)
	}
	o.L.Push(o.less)
	o.L.Push(a)
	o.L.Push(b)
	o.L.Call(2, 1)
	result := lua.LVAsBool(o.L.Get(-1))
	o.L.Pop(1)
	return result
}

// lessThan is the operator, with the error of a function that has no position.
func (s *Sandbox) lessThan(L *lua.LState, a, b lua.LValue) bool {
	switch {
	case a.Type() == lua.LTNumber && b.Type() == lua.LTNumber:
		return a.(lua.LNumber) < b.(lua.LNumber)
	case a.Type() == lua.LTString && b.Type() == lua.LTString:
		return a.(lua.LString) < b.(lua.LString)
	case a.Type() != b.Type() || L.GetMetaField(a, "__lt") == lua.LNil || L.GetMetaField(a, "__lt") != L.GetMetaField(b, "__lt"):
		s.RaiseValue(L, lua.LString(compareText(a.Type().String(), b.Type().String())))
	}
	return L.LessThan(a, b)
}

// sort is a quicksort with the median of three, which leaves equal elements in the order that the reference
// implementation leaves them in. A comparison that contradicts itself runs off the ends, which is an error.
func (o *sorter) sort(low, high int) {
	list := o.list
	swapIfLess := func(i, j int) {
		if o.isLess(list[i], list[j]) {
			list[i], list[j] = list[j], list[i]
		}
	}
	for low < high {
		swapIfLess(high, low)
		if high-low == 1 {
			return
		}
		middle := int(uint(low+high) >> 1)
		if o.isLess(list[middle], list[low]) {
			list[middle], list[low] = list[low], list[middle]
		} else {
			swapIfLess(high, middle)
		}
		if high-low == 2 {
			return
		}
		pivot := list[middle]
		list[middle], list[high-1] = list[high-1], list[middle]
		i := o.partition(low, high, pivot)
		list[high-1], list[i] = list[i], list[high-1]
		if i-low < high-i {
			o.sort(low, i-1)
			low = i + 1
		} else {
			o.sort(i+1, high)
			high = i - 1
		}
	}
}

func (o *sorter) partition(low, high int, pivot lua.LValue) int {
	list := o.list
	i, j := low, high-1
	for {
		for i++; o.isLess(list[i], pivot); i++ {
			if i >= high {
				o.invalid()
			}
		}
		for j--; o.isLess(pivot, list[j]); j-- {
			if j <= low {
				o.invalid()
			}
		}
		if j < i {
			return i
		}
		list[i], list[j] = list[j], list[i]
	}
}

func (o *sorter) invalid() { o.s.Raise(o.L, "invalid order function for sorting") }
