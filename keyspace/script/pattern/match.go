package pattern

const (
	capturesMax = 32
	// depthMax bounds the recursion of a match, as C's stack does in the reference implementation.
	depthMax = 200000
)

// Error is a malformed pattern, or a match that is too deep.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

// The states of a capture that has no length (yet).
const (
	openCapture     = -1
	positionCapture = -2
)

type capture struct{ start, length int }

// Matcher matches one pattern against one source. Its zero value is ready for Reset.
type Matcher struct {
	source, pattern string
	captures        [capturesMax]capture
	level           int
	depth           int
	// Budget, when it is set, is asked now and then during long matches; an error ends the match.
	Budget func() error
	steps  int
}

// Reset sets what is matched, against what.
func (m *Matcher) Reset(source, pattern string) { m.source, m.pattern = source, pattern }

func (m *Matcher) fail(text string) { panic(&Error{text}) }

// Guard runs fn and returns the *Error that ended a match in it, or what Budget returned.
func Guard(fn func()) (err error) {
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case *Error:
			err = failure
		case budgetError:
			err = failure.error
		default:
			panic(failure)
		}
	}()
	fn()
	return nil
}

type budgetError struct{ error }

// stepsPerBudget is how often Budget is asked.
const stepsPerBudget = 1 << 14

func (m *Matcher) step() {
	if m.steps++; m.steps%stepsPerBudget == 0 && m.Budget != nil {
		if err := m.Budget(); err != nil {
			panic(budgetError{err})
		}
	}
}

// Match matches the pattern from offset p on at position s, and returns where the match ends, or -1. It panics
// with what Guard returns.
func (m *Matcher) Match(s, p int) int {
	m.level, m.depth = 0, 0
	return m.match(s, p)
}

func (m *Matcher) match(s, p int) int {
	if m.depth++; m.depth > depthMax {
		m.fail("pattern too complex")
	}
	end := m.follow(s, p)
	m.depth--
	return end
}

// follow goes along the pattern until something in it has to be tried in several ways.
func (m *Matcher) follow(s, p int) int {
	for p < len(m.pattern) {
		m.step()
		switch m.pattern[p] {
		case '(':
			if p+1 < len(m.pattern) && m.pattern[p+1] == ')' {
				return m.startCapture(s, p+2, positionCapture)
			}
			return m.startCapture(s, p+1, openCapture)
		case ')':
			return m.endCapture(s, p+1)
		case '$':
			if p+1 == len(m.pattern) {
				if s == len(m.source) {
					return s
				}
				return -1
			}
		case '%':
			if next, rest, handled := m.special(s, p); handled {
				if next < 0 {
					return -1
				}
				s, p = next, rest
				continue
			}
		}
		end := m.classEnd(p)
		if end < len(m.pattern) {
			switch m.pattern[end] {
			case '?':
				if m.single(s, p, end) {
					if result := m.match(s+1, end+1); result >= 0 {
						return result
					}
				}
				p = end + 1
				continue
			case '*':
				return m.most(s, p, end)
			case '+':
				if !m.single(s, p, end) {
					return -1
				}
				return m.most(s+1, p, end)
			case '-':
				return m.least(s, p, end)
			}
		}
		if !m.single(s, p, end) {
			return -1
		}
		s, p = s+1, end
	}
	return s
}

// special matches %b, %f and back references. It returns where to go on in source and pattern; next is -1 when
// there is no match.
func (m *Matcher) special(s, p int) (next, rest int, handled bool) {
	if p+1 >= len(m.pattern) {
		return 0, 0, false // classEnd reports it
	}
	switch c := m.pattern[p+1]; {
	case c == 'b':
		return m.balance(s, p+2), p + 4, true
	case c == 'f':
		p += 2
		if p >= len(m.pattern) || m.pattern[p] != '[' {
			m.fail("missing '[' after '%f' in pattern")
		}
		end := m.classEnd(p)
		set := m.pattern[p+1 : end-1]
		if inSet(m.byteAt(s-1), set) || !inSet(m.byteAt(s), set) {
			return -1, 0, true
		}
		return s, end, true
	case isDigit(c):
		return m.backReference(s, c), p + 2, true
	}
	return 0, 0, false
}

// byteAt: around the source are zeros, for %f.
func (m *Matcher) byteAt(s int) byte {
	if s < 0 || s >= len(m.source) {
		return 0
	}
	return m.source[s]
}

func (m *Matcher) balance(s, p int) int {
	if p+1 >= len(m.pattern) {
		m.fail("unbalanced pattern")
	}
	if s >= len(m.source) || m.source[s] != m.pattern[p] {
		return -1
	}
	opening, closing := m.pattern[p], m.pattern[p+1]
	for level, i := 1, s+1; i < len(m.source); i++ {
		switch m.source[i] {
		case closing:
			if level--; level == 0 {
				return i + 1
			}
		case opening:
			level++
		}
	}
	return -1
}

func (m *Matcher) backReference(s int, digit byte) int {
	i := int(digit) - '1'
	if i < 0 || i >= m.level || m.captures[i].length == openCapture {
		m.fail("invalid capture index")
	}
	c := m.captures[i]
	text := ""
	if c.length > 0 {
		text = m.source[c.start : c.start+c.length]
	}
	if len(m.source)-s < len(text) || m.source[s:s+len(text)] != text {
		return -1
	}
	return s + len(text)
}

// most matches as many of the class as it can, then fewer.
func (m *Matcher) most(s, p, end int) int {
	n := 0
	for m.single(s+n, p, end) {
		n++
	}
	for ; n >= 0; n-- {
		m.step()
		if result := m.match(s+n, end+1); result >= 0 {
			return result
		}
	}
	return -1
}

// least matches as few as it can, then more.
func (m *Matcher) least(s, p, end int) int {
	for {
		m.step()
		if result := m.match(s, end+1); result >= 0 {
			return result
		}
		if !m.single(s, p, end) {
			return -1
		}
		s++
	}
}

func (m *Matcher) startCapture(s, p, state int) int {
	if m.level >= capturesMax {
		m.fail("too many captures")
	}
	m.captures[m.level] = capture{s, state}
	m.level++
	result := m.match(s, p)
	if result < 0 {
		m.level--
	}
	return result
}

func (m *Matcher) endCapture(s, p int) int {
	i := m.level - 1
	for ; i >= 0 && m.captures[i].length != openCapture; i-- {
	}
	if i < 0 {
		m.fail("invalid pattern capture")
	}
	m.captures[i].length = s - m.captures[i].start
	result := m.match(s, p)
	if result < 0 {
		m.captures[i].length = openCapture
	}
	return result
}

// Captures is their number.
func (m *Matcher) Captures() int { return m.level }

// Capture returns one of a match from start to end; without captures, the first is the whole match. A capture
// of a position has no text.
func (m *Matcher) Capture(i, start, end int) (text string, position int) {
	if i >= m.level {
		if i != 0 {
			m.fail("invalid capture index")
		}
		return m.source[start:end], 0
	}
	switch c := m.captures[i]; c.length {
	case openCapture:
		m.fail("unfinished capture")
		return "", 0
	case positionCapture:
		return "", c.start + 1
	default:
		return m.source[c.start : c.start+c.length], 0
	}
}
