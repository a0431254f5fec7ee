package protocol

// Inline requests: one line of words, for people at a terminal and for health checks.
//
//	words        end at a blank; the line ends at "\n" or "\r\n"
//	"double"     \n \r \t \b \a \xHH stand for bytes; a backslash before any other byte stands for that byte
//	'single'     only \' is special
//
// A quote may open in the middle of a word but must close at its end. Words are unescaped in place: a written
// word is never longer than its source, so the write position never overtakes the read position.

// readInline reads the request in the line at pos. An empty line is an empty request: it finds nothing.
func (p *Parser) readInline(buf []byte) bool {
	length, ok := p.search(buf, '\n', ErrInlineTooBig)
	if !ok {
		return false
	}
	if p.pos+length >= offsetMax {
		return p.fail(ErrRequestTooBig)
	}
	line := buf[p.pos : p.pos+length]
	if length > 0 && line[length-1] == '\r' {
		line = line[:length-1]
	}
	base := uint32(p.pos - p.consumed)
	for at := skipBlanks(line, 0); at < len(line); {
		word, next, ok := readWord(line, at)
		if !ok {
			p.found = p.found[:0]
			return p.fail(ErrInlineQuotes)
		}
		p.found = append(p.found, Span{Off: base + uint32(at), Len: uint32(word)})
		at = skipBlanks(line, next)
	}
	p.pos += length + 1
	p.searched = 0
	return true
}

// readWord unescapes the word that begins at line[start] to that same place. It returns the word's length and
// the index behind its source; ok is false when quotes are not balanced.
func readWord(line []byte, start int) (length, next int, ok bool) {
	w := start
	for r := start; r < len(line); {
		switch c := line[r]; c {
		case ' ', '\n', '\r', '\t':
			return w - start, r, true
		case '"', '\'':
			w, r, ok = readQuoted(line, w, r+1, c)
			if !ok {
				return 0, 0, false
			}
			return w - start, r, true
		default:
			line[w] = c
			w++
			r++
		}
	}
	return w - start, len(line), true
}

// readQuoted unescapes from line[r], the byte behind the opening quote, to line[w]. It returns both positions
// behind the closing quote, which only a blank or the end of the line may follow.
func readQuoted(line []byte, w, r int, quote byte) (int, int, bool) {
	for r < len(line) {
		c := line[r]
		if c == quote {
			r++
			return w, r, r == len(line) || isBlank(line[r])
		}
		width := 1
		if c == '\\' {
			c, width = unescape(line[r:], quote)
		}
		line[w] = c
		w++
		r += width
	}
	return 0, 0, false
}

// unescape reads the escape sequence that s begins with; a backslash that begins none stands for itself.
func unescape(s []byte, quote byte) (c byte, width int) {
	if len(s) < 2 {
		return s[0], 1
	}
	if quote == '\'' {
		if s[1] == '\'' {
			return '\'', 2
		}
		return s[0], 1
	}
	if s[1] == 'x' && len(s) >= 4 {
		high, ok1 := hexDigit(s[2])
		low, ok2 := hexDigit(s[3])
		if ok1 && ok2 {
			return high<<4 | low, 4
		}
	}
	switch s[1] {
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'b':
		return '\b', 2
	case 'a':
		return '\a', 2
	}
	return s[1], 2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func skipBlanks(line []byte, at int) int {
	for at < len(line) && isBlank(line[at]) {
		at++
	}
	return at
}

// isBlank is C's isspace.
func isBlank(c byte) bool { return c == ' ' || (c >= '\t' && c <= '\r') }
