package structlib

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

// data is what is unpacked, and where.
type data struct {
	L     *lua.LState
	bytes string
	at    int
	kept  int // values that C would have on its stack
}

// unpack returns the values in argument 2, from the position in argument 3, and
// the position behind them.
func unpack(L *lua.LState) int {
	f := newFormat(L)
	d := data{L: L, bytes: auxlib.CheckString(L, 2), kept: L.GetTop()}
	position := auxlib.OptInteger(L, 3, 1)
	if position == 0 {
		auxlib.ArgError(L, 3, "offset must be 1 or greater")
	}
	d.at = int(position) - 1

	values := make([]lua.LValue, 0, 8)
	for f.rest != "" {
		option, n := f.next()
		d.at += f.padding(d.at, option, n)
		d.check(n)
		auxlib.CheckStack(L, d.kept+len(values), 2, "too many results")
		switch option {
		case 'c':
			if n == 0 {
				n, values = d.previous(values)
			}
			values = append(values, lua.LString(d.bytes[d.at:d.at+n]))
		case 's':
			n = d.zero() + 1
			values = append(values, lua.LString(d.bytes[d.at:d.at+n-1]))
		case 'x':
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I', 'f', 'd':
			values = append(values, f.value(option, d.bytes[d.at:d.at+n]))
		default:
			f.set(option)
		}
		d.at += n
	}

	for _, v := range values {
		L.Push(v)
	}
	L.Push(lua.LNumber(d.at + 1))
	return len(values) + 1
}

// check raises an error if there are not so many bytes left.
func (d *data) check(n int) {
	if d.at < 0 || n > len(d.bytes) || d.at > len(d.bytes)-n {
		auxlib.ArgError(d.L, 2, "data string too short")
	}
}

// previous takes the value before c0, which is its size.
func (d *data) previous(values []lua.LValue) (n int, rest []lua.LValue) {
	last := len(values) - 1
	size, ok := 0.0, false
	if last >= 0 {
		size, ok = auxlib.ToNumber(values[last])
	}
	if !ok {
		auxlib.Error(d.L, "format 'c0' needs a previous size")
	}
	n = math.MaxInt
	if bytes := unsigned(size); bytes < math.MaxInt {
		n = int(bytes)
	}
	d.check(n)
	return n, values[:last]
}

// zero returns how far it is to the next zero byte.
func (d *data) zero() int {
	n := strings.IndexByte(d.bytes[d.at:], 0)
	if n < 0 {
		auxlib.Error(d.L, "unfinished string in data")
	}
	return n
}

// value makes a number of the bytes of an option.
func (f *format) value(option byte, bytes string) lua.LValue {
	bits := f.bits(bytes)
	switch option {
	case 'f':
		return lua.LNumber(math.Float32frombits(uint32(bits)))
	case 'd':
		return lua.LNumber(math.Float64frombits(bits))
	case 'B', 'H', 'L', 'T', 'I':
		return lua.LNumber(bits)
	}
	// The sign is at the top of the size. C shifts by the rest of the division by
	// 64 where a size is none of eight bytes at most.
	sign := ^uint64(0) << ((len(bytes)*8 - 1) & 63)
	if bits&sign != 0 {
		bits |= sign
	}
	return lua.LNumber(int64(bits))
}

// bits returns the lower 64 bits of an integer of any size.
func (f *format) bits(bytes string) (bits uint64) {
	for i := range len(bytes) {
		if f.bigEndian {
			bits = bits<<8 | uint64(bytes[i])
		} else {
			bits = bits<<8 | uint64(bytes[len(bytes)-1-i])
		}
	}
	return bits
}
