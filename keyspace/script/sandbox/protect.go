package sandbox

import (
	lua "github.com/yuin/gopher-lua"
)

// Protected calls and coroutines.
//
// gopher-lua's own pcall, when it catches an error, has closed the variables of all functions that run: also of
// those below the pcall, which go on. From then on these and their closures each have a copy of a variable that
// they shared. A thread closes its own variables only, so pcall gives its function one, and goes on when that
// has ended. A thread that has ended well is used again; one costs about 4 us to make and 0.3 us to use.
//
// A thread that runs for a pcall is called guarded here. What is inside cannot yield beyond it, as it cannot in
// Lua 5.1.

const (
	yieldText = "attempt to yield across metamethod/C-call boundary"
	depthText = "C stack overflow"
)

// threadsKeptMax bounds the idle threads.
const threadsKeptMax = 8

// startChunk is the name of the function below. Errors do not show it: to the script, it is part of pcall.
const startChunk = "=start"

// openStart makes the function that every thread begins with. It must be one of Lua: gopher-lua ends a thread
// when such a one returns.
func (s *Sandbox) openStart() {
	const body = "return function(prepare, fn, ...) prepare() return fn(...) end"
	proto, _, err := s.Compile(body, startChunk, nil)
	if err != nil {
		panic(err)
	}
	s.start = s.L.NewFunctionFromProto(proto.FunctionPrototypes[0])
	s.prepare = s.L.NewFunction(func(L *lua.LState) int {
		L.Panic = s.onPanic
		return 0
	})
}

func (s *Sandbox) newThread(L *lua.LState) *lua.LState {
	if n := len(s.threads); n > 0 {
		thread := s.threads[n-1]
		s.threads = s.threads[:n-1]
		return thread
	}
	L.RemoveContext() // or the thread would get one of its own
	thread, _ := L.NewThread()
	L.SetContext(s.pause)
	thread.SetContext(s.pause)
	return thread
}

// keep puts a thread that has ended well aside.
func (s *Sandbox) keep(thread *lua.LState) {
	if len(s.threads) < threadsKeptMax {
		thread.Dead = false
		s.threads = append(s.threads, thread)
	}
}

// enter counts what runs on Go's stack too, and so must not nest without bound.
func (s *Sandbox) enter(L *lua.LState) {
	if s.nested >= nestedMax {
		s.Raise(L, depthText)
	}
	s.nested++
}

// protect calls fn and returns its results, or the error that it raised.
func (s *Sandbox) protect(L *lua.LState, fn lua.LValue, args []lua.LValue) (results []lua.LValue, failure lua.LValue) {
	s.enter(L)
	thread := s.newThread(L)
	s.guarded[thread] = true
	state, err, results := L.Resume(thread, s.start, append([]lua.LValue{s.prepare, fn}, args...)...)
	delete(s.guarded, thread)
	s.nested--
	switch state {
	case lua.ResumeOK:
		s.keep(thread)
		return results, nil
	case lua.ResumeYield:
		return nil, lua.LString(yieldText)
	}
	return nil, s.threadError(thread, err)
}

// threadError is the error that ended a thread. Too deep a recursion is one that gopher-lua raises without a
// position, while the functions are still there.
func (s *Sandbox) threadError(thread *lua.LState, err error) lua.LValue {
	value := errorValue(err)
	if value == lua.LString("lua callstack overflow") {
		return lua.LString(where(thread, 0) + "stack overflow")
	}
	return value
}

func errorValue(err error) lua.LValue {
	if failure, ok := err.(*lua.ApiError); ok {
		return failure.Object
	}
	return lua.LString(err.Error())
}

func arguments(L *lua.LState, from int) []lua.LValue {
	args := make([]lua.LValue, 0, max(L.GetTop()-from+1, 0)+2)
	for i := from; i <= L.GetTop(); i++ {
		args = append(args, L.Get(i))
	}
	return args
}

// pushResults pushes what a call has returned, behind whether it went well.
func pushResults(L *lua.LState, results []lua.LValue) int {
	L.Push(lua.LTrue)
	for _, v := range results {
		L.Push(v)
	}
	return len(results) + 1
}

// basePcall is Redis's: of an error that is a table with the field err it returns that field.
func (s *Sandbox) basePcall(L *lua.LState) int {
	fn := s.checkAny(L, 1)
	if fn.Type() != lua.LTFunction && L.GetMetaField(fn, "__call") == lua.LNil {
		L.Push(lua.LFalse)
		L.Push(lua.LString("attempt to call " + describe("", "", fn.Type().String())))
		return 2
	}
	results, failure := s.protect(L, fn, arguments(L, 2))
	if failure == nil {
		return pushResults(L, results)
	}
	if table, ok := failure.(*lua.LTable); ok {
		if text := s.Real(table).RawGetString("err"); lua.LVCanConvToString(text) {
			failure = text
		}
	}
	L.Push(lua.LFalse)
	L.Push(failure)
	return 2
}

