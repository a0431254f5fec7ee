package command

import (
	"solokv/keyspace"
	"solokv/keyspace/config"
	"solokv/keyspace/script"
)

// EVAL, SCRIPT and their relatives. What a script is, and how it runs, stands in
// keyspace/script; what the engine has to do with it, in keyspace/script.go.

// Lua runs scripts and functions. It is made when the first one comes: an interpreter
// takes a tenth of a second to start, and many servers never see a script.
type Lua struct {
	running   *keyspace.Script
	scripts   *script.Scripts
	libraries *script.Libraries
}

// Call implements script.Host.
func (l *Lua) Call(args [][]byte, resp int, dst []byte) []byte {
	return l.running.Call(args, resp, dst)
}

// Pause implements script.Host.
func (l *Lua) Pause() error {
	if l.running == nil {
		return nil // the code of a library is loaded
	}
	return l.running.Pause()
}

// Log implements script.Host.
func (l *Lua) Log(level script.LogLevel, text string) {
	if l.running != nil {
		l.running.Log([...]config.LogLevel{script.LogDebug: config.LogDebug, script.LogVerbose: config.LogVerbose,
			script.LogNotice: config.LogNotice, script.LogWarning: config.LogWarning}[level], text)
	}
}

// CheckCommand implements script.Host.
func (l *Lua) CheckCommand(args [][]byte) (allowed bool, err error) {
	return l.running.CheckCommand(args)
}

// Replicate implements script.Host.
func (l *Lua) Replicate(to script.Replication) { l.running.Record(to&script.ReplicateJournal != 0) }

// cache is the scripts that are known.
func (l *Lua) cache(e *keyspace.Engine) *script.Scripts {
	if l.scripts == nil {
		l.scripts = script.NewScripts(l, luaVersion(e))
	}
	return l.scripts
}

// luaVersion is what scripts see of the server's version.
func luaVersion(e *keyspace.Engine) script.Version {
	text, number, part := e.Build().Compatible, 0, 0
	for i := range len(text) {
		if text[i] == '.' {
			number, part = number<<8|part, 0
			continue
		}
		part = part*10 + int(text[i]-'0')
	}
	return script.Version{Text: text, Number: number<<8 | part}
}

const (
	errNoScript     keyspace.Error = "NOSCRIPT No matching script. Please use EVAL."
	errManyKeys     keyspace.Error = "ERR Number of keys can't be greater than number of args"
	errNegativeKeys keyspace.Error = "ERR Number of keys can't be negative"
	errWriteFlag    keyspace.Error = "ERR Can not execute a script with write flag using *_ro command."
	errFlushMode    keyspace.Error = "ERR SCRIPT FLUSH only support SYNC|ASYNC option"
	errScriptDebug  keyspace.Error = "ERR SCRIPT DEBUG: there is no debugger for scripts"
)

// notesRW and notesRO are what COMMAND INFO says about the keys of scripts.
const (
	notesRW = "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
	notesRO = "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS"
)

// scriptKeys is where the keys of EVAL and FCALL stand.
func scriptKeys(flags keyspace.KeyFlags, notes string) []keyspace.KeySpec {
	return []keyspace.KeySpec{{Flags: flags, Begin: 2, Count: true, First: 1, Step: 1, Notes: notes}}
}

