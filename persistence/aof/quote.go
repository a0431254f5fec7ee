package aof

import (
	"fmt"
	"strconv"
	"strings"
)

// Words in a manifest are those of Redis's configuration files: separated by blanks; in double quotes with
// the escapes \n \r \t \a \b \xHH and any other byte for itself; in single quotes with \' only. A closing
// quote ends the word.

const blanks = " \t\r\n\v\f"

// splitWords returns the words of a line; ok is false when a quote is not closed or something follows it
// directly.
func splitWords(line string) (words []string, ok bool) {
	for {
		line = strings.TrimLeft(line, blanks)
		if line == "" {
			return words, true
		}
		var word string
		switch line[0] {
		case '"', '\'':
			word, line, ok = cutQuoted(line[1:], line[0])
			if !ok || line != "" && !strings.Contains(blanks, line[:1]) {
				return nil, false
			}
		default:
			end := strings.IndexAny(line, blanks)
			if end < 0 {
				end = len(line)
			}
			word, line = line[:end], line[end:]
		}
		words = append(words, word)
	}
}

// cutQuoted reads up to the closing quote and returns what follows it.
func cutQuoted(s string, quote byte) (word, rest string, ok bool) {
	var text strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return text.String(), s[i+1:], true
		case s[i] != '\\' || i+1 == len(s):
			text.WriteByte(s[i])
		case quote == '\'':
			if s[i+1] == '\'' {
				i++
			}
			text.WriteByte(s[i])
		default:
			c, width := unescape(s[i+1:])
			text.WriteByte(c)
			i += width
		}
	}
	return "", "", false
}

// unescape reads what stands behind a backslash.
func unescape(s string) (c byte, width int) {
	if len(s) >= 3 && s[0] == 'x' {
		if n, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
			return byte(n), 3
		}
	}
	if i := strings.IndexByte("nrtab", s[0]); i >= 0 {
		return "\n\r\t\a\b"[i], 1
	}
	return s[0], 1
}

// quoteWord returns a word as splitWords reads it back, quoted only where it must be.
func quoteWord(word string) string {
	plain := word != "" && word[0] != '#'
	for i := 0; i < len(word); i++ {
		if c := word[i]; c <= ' ' || c > '~' || c == '"' || c == '\'' || c == '\\' {
			plain = false
		}
	}
	if plain {
		return word
	}
	text := []byte{'"'}
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case c == '"' || c == '\\':
			text = append(text, '\\', c)
		case strings.IndexByte("\n\r\t\a\b", c) >= 0:
			text = append(text, '\\', "nrtab"[strings.IndexByte("\n\r\t\a\b", c)])
		case c < ' ' || c > '~':
			text = fmt.Appendf(text, `\x%02x`, c)
		default:
			text = append(text, c)
		}
	}
	return string(append(text, '"'))
}