func (s *Sandbox) baseXpcall(L *lua.LState) int {
	s.checkAny(L, 2)
	fn, handler := L.Get(1), L.Get(2)
	results, failure := s.protect(L, fn, nil)
	if failure == nil {
		return pushResults(L, results)
	}
	L.Push(lua.LFalse)
	results, failed := s.protect(L, handler, []lua.LValue{failure})
	if failed != nil {
		results = []lua.LValue{lua.LString("error in error handling")}
	}
	L.Push(first(results))
	return 2
}

func first(values []lua.LValue) lua.LValue {
	if len(values) == 0 {
		return lua.LNil
	}
	return values[0]
}

// coroutine is what a script has made with create. started is set by its first resume.
type coroutine struct {
	fn      *lua.LFunction
	started bool
}

func (s *Sandbox) coroutineLibrary() *lua.LTable {
	s.coroutines = map[*lua.LState]*coroutine{}
	return s.Functions(map[string]lua.LGFunction{
		"create":  s.coroutineCreate,
		"resume":  s.coroutineResume,
		"running": s.coroutineRunning,
		"status":  s.coroutineStatus,
		"wrap":    s.coroutineWrap,
		"yield":   s.coroutineYield,
	})
}

func (s *Sandbox) newCoroutine(L *lua.LState) *lua.LState {
	fn, ok := L.Get(1).(*lua.LFunction)
	if !ok || fn.IsG {
		s.argError(L, 1, "Lua function expected")
	}
	L.RemoveContext()
	thread, _ := L.NewThread()
	L.SetContext(s.pause)
	thread.SetContext(s.pause)
	s.coroutines[thread] = &coroutine{fn: fn}
	return thread
}

func (s *Sandbox) coroutineCreate(L *lua.LState) int {
	L.Push(s.newCoroutine(L))
	return 1
}

// resume goes on with a coroutine.
func (s *Sandbox) resume(L, thread *lua.LState, args []lua.LValue) (results []lua.LValue, failure lua.LValue) {
	co, ok := s.coroutines[thread]
	if status := s.status(L, thread); status != "suspended" || !ok {
		return nil, lua.LString("cannot resume " + status + " coroutine")
	}
	s.enter(L)
	if !co.started {
		args = append([]lua.LValue{s.prepare, co.fn}, args...)
	}
	co.started = true
	state, err, results := L.Resume(thread, s.start, args...)
	s.nested--
	if state == lua.ResumeError {
		thread.Dead = true
		return nil, s.threadError(thread, err)
	}
	return results, nil
}

func (s *Sandbox) status(L, thread *lua.LState) string {
	if thread.Dead {
		return "dead"
	}
	running := s.running(L)
	if running == thread {
		return "running"
	}
	for at := running; at != nil; at = at.Parent {
		if at == thread {
			return "normal"
		}
	}
	return "suspended"
}

// running returns the coroutine that runs; nil is the main one.
func (s *Sandbox) running(L *lua.LState) *lua.LState {
	for L != nil && s.guarded[L] {
		L = L.Parent
	}
	if L == s.L {
		return nil
	}
	return L
}

func (s *Sandbox) checkThread(L *lua.LState, n int) *lua.LState {
	thread, ok := L.Get(n).(*lua.LState)
	if !ok {
		s.argError(L, n, "coroutine expected")
	}
	return thread
}

func (s *Sandbox) coroutineResume(L *lua.LState) int {
	thread := s.checkThread(L, 1)
	results, failure := s.resume(L, thread, arguments(L, 2))
	if failure != nil {
		L.Push(lua.LFalse)
		L.Push(failure)
		return 2
	}
	return pushResults(L, results)
}

func (s *Sandbox) coroutineWrap(L *lua.LState) int {
	thread := s.newCoroutine(L)
	L.Push(L.NewFunction(func(L *lua.LState) int {
		results, failure := s.resume(L, thread, arguments(L, 1))
		if lua.LVCanConvToString(failure) {
			s.Raise(L, "%s", Text(failure))
		}
		if failure != nil {
			s.RaiseValue(L, failure)
		}
		return pushResults(L, results) - 1
	}))
	return 1
}

func (s *Sandbox) coroutineRunning(L *lua.LState) int {
	if thread := s.running(L); thread != nil {
		L.Push(thread)
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

func (s *Sandbox) coroutineStatus(L *lua.LState) int {
	L.Push(lua.LString(s.status(L, s.checkThread(L, 1))))
	return 1
}

func (s *Sandbox) coroutineYield(L *lua.LState) int {
	if L.Parent == nil || s.guarded[L] {
		s.RaiseValue(L, lua.LString(yieldText))
	}
	return L.Yield(arguments(L, 1)...)
}