func (l *Lua) scriptCommands() []*keyspace.Command {
	const run = keyspace.NoScript | keyspace.Stale | keyspace.SkipMonitor | keyspace.NoMandatoryKeys |
		keyspace.MayReplicate | keyspace.Long
	const rw, ro = keyspace.KeyRW | keyspace.KeyAccess | keyspace.KeyUpdate, keyspace.KeyRO | keyspace.KeyAccess
	const depends = "Depends on the script that is executed."
	commands := []*keyspace.Command{
		{Name: "eval", Arity: -3, Flags: run, Keys: scriptKeys(rw, notesRW), Since: "2.6.0", Complexity: depends,
			Syntax: "script numkeys [key [key ...]] [arg [arg ...]]", Summary: "Executes a script in Lua.",
			Handler: func(c *keyspace.Ctx) error { return l.eval(c, false) }},
		{Name: "eval_ro", Arity: -3, Flags: run | keyspace.ReadOnly, Keys: scriptKeys(ro, notesRO), Since: "7.0.0",
			Complexity: depends, Syntax: "script numkeys [key [key ...]] [arg [arg ...]]",
			Summary: "Executes a script in Lua that only reads.",
			Handler: func(c *keyspace.Ctx) error { return l.eval(c, true) }},
		{Name: "evalsha", Arity: -3, Flags: run, Keys: scriptKeys(rw, ""), Since: "2.6.0", Complexity: depends,
			Syntax: "sha1 numkeys [key [key ...]] [arg [arg ...]]", Summary: "Executes a script that is known, by its hash.",
			Handler: func(c *keyspace.Ctx) error { return l.evalSHA(c, false) }},
		{Name: "evalsha_ro", Arity: -3, Flags: run | keyspace.ReadOnly, Keys: scriptKeys(ro, ""), Since: "7.0.0",
			Complexity: depends, Syntax: "sha1 numkeys [key [key ...]] [arg [arg ...]]",
			Summary: "Executes a script that is known, by its hash, and only reads.",
			Handler: func(c *keyspace.Ctx) error { return l.evalSHA(c, true) }},
		{Name: "script", Arity: -2, Since: "2.6.0", Complexity: "Depends on subcommand.",
			Summary: "A container for commands about scripts.", Subcommands: l.scriptSubcommands()},
	}
	for _, cmd := range commands {
		cmd.Group = groupScripting
	}
	return commands
}

func (l *Lua) scriptSubcommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "debug", Arity: 3, Flags: keyspace.NoScript, Since: "3.2.0", Complexity: "O(1)",
			Syntax:  "<mode: YES | SYNC | NO>",
			Summary: "Sets the debug mode of scripts.", Handler: scriptDebug},
		{Name: "exists", Arity: -3, Flags: keyspace.NoScript, Since: "2.6.0", Syntax: "sha1 [sha1 ...]",
			Complexity: "O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).",
			Hints:      []string{hintAllShards, "response_policy:agg_logical_and"},
			Summary:    "Tells which scripts are known.", Handler: l.scriptExists},
		{Name: "flush", Arity: -2, Flags: keyspace.NoScript, Since: "2.6.0", Syntax: "[flush-type: ASYNC | SYNC]",
			Complexity: "O(N) with N being the number of scripts in cache",
			History:    []string{"6.2.0 Added the `ASYNC` and `SYNC` flushing mode modifiers."},
			Hints:      []string{hintAllNodes, hintAllSucceeded},
			Summary:    "Forgets all scripts.", Handler: l.scriptFlush},
		{Name: "help", Arity: 2, Flags: keyspace.Loading | keyspace.Stale, Since: "5.0.0", Complexity: "O(1)",
			Summary: "Describes the subcommands.", Handler: scriptHelp},
		{Name: "kill", Arity: 2, Flags: keyspace.NoScript | keyspace.AllowBusy, Since: "2.6.0", Complexity: "O(1)",
			Hints:   []string{hintAllShards, "response_policy:one_succeeded"},
			Summary: "Ends the script that is running.", Handler: scriptKill},
		{Name: "load", Arity: 3, Flags: keyspace.NoScript | keyspace.Stale, Since: "2.6.0", Syntax: "script",
			Complexity: "O(N) with N being the length in bytes of the script body.",
			Hints:      []string{hintAllNodes, hintAllSucceeded},
			Summary:    "Makes a script known and returns its hash.", Handler: l.scriptLoad},
	}
}

var scriptHelp = help("script",
	"DEBUG (YES|SYNC|NO)",
	"    Refused, but for NO: there is no debugger.",
	"EXISTS <sha1> [<sha1> ...]",
	"    Return which of the scripts are known.",
	"FLUSH [ASYNC|SYNC]",
	"    Forget all scripts.",
	"KILL",
	"    End the script that is running. What it has changed is taken back.",
	"LOAD <script>",
	"    Make a script known without executing it.",
)

// keysAndArgs splits the arguments of EVAL and FCALL.
func keysAndArgs(c *keyspace.Ctx, n int64) (keys, args [][]byte, err error) {
	rest := c.Args()[3:]
	switch {
	case n > int64(len(rest)):
		return nil, nil, errManyKeys
	case n < 0:
		return nil, nil, errNegativeKeys
	}
	return rest[:n], rest[n:], nil
}

