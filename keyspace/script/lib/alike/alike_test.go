package alike

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
	"solokv/keyspace/script/lib/bitlib"
	"solokv/keyspace/script/lib/cjson"
	"solokv/keyspace/script/lib/cmsgpack"
	"solokv/keyspace/script/lib/structlib"
	"solokv/keyspace/script/sandbox"
	"solokv/tests/harness"
)

// prelude begins every snippet, on its line. S shows values: numbers to the last
// bit, tables in a fixed order. N is how a number is printed.
const prelude = `local N=%s local S do local function r(v) local t=type(v)` +
	` if t=='table' then local k={} for a,b in pairs(v) do k[#k+1]=r(a)..'='..r(b) end` +
	` table.sort(k) return '{'..table.concat(k,',')..'}'` +
	` elseif t=='number' then return N(v) elseif v==cjson.null then return 'null'` +
	` elseif t=='string' then return '"'..v..'"' else return tostring(v) end end` +
	` S=function(...) local o={} for i=1,select('#',...) do o[i]=r((select(i,...))) end` +
	` return table.concat(o,' ') end end `

// theirNumber prints in Redis. Package lua formats otherwise, so that here a
// function of this file does.
const (
	theirNumber = `function(v) return string.format('%.17g',v) end`
	ourNumber   = `FORMAT`
)

// errorTail is what Redis appends to the error of a script.
var errorTail = regexp.MustCompile(` script: [0-9a-f]{40}, on (@user_script:\d+|=\[C\]:-1)\.$`)

// pair is both sides.
type pair struct {
	t     *testing.T
	redis *harness.Client
}

func newPair(t *testing.T) *pair {
	t.Helper()
	server := harness.Start(t, harness.Redis(t, ""))
	return &pair{t: t, redis: server.Dial()}
}

// theirs returns the string that a snippet returns in Redis, or its error.
func (p *pair) theirs(snippet string, argv ...string) string {
	p.t.Helper()
	script := fmt.Sprintf(prelude, theirNumber) + snippet
	reply, err := p.redis.Do(append([]string{"EVAL", script, "0"}, argv...)...)
	require.NoError(p.t, err, snippet)
	text := string(reply.Text)
	if reply.IsError() {
		return "error: " + errorTail.ReplaceAllString(strings.TrimPrefix(text, "ERR "), "")
	}
	return text
}

// ours is theirs in an interpreter of this process.
func (p *pair) ours(snippet string, argv ...string) string {
	box := newSandbox()
	arguments := box.L.NewTable()
	for _, arg := range argv {
		arguments.Append(lua.LString(arg))
	}
	box.Set("ARGV", arguments)

	proto, _, err := box.Compile(fmt.Sprintf(prelude, ourNumber)+snippet, "@user_script", nil)
	require.NoError(p.t, err, snippet)
	result, failure := box.Run(box.L.NewFunctionFromProto(proto))
	if failure != nil {
		return "error: " + failure.Value.String()
	}
	return result.String()
}

func (p *pair) equal(snippet string, argv ...string) {
	p.t.Helper()
	theirs, ours := p.theirs(snippet, argv...), p.ours(snippet, argv...)
	if theirs != ours {
		p.t.Errorf("%s\n  with %q\n  Redis %q\n  here  %q", snippet, argv, theirs, ours)
	}
}

func newSandbox() *sandbox.Sandbox {
	box := sandbox.New(func() error { return nil })
	box.AddLibrary("cjson", cjson.Open(box.L))
	box.AddLibrary("cmsgpack", cmsgpack.Open(box.L))
	box.AddLibrary("struct", structlib.Open(box.L))
	box.AddLibrary("bit", bitlib.Open(box.L))
	box.Set("FORMAT", box.L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString(format17(float64(L.CheckNumber(1)))))
		return 1
	}))
	return box
}

// format17 is C's "%.17g".
func format17(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return string(auxlib.AppendNumber(nil, f, auxlib.Digits))
	}
	text := strconv.AppendFloat(nil, f, 'g', 17, 64)
	return string(bytes.TrimPrefix(text, []byte("+")))
}

func TestCorpus(t *testing.T) {
	p := newPair(t)
	for _, snippet := range snippets() {
		p.equal(snippet)
	}
}
