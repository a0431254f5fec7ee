package sandbox

import (
	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/pattern"
	"solokv/keyspace/script/syntax"
)

const (
	// TextBytesMax bounds a string that a script makes.
	TextBytesMax = 512 << 20

	callsMax         = 20000 // calls within each other
	nestedMax        = 200   // protected calls and coroutines within each other
	registryMin      = 1024
	registryMax      = 1 << 20
	registryGrowStep = 8192
	// arrayMax is the largest index that a table keeps in its array. An array is as large as its largest
	// index, so this bounds what one assignment can cost.
	arrayMax = 1 << 22
)

func init() { lua.MaxArrayIndex = arrayMax }

// Sandbox is an interpreter with its globals.
type Sandbox struct {
	L               *lua.LState
	globals         *lua.LTable // what names in a script mean, and what no script can spell
	public          *lua.LTable // the globals that it sees in _G
	missing         *lua.LFunction
	refusal         *lua.LFunction
	readOnly        map[*lua.LTable]*lua.LTable // what stands in for a table that cannot change, and that table
	source          string                      // where the last error was raised
	line            int
	raising         bool // the error at hand is in its final words
	nested          int
	random          random
	matcher         pattern.Matcher
	buf             []byte
	pause           *pauseContext
	threads         []*lua.LState // idle, for protected calls
	guarded         map[*lua.LState]bool
	start, prepare  *lua.LFunction // see protect.go
	run             *lua.LFunction
	nextFunction    lua.LValue
	ipairsNext      *lua.LFunction
	stringMetatable lua.LValue
	coroutines      map[*lua.LState]*coroutine
}

// New makes a sandbox with Lua's own libraries. pause is called every few thousand instructions; when it
// returns an error the script ends, whatever it does to prevent it.
func New(pause func() error) *Sandbox {
	s := &Sandbox{
		L: lua.NewState(lua.Options{
			CallStackSize:    callsMax,
			RegistrySize:     registryMin,
			RegistryMaxSize:  registryMax,
			RegistryGrowStep: registryGrowStep,
			SkipOpenLibs:     true,
		}),
		globals:  &lua.LTable{Metatable: lua.LNil},
		public:   &lua.LTable{Metatable: lua.LNil},
		readOnly: map[*lua.LTable]*lua.LTable{},
		guarded:  map[*lua.LState]bool{},
		random:   newRandom(),
	}
	s.pause = newPauseContext(pause)
	s.matcher.Budget = s.pause.ask
	s.L.Env = s.globals
	s.L.Options.CallStackSize = callsMax
	s.L.Options.MinimizeStackMemory = true // for the threads that share these options
	s.L.SetContext(s.pause)
	s.refusal = s.L.NewFunction(func(L *lua.LState) int {
		s.Raise(L, readOnlyText)
		return 0
	})
	s.missing = s.L.NewFunction(s.missingGlobal)
	s.openStart()
	s.openBase()
	text := s.stringLibrary()
	s.AddLibrary("string", text)
	s.openStrings(text)
	s.AddLibrary("table", s.tableLibrary())
	s.AddLibrary("math", s.mathLibrary())
	s.AddLibrary("coroutine", s.coroutineLibrary())
	s.globals.Metatable = s.table(map[string]lua.LValue{"__index": s.missing})
	s.globals.RawSetString("_G", s.ReadOnly(s.public))
	s.public.RawSetString("_G", s.globals.RawGetString("_G"))
	s.public.Metatable = s.ReadOnly(s.globals.Metatable.(*lua.LTable))
	s.globals.RawSetString(syntax.ReadOnly, s.ReadOnly(&lua.LTable{Metatable: lua.LNil}))
	s.run = s.L.NewFunction(func(L *lua.LState) int {
		L.Panic = s.onPanic
		L.Call(L.GetTop()-1, 1)
		return 1
	})
	return s
}

// Set makes a global.
func (s *Sandbox) Set(name string, value lua.LValue) {
	s.globals.RawSetString(name, value)
	s.public.RawSetString(name, value)
}

// AddLibrary makes a global of a table that cannot change. Its fields are constants to the reader.
func (s *Sandbox) AddLibrary(name string, library *lua.LTable) {
	s.Set(name, s.ReadOnly(library))
	library.ForEach(func(key, value lua.LValue) {
		if field, ok := key.(lua.LString); ok {
			s.globals.RawSetString(name+"."+string(field), value)
		}
	})
}

// AddStatement adds the variant of a library's function for calls whose results nobody takes.
func (s *Sandbox) AddStatement(library, field string, fn lua.LGFunction) {
	s.globals.RawSetString(library+"."+field+";", s.L.NewFunction(fn))
}

func (s *Sandbox) statement(field string) bool { return s.globals.RawGetString(field+";") != lua.LNil }

// field tells the reader which fields are constants.
func (s *Sandbox) field(library, field string) bool {
	return s.globals.RawGetString(library+"."+field) != lua.LNil
}

// missingGlobal is called for a name that is none.
func (s *Sandbox) missingGlobal(L *lua.LState) int {
	name := "?"
	if key := L.Get(2); lua.LVCanConvToString(key) {
		name = Text(key)
	}
	s.Raise(L, missingText, name)
	return 0
}

// Failure is the end of a script by an error.
type Failure struct {
	Value  lua.LValue // what was raised
	Source string     // the function that raised it, as Lua names chunks
	Line   int
	Killed error // what pause returned, if that is why the script ended
}

// Run calls a function with the arguments and returns its first result.
func (s *Sandbox) Run(fn *lua.LFunction, args ...lua.LValue) (lua.LValue, *Failure) {
	L := s.L
	s.pause.reset()
	L.Push(s.run)
	L.Push(fn)
	for _, arg := range args {
		L.Push(arg)
	}
	err := L.PCall(len(args)+1, 1, nil)
	if len(s.coroutines) > 0 {
		clear(s.coroutines)
	}
	if err == nil && s.pause.err == nil {
		result := L.Get(-1)
		L.Pop(1)
		return result, nil
	}
	s.nested, s.raising = 0, false
	clear(s.guarded)
	failure := &Failure{Source: s.source, Line: s.line, Killed: s.pause.err, Value: lua.LNil}
	if err == nil {
		L.Pop(1)
	} else {
		failure.Value = errorValue(err)
	}
	return lua.LNil, failure
}

// Functions makes a table of functions.
func (s *Sandbox) Functions(functions map[string]lua.LGFunction) *lua.LTable {
	table := &lua.LTable{Metatable: lua.LNil}
	for name, fn := range functions {
		table.RawSetString(name, s.L.NewFunction(fn))
	}
	return table
}

func (s *Sandbox) table(fields map[string]lua.LValue) *lua.LTable {
	table := &lua.LTable{Metatable: lua.LNil}
	for name, value := range fields {
		table.RawSetString(name, value)
	}
	return table
}

// Compile makes a function of source. chunk is its name, as Lua names chunks; params are as in
// syntax.Options. reflects is as in syntax.Chunk.
func (s *Sandbox) Compile(source, chunk string, params []string) (proto *lua.FunctionProto, reflects bool, err error) {
	tree, err := syntax.Parse(source, syntax.Options{
		Chunk: chunkID(chunk), Params: params, Field: s.field, Statement: s.statement,
	})
	if err != nil {
		return nil, false, err
	}
	proto, err = compile(tree.Stmts, chunk)
	if err != nil {
		return nil, false, err
	}
	if params != nil {
		proto = proto.FunctionPrototypes[0]
	}
	return proto, tree.Reflects, nil
}