func (l *Lua) eval(c *keyspace.Ctx, readOnly bool) error {
	return l.evaluate(c, readOnly, func(scripts *script.Scripts, body []byte) (*script.Script, error) {
		s, err := scripts.Evaluate(body)
		if err != nil {
			return nil, keyspace.Error(err.Error())
		}
		return s, nil
	})
}

func (l *Lua) evalSHA(c *keyspace.Ctx, readOnly bool) error {
	return l.evaluate(c, readOnly, func(scripts *script.Scripts, sha []byte) (*script.Script, error) {
		if s := scripts.Find(sha); s != nil {
			return s, nil
		}
		return nil, errNoScript
	})
}

// evaluate executes the script that find makes of the first argument.
func (l *Lua) evaluate(c *keyspace.Ctx, readOnly bool,
	find func(*script.Scripts, []byte) (*script.Script, error)) error {
	c.ShowMonitors()
	n, err := c.Int(2)
	if err != nil {
		return err
	}
	keys, args, err := keysAndArgs(c, n)
	if err != nil {
		return err
	}
	s, err := find(l.cache(c.Engine()), c.Arg(1))
	if err != nil {
		return err
	}

	return l.run(c, s, keys, args, readOnly)
}

// run executes a script of the cache.
func (l *Lua) run(c *keyspace.Ctx, s *script.Script, keys, args [][]byte, readOnly bool) error {
	return l.begin(c, s.SHA, false, s.Flags, readOnly, func(dst []byte) ([]byte, script.Outcome) {
		return l.scripts.Run(s, keys, args, c.Proto(), dst)
	})
}

// begin executes a script or a function as its flags say.
func (l *Lua) begin(c *keyspace.Ctx, name string, function bool, flags script.Flags, readOnly bool,
	run func(dst []byte) ([]byte, script.Outcome)) error {
	declared := flags&script.Compatible == 0
	noWrites := flags&script.NoWrites != 0
	if declared && readOnly && !noWrites {
		return errWriteFlag
	}
	running, err := c.BeginScript(keyspace.ScriptOptions{Name: name, Function: function, Declared: declared,
		ReadOnly: readOnly || noWrites, AllowOOM: flags&script.AllowOOM != 0})
	if err != nil {
		return err
	}
	l.running = running
	mark, outcome := c.ReplyMark(), script.Done
	c.ReplyBy(func(dst []byte) []byte {
		dst, outcome = run(dst)
		return dst
	})
	l.running = nil
	running.End()
	if outcome == script.Failed {
		c.CountFailure(mark)
	}
	return nil
}

func (l *Lua) scriptLoad(c *keyspace.Ctx) error {
	s, err := l.cache(c.Engine()).Load(c.Arg(2))
	if err != nil {
		return keyspace.Error(err.Error())
	}
	return c.ReplyString(s.SHA)
}

func (l *Lua) scriptExists(c *keyspace.Ctx) error {
	hashes := c.Args()[2:]
	c.ReplyArray(len(hashes))
	for _, sha := range hashes {
		c.ReplyFlag(l.scripts != nil && l.scripts.Find(sha) != nil)
	}
	return nil
}

func (l *Lua) scriptFlush(c *keyspace.Ctx) error {
	if !isFlushMode(c) {
		return errFlushMode
	}
	if l.scripts != nil {
		l.scripts.Flush()
	}
	return c.OK()
}

// isFlushMode checks the optional ASYNC or SYNC of SCRIPT FLUSH and FUNCTION FLUSH,
// which do the same.
func isFlushMode(c *keyspace.Ctx) bool {
	return c.Argc() == 2 ||
		c.Argc() == 3 && (keyspace.EqualFold(c.Arg(2), "SYNC") || keyspace.EqualFold(c.Arg(2), "ASYNC"))
}

func scriptKill(c *keyspace.Ctx) error {
	if err := c.Engine().KillScript(false); err != nil {
		return err
	}
	return c.OK()
}

func scriptDebug(c *keyspace.Ctx) error {
	switch mode := c.Arg(2); {
	case keyspace.EqualFold(mode, "NO"):
		return c.OK()
	case keyspace.EqualFold(mode, "YES"), keyspace.EqualFold(mode, "SYNC"):
		return errScriptDebug
	}
	return keyspace.Error("ERR Use SCRIPT DEBUG YES/SYNC/NO")
}
