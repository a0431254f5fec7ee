package auxlib

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// NotEnoughMemory is what Lua says, without a position, when something becomes
// larger than it may.
const NotEnoughMemory = "not enough memory"

// Error raises an error from within a Go function. Like C Lua it says where the
// function was called, if that was in Lua; called through pcall, it does not.
func Error(L *lua.LState, message string) {
	Raise(L, where(L)+message)
}

// Raise raises an error that does not say where.
func Raise(L *lua.LState, message string) {
	L.Error(lua.LString(message), 0)
}

// ArgError raises an error about argument n.
func ArgError(L *lua.LState, n int, message string) {
	Error(L, "bad argument #"+strconv.Itoa(n)+" to '"+calledAs(L)+"' ("+message+")")
}

// CheckStack raises C Lua's error if a C function that keeps so many values could
// not take the additional ones.
func CheckStack(L *lua.LState, kept, additional int, message string) {
	if kept+additional > StackMax {
		Error(L, StackOverflow(message))
	}
}

// StackOverflow is the text of CheckStack's error.
func StackOverflow(message string) string {
	return "stack overflow (" + message + ")"
}

// TypeName names the type of a value in an error text.
func TypeName(v lua.LValue) string {
	return v.Type().String()
}

func typeError(L *lua.LState, n int, expected string) {
	got := "no value"
	if n <= L.GetTop() {
		got = TypeName(L.Get(n))
	}
	ArgError(L, n, expected+" expected, got "+got)
}

// where returns "chunk:line: " of the caller, or nothing if that is no Lua
// function.
func where(L *lua.LState) string {
	position := L.Where(1)
	if position == "" || strings.HasPrefix(position, "[G]") {
		return ""
	}
	return position + " "
}

// calledAs returns the name that the calling expression has for the running
// function: a function has none of its own.
func calledAs(L *lua.LState) string {
	frame, ok := L.GetStack(0)
	if !ok {
		return "?"
	}
	if _, err := L.GetInfo("n", frame, lua.LNil); err != nil {
		return "?"
	}
	switch frame.Name {
	case "", "(anonymous)", "main chunk", "corountine": // what package lua says for "unknown", in its spelling
		return "?"
	}
	return frame.Name
}
