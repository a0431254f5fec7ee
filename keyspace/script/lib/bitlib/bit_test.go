package bitlib

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"
)

func TestBit(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	L.SetGlobal("bit", Open(L))
	f := func(expressions, want string) {
		t.Helper()
		chunk, err := L.Load(strings.NewReader("return table.concat({"+expressions+"},' ')"), "@script")
		require.NoError(t, err)
		L.Push(chunk)
		if err := L.PCall(0, 1, nil); err != nil {
			assert.Equal(t, want, err.(*lua.ApiError).Object.String(), expressions)
			return
		}
		assert.Equal(t, want, L.Get(-1).String(), expressions)
		L.Pop(1)
	}
	f(`bit.tobit(0xffffffff),bit.tobit(4294967297),bit.tobit(2.5),bit.tobit(-1.5),bit.tobit(0/0)`, "-1 1 2 -2 0")
	f(`bit.bnot(0),bit.band(7,3,1),bit.bor(1,2,4),bit.bxor(5,1),bit.bswap(0x12345678)`, "-1 1 7 4 2018915346")
	f(`bit.lshift(1,31),bit.lshift(1,33),bit.rshift(-256,8),bit.arshift(-256,8)`, "-2147483648 2 16777215 -1")
	f(`bit.rol(0x12345678,12),bit.ror(0x12345678,12)`, "1164411171 1736516421")
	f(`bit.tohex(1),bit.tohex(-1,-4),bit.tohex(255,2147483648),bit.tohex(1,0)`, "00000001 FFFF 000000FF ")
	f(`bit.bor()`, "script:1: bad argument #1 to 'bor' (number expected, got no value)")
	f(`bit.lshift(1,{})`, "script:1: bad argument #2 to 'lshift' (number expected, got table)")
}
