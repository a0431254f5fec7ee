package script

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/bitlib"
	"solokv/keyspace/script/lib/cjson"
	"solokv/keyspace/script/lib/cmsgpack"
	"solokv/keyspace/script/lib/structlib"
	"solokv/keyspace/script/sandbox"
	"solokv/protocol"
)

// The redis table, but for call and pcall. An error here has no position in its text, and may be caught as one
// of a command is.

// common are the functions and constants that scripts and functions both have.
func (in *interpreter) common(version Version) *lua.LTable {
	table := in.box.Functions(map[string]lua.LGFunction{
		"call":          in.redisCall,
		"pcall":         in.redisPcall,
		"log":           in.redisLog,
		"setresp":       in.redisSetresp,
		"error_reply":   in.redisErrorReply,
		"status_reply":  in.redisStatusReply,
		"sha1hex":       in.redisSha1hex,
		"set_repl":      in.redisSetRepl,
		"acl_check_cmd": in.redisACLCheckCmd,
	})
	setConstants(table, version)
	for name, to := range map[string]Replication{
		"REPL_NONE": ReplicateNone, "REPL_AOF": ReplicateJournal, "REPL_SLAVE": ReplicateReplicas,
		"REPL_REPLICA": ReplicateReplicas, "REPL_ALL": ReplicateAll,
	} {
		table.RawSetString(name, lua.LNumber(to))
	}
	return table
}

// setConstants sets those that are there while a library is loaded, too.
func setConstants(table *lua.LTable, version Version) {
	table.RawSetString("REDIS_VERSION", lua.LString(version.Text))
	table.RawSetString("REDIS_VERSION_NUM", lua.LNumber(version.Number))
	for name, level := range map[string]LogLevel{
		"LOG_DEBUG": LogDebug, "LOG_VERBOSE": LogVerbose, "LOG_NOTICE": LogNotice, "LOG_WARNING": LogWarning,
	} {
		table.RawSetString(name, lua.LNumber(level))
	}
}

// forScripts are the functions that scripts have and functions have not.
func (in *interpreter) forScripts(table *lua.LTable) *lua.LTable {
	for name, fn := range map[string]lua.LGFunction{
		"replicate_commands": func(L *lua.LState) int { L.Push(lua.LTrue); return 1 },
		// Outside the debugger, which there is none of, these do nothing.
		"breakpoint": func(L *lua.LState) int { L.Push(lua.LFalse); return 1 },
		"debug":      func(*lua.LState) int { return 0 },
	} {
		table.RawSetString(name, in.box.L.NewFunction(fn))
	}
	return table
}

// publish makes globals of the table, under both names that it has.
func (in *interpreter) publish(table *lua.LTable) {
	for _, name := range []string{"redis", "server"} {
		in.box.AddLibrary(name, table)
		in.box.AddStatement(name, "call", in.redisCallStatement)
	}
	for name, open := range map[string]func(*lua.LState) *lua.LTable{
		"cjson": cjson.Open, "cmsgpack": cmsgpack.Open, "struct": structlib.Open, "bit": bitlib.Open,
	} {
		in.box.AddLibrary(name, open(in.box.L))
	}
}

// raise ends the script, or what it has protected, with an error that has a code.
func (in *interpreter) raise(L *lua.LState, text string) {
	in.box.RaiseValue(L, errorTable("ERR "+text))
}

func (in *interpreter) redisLog(L *lua.LState) int {
	if L.GetTop() < 2 {
		in.raise(L, "redis.log() requires two arguments or more.")
	}
	number, ok := sandbox.Number(L.Get(1))
	if !ok {
		in.raise(L, "First argument must be a number (log level).")
	}
	level := LogLevel(sandbox.Truncate(number))
	if level < LogDebug || level > LogWarning {
		in.raise(L, "Invalid log level.")
	}
	var words []string
	for i := 2; i <= L.GetTop(); i++ {
		if v := L.Get(i); lua.LVCanConvToString(v) {
			words = append(words, sandbox.Text(v))
		}
	}
	in.host.Log(level, strings.Join(words, " "))
	return 0
}

func (in *interpreter) redisSetresp(L *lua.LState) int {
	if L.GetTop() != 1 {
		in.raise(L, "redis.setresp() requires one argument.")
	}
	version, _ := sandbox.Number(L.Get(1))
	if version != protocol.V2 && version != protocol.V3 {
		in.raise(L, "RESP version must be 2 or 3.")
	}
	in.resp = int(version)
	return 0
}

const wrongArgumentsText = "ERR wrong number or type of arguments"

// redisErrorReply: the first word of a text is its code, unless it is the only one.
func (in *interpreter) redisErrorReply(L *lua.LState) int {
	text, ok := L.Get(1).(lua.LString)
	if !ok || L.GetTop() != 1 {
		L.Push(errorTable(wrongArgumentsText))
		return 1
	}
	L.Push(errorTable(withCode(string(text))))
	return 1
}

func withCode(text string) string {
	text = strings.TrimRight(strings.TrimPrefix(text, "-"), "\r\n")
	if !strings.Contains(text, " ") {
		return "ERR " + text
	}
	return text
}

func (in *interpreter) redisStatusReply(L *lua.LState) int {
	text, ok := L.Get(1).(lua.LString)
	if !ok || L.GetTop() != 1 {
		L.Push(errorTable(wrongArgumentsText))
		return 1
	}
	L.Push(record("ok", text))
	return 1
}

func (in *interpreter) redisSha1hex(L *lua.LState) int {
	if L.GetTop() != 1 {
		in.raise(L, "wrong number of arguments")
	}
	L.Push(lua.LString(sha1Hex(sandbox.Text(L.Get(1)))))
	return 1
}

func sha1Hex(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (in *interpreter) redisSetRepl(L *lua.LState) int {
	if L.GetTop() != 1 {
		in.raise(L, "redis.set_repl() requires one argument.")
	}
	number, _ := sandbox.Number(L.Get(1))
	to := Replication(sandbox.Truncate(number))
	if to&^ReplicateAll != 0 {
		in.raise(L, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
	}
	in.host.Replicate(to)
	return 0
}

func (in *interpreter) redisACLCheckCmd(L *lua.LState) int {
	args, failure := in.commandArgs(L)
	if failure != nil {
		in.box.RaiseValue(L, failure)
	}
	allowed, err := in.host.CheckCommand(args)
	if err != nil {
		in.raise(L, "Invalid command passed to redis.acl_check_cmd()")
	}
	L.Push(lua.LBool(allowed))
	return 1
}
