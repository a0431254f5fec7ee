package cmsgpack

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

func newState(tb testing.TB) *lua.LState {
	L := lua.NewState(lua.Options{RegistryMaxSize: 1 << 20})
	tb.Cleanup(L.Close)
	L.SetGlobal("cmsgpack", Open(L))
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

func TestPack(t *testing.T) {
	L := newState(t)
	f := func(arguments, want string) {
		t.Helper()
		assert.Equal(t, want, eval(L, "cmsgpack.pack("+arguments+")"), arguments)
	}
	f(`nil,true,false,print`, "\xc0\xc3\xc2\xc0")
	f(`0,127,128,256,65536,4294967296`, "\x00\x7f\xcc\x80\xcd\x01\x00\xce\x00\x01\x00\x00\xcf\x00\x00\x00\x01\x00\x00\x00\x00")
	f(`-1,-32,-33,-129,-32769`, "\xff\xe0\xd0\xdf\xd1\xff\x7f\xd2\xff\xff\x7f\xff")
	f(`1.5,0.1`, "\xca\x3f\xc0\x00\x00\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a")
	f(`"abc",("x"):rep(32)`, "\xa3abc\xd9\x20"+strings.Repeat("x", 32))
	f(`{},{1,2},{a=1},{[2]=1}`, "\x90\x92\x01\x02\x81\xa1a\x01\x81\x02\x01")
	f(``, "script:1: bad argument #0 to 'pack' (MessagePack pack needs input.)")
}

func TestUnpack(t *testing.T) {
	L := newState(t)
	f := func(expression, want string) {
		t.Helper()
		assert.Equal(t, want, eval(L, "table.concat({"+expression+"},' ')"), expression)
	}
	f(`cmsgpack.unpack('\1\2\163abc\255')`, "1 2 abc -1")
	f(`cmsgpack.unpack('\146\161a\161b')[2]`, "b")
	f(`cmsgpack.unpack('\129\161a\161b').a`, "b")
	f(`cmsgpack.unpack('\207\255\255\255\255\255\255\255\255')`, "-1")
	f(`cmsgpack.unpack_one('\1\2\3',1)`, "2 2")
	f(`cmsgpack.unpack_limit('\1\2\3',2,1)`, "-1 2 3")
	f(`cmsgpack.unpack('\146\1')`, "script:1: Missing bytes in input.")
	f(`cmsgpack.unpack('\193')`, "script:1: Bad data format in input.")
	f(`cmsgpack.unpack('\129\192\1')`, "table index is nil")
	f(`cmsgpack.unpack_one('\1',2)`, "script:1: Start offset 2 greater than input length 1.")
	f(`cmsgpack.unpack(('\145'):rep(4000))`, "script:1: stack overflow (in function mp_decode_to_lua_array)")
}

// TestGaps: a small integer as a key must not make room for all below it, again
// and again.
func TestGaps(t *testing.T) {
	L := newState(t)
	assert.Equal(t, "7", eval(L, `cmsgpack.unpack('\129\206\0\1\0\0\7')[65536]`))
	assert.Equal(t, auxlib.NotEnoughMemory, eval(L, `cmsgpack.unpack('\129\206\3\255\255\254\7')`))
	assert.Equal(t, auxlib.NotEnoughMemory, eval(L, `cmsgpack.unpack(('\129\206\0\15\255\255\7'):rep(5))`))
	assert.Equal(t, "7", eval(L, `cmsgpack.unpack('\129\206\255\255\255\255\7')[4294967295]`))
}

// TestLargeTables: tables that contain each other many times over end in an error.
func TestLargeTables(t *testing.T) {
	L := newState(t)
	require.NoError(t, L.DoString(`t={1,2} for i=1,100 do t={t,t,t,t,t,t} end wide={} for i=1,5000 do wide[i]='0123456789' end
		map={} for i=1,5000 do map['k'..i]=i end`))
	for _, name := range []string{"t", "wide", "map"} {
		w := writer{bytesMax: 10_000}
		w.value(L.GetGlobal(name), 0)
		assert.Equal(t, auxlib.NotEnoughMemory, w.failure, name)
		assert.Less(t, len(w.bytes), 50_000, name)
	}
}

// FuzzUnpack: no bytes panic, and what was packed once is packed as the same
// again.
func FuzzUnpack(f *testing.F) {
	for _, bytes := range []string{"\x92\x01\xa1a", "\x81\xa1a\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a", "\xdd\xff\xff\xff\xff", "\xd9\x05hello"} {
		f.Add(bytes)
	}
	L := newState(f)
	f.Fuzz(func(t *testing.T, bytes string) {
		value, ok := call(t, L, "unpack", lua.LString(bytes))
		if !ok {
			return
		}
		once, ok := call(t, L, "pack", value)
		require.True(t, ok, once)
		value, ok = call(t, L, "unpack", once)
		if !ok {
			require.Equal(t, "table index is nil", value.String(), "a key that was nested too deep")
			return
		}
		twice, _ := call(t, L, "pack", value)
		assert.Equal(t, once, twice)
	})
}

// call calls a function of the library. Errors of scripts are allowed, panics are
// not.
func call(tb testing.TB, L *lua.LState, name string, args ...lua.LValue) (v lua.LValue, ok bool) {
	tb.Helper()
	f := L.GetField(L.GetGlobal("cmsgpack"), name)
	if err := L.CallByParam(lua.P{Fn: f, NRet: 1, Protect: true}, args...); err != nil {
		require.NoError(tb, err.(*lua.ApiError).Cause)
		return err.(*lua.ApiError).Object, false
	}
	defer L.Pop(1)
	return L.Get(-1), true
}

const job = `{name='send',id='job:12345',data={to='someone@example.com',subject='Hello',tags={'a','b',7}},` +
	`opts={attempts=3,delay=5000,priority=10,backoff={type='exponential',delay=1000}},timestamp=1700000000000,ratio=0.25}`

func BenchmarkPack(b *testing.B) {
	L := newState(b)
	require.NoError(b, L.DoString("job="+job))
	p, value := &packer{}, L.GetGlobal("job")
	b.ReportAllocs()
	for b.Loop() {
		w := writer{bytesMax: bytesMax, bytes: p.bytes[:0]}
		w.value(value, 0)
		p.bytes = w.bytes
	}
	b.SetBytes(int64(len(p.bytes)))
}

func BenchmarkUnpack(b *testing.B) {
	L := newState(b)
	packed := eval(L, "cmsgpack.pack("+job+")")
	b.ReportAllocs()
	b.SetBytes(int64(len(packed)))
	for b.Loop() {
		r := reader{L: L, bytes: packed, kept: 1}
		r.value()
	}
}
