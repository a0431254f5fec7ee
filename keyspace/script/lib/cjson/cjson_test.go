package cjson

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

func newState(tb testing.TB) *lua.LState {
	L := lua.NewState()
	tb.Cleanup(L.Close)
	L.SetGlobal("cjson", Open(L))
	return L
}

// eval returns what an expression gives as text, or its error.
func eval(L *lua.LState, expression string) string {
	f, err := L.Load(strings.NewReader("return "+expression), "@script")
	if err != nil {
		return err.Error()
	}
	L.Push(f)
	if err := L.PCall(0, 1, nil); err != nil {
		return err.(*lua.ApiError).Object.String()
	}
	defer L.Pop(1)
	return L.Get(-1).String()
}

func TestEncode(t *testing.T) {
	L := newState(t)
	f := func(expression, want string) {
		t.Helper()
		assert.Equal(t, want, eval(L, "cjson.encode("+expression+")"), expression)
	}
	f(`{1,"a",true,cjson.null,{},{b={1.5}}}`, `[1,"a",true,null,{},{"b":[1.5]}]`)
	f(`"a/b\"\\\n\1\127\200"`, `"a\/b\"\\\n\u0001\u007f`+"\xc8"+`"`)
	f(`1e15`, `1e+15`)
	f(`123456789012345`, `1.2345678901234e+14`)
	f(`{1,nil,3}`, `[1,null,3]`)
	f(`{[11]=1}`, `script:1: Cannot serialise table: excessively sparse array`)
	f(`0/0`, `script:1: Cannot serialise number: must not be NaN or Inf`)
	f(`{print}`, `script:1: Cannot serialise function: type not supported`)
	f(`{[true]=1}`, `script:1: Cannot serialise boolean: table key must be a number or string`)
	f(``, `script:1: bad argument #1 to 'encode' (expected 1 argument)`)
}

// TestEncodeKeepsOrder: keys come as they were set.
func TestEncodeKeepsOrder(t *testing.T) {
	L := newState(t)
	require.NoError(t, L.DoString(`t={} for i=1,20 do t['k'..(i*7%20)]=i end s=cjson.encode(t)`))
	text := L.GetGlobal("s").String()
	last := -1
	for i := 1; i <= 20; i++ {
		at := strings.Index(text, `"k`+string(auxlib.AppendNumber(nil, float64(i*7%20), 14))+`"`)
		assert.Greater(t, at, last, text)
		last = at
	}
}

func TestDecode(t *testing.T) {
	L := newState(t)
	f := func(text, want string) {
		t.Helper()
		L.SetGlobal("text", lua.LString(text))
		assert.Equal(t, want, eval(L, "cjson.encode(cjson.decode(text))"), text)
	}
	f(` [1, -2.5e3, "a\/\u00e4\ud83d\ude00", null, {}, []] `, `[1,-2500,"a\/`+"ä😀"+`",null,{},{}]`)
	f(`{"a":{"b":[true,false]}}`, `{"a":{"b":[true,false]}}`)
	f(`{"a":1,"a":2}`, `{"a":2}`)
	f(`0x10`, `16`)
	f(`[1,]`, `script:1: Expected value but found T_ARR_END at character 4`)
	f(`{"a" 1}`, `script:1: Expected colon but found T_NUMBER at character 6`)
	f(`"\q"`, `script:1: Expected value but found invalid escape code at character 2`)
	f(`"\ud83dx"`, `script:1: Expected value but found invalid unicode escape code at character 2`)
	f(`"abc`, `script:1: Expected value but found unexpected end of string at character 5`)
	f("1\x00x", `script:1: JSON parser does not support UTF-16 or UTF-32`)
	f("12\x00x", `12`)
	f(strings.Repeat("[", 1001), `script:1: Found too many nested data structures (1001) at character 1001`)
}

