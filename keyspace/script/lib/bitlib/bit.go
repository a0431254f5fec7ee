package bitlib

import (
	"math"
	"math/bits"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

// Open returns the library's table.
func Open(L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"tobit":   unary(func(b uint32) uint32 { return b }),
		"bnot":    unary(func(b uint32) uint32 { return ^b }),
		"bswap":   unary(bits.ReverseBytes32),
		"band":    fold(func(a, b uint32) uint32 { return a & b }),
		"bor":     fold(func(a, b uint32) uint32 { return a | b }),
		"bxor":    fold(func(a, b uint32) uint32 { return a ^ b }),
		"lshift":  shift(func(b uint32, n int) uint32 { return b << n }),
		"rshift":  shift(func(b uint32, n int) uint32 { return b >> n }),
		"arshift": shift(func(b uint32, n int) uint32 { return uint32(int32(b) >> n) }),
		"rol":     shift(bits.RotateLeft32),
		"ror":     shift(func(b uint32, n int) uint32 { return bits.RotateLeft32(b, -n) }),
		"tohex":   tohex,
	})
}

func unary(op func(uint32) uint32) lua.LGFunction {
	return func(L *lua.LState) int { return reply(L, op(argument(L, 1))) }
}

func fold(op func(a, b uint32) uint32) lua.LGFunction {
	return func(L *lua.LState) int {
		b := argument(L, 1)
		for i := 2; i <= L.GetTop(); i++ {
			b = op(b, argument(L, i))
		}
		return reply(L, b)
	}
}

// shift takes the lower five bits of the count.
func shift(op func(b uint32, n int) uint32) lua.LGFunction {
	return func(L *lua.LState) int {
		b := argument(L, 1)
		n := int(argument(L, 2) & 31)
		return reply(L, op(b, n))
	}
}

// tohex prints the lower digits, 8 unless told; a negative count asks for upper
// case.
func tohex(L *lua.LState) int {
	const digitsMax = 8
	b := argument(L, 1)
	count, alphabet := digitsMax, "0123456789abcdef"
	if L.GetTop() >= 2 {
		count = int(int32(argument(L, 2)))
	}
	if count < 0 {
		count, alphabet = -count, "0123456789ABCDEF"
	}
	count = min(count, digitsMax)

	var text [digitsMax]byte
	for i := count - 1; i >= 0; i-- {
		text[i] = alphabet[b&15]
		b >>= 4
	}
	L.Push(lua.LString(text[:count]))
	return 1
}

// argument returns argument n modulo 2^32.
func argument(L *lua.LState, n int) uint32 {
	// The sum has no bits left for a fraction: the addition rounds, and the lower
	// half of the sum's mantissa is the integer in two's complement.
	const magic = 1<<52 + 1<<51
	return uint32(math.Float64bits(auxlib.CheckNumber(L, n) + magic))
}

func reply(L *lua.LState, b uint32) int {
	L.Push(lua.LNumber(int32(b)))
	return 1
}
