package sandbox

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
	"solokv/keyspace/script/pattern"
)

const specials = "^$*+?.([%-"

// matched calls fn, which matches, and raises the error that it ends with.
func (s *Sandbox) matched(L *lua.LState, fn func()) {
	if err := pattern.Guard(fn); err != nil {
		s.Raise(L, "%s", err.Error())
	}
}

func (s *Sandbox) stringFind(L *lua.LState) int { return s.find(L, true) }

func (s *Sandbox) stringMatch(L *lua.LState) int { return s.find(L, false) }

func (s *Sandbox) find(L *lua.LState, positions bool) int {
	text, pat := auxlib.CheckString(L, 1), auxlib.CheckString(L, 2)
	from := min(max(place(optPosition(L, 3, 1), len(text))-1, 0), len(text))
	if positions && (lua.LVAsBool(L.Get(4)) || !strings.ContainsAny(pat, specials)) {
		if i := strings.Index(text[from:], pat); i >= 0 {
			L.Push(lua.LNumber(from + i + 1))
			L.Push(lua.LNumber(from + i + len(pat)))
			return 2
		}
		L.Push(lua.LNil)
		return 1
	}
	count := 0
	s.matched(L, func() { count = s.findPattern(L, text, pat, from, positions) })
	if count == 0 {
		L.Push(lua.LNil)
		return 1
	}
	return count
}

// findPattern pushes what find or match return for the first match, and tells how many values it has pushed.
func (s *Sandbox) findPattern(L *lua.LState, text, pat string, from int, positions bool) int {
	m := &s.matcher
	m.Reset(text, pat)
	start := 0
	if strings.HasPrefix(pat, "^") {
		start = 1
	}
	for at := from; at <= len(text); at++ {
		if end := m.Match(at, start); end >= 0 {
			if positions {
				L.Push(lua.LNumber(at + 1))
				L.Push(lua.LNumber(end))
				return 2 + pushCaptures(L, m, m.Captures(), at, end)
			}
			return pushCaptures(L, m, max(m.Captures(), 1), at, end)
		}
		if start == 1 {
			break
		}
	}
	return 0
}

func pushCaptures(L *lua.LState, m *pattern.Matcher, n, start, end int) int {
	for i := range n {
		L.Push(captured(m, i, start, end))
	}
	return n
}

func captured(m *pattern.Matcher, i, start, end int) lua.LValue {
	text, position := m.Capture(i, start, end)
	if position > 0 {
		return lua.LNumber(position)
	}
	return lua.LString(text)
}

func (s *Sandbox) stringGmatch(L *lua.LState) int {
	text, pat := auxlib.CheckString(L, 1), auxlib.CheckString(L, 2)
	at := 0
	L.Push(L.NewFunction(func(L *lua.LState) int {
		count := 0
		s.matched(L, func() {
			m := &s.matcher
			m.Reset(text, pat)
			for ; at <= len(text); at++ {
				end := m.Match(at, 0)
				if end < 0 {
					continue
				}
				count = pushCaptures(L, m, max(m.Captures(), 1), at, end)
				if at == end {
					at++
				} else {
					at = end
				}
				return
			}
		})
		return count
	}))
	return 1
}

func (s *Sandbox) stringGsub(L *lua.LState) int {
	text, pat := auxlib.CheckString(L, 1), auxlib.CheckString(L, 2)
	replacement := L.Get(3)
	switch replacement.Type() {
	case lua.LTNumber, lua.LTString, lua.LTTable, lua.LTFunction:
	default:
		auxlib.ArgError(L, 3, "string/function/table expected")
	}
	limit := optInt(L, 4, len(text)+1)
	anchored := strings.HasPrefix(pat, "^")
	pat = strings.TrimPrefix(pat, "^")

	// The function that replaces may itself match, and so needs this matcher and buffer to be another's.
	g := substitution{s: s, L: L, text: text, replacement: replacement}
	g.m.Budget = s.pause.ask
	g.m.Reset(text, pat)
	count, at := 0, 0
	for count < limit {
		end := -1
		s.matched(L, func() { end = g.m.Match(at, 0) })
		if end >= 0 {
			count++
			g.add(at, end)
		}
		switch {
		case end > at:
			at = end
		case at < len(text):
			g.out = append(g.out, text[at])
			at++
		default:
			at = len(text) + 1
		}
		s.checkLength(L, len(g.out))
		if at > len(text) || anchored {
			break
		}
	}
	if at < len(text) {
		g.out = append(g.out, text[at:]...)
	}
	L.Push(lua.LString(g.out))
	L.Push(lua.LNumber(count))
	return 2
}

// substitution is one gsub.
type substitution struct {
	s           *Sandbox
	L           *lua.LState
	m           pattern.Matcher
	text        string
	replacement lua.LValue
	out         []byte
}

// add appends what replaces a match.
func (g *substitution) add(start, end int) {
	var value lua.LValue
	switch r := g.replacement.(type) {
	case *lua.LTable:
		g.s.matched(g.L, func() { value = captured(&g.m, 0, start, end) })
		value = g.L.GetTable(r, value)
	case *lua.LFunction:
		value = g.call(r, start, end)
	default:
		g.addTemplate(Text(r), start, end)
		return
	}
	switch {
	case lua.LVIsFalse(value):
		g.out = append(g.out, g.text[start:end]...)
	case lua.LVCanConvToString(value):
		g.out = append(g.out, Text(value)...)
	default:
		g.s.Raise(g.L, "invalid replacement value (a %s)", value.Type())
	}
}

func (g *substitution) call(fn *lua.LFunction, start, end int) lua.LValue {
	g.L.Push(fn)
	n := 0
	g.s.matched(g.L, func() { n = pushCaptures(g.L, &g.m, max(g.m.Captures(), 1), start, end) })
	g.L.Call(n, 1)
	value := g.L.Get(-1)
	g.L.Pop(1)
	return value
}

// addTemplate appends a replacement in which %1 and its like stand for captures.
func (g *substitution) addTemplate(template string, start, end int) {
	for i := 0; i < len(template); i++ {
		c := template[i]
		if c != '%' {
			g.out = append(g.out, c)
			continue
		}
		if i++; i >= len(template) {
			g.out = append(g.out, 0) // the end of a string of C
			return
		}
		switch c = template[i]; {
		case c == '0':
			g.out = append(g.out, g.text[start:end]...)
		case '1' <= c && c <= '9':
			var value lua.LValue
			g.s.matched(g.L, func() { value = captured(&g.m, int(c-'1'), start, end) })
			g.out = append(g.out, Text(value)...)
		default:
			g.out = append(g.out, c)
		}
	}
}
