package sandbox

import (
	"math"
	"runtime/metrics"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
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
	s.globals.RawSetString(syntax.Loop, s.L.NewFunction(s.loopNumbers))
	s.nextFunction = s.public.RawGetString("next")
	s.ipairsNext = s.L.NewFunction(s.ipairsStep)
}

// concat is the operator .. over all operands of a chain.
func (s *Sandbox) concat(L *lua.LState) int {
	n := L.GetTop()
	total := 0
	for i := 1; i <= n; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			total += len(v)
		case lua.LNumber:
			total += numberBytesMax
		default:
			return s.concatMeta(L, n)
		}
	}
	s.checkLength(L, total)
	buf := s.buffer(total)
	for i := 1; i <= n; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			buf = append(buf, v...)
		case lua.LNumber:
			buf = auxlib.AppendNumber(buf, float64(v), auxlib.Digits)
		}
	}
	L.Push(s.text(buf))
	return 1
}

// concatMeta goes from right to left, two values at a time, as one of them may say itself what it makes.
func (s *Sandbox) concatMeta(L *lua.LState, n int) int {
	right := L.Get(n)
	for i := n - 1; i >= 1; i-- {
		left := L.Get(i)
		if lua.LVCanConvToString(left) && lua.LVCanConvToString(right) {
			l, r := Text(left), Text(right)
			s.checkLength(L, len(l)+len(r))
			right = lua.LString(l + r)
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
	if culprit == left || right == L.Get(i) {
		s.Raise(L, "attempt to concatenate %s", auxlib.SiteAt(L, 1).CallArgument(i, culprit.Type().String()))
	}
	s.Raise(L, "attempt to concatenate a %s value", culprit.Type())
}

var loopParts = []string{"initial value", "limit", "step"}

// loopNumbers makes numbers of a loop's initial value, limit and step.
func (s *Sandbox) loopNumbers(L *lua.LState) int {
	for i, part := range loopParts {
		n, ok := auxlib.ToNumber(L.Get(i + 1))
		if !ok {
			s.Raise(L, "'for' %s must be a number", part)
		}
		L.Push(lua.LNumber(n))
	}
	return len(loopParts)
}

func (s *Sandbox) baseAssert(L *lua.LState) int {
	if lua.LVIsFalse(auxlib.CheckAny(L, 1)) {
		s.Raise(L, "%s", auxlib.OptString(L, 2, "assertion failed!"))
	}
	return L.GetTop()
}

// baseError: the level says whose position the message begins with.
func (s *Sandbox) baseError(L *lua.LState) int {
	level := optInt(L, 2, 1)
	value := L.Get(1)
	if lua.LVCanConvToString(value) && level > 0 {
		value = lua.LString(auxlib.Where(L, level) + Text(value))
	}
	Throw(L, value)
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
	switch option := auxlib.OptString(L, 1, "collect"); option {
	case "collect", "stop", "restart", "setpause", "setstepmul":
		L.Push(lua.LNumber(0))
	case "step":
		L.Push(lua.LTrue)
	case "count":
		L.Push(lua.LNumber(heapBytes() / kilobyte))
	default:
		auxlib.ArgError(L, 1, "invalid option '"+option+"'")
	}
	return 1
}

func (s *Sandbox) baseGcinfo(L *lua.LState) int {
	L.Push(lua.LNumber(math.Floor(heapBytes() / kilobyte)))
	return 1
}

func (s *Sandbox) baseGetMetatable(L *lua.LState) int {
	value := auxlib.CheckAny(L, 1)
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
		auxlib.TypeError(L, 1, "table")
	}
	metatable := L.Get(2)
	if metatable.Type() != lua.LTTable && (metatable != lua.LNil || L.GetTop() < 2) {
		auxlib.ArgError(L, 2, "nil or table expected")
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
	i := checkInt(L, 2) + 1
	table := s.checkTable(L, 1)
	value := table.RawGetInt(i)
	if value == lua.LNil {
		return 0
	}
	L.Push(lua.LNumber(i))
	L.Push(value)
	return 2
}

func (s *Sandbox) baseRawEqual(L *lua.LState) int {
	L.Push(lua.LBool(L.RawEqual(auxlib.CheckAny(L, 1), auxlib.CheckAny(L, 2))))
	return 1
}

func (s *Sandbox) baseRawGet(L *lua.LState) int {
	table := s.checkTable(L, 1)
	L.Push(table.RawGet(auxlib.CheckAny(L, 2)))
	return 1
}

func (s *Sandbox) baseRawSet(L *lua.LState) int {
	table := s.checkWritable(L, 1)
	key, value := auxlib.CheckAny(L, 2), auxlib.CheckAny(L, 3)
	if key == lua.LNil {
		auxlib.Raise(L, "table index is nil")
	}
	if n, ok := key.(lua.LNumber); ok && n != n {
		auxlib.Raise(L, "table index is NaN")
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
	i := checkInt(L, 1)
	if i < 0 {
		i += top
	} else if i > top {
		i = top
	}
	if i < 1 {
		auxlib.ArgError(L, 1, "index out of range")
	}
	return top - i
}

func (s *Sandbox) baseToNumber(L *lua.LState) int {
	base := optInt(L, 2, 10)
	if base == 10 {
		if n, ok := auxlib.ToNumber(auxlib.CheckAny(L, 1)); ok {
			L.Push(lua.LNumber(n))
		} else {
			L.Push(lua.LNil)
		}
		return 1
	}
	text := auxlib.CheckString(L, 1)
	if base < 2 || base > 36 {
		auxlib.ArgError(L, 2, "base out of range")
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
	value := auxlib.CheckAny(L, 1)
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
	L.Push(typeNames[auxlib.CheckAny(L, 1).Type()])
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
	from, to := optInt(L, 2, 1), 0
	if L.Get(3) == lua.LNil {
		to = table.Len()
	} else {
		to = checkInt(L, 3)
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
	source := auxlib.CheckString(L, 1)
	return s.load(L, source, auxlib.OptString(L, 2, source))
}

// baseLoad gets the source in pieces from a function. What goes wrong in it is a result, not an error.
func (s *Sandbox) baseLoad(L *lua.LState) int {
	reader := auxlib.CheckFunction(L, 1)
	name := auxlib.OptString(L, 2, "=(load)")
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
