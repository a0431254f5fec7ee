package pattern

import "strings"

// classEnd returns where the single-character class that begins at p ends.
func (m *Matcher) classEnd(p int) int {
	c := m.pattern[p]
	p++
	switch {
	case c == '%':
		if p >= len(m.pattern) {
			m.fail("malformed pattern (ends with '%')")
		}
		return p + 1
	case c == '[':
		return m.setEnd(p)
	}
	return p
}

// setEnd returns what is behind the ']' of a set; p is behind its '['. A ']' that comes first is a member.
func (m *Matcher) setEnd(p int) int {
	if p < len(m.pattern) && m.pattern[p] == '^' {
		p++
	}
	for first := true; ; first = false {
		if p >= len(m.pattern) {
			m.fail("malformed pattern (missing ']')")
		}
		c := m.pattern[p]
		p++
		if c == '%' && p < len(m.pattern) {
			p++
		} else if c == ']' && !first {
			return p
		}
	}
}

// single tells whether the byte at s is of the class from p to end.
func (m *Matcher) single(s, p, end int) bool {
	if s >= len(m.source) {
		return false
	}
	c := m.source[s]
	switch m.pattern[p] {
	case '.':
		return true
	case '%':
		return isOfClass(c, m.pattern[p+1])
	case '[':
		return inSet(c, m.pattern[p+1:end-1])
	}
	return m.pattern[p] == c
}

// inSet tells whether c is in the set that is written between the brackets.
func inSet(c byte, set string) bool {
	set, negated := strings.CutPrefix(set, "^")
	for i := 0; i < len(set); i++ {
		switch {
		case set[i] == '%' && i+1 < len(set):
			i++
			if isOfClass(c, set[i]) {
				return !negated
			}
		case i+2 < len(set) && set[i+1] == '-':
			if set[i] <= c && c <= set[i+2] {
				return !negated
			}
			i += 2
		case set[i] == c:
			return !negated
		}
	}
	return negated
}

// isOfClass: a capital letter is all that its small one is not, and any other character is itself.
func isOfClass(c, class byte) bool {
	var is bool
	switch class | 0x20 {
	case 'a':
		is = isLetter(c)
	case 'c':
		is = c < ' ' || c == 127
	case 'd':
		is = isDigit(c)
	case 'l':
		is = 'a' <= c && c <= 'z'
	case 'p':
		is = ' ' < c && c < 127 && !isLetter(c) && !isDigit(c)
	case 's':
		is = c == ' ' || '\t' <= c && c <= '\r'
	case 'u':
		is = 'A' <= c && c <= 'Z'
	case 'w':
		is = isLetter(c) || isDigit(c)
	case 'x':
		is = isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
	case 'z':
		is = c == 0
	default:
		return class == c
	}
	if class&0x20 == 0 {
		return !is
	}
	return is
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
