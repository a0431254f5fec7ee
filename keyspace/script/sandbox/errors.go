package sandbox

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

const readOnlyText = "Attempt to modify a readonly table"

// Raise raises an error with the position of the function that called the one which runs.
func (s *Sandbox) Raise(L *lua.LState, format string, args ...any) {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	auxlib.Error(L, format)
}

// Throw raises an error as it is.
func Throw(L *lua.LState, value lua.LValue) { L.Error(value, 0) }

// checkInt returns argument n as C's int: of 32 bits, cut off.
func checkInt(L *lua.LState, n int) int { return int(int32(auxlib.CheckInteger(L, n))) }

func optInt(L *lua.LState, n, byDefault int) int {
	return int(int32(auxlib.OptInteger(L, n, int64(byDefault))))
}

// checkPosition and optPosition are for positions in strings, which have 64 bits.
func checkPosition(L *lua.LState, n int) int { return int(auxlib.CheckInteger(L, n)) }

func optPosition(L *lua.LState, n, byDefault int) int {
	return int(auxlib.OptInteger(L, n, int64(byDefault)))
}

// onPanic is what gopher-lua calls when something raises an error, with the error on top of the stack. It puts
// the interpreter's own errors into the reference implementation's words, and remembers the position.
func (s *Sandbox) onPanic(L *lua.LState) {
	value := L.Get(-1)
	source, line := auxlib.Position(L, 0)
	if text, ok := value.(lua.LString); ok && line > 0 {
		value = lua.LString(translate(L, string(text), source, line))
	}
	if line <= 0 {
		source, line = auxlib.Position(L, 1)
	}
	s.source, s.line = source, line
	// A trace of the stack is costly, and nobody reads it: one that is there is not made.
	panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: value, StackTrace: "-"})
}

// translate puts a message of gopher-lua into the reference implementation's words. Functions of Go find their
// own.
func translate(L *lua.LState, text, source string, line int) string {
	text = strings.TrimPrefix(text, fmt.Sprintf("%s:%d: ", source, line))
	return auxlib.Where(L, 0) + rephrase(auxlib.SiteAt(L, 0), text)
}

// simple are the messages that need no look at the instruction.
var simple = map[string]string{
	"registry overflow":                    "stack overflow",
	"too many recursions in gettable":      "loop in gettable",
	"too many recursions in settable":      "loop in settable",
	"for statement init must be a number":  "'for' initial value must be a number",
	"for statement limit must be a number": "'for' limit must be a number",
	"for statement step must be a number":  "'for' step must be a number",
}

func rephrase(at auxlib.Site, text string) string {
	if better, ok := simple[text]; ok {
		return better
	}
	switch {
	case strings.HasPrefix(text, "attempt to index a non-table object("):
		typeName, _, _ := strings.Cut(text[len("attempt to index a non-table object("):], ")")
		return "attempt to index " + at.Indexed(typeName)
	case text == "attempt to call a non-function object":
		return "attempt to call " + at.Called()
	case strings.HasPrefix(text, "cannot perform ") && strings.Contains(text, " operation between "):
		return "attempt to perform arithmetic on " + at.Arithmetic()
	case text == "__unm undefined":
		return "attempt to perform arithmetic on " + at.Operand()
	case text == "__len undefined":
		return "attempt to get length of " + at.Operand()
	case strings.HasPrefix(text, "attempt to compare "):
		left, right, ok := strings.Cut(text[len("attempt to compare "):], " with ")
		if ok {
			return compareText(left, right)
		}
	}
	return text
}

func compareText(left, right string) string {
	if left == right {
		return "attempt to compare two " + left + " values"
	}
	return "attempt to compare " + left + " with " + right
}
