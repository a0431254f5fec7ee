package sandbox

import (
	"math"
	"runtime/metrics"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/syntax"
)

// stackMax is how many values the reference implementation's stack takes, arguments
// among them.
const stackMax = 8000

func (s *Sandbox) openBase() {
	for name, fn := range map[string]lua.LGFunction{
		"assert":         s.baseAssert,
		"collectgarbage": s.baseCollectGarbage,
		"error":          s.baseError,
		"gcinfo":         s.baseGcinfo,
		"getmetatable":   s.baseGetMetatable,
		"ipairs":         s.baseIpairs,
		"load":           s.baseLoad,
		"loadstring":     s.baseLoadString,
		"next":           s.baseNext,
		"pairs":          s.basePairs,
		"pcall":          s.basePcall,
		"rawequal":       s.baseRawEqual,
		"rawget":         s.baseRawGet,
		"rawset":         s.baseRawSet,
		"select":         s.baseSelect,
		"setmetatable":   s.baseSetMetatable,
		"tonumber":       s.baseToNumber,
		"tostring":       s.baseToString,
		"type":           s.baseType,
		"unpack":         s.baseUnpack,
		"xpcall":         s.baseXpcall,
	} {
		s.Set(name, s.L.NewFunction(fn))
	}
	s.Set("_VERSION", lua.LString("Lua 5.1"))
	s.globals.RawSetString(syntax.Concat, s.L.NewFunction(s.concat))
	for _, part := range []string{"initial value", "limit", "step"} {
		s.globals.RawSetString(syntax.ForNumber(part), s.L.NewFunction(s.forNumber(part)))
	}
	s.nextFunction = s.public.RawGetString("next")
	s.ipairsNext = s.L.NewFunction(s.ipairsStep)
}

// concat is the operator .. over all operands of a chain.
func (s *Sandbox) concat(L *lua.LState) int {
	n := L.GetTop()
	buf := s.buf[:0]
	for i := 1; i <= n; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			buf = append(buf, v...)
		case lua.LNumber:
			buf = AppendNumber(buf, float64(v))
		default:
			return s.concatMeta(L, n)
		}
	}
	s.checkLength(L, len(buf))
	L.Push(s.text(buf))
	return 1
}

// concatMeta goes from right to left, two values at a time, as one of them may say itself what it makes.
func (s *Sandbox) concatMeta(L *lua.LState, n int) int {
	right := L.Get(n)
	for i := n - 1; i >= 1; i-- {
		left := L.Get(i)
		if lua.LVCanConvToString(left) && lua.LVCanConvToString(right) {
			s.checkLength(L, len(Text(left))+len(Text(right)))
			right = lua.LString(Text(left) + Text(right))
			continue
		}
		method := L.GetMetaField(left, "__concat")
		if method == lua.LNil {
			method = L.GetMetaField(right, "__concat")
		}
		if method == lua.LNil {
			s.concatError(L, i, left, right)
		}
		L.Push(method)
		L.Push(left)
		L.Push(right)
		L.Call(2, 1)
		right = L.Get(-1)
		L.Pop(1)
	}
	L.Push(right)
	return 1
}

// concatError names the operand that is no text: operand i or the one to its right.
func (s *Sandbox) concatError(L *lua.LState, i int, left, right lua.LValue) {
	culprit := left
	if lua.LVCanConvToString(left) {
		culprit = right
		i++
	}
	at := siteAt(L, 1)
	kind, name := "", ""
	if right == L.Get(i) || culprit == left {
		kind, name = at.register(at.instruction().a() + i)
	}
	s.Raise(L, "attempt to concatenate %s", describe(kind, name, culprit.Type().String()))
}

// forNumber makes a number of a loop's initial value, limit or step.
func (s *Sandbox) forNumber(part string) lua.LGFunction {
	return func(L *lua.LState) int {
		n, ok := Number(L.Get(1))
		if !ok {
			s.Raise(L, "'for' %s must be a number", part)
		}
		L.Push(lua.LNumber(n))
		return 1
	}
}

func (s *Sandbox) baseAssert(L *lua.LState) int {
	if lua.LVIsFalse(s.checkAny(L, 1)) {
		s.Raise(L, "%s", s.optString(L, 2, "assertion failed!"))
	}
	return L.GetTop()
}

// baseError: the level says whose position the message begins with.
func (s *Sandbox) baseError(L *lua.LState) int {
	level := s.optInt(L, 2, 1)
	value := L.Get(1)
	if lua.LVCanConvToString(value) && level > 0 {
		value = lua.LString(where(L, level) + Text(value))
	}
	s.RaiseValue(L, value)
	return 0
}

