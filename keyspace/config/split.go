package config

import (
	"errors"
	"fmt"
	"strings"
)

var errUnbalancedQuotes = errors.New("Unbalanced quotes in configuration line")

// SplitArgs splits a line into arguments at blanks, as redis.conf, redis-cli
// and the command line do.
//
// An argument may hold quoted parts. In double quotes \n \r \t \a \b \xHH and
// \ before any other byte are escapes; in single quotes only \' is. A closing
// quote ends the argument: a blank, or the end of the line, must follow it.
func SplitArgs(line string) ([]string, error) {
	args := []string{}
	for {
		line = strings.TrimLeft(line, blanks)
		if line == "" {
			return args, nil
		}
		arg, rest, err := splitArg(line)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
		line = rest
	}
}

const blanks = " \t\n\v\f\r"

// splitArg takes the first argument off a line that starts with no blank.
func splitArg(line string) (arg, rest string, err error) {
	var out []byte
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\n', '\r', '\t':
			return string(out), line[i:], nil
		case '"', '\'':
			unquote := unquoteDouble
			if c == '\'' {
				unquote = unquoteSingle
			}
			part, size, ok := unquote(line[i+1:])
			rest = line[min(i+1+size, len(line)):]
			if !ok || rest != "" && !strings.Contains(blanks, rest[:1]) {
				return "", "", errUnbalancedQuotes
			}
			return string(append(out, part...)), rest, nil
		default:
			out = append(out, c)
		}
	}
	return string(out), "", nil
}

// unquoteDouble decodes up to the closing double quote; size counts the bytes
// read, that quote included.
func unquoteDouble(s string) (decoded []byte, size int, ok bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return decoded, i + 1, true
		case s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' && isHex(s[i+2]) && isHex(s[i+3]):
			decoded = append(decoded, hexDigit(s[i+2])<<4|hexDigit(s[i+3]))
			i += 3
		case s[i] == '\\' && i+1 < len(s):
			i++
			decoded = append(decoded, unescape(s[i]))
		default:
			decoded = append(decoded, s[i])
		}
	}
	return nil, 0, false
}

// unquoteSingle is unquoteDouble for a single quote.
func unquoteSingle(s string) (decoded []byte, size int, ok bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			return decoded, i + 1, true
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '\'':
			i++
			decoded = append(decoded, '\'')
		default:
			decoded = append(decoded, s[i])
		}
	}
	return nil, 0, false
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'a':
		return '\a'
	case 'b':
		return '\b'
	}
	return c
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func hexDigit(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// quote is the inverse of SplitArgs for one argument. What it writes is one
// line of printable ASCII.
func quote(s string) string {
	out := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; c {
		case '\\', '"':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, `\n`...)
		case '\r':
			out = append(out, `\r`...)
		case '\t':
			out = append(out, `\t`...)
		case '\a':
			out = append(out, `\a`...)
		case '\b':
			out = append(out, `\b`...)
		default:
			if ' ' <= c && c <= '~' {
				out = append(out, c)
			} else {
				out = fmt.Appendf(out, `\x%02x`, c)
			}
		}
	}
	return string(append(out, '"'))
}