// TestInstances: options belong to the table that they were set through.
func TestInstances(t *testing.T) {
	L := newState(t)
	require.NoError(t, L.DoString(`other=cjson.new() other.encode_number_precision(3)`))
	assert.Equal(t, "0.333", eval(L, "other.encode(1/3)"))
	assert.Equal(t, "0.33333333333333", eval(L, "cjson.encode(1/3)"))
	assert.Equal(t, "true", eval(L, "tostring(other.null==cjson.null)"))
}

// TestLargeText: tables that contain each other many times over end in an error.
func TestLargeText(t *testing.T) {
	L := newState(t)
	require.NoError(t, L.DoString(`t={1,2} for i=1,100 do t={t,t} end wide={} for i=1,5000 do wide[i]='0123456789' end
		map={} for i=1,5000 do map['k'..i]=i end`))
	for _, name := range []string{"t", "wide", "map"} {
		o := defaults
		e := encoder{options: &o, bytesMax: 10_000}
		e.value(L.GetGlobal(name))
		assert.Equal(t, auxlib.NotEnoughMemory, e.failure, name)
		assert.Less(t, len(e.text), 50_000, name)
	}
}

// TestBufferIsNotTheResult: the buffer is used again, what was returned stays.
func TestBufferIsNotTheResult(t *testing.T) {
	L := newState(t)
	assert.Equal(t, `[1][2]`, eval(L, "cjson.encode({1})..cjson.encode({2})"))
}

// FuzzDecode: no text panics, and what was read and written once is read and
// written as the same.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`{"a":[1,2.5,"x\u00e4\n",null,true]}`, `[[],{}]`, `-0x1p3`, `"\ud83d\ude00"`, "nan(", `[1,,2]`} {
		f.Add(text)
	}
	L := newState(f)
	require.NoError(f, L.DoString(`cjson.encode_invalid_numbers(true) cjson.encode_sparse_array(true)`))
	f.Fuzz(func(t *testing.T, text string) {
		value, ok := call(t, L, "decode", lua.LString(text))
		if !ok {
			return
		}
		once, ok := call(t, L, "encode", value)
		require.True(t, ok, once)
		value, ok = call(t, L, "decode", once)
		require.True(t, ok, value)
		twice, _ := call(t, L, "encode", value)
		assert.Equal(t, once, twice)
	})
}

// call calls a function of the library. Errors of scripts are allowed, panics are
// not.
func call(tb testing.TB, L *lua.LState, name string, args ...lua.LValue) (v lua.LValue, ok bool) {
	tb.Helper()
	f := L.GetField(L.GetGlobal("cjson"), name)
	if err := L.CallByParam(lua.P{Fn: f, NRet: 1, Protect: true}, args...); err != nil {
		require.NoError(tb, err.(*lua.ApiError).Cause)
		return err.(*lua.ApiError).Object, false
	}
	defer L.Pop(1)
	return L.Get(-1), true
}

const job = `{"name":"send","id":"job:12345","data":{"to":"someone@example.com","subject":"Hello","tags":["a","b",7]},` +
	`"opts":{"attempts":3,"delay":5000,"priority":10,"backoff":{"type":"exponential","delay":1000}},` +
	`"timestamp":1700000000000,"progress":0,"failedReason":null,"ratio":0.25}`

func BenchmarkEncode(b *testing.B) {
	L := newState(b)
	c := &codec{options: defaults}
	value, _ := call(b, L, "decode", lua.LString(job))
	b.ReportAllocs()
	b.SetBytes(int64(len(job)))
	for b.Loop() {
		e := encoder{options: &c.options, bytesMax: bytesMax, text: c.text[:0]}
		e.value(value)
		c.keep(e.text)
	}
}

func BenchmarkDecode(b *testing.B) {
	L := newState(b)
	c := &codec{options: defaults}
	b.ReportAllocs()
	b.SetBytes(int64(len(job)))
	for b.Loop() {
		d := decoder{scanner: scanner{text: job, options: &c.options}, L: L, values: c.values, keys: c.keys}
		d.document()
		c.keepStacks(&d)
	}
}