const kilobyte = 1024

// heapBytes is what the process has allocated: there is no heap of Lua's own.
func heapBytes() float64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return float64(sample[0].Value.Uint64())
}

func (s *Sandbox) baseCollectGarbage(L *lua.LState) int {
	switch option := s.optString(L, 1, "collect"); option {
	case "collect", "stop", "restart", "setpause", "setstepmul":
		L.Push(lua.LNumber(0))
	case "step":
		L.Push(lua.LTrue)
	case "count":
		L.Push(lua.LNumber(heapBytes() / kilobyte))
	default:
		s.argError(L, 1, "invalid option '"+option+"'")
	}
	return 1
}

func (s *Sandbox) baseGcinfo(L *lua.LState) int {
	L.Push(lua.LNumber(math.Floor(heapBytes() / kilobyte)))
	return 1
}

func (s *Sandbox) baseGetMetatable(L *lua.LState) int {
	value := s.checkAny(L, 1)
	var metatable lua.LValue = lua.LNil
	switch v := value.(type) {
	case lua.LString:
		metatable = s.stringMetatable
	case *lua.LTable:
		metatable = s.Real(v).Metatable
	case *lua.LUserData:
		metatable = v.Metatable
	}
	if table, ok := metatable.(*lua.LTable); ok {
		if protected := table.RawGetString("__metatable"); protected != lua.LNil {
			metatable = protected
		}
	}
	L.Push(metatable)
	return 1
}

func (s *Sandbox) baseSetMetatable(L *lua.LState) int {
	table, ok := L.Get(1).(*lua.LTable)
	if !ok {
		s.typeError(L, 1, "table")
	}
	metatable := L.Get(2)
	if metatable.Type() != lua.LTTable && (metatable != lua.LNil || L.GetTop() < 2) {
		s.argError(L, 2, "nil or table expected")
	}
	s.checkWritable(L, 1)
	if old, ok := table.Metatable.(*lua.LTable); ok && old.RawGetString("__metatable") != lua.LNil {
		s.Raise(L, "cannot change a protected metatable")
	}
	table.Metatable = metatable
	L.Push(table)
	return 1
}

func (s *Sandbox) basePairs(L *lua.LState) int {
	table := s.checkTable(L, 1)
	L.Push(s.nextFunction)
	L.Push(table)
	L.Push(lua.LNil)
	return 3
}

func (s *Sandbox) baseNext(L *lua.LState) int {
	key, value := s.checkTable(L, 1).Next(L.Get(2))
	L.Push(key)
	if key == lua.LNil {
		return 1
	}
	L.Push(value)
	return 2
}

func (s *Sandbox) baseIpairs(L *lua.LState) int {
	table := s.checkTable(L, 1)
	L.Push(s.ipairsNext)
	L.Push(table)
	L.Push(lua.LNumber(0))
	return 3
}

func (s *Sandbox) ipairsStep(L *lua.LState) int {
	table := s.checkTable(L, 1)
	i := s.checkInt(L, 2) + 1
	value := table.RawGetInt(i)
	if value == lua.LNil {
		return 0
	}
	L.Push(lua.LNumber(i))
	L.Push(value)
	return 2
}

func (s *Sandbox) baseRawEqual(L *lua.LState) int {
	L.Push(lua.LBool(L.RawEqual(s.checkAny(L, 1), s.checkAny(L, 2))))
	return 1
}

func (s *Sandbox) baseRawGet(L *lua.LState) int {
	table := s.checkTable(L, 1)
	L.Push(table.RawGet(s.checkAny(L, 2)))
	return 1
}

func (s *Sandbox) baseRawSet(L *lua.LState) int {
	table := s.checkWritable(L, 1)
	key, value := s.checkAny(L, 2), s.checkAny(L, 3)
	if key == lua.LNil {
		s.RaiseValue(L, lua.LString("table index is nil"))
	}
	if n, ok := key.(lua.LNumber); ok && n != n {
		s.RaiseValue(L, lua.LString("table index is NaN"))
	}
	table.RawSet(key, value)
	L.Push(table)
	return 1
}

