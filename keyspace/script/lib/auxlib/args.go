package auxlib

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// StackMax is how many values C Lua lets one C function keep on its stack. It
// bounds the nesting that the libraries accept, and how many values they return.
const StackMax = 8000

// CheckString returns argument n, which has to be a string or a number.
func CheckString(L *lua.LState, n int) string {
	switch v := L.Get(n).(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return string(AppendNumber(nil, float64(v), Digits))
	}
	TypeError(L, n, "string")
	return ""
}

// CheckAny returns argument n, which has to be there.
func CheckAny(L *lua.LState, n int) lua.LValue {
	if n > L.GetTop() {
		ArgError(L, n, "value expected")
	}
	return L.Get(n)
}

// OptString is CheckString, or the default if the argument is nil or missing.
func OptString(L *lua.LState, n int, byDefault string) string {
	if L.Get(n) == lua.LNil {
		return byDefault
	}
	return CheckString(L, n)
}

// CheckFunction returns argument n, which has to be a function.
func CheckFunction(L *lua.LState, n int) *lua.LFunction {
	fn, ok := L.Get(n).(*lua.LFunction)
	if !ok {
		TypeError(L, n, "function")
	}
	return fn
}

// CheckNumber returns argument n, which has to be a number or a string that reads
// as one.
func CheckNumber(L *lua.LState, n int) float64 {
	if v, ok := L.Get(n).(lua.LNumber); ok {
		return float64(v)
	}
	f, ok := ToNumber(L.Get(n))
	if !ok {
		TypeError(L, n, "number")
	}
	return f
}

// CheckInteger is CheckNumber without the fraction.
func CheckInteger(L *lua.LState, n int) int64 {
	return Integer(CheckNumber(L, n))
}

// OptInteger is CheckInteger, or the default if the argument is nil or missing.
func OptInteger(L *lua.LState, n int, byDefault int64) int64 {
	if L.Get(n) == lua.LNil {
		return byDefault
	}
	return CheckInteger(L, n)
}

// CheckOption returns the index of argument n among the options.
func CheckOption(L *lua.LState, n int, options ...string) int {
	word, _, _ := strings.Cut(CheckString(L, n), "\x00")
	for i, option := range options {
		if word == option {
			return i
		}
	}
	ArgError(L, n, "invalid option '"+word+"'")
	return -1
}

// ToNumber converts as Lua's arithmetic does: a string counts if it reads as a
// number.
func ToNumber(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return ParseNumber(string(v))
	}
	return 0, false
}

// Integer converts as the processor does in C: what does not fit, and what is no
// number, becomes the least integer.
func Integer(f float64) int64 {
	if f >= -(1<<63) && f < 1<<63 {
		return int64(f)
	}
	return math.MinInt64
}
