package structlib

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"
)

func newState(tb testing.TB) *lua.LState {
	L := lua.NewState(lua.Options{RegistryMaxSize: 1 << 20})
	tb.Cleanup(L.Close)
	L.SetGlobal("struct", Open(L))
	return L
}

// eval returns what expressions give as text, or their error.
func eval(L *lua.LState, expressions string) string {
	f, err := L.Load(strings.NewReader("return table.concat({"+expressions+"},' ')"), "@script")
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

func TestStruct(t *testing.T) {
	L := newState(t)
	f := func(expression, want string) {
		t.Helper()
		assert.Equal(t, want, eval(L, expression), expression)
	}
	f(`struct.pack('<bHi>i3',-1,2,3,4)`, "\xff\x02\x00\x03\x00\x00\x00\x00\x00\x04")
	f(`struct.pack('!4bixh',1,2,3)`, "\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x03\x00")
	f(`struct.pack('sc2c0','a','bcd','ef')`, "a\x00bcef")
	f(`struct.pack('>I10',1)`, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01")
	f(`struct.pack('b')`, "script:1: bad argument #2 to 'pack' (number expected, got nil)")
	f(`struct.pack('c4','abc')`, "script:1: bad argument #3 to 'pack' (string too short)")
	f(`struct.pack('#')`, "script:1: bad argument #1 to 'pack' (invalid format option '#')")
	f(`struct.pack('i33',1)`, "script:1: integral size 33 is larger than limit of 32")
	f(`struct.pack('c99999999999','x')`, "script:1: integral size overflow")

	f(`struct.unpack('<bHi>i3',struct.pack('<bHi>i3',-1,2,-3,-4))`, "-1 2 -3 -4 11")
	f(`struct.unpack('fds',struct.pack('fds',1.5,0.1,'x'))`, "1.5 0.1 x 15")
	f(`struct.unpack('Bc0','\3abcdef')`, "abc 5")
	f(`struct.unpack('b','abc',3)`, "99 4")
	f(`struct.unpack('b','abc',0)`, "script:1: bad argument #3 to 'unpack' (offset must be 1 or greater)")
	f(`struct.unpack('b','abc',-1)`, "script:1: bad argument #2 to 'unpack' (data string too short)")
	f(`struct.unpack('Bc0','\9abc')`, "script:1: bad argument #2 to 'unpack' (data string too short)")
	f(`struct.unpack('s','abc')`, "script:1: unfinished string in data")
	f(`struct.unpack('c0','abc')`, "script:1: format 'c0' needs a previous size")
	f(`struct.unpack(('b'):rep(9000),('b'):rep(9000))`, "script:1: stack overflow (too many results)")

	f(`struct.size('!bdi3c7x')`, "29")
	f(`struct.size('s')`, "script:1: bad argument #1 to 'size' (option 's' has no fixed size)")
	f(`struct.size('!3')`, "script:1: alignment 3 is not a power of 2")
}

// FuzzUnpack: no format and no data panic, and values that were packed come back.
func FuzzUnpack(f *testing.F) {
	f.Add("<bHi>i3fdsc3c0", "\x01\x02\x00\x03\x00\x00\x00", 1)
	f.Add("!4 bixhc0", "0123456789", 2)
	L := newState(f)
	f.Fuzz(func(t *testing.T, format, data string, position int) {
		values, ok := call(t, L, "unpack", lua.LString(format), lua.LString(data), lua.LNumber(position))
		call(t, L, "size", lua.LString(format))
		packed, packs := call(t, L, "pack", append([]lua.LValue{lua.LString(format)}, values...)...)
		if ok && packs && !strings.ContainsAny(format, "sc") {
			again, ok := call(t, L, "unpack", lua.LString(format), packed[0])
			require.True(t, ok)
			assert.Equal(t, len(values), len(again))
		}
	})
}

// call calls a function of the library. Errors of scripts are allowed, panics are
// not.
func call(tb testing.TB, L *lua.LState, name string, args ...lua.LValue) (values []lua.LValue, ok bool) {
	tb.Helper()
	f := L.GetField(L.GetGlobal("struct"), name)
	top := L.GetTop()
	defer L.SetTop(top)
	if err := L.CallByParam(lua.P{Fn: f, NRet: lua.MultRet, Protect: true}, args...); err != nil {
		require.NoError(tb, err.(*lua.ApiError).Cause)
		return nil, false
	}
	for i := top + 1; i <= L.GetTop(); i++ {
		values = append(values, L.Get(i))
	}
	return values, true
}

func BenchmarkUnpack(b *testing.B) {
	L := newState(b)
	f := L.GetField(L.GetGlobal("struct"), "unpack")
	data := lua.LString("\x01\x02\x00\x03\x00\x00\x00hello\x00")
	b.ReportAllocs()
	for b.Loop() {
		_ = L.CallByParam(lua.P{Fn: f, NRet: 4}, lua.LString("<bHis"), data)
		L.Pop(4)
	}
}
