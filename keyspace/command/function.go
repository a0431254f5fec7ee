package command

import (
	"solokv/keyspace"
	"solokv/keyspace/glob"
	"solokv/keyspace/script"
	"solokv/persistence/rdb"
)

// FUNCTION and FCALL: libraries of functions in Lua, see keyspace/script/library.go.

// functions is the libraries that are loaded.
func (l *Lua) functions(e *keyspace.Engine) *script.Libraries {
	if l.libraries == nil {
		l.libraries = script.NewLibraries(l, luaVersion(e))
	}
	return l.libraries
}

const (
	errNoFunction     keyspace.Error = "ERR Function not found"
	errNoLibrary      keyspace.Error = "ERR Library not found"
	errKeyNumber      keyspace.Error = "ERR Bad number of keys provided"
	errFunctionFlush  keyspace.Error = "ERR FUNCTION FLUSH only supports SYNC|ASYNC option"
	errRestorePolicy  keyspace.Error = "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."
	errRestorePayload keyspace.Error = "ERR payload version or checksum are wrong"
)

func (l *Lua) functionCommands() []*keyspace.Command {
	const run = keyspace.NoScript | keyspace.Stale | keyspace.SkipMonitor | keyspace.NoMandatoryKeys |
		keyspace.MayReplicate | keyspace.Long
	const rw, ro = keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate, keyspace.KeyRO | keyspace.KeyAccess
	const depends = "Depends on the function that is executed."
	commands := []*keyspace.Command{
		{Name: "fcall", Arity: -3, Flags: run, Keys: scriptKeys(rw, notesRW), Since: "7.0.0", Complexity: depends,
			Syntax: "function numkeys [key [key ...]] [arg [arg ...]]", Summary: "Calls a function.",
			Handler: func(c *keyspace.Ctx) error { return l.fcall(c, false) }},
		{Name: "fcall_ro", Arity: -3, Flags: run | keyspace.ReadOnly, Keys: scriptKeys(ro, notesRO), Since: "7.0.0",
			Complexity: depends, Syntax: "function numkeys [key [key ...]] [arg [arg ...]]",
			Summary: "Calls a function that only reads.",
			Handler: func(c *keyspace.Ctx) error { return l.fcall(c, true) }},
		{Name: "function", Arity: -2, Since: "7.0.0", Complexity: "Depends on subcommand.",
			Summary: "A container for commands about functions.", Subcommands: l.functionSubcommands()},
	}
	for _, cmd := range commands {
		cmd.Group = groupScripting
	}
	return commands
}

func (l *Lua) functionSubcommands() []*keyspace.Command {
	const write = keyspace.NoScript | keyspace.Write
	all := []string{hintAllShards, hintAllSucceeded}
	return []*keyspace.Command{
		{Name: "delete", Arity: 3, Flags: write, Since: "7.0.0", Complexity: "O(1)", Syntax: "library-name", Hints: all,
			Summary: "Deletes a library and its functions.", Handler: l.functionDelete},
		{Name: "dump", Arity: 2, Flags: keyspace.NoScript, Since: "7.0.0",
			Complexity: "O(N) where N is the number of functions",
			Summary:    "Returns all libraries as bytes that FUNCTION RESTORE takes.", Handler: l.functionDump},
		{Name: "flush", Arity: -2, Flags: write, Since: "7.0.0", Syntax: "[flush-type: ASYNC | SYNC]", Hints: all,
			Complexity: "O(N) where N is the number of functions deleted",
			Summary:    "Deletes all libraries.", Handler: l.functionFlush},
		{Name: "help", Arity: 2, Flags: keyspace.Loading | keyspace.Stale, Since: "7.0.0", Complexity: "O(1)",
			Summary: "Describes the subcommands.", Handler: functionHelp},
		{Name: "kill", Arity: 2, Flags: keyspace.NoScript | keyspace.AllowBusy, Since: "7.0.0", Complexity: "O(1)",
			Hints:   []string{hintAllShards, "response_policy:one_succeeded"},
			Summary: "Ends the function that is running.", Handler: functionKill},
		{Name: "list", Arity: -2, Flags: keyspace.NoScript, Since: "7.0.0",
			Complexity: "O(N) where N is the number of functions",
			Syntax:     "[LIBRARYNAME library-name-pattern] [WITHCODE]",
			Hints:      []string{"nondeterministic_output_order"},
			Summary:    "Describes the libraries.", Handler: l.functionList},
		{Name: "load", Arity: -3, Flags: write | keyspace.DenyOOM, Since: "7.0.0", Syntax: "[REPLACE] function-code",
			Complexity: "O(1) (considering compilation time is redundant)", Hints: all,
			Summary: "Makes a library.", Handler: l.functionLoad},
		{Name: "restore", Arity: -3, Flags: write | keyspace.DenyOOM, Since: "7.0.0", Hints: all,
			Syntax:     "serialized-value [policy: FLUSH | APPEND | REPLACE]",
			Complexity: "O(N) where N is the number of functions on the payload",
			Summary:    "Makes the libraries that FUNCTION DUMP returned.", Handler: l.functionRestore},
		{Name: "stats", Arity: 2, Flags: keyspace.NoScript | keyspace.AllowBusy, Since: "7.0.0", Complexity: "O(1)",
			Hints:   hintsShardReport,
			Summary: "Describes the function that is running, and what there is.", Handler: l.functionStats},
	}
}

