package structlib

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

// pack returns its arguments as the format lays them out.
func pack(L *lua.LState) int {
	f := newFormat(L)
	// Redis marks the end of the arguments with nil, and error texts show it.
	L.Push(lua.LNil)

	var short [64]byte
	packed := short[:0]
	argument := 2
	for f.rest != "" {
		option, n := f.next()
		for range f.padding(len(packed), option, n) {
			packed = append(packed, 0)
		}
		switch option {
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I':
			packed = f.appendInteger(packed, auxlib.CheckNumber(L, argument), n)
			argument++
		case 'x':
			packed = append(packed, 0)
		case 'f':
			bits := math.Float32bits(float32(auxlib.CheckNumber(L, argument)))
			packed = f.appendBits(packed, uint64(bits), n)
			argument++
		case 'd':
			packed = f.appendBits(packed, math.Float64bits(auxlib.CheckNumber(L, argument)), n)
			argument++
		case 's', 'c':
			s := auxlib.CheckString(L, argument)
			argument++
			packed = appendString(L, packed, s, option, n, argument)
		default:
			f.set(option)
		}
	}

	L.Push(lua.LString(packed))
	return 1
}

// appendString appends a string, or its first n bytes. Redis's error text counts
// the argument after it.
func appendString(L *lua.LState, packed []byte, s string, option byte, n, next int) []byte {
	if n == 0 {
		n = len(s)
	}
	if n > len(s) {
		auxlib.ArgError(L, next, "string too short")
	}
	packed = append(packed, s[:n]...)
	if option == 's' {
		packed = append(packed, 0)
	}
	return packed
}

// appendInteger appends a number without its fraction.
func (f *format) appendInteger(packed []byte, number float64, size int) []byte {
	if number < 0 {
		return f.appendBits(packed, uint64(auxlib.Integer(number)), size)
	}
	return f.appendBits(packed, unsigned(number), size)
}

// unsigned converts as the processor does in C, which has to do it in two halves.
func unsigned(number float64) uint64 {
	const half = 1 << 63
	if number >= half {
		return uint64(auxlib.Integer(number-half)) ^ half
	}
	return uint64(auxlib.Integer(number))
}

// appendBits appends the lower bytes of some bits. There are 64: further bytes are
// zero.
func (f *format) appendBits(packed []byte, bits uint64, size int) []byte {
	if !f.bigEndian {
		for range size {
			packed = append(packed, byte(bits))
			bits >>= 8
		}
		return packed
	}
	for range max(0, size-8) {
		packed = append(packed, 0)
	}
	var wide [8]byte
	binary.BigEndian.PutUint64(wide[:], bits)
	return append(packed, wide[8-min(size, 8):]...)
}
