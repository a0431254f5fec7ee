package script

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/sandbox"
)

// register is redis.register_function, in both of its forms: name and callback, or one table of named arguments.
func (l *Libraries) register(L *lua.LState) int {
	if l.loading == nil {
		l.in.raise(L, "redis.register_function can only be called on FUNCTION LOAD command")
	}
	fn := &Function{Library: l.loading}
	switch L.GetTop() {
	case 1:
		l.namedArguments(L, fn)
	case 2:
		l.positionalArguments(L, fn)
	default:
		l.in.raise(L, "wrong number of arguments to redis.register_function")
	}
	if !isLibraryName(fn.Name) {
		l.in.raise(L, libraryNameText)
	}
	for _, other := range l.loading.Functions {
		if strings.EqualFold(other.Name, fn.Name) {
			l.in.raise(L, "Function already exists in the library")
		}
	}
	l.loading.Functions = append(l.loading.Functions, fn)
	return 0
}

func (l *Libraries) positionalArguments(L *lua.LState, fn *Function) {
	if !lua.LVCanConvToString(L.Get(1)) {
		l.in.raise(L, "first argument to redis.register_function must be a string")
	}
	callback, ok := L.Get(2).(*lua.LFunction)
	if !ok {
		l.in.raise(L, "second argument to redis.register_function must be a function")
	}
	fn.Name, fn.fn = sandbox.Text(L.Get(1)), callback
}

func (l *Libraries) namedArguments(L *lua.LState, fn *Function) {
	table, ok := L.Get(1).(*lua.LTable)
	if !ok {
		l.in.raise(L, "calling redis.register_function with a single argument is only applicable to Lua table "+
			"(representing named arguments).")
	}
	named := false
	for key, value := table.Next(lua.LNil); key != lua.LNil; key, value = table.Next(key) {
		if !lua.LVCanConvToString(key) {
			l.in.raise(L, "named argument key given to redis.register_function is not a string")
		}
		switch sandbox.Text(key) {
		case "function_name":
			fn.Name, named = l.text(L, "function_name", value), true
		case "description":
			fn.Description, fn.Described = l.text(L, "description", value), true
		case "callback":
			if fn.fn, ok = value.(*lua.LFunction); !ok {
				l.in.raise(L, "callback argument given to redis.register_function must be a function")
			}
		case "flags":
			fn.Flags = l.flags(L, value)
		default:
			l.in.raise(L, "unknown argument given to redis.register_function")
		}
	}
	if !named {
		l.in.raise(L, "redis.register_function must get a function name argument")
	}
	if fn.fn == nil {
		l.in.raise(L, "redis.register_function must get a callback argument")
	}
}

func (l *Libraries) text(L *lua.LState, argument string, value lua.LValue) string {
	if !lua.LVCanConvToString(value) {
		l.in.raise(L, argument+" argument given to redis.register_function must be a string")
	}
	return sandbox.Text(value)
}

func (l *Libraries) flags(L *lua.LState, value lua.LValue) (flags Flags) {
	table, ok := value.(*lua.LTable)
	if !ok {
		l.in.raise(L, "flags argument to redis.register_function must be a table representing function flags")
	}
	for i := 1; table.RawGetInt(i) != lua.LNil; i++ {
		name, isText := table.RawGetInt(i).(lua.LString)
		flag, known := flagNamed(string(name))
		if !isText || !known {
			l.in.raise(L, "unknown flag given")
		}
		flags |= flag
	}
	return flags
}
