package syntax

import (
	"fmt"
	"strings"

	"solokv/keyspace/script/lib/auxlib"
)

// kind is what a token is: its character for those of one, or one of these.
type kind int

const (
	tokenEOF kind = iota + 256
	tokenName
	tokenString
	tokenNumber
	tokenConcat // ..
	tokenDots   // ...
	tokenEqual  // ==
	tokenUnequal
	tokenLessEqual
	tokenGreaterEqual
	firstReserved
)

var reservedWords = []string{"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in",
	"local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while"}

const (
	wordAnd = firstReserved + iota
	wordBreak
	wordDo
	wordElse
	wordElseif
	wordEnd
	wordFalse
	wordFor
	wordFunction
	wordIf
	wordIn
	wordLocal
	wordNil
	wordNot
	wordOr
	wordRepeat
	wordReturn
	wordThen
	wordTrue
	wordUntil
	wordWhile
)

var reserved = func() map[string]kind {
	words := make(map[string]kind, len(reservedWords))
	for i, word := range reservedWords {
		words[word] = firstReserved + kind(i)
	}
	return words
}()

// token is one word of the source.
type token struct {
	kind kind
	text string // of names and strings
	num  float64
}

// String is how an error names the kind of a token.
func (k kind) String() string {
	switch k {
	case tokenEOF:
		return "<eof>"
	case tokenName:
		return "<name>"
	case tokenString:
		return "<string>"
	case tokenNumber:
		return "<number>"
	case tokenConcat:
		return ".."
	case tokenDots:
		return "..."
	case tokenEqual:
		return "=="
	case tokenUnequal:
		return "~="
	case tokenLessEqual:
		return "<="
	case tokenGreaterEqual:
		return ">="
	}
	if k >= firstReserved {
		return reservedWords[k-firstReserved]
	}
	if k < ' ' || k == 127 {
		return fmt.Sprintf("char(%d)", int(k))
	}
	return string([]byte{byte(k)})
}

// Error is a syntax error, in the reference implementation's words.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

const endOfSource = -1

// lexer cuts the source into tokens. buf is what the token at hand has so far: what an error shows.
type lexer struct {
	source string
	chunk  string
	at     int
	line   int
	buf    []byte
}

// fail ends the reading. near is the token to show, 0 for none.
func (x *lexer) fail(text string, near kind) {
	text = fmt.Sprintf("%s:%d: %s", x.chunk, x.line, text)
	switch near {
	case 0:
	case tokenName, tokenString, tokenNumber:
		shown, _, _ := strings.Cut(string(x.buf), "\x00")
		text += " near '" + shown + "'"
	default:
		text += " near '" + near.String() + "'"
	}
	panic(&Error{text})
}

func (x *lexer) peek() int {
	if x.at < len(x.source) {
		return int(x.source[x.at])
	}
	return endOfSource
}

func (x *lexer) peekAfter() int {
	if x.at+1 < len(x.source) {
		return int(x.source[x.at+1])
	}
	return endOfSource
}

func (x *lexer) take() { x.buf = append(x.buf, x.source[x.at]); x.at++ }

// skipLineEnd steps over \n, \r or a pair of both.
func (x *lexer) skipLineEnd() {
	first := x.source[x.at]
	x.at++
	if c := x.peek(); (c == '\n' || c == '\r') && c != int(first) {
		x.at++
	}
	x.line++
}

// next reads a token.
func (x *lexer) next() token {
	x.buf = x.buf[:0]
	for {
		c := x.peek()
		switch {
		case c == endOfSource:
			return token{kind: tokenEOF}
		case c == '\n' || c == '\r':
			x.skipLineEnd()
		case isSpace(c):
			x.at++
		case c == '-' && x.peekAfter() == '-':
			x.at += 2
			x.skipComment()
		case c == '[' && (x.peekAfter() == '[' || x.peekAfter() == '='):
			if t, ok := x.longBracket(); ok {
				return t
			}
			return token{kind: '['}
		case c == '"' || c == '\'':
			return x.quoted(c)
		case isDigit(c) || c == '.' && isDigit(x.peekAfter()):
			return x.number()
		case isLetter(c):
			return x.name()
		default:
			return token{kind: x.symbol(c)}
		}
	}
}