func (s *Sandbox) baseSelect(L *lua.LState) int {
	top := L.GetTop()
	if v, ok := L.Get(1).(lua.LString); ok && strings.HasPrefix(string(v), "#") {
		L.Push(lua.LNumber(top - 1))
		return 1
	}
	i := s.checkInt(L, 1)
	if i < 0 {
		i += top
	} else if i > top {
		i = top
	}
	if i < 1 {
		s.argError(L, 1, "index out of range")
	}
	return top - i
}

func (s *Sandbox) baseToNumber(L *lua.LState) int {
	base := s.optInt(L, 2, 10)
	if base == 10 {
		if n, ok := Number(s.checkAny(L, 1)); ok {
			L.Push(lua.LNumber(n))
		} else {
			L.Push(lua.LNil)
		}
		return 1
	}
	text := s.checkString(L, 1)
	if base < 2 || base > 36 {
		s.argError(L, 2, "base out of range")
	}
	if n, ok := parseInBase(text, uint64(base)); ok {
		L.Push(lua.LNumber(n))
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

// parseInBase is C's strtoul, which lets numbers be negative and wrap around.
func parseInBase(text string, base uint64) (n float64, ok bool) {
	text = strings.Trim(text, " \t\n\v\f\r")
	text, negative := strings.CutPrefix(text, "-")
	if !negative {
		text = strings.TrimPrefix(text, "+")
	}
	if base == 16 && len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		text = text[2:]
	}
	value, overflow := uint64(0), false
	for i := range len(text) {
		digit := digitOf(text[i])
		if digit >= base {
			return 0, false
		}
		if value > (math.MaxUint64-digit)/base {
			overflow = true
		}
		value = value*base + digit
	}
	if overflow {
		value = math.MaxUint64
	} else if negative {
		value = -value
	}
	return float64(value), text != ""
}

func digitOf(c byte) uint64 {
	switch {
	case '0' <= c && c <= '9':
		return uint64(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'z':
		return uint64(c|0x20-'a') + 10
	}
	return math.MaxUint64
}

func (s *Sandbox) baseToString(L *lua.LState) int {
	value := s.checkAny(L, 1)
	if lua.LVCanConvToString(value) {
		L.Push(lua.LString(Text(value)))
		return 1
	}
	if method, ok := L.GetMetaField(value, "__tostring").(*lua.LFunction); ok {
		L.Push(method)
		L.Push(value)
		L.Call(1, 1)
		return 1
	}
	L.Push(lua.LString(value.String()))
	return 1
}

func (s *Sandbox) baseType(L *lua.LState) int {
	L.Push(typeNames[s.checkAny(L, 1).Type()])
	return 1
}

// typeNames are values, so that type allocates nothing.
var typeNames = func() (names [lua.LTChannel + 1]lua.LValue) {
	for i := range names {
		names[i] = lua.LString(lua.LValueType(i).String())
	}
	return names
}()

func (s *Sandbox) baseUnpack(L *lua.LState) int {
	table := s.checkTable(L, 1)
	from, to := s.optInt(L, 2, 1), 0
	if L.Get(3) == lua.LNil {
		to = table.Len()
	} else {
		to = s.checkInt(L, 3)
	}
	if from > to {
		return 0
	}
	if n := uint64(to) - uint64(from); n >= stackMax-uint64(L.GetTop()) {
		s.Raise(L, "too many results to unpack")
	}
	for i := from; i <= to; i++ {
		L.Push(table.RawGet(lua.LNumber(i)))
	}
	return to - from + 1
}

func (s *Sandbox) baseLoadString(L *lua.LState) int {
	source := s.checkString(L, 1)
	return s.load(L, source, s.optString(L, 2, source))
}

// baseLoad gets the source in pieces from a function. What goes wrong in it is a result, not an error.
func (s *Sandbox) baseLoad(L *lua.LState) int {
	reader := s.checkFunction(L, 1)
	name := s.optString(L, 2, "=(load)")
	var source strings.Builder
	for {
		results, failure := s.protect(L, reader, nil)
		piece := first(results)
		if failure == nil && (piece == lua.LNil || piece == lua.LString("")) {
			return s.load(L, source.String(), name)
		}
		if failure == nil && !lua.LVCanConvToString(piece) {
			failure = lua.LString("reader function must return a string")
		}
		if failure != nil {
			L.Push(lua.LNil)
			L.Push(failure)
			return 2
		}
		source.WriteString(Text(piece))
		s.checkLength(L, source.Len())
	}
}

func (s *Sandbox) load(L *lua.LState, source, name string) int {
	proto, _, err := s.Compile(source, name, nil)
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	L.Push(L.NewFunctionFromProto(proto))
	return 1
}
