package script

import (
	"math"
	"unsafe"

	lua "github.com/yuin/gopher-lua"

	"solokv/protocol"
)

const (
	noCommandText   = "ERR Please specify at least one argument for this redis lib call"
	badArgumentText = "ERR Lua redis lib command arguments must be strings or integers"

	// countedField marks the error of a command, which the statistics have seen.
	countedField = "ignore_error_stats_update"
)

// redisCall is redis.call: an error of the command is one of the script.
func (in *interpreter) redisCall(L *lua.LState) int {
	reply, failure := in.execute(L)
	if failure != nil {
		in.box.RaiseValue(L, failure)
	}
	L.Push(reply.value())
	return 1
}

// redisCallStatement is redis.call for a script that does not look at the reply.
func (in *interpreter) redisCallStatement(L *lua.LState) int {
	if _, failure := in.execute(L); failure != nil {
		in.box.RaiseValue(L, failure)
	}
	return 0
}

// redisPcall is redis.pcall: an error of the command is a table.
func (in *interpreter) redisPcall(L *lua.LState) int {
	reply, failure := in.execute(L)
	if failure != nil {
		L.Push(failure)
	} else {
		L.Push(reply.value())
	}
	return 1
}

// execute calls the command that the arguments are. failure is the table that stands for an error.
func (in *interpreter) execute(L *lua.LState) (reply reader, failure *lua.LTable) {
	args, failure := in.commandArgs(L)
	if failure != nil {
		return reply, failure
	}
	in.reply = in.host.Call(args, in.resp, in.reply[:0])
	reply = reader{buf: in.reply}
	if protocol.Kind(in.reply[0]) == protocol.KindError {
		return reply, reply.value().(*lua.LTable)
	}
	if cap(in.reply) > replyKeptMax {
		in.reply = nil
	}
	return reply, nil
}

// replyKeptMax is how large the buffer for replies may be between two of them.
const replyKeptMax = 1 << 20

// commandArgs returns the arguments as views: the bytes of Lua's strings, which nobody changes.
func (in *interpreter) commandArgs(L *lua.LState) ([][]byte, *lua.LTable) {
	n := L.GetTop()
	if n == 0 {
		return nil, errorTable(noCommandText)
	}
	args := in.args[:0]
	in.digits = in.digits[:0]
	for i := 1; i <= n; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			args = append(args, unsafe.Slice(unsafe.StringData(string(v)), len(v)))
		case lua.LNumber:
			// When digits grows, the views of what it was stay valid.
			start := len(in.digits)
			in.digits = appendArgument(in.digits, float64(v))
			args = append(args, in.digits[start:len(in.digits):len(in.digits)])
		default:
			return nil, errorTable(badArgumentText)
		}
	}
	in.args = args
	return args, nil
}

// appendArgument appends a number as commands see it: all of it, where tostring shows 14 digits.
func appendArgument(dst []byte, n float64) []byte {
	switch {
	case n == 0:
		return append(dst, '0')
	case math.IsNaN(n) && math.Signbit(n):
		return append(dst, "-nan"...)
	}
	return protocol.AppendFloat17(dst, n)
}

// errorTable is an error as scripts see it.
func errorTable(text string) *lua.LTable {
	table := newRecord(1)
	table.RawSetString("err", lua.LString(text))
	return table
}
