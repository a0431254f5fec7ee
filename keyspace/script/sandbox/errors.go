package sandbox

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const readOnlyText = "Attempt to modify a readonly table"

// Raise raises an error with the position of the function that called the one which runs: what luaL_error does.
func (s *Sandbox) Raise(L *lua.LState, format string, args ...any) {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	s.RaiseValue(L, lua.LString(where(L, 1)+text))
}

// RaiseValue raises an error as it is.
func (s *Sandbox) RaiseValue(L *lua.LState, value lua.LValue) {
	s.raising = true
	L.Error(value, 0)
}

// where is the position of the function at a level, to begin a message with. Functions of Go have none.
func where(L *lua.LState, level int) string {
	source, line := position(L, level)
	if line <= 0 || source == startChunk {
		return ""
	}
	return fmt.Sprintf("%s:%d: ", chunkID(source), line)
}

func position(L *lua.LState, level int) (source string, line int) {
	frame, ok := L.GetStack(level)
	if !ok {
		return "", 0
	}
	if _, err := L.GetInfo("Sl", frame, lua.LNil); err != nil {
		return "", 0
	}
	return frame.Source, frame.CurrentLine
}

// onPanic is what gopher-lua calls when something raises an error, with the error on top of the stack. It puts
// the interpreter's own errors into the reference implementation's words, and remembers the position.
func (s *Sandbox) onPanic(L *lua.LState) {
	value := L.Get(-1)
	if text, ok := value.(lua.LString); ok && !s.raising {
		value = lua.LString(translate(L, string(text)))
	}
	s.raising = false
	if s.source, s.line = position(L, 0); s.line <= 0 {
		s.source, s.line = position(L, 1)
	}
	// A trace of the stack is costly, and nobody reads it: one that is there is not made.
	panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: value, StackTrace: "-"})
}

// translate puts a message of gopher-lua into the reference implementation's words.
func translate(L *lua.LState, text string) string {
	if source, line := position(L, 0); line > 0 {
		text = strings.TrimPrefix(text, fmt.Sprintf("%s:%d: ", source, line))
	}
	return where(L, 0) + rephrase(L, text)
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

func rephrase(L *lua.LState, text string) string {
	if better, ok := simple[text]; ok {
		return better
	}
	switch {
	case strings.HasPrefix(text, "attempt to index a non-table object("):
		typeName, _, _ := strings.Cut(text[len("attempt to index a non-table object("):], ")")
		return "attempt to index " + current(L).indexed(typeName)
	case text == "attempt to call a non-function object":
		return "attempt to call " + current(L).called()
	case strings.HasPrefix(text, "cannot perform ") && strings.Contains(text, " operation between "):
		return "attempt to perform arithmetic on " + current(L).arithmetic()
	case text == "__unm undefined":
		return "attempt to perform arithmetic on " + current(L).operand()
	case text == "__len undefined":
		return "attempt to get length of " + current(L).operand()
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

// argError reports what is wrong with an argument, under the name that the caller has for the function.
func (s *Sandbox) argError(L *lua.LState, n int, text string) {
	kind, name := callee(L)
	if kind == "method" {
		if n--; n == 0 {
			s.Raise(L, "calling '%s' on bad self (%s)", name, text)
		}
	}
	s.Raise(L, "bad argument #%d to '%s' (%s)", n, name, text)
}

func (s *Sandbox) typeError(L *lua.LState, n int, want string) {
	got := "no value"
	if n <= L.GetTop() {
		got = L.Get(n).Type().String()
	}
	s.argError(L, n, want+" expected, got "+got)
}

func (s *Sandbox) checkAny(L *lua.LState, n int) lua.LValue {
	if n > L.GetTop() {
		s.argError(L, n, "value expected")
	}
	return L.Get(n)
}

func (s *Sandbox) checkString(L *lua.LState, n int) string {
	switch v := L.Get(n).(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return Text(v)
	}
	s.typeError(L, n, "string")
	return ""
}

func (s *Sandbox) checkNumber(L *lua.LState, n int) float64 {
	number, ok := Number(L.Get(n))
	if !ok {
		s.typeError(L, n, "number")
	}
	return number
}

func (s *Sandbox) checkInt(L *lua.LState, n int) int {
	return int(Truncate(s.checkNumber(L, n)))
}

func (s *Sandbox) optString(L *lua.LState, n int, otherwise string) string {
	if L.Get(n) == lua.LNil {
		return otherwise
	}
	return s.checkString(L, n)
}

func (s *Sandbox) optInt(L *lua.LState, n, otherwise int) int {
	if L.Get(n) == lua.LNil {
		return otherwise
	}
	return s.checkInt(L, n)
}

func (s *Sandbox) checkFunction(L *lua.LState, n int) *lua.LFunction {
	fn, ok := L.Get(n).(*lua.LFunction)
	if !ok {
		s.typeError(L, n, "function")
	}
	return fn
}
