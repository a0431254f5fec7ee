package script

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
	"solokv/keyspace/script/sandbox"
	"solokv/protocol"
)

// replyDepthMax is how deep tables may nest in a reply: where the reference implementation's stack ends.
const replyDepthMax = 2000

// writer makes a reply of Lua's values.
type writer struct {
	box     *sandbox.Sandbox
	client  int // the version that the client speaks
	script  int // the version that the script has asked for
	dst     []byte
	outcome Outcome
}

func (w *writer) append(value lua.LValue, depth int) {
	switch v := value.(type) {
	case lua.LString:
		w.dst = protocol.AppendBulkString(w.dst, string(v))
	case lua.LNumber:
		w.dst = protocol.AppendInt(w.dst, auxlib.Integer(float64(v)))
	case lua.LBool:
		w.bool(bool(v))
	case *lua.LTable:
		if depth >= replyDepthMax {
			w.dst = protocol.AppendError(w.dst, "ERR reached lua stack limit")
			return
		}
		w.table(w.box.Real(v), depth)
	default:
		w.dst = protocol.AppendNull(w.dst, w.client)
	}
}

// bool: in version 2 of the script's replies false is null.
func (w *writer) bool(b bool) {
	switch {
	case w.script == protocol.V3:
		w.dst = protocol.AppendBool(w.dst, b, w.client)
	case b:
		w.dst = protocol.AppendInt(w.dst, 1)
	default:
		w.dst = protocol.AppendNull(w.dst, w.client)
	}
}

// table: a field can make it something other than an array.
func (w *writer) table(table *lua.LTable, depth int) {
	if isRecord(table) && w.record(table, depth) {
		return
	}
	n := 0
	for table.RawGetInt(n+1) != lua.LNil {
		n++
	}
	w.dst = protocol.AppendArray(w.dst, n)
	for i := 1; i <= n; i++ {
		w.append(table.RawGetInt(i), depth+1)
	}
}

// record appends what a table with a field of a known name stands for, if it is one.
func (w *writer) record(table *lua.LTable, depth int) bool {
	if text, ok := table.RawGetString("err").(lua.LString); ok {
		w.outcome = Failed
		if table.RawGetString(countedField) != lua.LNil {
			w.outcome = FailedCall
		}
		w.dst = protocol.AppendError(w.dst, string(text))
		return true
	}
	if text, ok := table.RawGetString("ok").(lua.LString); ok {
		w.dst = protocol.AppendSimple(w.dst, oneLine(string(text)))
		return true
	}
	if n, ok := table.RawGetString("double").(lua.LNumber); ok {
		w.dst = protocol.AppendDouble(w.dst, float64(n), w.client)
		return true
	}
	if m, ok := table.RawGetString("map").(*lua.LTable); ok {
		w.dst = protocol.AppendMap(w.dst, fieldCount(m), w.client)
		m.ForEach(func(key, value lua.LValue) {
			w.append(key, depth+1)
			w.append(value, depth+1)
		})
		return true
	}
	if m, ok := table.RawGetString("set").(*lua.LTable); ok {
		w.dst = protocol.AppendSet(w.dst, fieldCount(m), w.client)
		m.ForEach(func(key, _ lua.LValue) { w.append(key, depth+1) })
		return true
	}
	if digits, ok := table.RawGetString("big_number").(lua.LString); ok {
		w.dst = protocol.AppendBigNumber(w.dst, oneLine(string(digits)), w.client)
		return true
	}
	return w.verbatim(table)
}

func (w *writer) verbatim(table *lua.LTable) bool {
	verbatim, ok := table.RawGetString("verbatim_string").(*lua.LTable)
	if !ok {
		return false
	}
	format, hasFormat := verbatim.RawGetString("format").(lua.LString)
	text, hasText := verbatim.RawGetString("string").(lua.LString)
	if !hasFormat || !hasText {
		return false
	}
	const formatBytes = 3
	padded := (string(format) + "   ")[:formatBytes]
	w.dst = protocol.AppendVerbatim(w.dst, padded, string(text), w.client)
	return true
}

func fieldCount(table *lua.LTable) int {
	n := 0
	table.ForEach(func(lua.LValue, lua.LValue) { n++ })
	return n
}

// oneLine: a status is its line.
func oneLine(text string) string {
	if !strings.ContainsAny(text, "\r\n") {
		return text
	}
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(text)
}
