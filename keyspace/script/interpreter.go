package script

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/bitlib"
	"solokv/keyspace/script/lib/cjson"
	"solokv/keyspace/script/lib/cmsgpack"
	"solokv/keyspace/script/lib/structlib"
	"solokv/keyspace/script/sandbox"
	"solokv/protocol"
)

// interpreter is one Lua, with the functions of Redis in it.
type interpreter struct {
	host    Host
	box     *sandbox.Sandbox
	resp    int      // the version that the script wants replies in: redis.setresp
	reply   []byte   // of the command that was called last
	args    [][]byte // of the command that is being called
	digits  []byte   // what numbers among them are as text
	running bool
	tables  [2]reusable // KEYS and ARGV
}

func newInterpreter(host Host) *interpreter {
	in := &interpreter{host: host, resp: protocol.V2}
	in.box = sandbox.New(host.Pause)
	for name, open := range map[string]func(*lua.LState) *lua.LTable{
		"bit": bitlib.Open, "cjson": cjson.Open, "cmsgpack": cmsgpack.Open, "struct": structlib.Open,
	} {
		in.box.AddLibrary(name, open(in.box.L))
	}
	return in
}

// call runs a function and appends what it returns, as a reply in version resp, to dst. name is what errors show
// of it.
func (in *interpreter) call(fn *lua.LFunction, name string, keys, args [][]byte, resp int, dst []byte) ([]byte, Outcome) {
	return in.callWith(fn, name, stringTable(keys), stringTable(args), resp, dst)
}

func (in *interpreter) callWith(fn *lua.LFunction, name string, keys, args *lua.LTable, resp int,
	dst []byte) ([]byte, Outcome) {
	in.resp, in.running = protocol.V2, true
	result, failure := in.box.Run(fn, keys, args)
	in.running = false
	if failure != nil {
		return in.appendFailure(dst, failure, name)
	}
	w := writer{box: in.box, client: resp, script: in.resp, dst: dst}
	w.append(result, 0)
	return w.dst, w.outcome
}

// appendFailure appends the error that ended a script.
func (in *interpreter) appendFailure(dst []byte, failure *sandbox.Failure, name string) ([]byte, Outcome) {
	text, outcome := failureText(failure)
	if failure.Line > 0 {
		text = fmt.Sprintf("%s script: %s, on %s:%d.", text, name, failure.Source, failure.Line)
	}
	return protocol.AppendError(dst, text), outcome
}

// failureText is the message, with its code. Errors of commands, and those that a script raises as a table, have
// one of their own.
func failureText(failure *sandbox.Failure) (text string, outcome Outcome) {
	if failure.Killed != nil {
		return failure.Killed.Error(), Failed
	}
	table, ok := failure.Value.(*lua.LTable)
	if !ok {
		return "ERR " + valueText(failure.Value), Failed
	}
	if table.RawGetString(countedField) != lua.LNil {
		outcome = FailedCall
	} else {
		outcome = Failed
	}
	if err := table.RawGetString("err"); lua.LVCanConvToString(err) {
		return sandbox.Text(err), outcome
	}
	return "ERR unknown error", outcome
}

func valueText(v lua.LValue) string {
	if lua.LVCanConvToString(v) {
		return sandbox.Text(v)
	}
	return v.String()
}
