package cjson

import (
	"strconv"
	"unicode/utf8"

	"solokv/keyspace/script/lib/auxlib"
)

// kind is what a token is.
type kind byte

const (
	tokenObjectBegin kind = iota
	tokenObjectEnd
	tokenArrayBegin
	tokenArrayEnd
	tokenString
	tokenNumber
	tokenBoolean
	tokenNull
	tokenColon
	tokenComma
	tokenEnd
	tokenError
)

// kindNames appear in error texts.
var kindNames = [...]string{
	"T_OBJ_BEGIN", "T_OBJ_END", "T_ARR_BEGIN", "T_ARR_END", "T_STRING", "T_NUMBER", "T_BOOLEAN", "T_NULL",
	"T_COLON", "T_COMMA", "T_END", "T_ERROR",
}

// token is a piece of a text. Its text is that of a string, or what is wrong with
// an error.
type token struct {
	kind   kind
	is     bool // the boolean
	at     int
	number float64
	text   string
}

// scanner cuts a text into tokens.
type scanner struct {
	text    string
	options *options
	at      int
	failure string // of the first error
}

// peek returns a byte of the text. Behind its end there is a zero byte, as in C,
// and no text can tell the two apart.
func (s *scanner) peek(at int) byte {
	if at < len(s.text) {
		return s.text[at]
	}
	return 0
}

