package auxlib

import (
	"strconv"

	lua "github.com/yuin/gopher-lua"
)

// NotEnoughMemory is what Lua says, without a position, when something becomes
// larger than it may.
const NotEnoughMemory = "not enough memory"

// Error raises an error from within a Go function. Like C Lua it says where the
// function was called, if that was in Lua; called through pcall, it does not.
func Error(L *lua.LState, message string) {
	Raise(L, Where(L, 1)+message)
}

// Raise raises an error that does not say where.
func Raise(L *lua.LState, message string) {
	L.Error(lua.LString(message), 0)
}

// ArgError raises an error about argument n, under the name that the caller has for the function. The object of
// a method does not count.
func ArgError(L *lua.LState, n int, message string) {
	kind, name := callee(L)
	if kind == "method" {
		if n--; n == 0 {
			Error(L, "calling '"+name+"' on bad self ("+message+")")
		}
	}
	Error(L, "bad argument #"+strconv.Itoa(n)+" to '"+name+"' ("+message+")")
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

// TypeError raises the error of an argument n that is of another type.
func TypeError(L *lua.LState, n int, expected string) {
	got := "no value"
	if n <= L.GetTop() {
		got = TypeName(L.Get(n))
	}
	ArgError(L, n, expected+" expected, got "+got)
}

// Where returns "chunk:line: " of the function at a level, to begin a message with, or nothing if that is no Lua
// function. Level 0 is the one that runs.
func Where(L *lua.LState, level int) string {
	source, line := Position(L, level)
	if line <= 0 || source == HiddenChunk {
		return ""
	}
	return ChunkID(source) + ":" + strconv.Itoa(line) + ": "
}

// Position returns the name of the chunk, and the line in it, where the function at a level is. The line of a
// function that is not Lua's is not positive.
func Position(L *lua.LState, level int) (source string, line int) {
	frame, ok := L.GetStack(level)
	if !ok {
		return "", 0
	}
	if _, err := L.GetInfo("Sl", frame, lua.LNil); err != nil {
		return "", 0
	}
	return frame.Source, frame.CurrentLine
}
