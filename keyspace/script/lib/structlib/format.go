package structlib

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

// A format is a sequence of options, a letter each, some with a number behind it:
//
//	b B       a byte                    (upper case: without a sign)
//	h H       two bytes
//	i I       an integer of four bytes, or of the number that follows
//	l L       eight bytes
//	T         a size: eight bytes, without a sign
//	f d       a floating point number of four, of eight bytes
//	x         a byte of padding
//	s         a string that a zero byte ends
//	c         as many bytes as the number that follows, or 1; c0 packs a whole
//	          string, and unpacks as many bytes as the value before it says
//	< >       from here on the least, the most significant byte comes first
//	!         from here on numbers are aligned to their size, but at most to the
//	          number that follows, or 8
//	(space)   nothing
//
// Without < or > the least significant byte is first, as on the machines of
// today, and without ! nothing is aligned.

const (
	intBytes     = 4
	intBytesMax  = 32
	alignByteMax = 8
)

// format is what is left of a format string, and what the options so far have
// set.
type format struct {
	L         *lua.LState
	rest      string
	bigEndian bool
	align     int
}

// newFormat begins with argument 1, which like any string in C ends at its first
// zero byte.
func newFormat(L *lua.LState) format {
	text, _, _ := strings.Cut(auxlib.CheckString(L, 1), "\x00")
	return format{L: L, rest: text, align: 1}
}

// next takes an option, with the bytes that it stands for. They are 0 for strings
// without a size, and for options that are no value.
func (f *format) next() (option byte, size int) {
	option, f.rest = f.rest[0], f.rest[1:]
	switch option {
	case 'b', 'B', 'x':
		return option, 1
	case 'h', 'H':
		return option, 2
	case 'f':
		return option, 4
	case 'l', 'L', 'T', 'd':
		return option, 8
	case 'c':
		return option, f.number(1)
	case 'i', 'I':
		size = f.number(intBytes)
		if size > intBytesMax {
			auxlib.Error(f.L, "integral size "+strconv.Itoa(size)+" is larger than limit of "+
				strconv.Itoa(intBytesMax))
		}
	}
	return option, size
}

// number takes the number that follows an option.
func (f *format) number(byDefault int) int {
	n, digits := 0, 0
	for ; digits < len(f.rest) && '0' <= f.rest[digits] && f.rest[digits] <= '9'; digits++ {
		n = n*10 + int(f.rest[digits]-'0')
		if n > math.MaxInt32 {
			auxlib.Error(f.L, "integral size overflow")
		}
	}
	if digits == 0 {
		return byDefault
	}
	f.rest = f.rest[digits:]
	return n
}

// padding returns how many bytes come before an option at a position. A size that
// is no power of two gives what C's arithmetic gives.
func (f *format) padding(at int, option byte, size int) int {
	if size == 0 || option == 'c' {
		return 0
	}
	size = min(size, f.align)
	return (size - at&(size-1)) & (size - 1)
}

// set does what an option says that is no value.
func (f *format) set(option byte) {
	switch option {
	case ' ':
	case '<':
		f.bigEndian = false
	case '>':
		f.bigEndian = true
	case '!':
		f.align = f.number(alignByteMax)
		if f.align == 0 || f.align&(f.align-1) != 0 {
			auxlib.Error(f.L, "alignment "+strconv.Itoa(f.align)+" is not a power of 2")
		}
	default:
		auxlib.ArgError(f.L, 1, "invalid format option '"+string([]byte{option})+"'")
	}
}

// size returns how many bytes a format stands for.
func size(L *lua.LState) int {
	f := newFormat(L)
	at := 0
	for f.rest != "" {
		option, n := f.next()
		at += f.padding(at, option, n)
		switch {
		case option == 's':
			auxlib.ArgError(L, 1, "option 's' has no fixed size")
		case option == 'c' && n == 0:
			auxlib.ArgError(L, 1, "option 'c0' has no fixed size")
		case !isAlphanumeric(option): // other letters count for nothing
			f.set(option)
		}
		at += n
	}
	L.Push(lua.LNumber(at))
	return 1
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