var functionHelp = help("function",
	"DELETE <LIBRARY NAME>",
	"    Delete a library.",
	"DUMP",
	"    Return all libraries as bytes that RESTORE takes.",
	"FLUSH [ASYNC|SYNC]",
	"    Delete all libraries.",
	"KILL",
	"    End the function that is running. What it has changed is taken back.",
	"LIST [LIBRARYNAME PATTERN] [WITHCODE]",
	"    Describe the libraries: name, engine, functions and, WITHCODE, their code.",
	"LOAD [REPLACE] <FUNCTION CODE>",
	"    Make a library.",
	"RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
	"    Make the libraries of a payload. What is there is deleted (FLUSH), must not have the same names",
	"    (APPEND, the default), or gives way where it has (REPLACE).",
	"STATS",
	"    Describe the function that is running, if there is one, and the engines.",
)

func (l *Lua) fcall(c *keyspace.Ctx, readOnly bool) error {
	c.ShowMonitors()
	fn := l.functions(c.Engine()).Find(c.Arg(1))
	if fn == nil {
		return errNoFunction
	}
	n, err := c.Int(2)
	if err != nil {
		return errKeyNumber
	}
	keys, args, err := keysAndArgs(c, n)
	if err != nil {
		return err
	}

	return l.begin(c, fn.Name, true, fn.Flags, readOnly, func(dst []byte) ([]byte, script.Outcome) {
		return l.libraries.Run(fn, keys, args, c.Proto(), dst)
	})
}

func (l *Lua) functionLoad(c *keyspace.Ctx) error {
	replace, o := false, c.Options(2)
	for ; o.Next() && o.Left() > 0; replace = true {
		if !o.Is("REPLACE") {
			return keyspace.Errorf("ERR Unknown option given: %s", keyspace.Quoted(nil, o.Current(), 128))
		}
	}
	name, err := l.functions(c.Engine()).Load(string(c.Arg(c.Argc()-1)), replace)
	if err != nil {
		return keyspace.Error(err.Error())
	}

	c.ModifiedLibraries()

	return c.ReplyString(name)
}

func (l *Lua) functionDelete(c *keyspace.Ctx) error {
	if !l.functions(c.Engine()).Delete(string(c.Arg(2))) {
		return errNoLibrary
	}

	c.ModifiedLibraries()

	return c.OK()
}

func (l *Lua) functionFlush(c *keyspace.Ctx) error {
	if c.Argc() > 3 {
		return errSubcommandArguments(c)
	}
	if !isFlushMode(c) {
		return errFunctionFlush
	}

	l.functions(c.Engine()).Flush()
	c.ModifiedLibraries()

	return c.OK()
}

func functionKill(c *keyspace.Ctx) error {
	if err := c.Engine().KillScript(true); err != nil {
		return err
	}
	return c.OK()
}

// Codes is the code of every library of functions, in the order of their names. Only
// the writer may call it.
func (l *Lua) Codes() (codes []string) {
	if l.libraries == nil {
		return nil
	}
	for library := range l.libraries.All() {
		codes = append(codes, library.Code)
	}
	return codes
}

