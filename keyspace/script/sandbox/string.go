package sandbox

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (s *Sandbox) stringLibrary() *lua.LTable {
	library := s.Functions(map[string]lua.LGFunction{
		"byte":    s.stringByte,
		"char":    s.stringChar,
		"dump":    s.stringDump,
		"find":    s.stringFind,
		"format":  s.stringFormat,
		"gmatch":  s.stringGmatch,
		"gsub":    s.stringGsub,
		"len":     s.stringLen,
		"lower":   s.stringLower,
		"match":   s.stringMatch,
		"rep":     s.stringRep,
		"reverse": s.stringReverse,
		"sub":     s.stringSub,
		"upper":   s.stringUpper,
	})
	library.RawSetString("gfind", library.RawGetString("gmatch"))
	return library
}

// openStrings gives strings their methods. What getmetatable shows of it leads to the library that scripts see.
func (s *Sandbox) openStrings(library *lua.LTable) {
	s.L.SetMetatable(lua.LString(""), s.table(map[string]lua.LValue{"__index": library}))
	s.stringMetatable = s.ReadOnly(s.table(map[string]lua.LValue{"__index": s.public.RawGetString("string")}))
}

// place makes of a position that may count from the end one that counts from the beginning.
func place(at, length int) int {
	if at < 0 {
		return max(at+length+1, 0)
	}
	return at
}

func (s *Sandbox) stringByte(L *lua.LState) int {
	text := s.checkString(L, 1)
	from := place(s.optInt(L, 2, 1), len(text))
	to := min(place(s.optInt(L, 3, from), len(text)), len(text))
	from = max(from, 1)
	if from > to {
		return 0
	}
	if to-from >= stackMax-L.GetTop() {
		s.Raise(L, "string slice too long")
	}
	for i := from; i <= to; i++ {
		L.Push(lua.LNumber(text[i-1]))
	}
	return to - from + 1
}

func (s *Sandbox) stringChar(L *lua.LState) int {
	buf := s.buf[:0]
	for i := 1; i <= L.GetTop(); i++ {
		c := s.checkInt(L, i)
		if c != int(byte(c)) {
			s.argError(L, i, "invalid value")
		}
		buf = append(buf, byte(c))
	}
	L.Push(s.text(buf))
	return 1
}

func (s *Sandbox) stringDump(L *lua.LState) int {
	s.checkFunction(L, 1)
	s.Raise(L, "unable to dump given function")
	return 0
}

func (s *Sandbox) stringLen(L *lua.LState) int {
	L.Push(lua.LNumber(len(s.checkString(L, 1))))
	return 1
}

// mapBytes makes a string of another, byte by byte: only ASCII has small and capital letters.
func (s *Sandbox) mapBytes(L *lua.LState, first, last byte) int {
	buf := append(s.buf[:0], s.checkString(L, 1)...)
	for i, c := range buf {
		if first <= c && c <= last {
			buf[i] = c ^ 0x20
		}
	}
	L.Push(s.text(buf))
	return 1
}

func (s *Sandbox) stringLower(L *lua.LState) int { return s.mapBytes(L, 'A', 'Z') }

func (s *Sandbox) stringUpper(L *lua.LState) int { return s.mapBytes(L, 'a', 'z') }

func (s *Sandbox) stringReverse(L *lua.LState) int {
	text := s.checkString(L, 1)
	buf := s.buf[:0]
	for i := len(text) - 1; i >= 0; i-- {
		buf = append(buf, text[i])
	}
	L.Push(s.text(buf))
	return 1
}

func (s *Sandbox) stringRep(L *lua.LState) int {
	text := s.checkString(L, 1)
	n := s.checkInt(L, 2)
	if n <= 0 || text == "" {
		L.Push(lua.LString(""))
		return 1
	}
	if n > TextBytesMax/len(text) {
		s.Raise(L, "resulting string too large")
	}
	L.Push(lua.LString(strings.Repeat(text, n)))
	return 1
}

func (s *Sandbox) stringSub(L *lua.LState) int {
	text := s.checkString(L, 1)
	from := max(place(s.checkInt(L, 2), len(text)), 1)
	to := min(place(s.optInt(L, 3, -1), len(text)), len(text))
	if from > to {
		L.Push(lua.LString(""))
	} else {
		L.Push(lua.LString(text[from-1 : to]))
	}
	return 1
}
