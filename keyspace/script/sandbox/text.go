package sandbox

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

const (
	// bufferKeptMax is how large a text may be to be put together in the buffer that all share, and copied from
	// there. A longer one has a buffer of its own, which becomes the string.
	bufferKeptMax = 4096
	// numberBytesMax bounds the text of a number.
	numberBytesMax = 32
)

// Text is a string, or a number as text; "" for all others.
func Text(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		var text [numberBytesMax]byte
		return string(auxlib.AppendNumber(text[:0], float64(v), auxlib.Digits))
	}
	return ""
}

// buffer returns an empty one to put a text together in that has about so many bytes, for text to make a string
// of. Nothing of Lua may run in between.
func (s *Sandbox) buffer(size int) []byte {
	if size <= bufferKeptMax {
		return s.buf[:0]
	}
	return make([]byte, 0, size)
}

func (s *Sandbox) text(buf []byte) lua.LString {
	if cap(buf) <= 2*bufferKeptMax {
		s.buf = buf
		return lua.LString(buf)
	}
	return lua.LString(unsafe.String(unsafe.SliceData(buf), len(buf)))
}

func (s *Sandbox) checkLength(L *lua.LState, n int) {
	if n > s.TextBytesMax {
		s.Raise(L, "string length overflow")
	}
}