// next returns the next token. After the end, and after an error, it returns the
// same again.
func (s *scanner) next() token {
	for s.at < len(s.text) && isSpace(s.text[s.at]) {
		s.at++
	}
	at := s.at
	c := s.peek(at)
	switch c {
	case '"':
		return s.string()
	case '{':
		return s.mark(tokenObjectBegin)
	case '}':
		return s.mark(tokenObjectEnd)
	case '[':
		return s.mark(tokenArrayBegin)
	case ']':
		return s.mark(tokenArrayEnd)
	case ':':
		return s.mark(tokenColon)
	case ',':
		return s.mark(tokenComma)
	case 0:
		return token{kind: tokenEnd, at: at}
	case 't':
		if s.word("true") {
			return token{kind: tokenBoolean, at: at, is: true}
		}
	case 'f':
		if s.word("false") {
			return token{kind: tokenBoolean, at: at}
		}
	case 'n':
		if s.word("null") {
			return token{kind: tokenNull, at: at}
		}
	}
	return s.number()
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func (s *scanner) mark(k kind) token {
	s.at++
	return token{kind: k, at: s.at - 1}
}

func (s *scanner) word(word string) bool {
	if len(s.text)-s.at < len(word) || s.text[s.at:s.at+len(word)] != word {
		return false
	}
	s.at += len(word)
	return true
}

func (s *scanner) wrong(what string) token {
	return token{kind: tokenError, at: s.at, text: what}
}

// number returns the number that is next. Scripts can choose whether what JSON
// does not know as one is taken.
func (s *scanner) number() token {
	if t, ok := s.wholeNumber(); ok {
		return t
	}
	switch c := s.peek(s.at); {
	case c == '-' || '0' <= c && c <= '9':
		if !s.options.decodeInvalid && !isPlainNumber(s.text[s.at:]) {
			return s.wrong("invalid number")
		}
	case !s.options.decodeInvalid || isPlainNumber(s.text[s.at:]):
		return s.wrong("invalid token")
	}
	f, n := auxlib.Strtod(s.text[s.at:])
	if n == 0 {
		return s.wrong("invalid number")
	}
	s.at += n
	return token{kind: tokenNumber, at: s.at - n, number: f}
}

// wholeNumber is the fast way for the numbers that are not long and have no
// fraction, which most have not.
func (s *scanner) wholeNumber() (t token, ok bool) {
	const digitsMax = 15 // all are below 2^53
	at := s.at
	if s.peek(at) == '-' {
		at++
	}
	first, n := at, 0
	for ; at < len(s.text) && '0' <= s.text[at] && s.text[at] <= '9'; at++ {
		if at-first == digitsMax {
			return token{}, false
		}
		n = n*10 + int(s.text[at]-'0')
	}
	switch s.peek(at) {
	case '.', 'e', 'E', 'x', 'X':
		return token{}, false
	}
	if at == first || s.text[first] == '0' && (at-first > 1 || first > s.at) {
		return token{}, false
	}
	t = token{kind: tokenNumber, at: s.at, number: float64(n)}
	if first > s.at {
		t.number = -t.number
	}
	s.at = at
	return t, true
}

// isPlainNumber tells whether what follows is neither infinite, nor no number,
// nor hexadecimal, and begins without a plus and without superfluous zeros.
func isPlainNumber(s string) bool {
	first := func(i int) byte {
		if i < len(s) {
			return s[i]
		}
		return 0
	}
	if first(0) == '+' {
		return false
	}
	if first(0) == '-' {
		s = s[1:]
	}
	switch c := first(0); {
	case c == '0':
		return first(1)|0x20 != 'x' && (first(1) < '0' || first(1) > '9')
	case c <= '9':
		return true
	}
	return len(s) < 3 || !isInvalidWord(s[0]|0x20, s[1]|0x20, s[2]|0x20)
}

func isInvalidWord(a, b, c byte) bool {
	return a == 'i' && b == 'n' && c == 'f' || a == 'n' && b == 'a' && c == 'n'
}

// string returns the string that is next. Without escapes it is a part of the
// text.
func (s *scanner) string() token {
	begin := s.at
	s.at++
	from := s.at
	var unescaped []byte
	for {
		switch c := s.peek(s.at); c {
		case '"':
			text := s.text[from:s.at]
			if unescaped != nil {
				text = string(append(unescaped, text...))
			}
			s.at++
			return token{kind: tokenString, at: begin, text: text}
		case 0:
			return s.wrong("unexpected end of string")
		case '\\':
			if unescaped == nil {
				unescaped = make([]byte, 0, s.at-from+32)
			}
			unescaped = append(unescaped, s.text[from:s.at]...)
			var what string
			if unescaped, what = s.escape(unescaped); what != "" {
				return s.wrong(what)
			}
			from = s.at
		default:
			s.at++
		}
	}
}

// escape appends what the escape stands for, and moves behind it unless something
// is wrong with it.
func (s *scanner) escape(dst []byte) (unescaped []byte, wrong string) {
	c := s.peek(s.at + 1)
	switch c {
	case 'u':
		r, size := s.unicode()
		if size == 0 {
			return dst, "invalid unicode escape code"
		}
		s.at += size
		return utf8.AppendRune(dst, r), ""
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	default:
		return dst, "invalid escape code"
	}
	s.at += 2
	return append(dst, c), ""
}

// unicode reads the escape, or the two of a surrogate pair. A size of 0 tells that
// there is something else.
func (s *scanner) unicode() (r rune, size int) {
	const one = len(`\u0000`)
	high, ok := s.hex4(s.at + 2)
	if !ok {
		return 0, 0
	}
	if high&0xF800 != 0xD800 {
		return high, one
	}
	// A pair begins with its high half, and the low half has to follow.
	if high&0x400 != 0 || s.peek(s.at+one) != '\\' || s.peek(s.at+one+1) != 'u' {
		return 0, 0
	}
	low, ok := s.hex4(s.at + one + 2)
	if !ok || low&0xFC00 != 0xDC00 {
		return 0, 0
	}
	return (high&0x3FF<<10 | low&0x3FF) + 0x10000, 2 * one
}

func (s *scanner) hex4(at int) (r rune, ok bool) {
	for i := at; i < at+4; i++ {
		c := s.peek(i)
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// unexpected keeps the error that a token is not what has to be here.
func (s *scanner) unexpected(wanted string, t token) {
	if s.failure != "" {
		return
	}
	found := kindNames[t.kind]
	if t.kind == tokenError {
		found = t.text
	}
	s.failure = "Expected " + wanted + " but found " + found + " at character " + strconv.Itoa(t.at+1)
}