// Facts tells what scripts and functions there are. Only the writer may call it.
func (l *Lua) Facts() (f keyspace.ScriptFacts) {
	if l.scripts != nil {
		f.Scripts, f.ScriptBytes, f.Evicted = l.scripts.Len(), int64(l.scripts.Bytes()), l.scripts.Evicted()
	}
	if l.libraries != nil {
		f.Libraries, f.Functions = l.libraries.Len()
		f.FunctionBytes = int64(l.libraries.Bytes())
	}
	return f
}

func (l *Lua) functionDump(c *keyspace.Ctx) error {
	return c.ReplyBulk(rdb.AppendLibraries(nil, l.Codes()))
}

func (l *Lua) functionRestore(c *keyspace.Ctx) error {
	flush, replace := false, false
	switch o := c.Options(3); {
	case !o.Next():
	case o.Left() > 0:
		return errSubcommandArguments(c)
	case o.Is("FLUSH"):
		flush = true
	case o.Is("REPLACE"):
		replace = true
	case !o.Is("APPEND"):
		return errRestorePolicy
	}
	codes, err := rdb.ReadLibraries(c.Arg(2))
	if err != nil {
		return errRestorePayload
	}

	libraries, before := l.functions(c.Engine()), l.Codes()
	if flush {
		libraries.Flush()
	}
	for _, code := range codes {
		if _, err := libraries.Load(code, replace); err != nil {
			l.putBack(before)
			return keyspace.Error(err.Error())
		}
	}
	c.ModifiedLibraries()

	return c.OK()
}

// putBack makes the libraries what they were.
func (l *Lua) putBack(codes []string) {
	l.libraries.Flush()
	for _, code := range codes {
		_, _ = l.libraries.Load(code, true) // it could be loaded before
	}
}

func (l *Lua) functionList(c *keyspace.Ctx) error {
	var pattern []byte
	withCode := false
	o := c.Options(2)
	for o.Next() {
		switch {
		case !withCode && o.Is("WITHCODE"):
			withCode = true
		case pattern == nil && o.Is("LIBRARYNAME"):
			if o.Left() == 0 {
				return keyspace.Error("ERR library name argument was not given")
			}
			pattern = o.Arg()
		default:
			return keyspace.Errorf("ERR Unknown argument %s", keyspace.Quoted(nil, o.Current(), 128))
		}
	}

	mark, n := c.ReplyMark(), 0
	for library := range l.functions(c.Engine()).All() {
		if pattern == nil || glob.MatchFold(pattern, []byte(library.Name)) {
			replyLibrary(c, library, withCode)
			n++
		}
	}
	c.ReplyArrayAt(mark, n)
	return nil
}

func replyLibrary(c *keyspace.Ctx, library *script.Library, withCode bool) {
	fields := 3
	if withCode {
		fields++
	}
	c.ReplyMap(fields)
	c.ReplyString("library_name")
	c.ReplyString(library.Name)
	c.ReplyString("engine")
	c.ReplyString("LUA")
	c.ReplyString("functions")
	c.ReplyArray(len(library.Functions))
	for _, fn := range library.Functions {
		c.ReplyMap(3)
		c.ReplyString("name")
		c.ReplyString(fn.Name)
		c.ReplyString("description")
		if fn.Described {
			c.ReplyString(fn.Description)
		} else {
			c.ReplyNull()
		}
		c.ReplyString("flags")
		names := fn.Flags.Names()
		c.ReplySet(len(names))
		for _, name := range names {
			c.Simple(name)
		}
	}
	if withCode {
		c.ReplyString("library_code")
		c.ReplyString(library.Code)
	}
}

func (l *Lua) functionStats(c *keyspace.Ctx) error {
	c.ReplyMap(2)
	c.ReplyString("running_script")
	if o, command, ms, ok := c.Engine().RunningScript(); ok {
		c.ReplyMap(3)
		c.ReplyString("name")
		c.ReplyString(o.Name)
		c.ReplyString("command")
		c.ReplyArray(len(command))
		for _, arg := range command {
			c.ReplyBulk(arg)
		}
		c.ReplyString("duration_ms")
		c.ReplyInt(ms)
	} else {
		c.ReplyNull()
	}
	libraries, functions := 0, 0
	if l.libraries != nil {
		libraries, functions = l.libraries.Len()
	}
	c.ReplyString("engines")
	c.ReplyMap(1)
	c.ReplyString("LUA")
	c.ReplyMap(2)
	c.ReplyString("libraries_count")
	c.ReplyInt(int64(libraries))
	c.ReplyString("functions_count")
	return c.ReplyInt(int64(functions))
}
