package script

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/sandbox"
)

// Library is a library of functions: what FUNCTION LOAD has loaded.
type Library struct {
	Name      string
	Code      string
	Functions []*Function // in the order of their registration
}

// Function is one that FCALL calls.
type Function struct {
	Name        string
	Description string
	Described   bool // whether there is a description
	Flags       Flags
	Library     *Library

	fn *lua.LFunction
}

// Libraries are all of them, with the Lua that they share. Its globals are the same for all, and none can change
// them, so each library has its own variables only.
type Libraries struct {
	in          *interpreter
	environment *sandbox.Environment
	byName      map[string]*Library
	functions   map[string]*Function // by name in small letters
	loading     *Library             // while its code runs
}

// NewLibraries makes an empty set of libraries.
func NewLibraries(host Host, version Version) *Libraries {
	l := &Libraries{in: newInterpreter(host)}
	l.in.publish(l.in.common(version))
	loading := l.in.box.Functions(map[string]lua.LGFunction{
		"register_function": l.register,
		"log":               l.in.redisLog,
	})
	setConstants(loading, version)
	l.environment = l.in.box.NewEnvironment("redis", loading)
	l.Flush()
	return l
}

// Flush removes all libraries. It must not be called while a function runs.
func (l *Libraries) Flush() { l.byName, l.functions = map[string]*Library{}, map[string]*Function{} }

const libraryNameText = "Library names can only contain letters, numbers, or underscores(_) and must be at least " +
	"one character long"

func isLibraryName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return name != ""
}

// Load loads a library and returns its name. With replace, it takes the place of one with that name. After an
// error all is as before; the error's text is the reply's.
func (l *Libraries) Load(code string, replace bool) (name string, err error) {
	engine, name, rest, err := readMetadata(code)
	if err != nil {
		return "", err
	}
	if !isLibraryName(name) {
		return "", errors.New("ERR " + libraryNameText)
	}
	if !strings.EqualFold(engine, "lua") {
		return "", fmt.Errorf("ERR Engine '%s' not found", engine)
	}
	if l.byName[name] != nil && !replace {
		return "", fmt.Errorf("ERR Library '%s' already exists", name)
	}
	library := &Library{Name: name, Code: code}
	if err := l.run(library, rest); err != nil {
		return "", err
	}
	if len(library.Functions) == 0 {
		return "", errors.New("ERR No functions registered")
	}
	for _, fn := range library.Functions {
		if other := l.functions[strings.ToLower(fn.Name)]; other != nil && other.Library.Name != name {
			return "", fmt.Errorf("ERR Function %s already exists", fn.Name)
		}
	}
	l.Delete(name)
	l.byName[name] = library
	for _, fn := range library.Functions {
		l.functions[strings.ToLower(fn.Name)] = fn
	}
	return name, nil
}

// run runs the code of a library, which registers its functions.
func (l *Libraries) run(library *Library, code string) error {
	proto, _, err := l.in.box.Compile(code, "@user_function", nil)
	if err != nil {
		return errors.New("ERR Error compiling function: " + err.Error())
	}
	l.loading, l.in.running = library, true
	failure := l.environment.Load(l.in.box.L.NewFunctionFromProto(proto))
	l.loading, l.in.running = nil, false
	if failure == nil {
		return nil
	}
	if failure.Killed != nil {
		return failure.Killed
	}
	text, _ := failureText(failure)
	return errors.New("ERR Error registering functions: " + text)
}

// readMetadata reads the first line of a library, "#!lua name=mylib".
func readMetadata(code string) (engine, name, rest string, err error) {
	if !strings.HasPrefix(code, "#!") {
		return "", "", "", errors.New("ERR Missing library metadata")
	}
	end := strings.IndexByte(code, '\n')
	if end < 0 {
		return "", "", "", errors.New("ERR Invalid library metadata")
	}
	words, ok := splitWords(code[:end])
	if !ok || len(words) == 0 {
		return "", "", "", errors.New("ERR Invalid library metadata")
	}
	named := false
	for _, word := range words[1:] {
		value, isName := strings.CutPrefix(word, "name=")
		if !isName {
			return "", "", "", fmt.Errorf("ERR Invalid metadata value given: %s", word)
		}
		if named {
			return "", "", "", errors.New("ERR Invalid metadata value, name argument was given multiple times")
		}
		name, named = value, true
	}
	if !named {
		return "", "", "", errors.New("ERR Library name was not given")
	}
	return words[0][len("#!"):], name, code[end:], nil
}

// Delete removes a library. ok is false when there is none of that name.
func (l *Libraries) Delete(name string) (ok bool) {
	library := l.byName[name]
	if library == nil {
		return false
	}
	for _, fn := range library.Functions {
		delete(l.functions, strings.ToLower(fn.Name))
	}
	delete(l.byName, name)
	return true
}

// All are the libraries in the order of their names.
func (l *Libraries) All() iter.Seq[*Library] {
	names := make([]string, 0, len(l.byName))
	for name := range l.byName {
		names = append(names, name)
	}
	slices.Sort(names)
	return func(yield func(*Library) bool) {
		for _, name := range names {
			if !yield(l.byName[name]) {
				return
			}
		}
	}
}

// Len is the number of libraries, and of the functions in them.
func (l *Libraries) Len() (libraries, functions int) { return len(l.byName), len(l.functions) }

// Bytes is about what the libraries take in memory: their code, as text and compiled.
func (l *Libraries) Bytes() (n int) {
	for _, library := range l.byName {
		n += 2*len(library.Code) + scriptOverheadBytes
	}
	return n
}

// Find returns a function, or nil. Of its name the case does not matter.
func (l *Libraries) Find(name []byte) *Function {
	if fn := l.functions[string(name)]; fn != nil {
		return fn
	}
	return l.functions[strings.ToLower(string(name))]
}

// Running tells whether a function runs, or a library is being loaded.
func (l *Libraries) Running() bool { return l.in.running }

// Run calls a function and appends its reply, in version resp, to dst.
func (l *Libraries) Run(fn *Function, keys, args [][]byte, resp int, dst []byte) ([]byte, Outcome) {
	return l.in.call(fn.fn, fn.Name, keys, args, resp, dst)
}