func (x *lexer) symbol(c int) kind {
	x.at++
	second := func(want int, is, otherwise kind) kind {
		if x.peek() != want {
			return otherwise
		}
		x.at++
		return is
	}
	switch c {
	case '=':
		return second('=', tokenEqual, '=')
	case '<':
		return second('=', tokenLessEqual, '<')
	case '>':
		return second('=', tokenGreaterEqual, '>')
	case '~':
		return second('=', tokenUnequal, '~')
	case '.':
		if two := second('.', tokenConcat, '.'); two == '.' {
			return '.'
		}
		return second('.', tokenDots, tokenConcat)
	}
	return kind(c)
}

func (x *lexer) name() token {
	start := x.at
	for isLetter(x.peek()) || isDigit(x.peek()) {
		x.at++
	}
	text := x.source[start:x.at]
	x.buf = append(x.buf, text...)
	if word, ok := reserved[text]; ok {
		return token{kind: word}
	}
	return token{kind: tokenName, text: text}
}

func (x *lexer) number() token {
	for isDigit(x.peek()) || x.peek() == '.' {
		x.take()
	}
	if c := x.peek(); c == 'e' || c == 'E' {
		x.take()
		if c := x.peek(); c == '+' || c == '-' {
			x.take()
		}
	}
	for isLetter(x.peek()) || isDigit(x.peek()) {
		x.take()
	}
	n, ok := auxlib.ParseNumber(string(x.buf))
	if !ok {
		x.fail("malformed number", tokenNumber)
	}
	return token{kind: tokenNumber, num: n}
}

func (x *lexer) skipComment() {
	if x.peek() == '[' {
		if level, ok := x.bracketLevel(); ok {
			x.longText(level, "unfinished long comment")
			x.buf = x.buf[:0]
			return
		}
	}
	for c := x.peek(); c != '\n' && c != '\r' && c != endOfSource; c = x.peek() {
		x.at++
	}
}

// bracketLevel tells whether a long bracket opens here, and the number of its '='. It moves nothing.
func (x *lexer) bracketLevel() (level int, ok bool) {
	rest := x.source[x.at+1:]
	level = len(rest) - len(strings.TrimLeft(rest, "="))
	return level, strings.HasPrefix(rest[level:], "[")
}

func (x *lexer) longBracket() (token, bool) {
	level, ok := x.bracketLevel()
	if ok {
		return token{kind: tokenString, text: x.longText(level, "unfinished long string")}, true
	}
	if level > 0 {
		x.buf = append(x.buf, x.source[x.at:x.at+1+level]...)
		x.fail("invalid long string delimiter", tokenString)
	}
	x.at++
	return token{}, false
}

// longText reads up to the bracket that closes, with every line end as \n.
func (x *lexer) longText(level int, unfinished string) string {
	x.at += level + 2
	if c := x.peek(); c == '\n' || c == '\r' {
		x.skipLineEnd()
	}
	closing := "]" + strings.Repeat("=", level) + "]"
	x.buf = x.buf[:0]
	for {
		switch c := x.peek(); {
		case c == endOfSource:
			x.fail(unfinished, tokenEOF)
		case c == ']' && strings.HasPrefix(x.source[x.at:], closing):
			x.at += len(closing)
			return string(x.buf)
		case c == '\n' || c == '\r':
			x.skipLineEnd()
			x.buf = append(x.buf, '\n')
		default:
			x.take()
		}
	}
}

func (x *lexer) quoted(quote int) token {
	x.take()
	for x.peek() != quote {
		switch x.peek() {
		case endOfSource:
			x.fail("unfinished string", tokenEOF)
		case '\n', '\r':
			x.fail("unfinished string", tokenString)
		case '\\':
			x.at++
			x.escape()
		default:
			x.take()
		}
	}
	x.take()
	return token{kind: tokenString, text: string(x.buf[1 : len(x.buf)-1])}
}

var escapes = map[int]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

func (x *lexer) escape() {
	c := x.peek()
	switch {
	case c == endOfSource: // the loop of quoted reports it
	case c == '\n' || c == '\r':
		x.skipLineEnd()
		x.buf = append(x.buf, '\n')
	case isDigit(c):
		code := 0
		for i := 0; i < 3 && isDigit(x.peek()); i++ {
			code = code*10 + x.peek() - '0'
			x.at++
		}
		if code > 255 {
			x.fail("escape sequence too large", tokenString)
		}
		x.buf = append(x.buf, byte(code))
	case escapes[c] != 0:
		x.at++
		x.buf = append(x.buf, escapes[c])
	default:
		x.take()
	}
}

func isDigit(c int) bool { return '0' <= c && c <= '9' }

func isLetter(c int) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

func isSpace(c int) bool { return c == ' ' || c >= '\t' && c <= '\r' }
