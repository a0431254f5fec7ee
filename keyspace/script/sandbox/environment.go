package sandbox

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Environment lets what globals mean change while the functions that use them stay: a library of functions is
// loaded with few of them, and runs with all.
type Environment struct {
	s        *Sandbox
	meta     *lua.LTable // of the globals that functions have
	loadable *lua.LTable // what is there while a library is loaded
}

// NewEnvironment gives all functions that are compiled from here on such globals. loading are the fields of the
// one library that is there while another is loaded.
func (s *Sandbox) NewEnvironment(library string, loading *lua.LTable) *Environment {
	e := &Environment{s: s, loadable: &lua.LTable{Metatable: lua.LNil}}
	missing := s.table(map[string]lua.LValue{"__index": s.L.NewFunction(e.missing)})
	loading.Metatable = missing
	e.loadable.Metatable = missing
	e.loadable.RawSetString(library, s.ReadOnly(loading))
	loading.ForEach(func(key, value lua.LValue) { e.loadable.RawSetString(library+"."+key.String(), value) })
	s.globals.ForEach(func(key, value lua.LValue) {
		if strings.HasPrefix(key.String(), "(") {
			e.loadable.RawSetString(key.String(), value)
		}
	})
	e.meta = s.table(map[string]lua.LValue{"__index": s.globals, "__newindex": s.refusal})
	s.L.Env = &lua.LTable{Metatable: e.meta}
	return e
}

// missing is called for a name that is not there while a library is loaded. The name may be the reader's for a
// field.
func (e *Environment) missing(L *lua.LState) int {
	name := "?"
	if key := L.Get(2); lua.LVCanConvToString(key) {
		name = Text(key)
	}
	if library, field, ok := strings.Cut(name, "."); ok && e.s.field(library, strings.TrimSuffix(field, ";")) {
		if name = library; e.loadable.RawGetString(library) != lua.LNil {
			name = strings.TrimSuffix(field, ";")
		}
	}
	e.s.Raise(L, missingText, name)
	return 0
}

// Load runs fn, which loads a library.
func (e *Environment) Load(fn *lua.LFunction) *Failure {
	e.meta.RawSetString("__index", e.loadable)
	defer e.meta.RawSetString("__index", e.s.globals)
	_, failure := e.s.Run(fn)
	return failure
}

const missingText = "Script attempted to access nonexistent global variable '%s'"
