package acl

import "strings"

// splitWords cuts a line into words as the configuration file does: at spaces,
// with "..." (in which \n \r \t \b \a \x41 and \" are escapes) and '...' (in which
// \' is one). It fails on a quote that is not closed, or not followed by a space.
func splitWords(line string) (words []string, ok bool) {
	for at := 0; ; {
		for at < len(line) && isSpace(line[at]) {
			at++
		}
		if at == len(line) {
			return words, true
		}
		word, size, ok := cutWord(line[at:])
		if !ok {
			return nil, false
		}
		words = append(words, word)
		at += size
	}
}

// cutWord reads the word that s starts with.
func cutWord(s string) (word string, size int, ok bool) {
	var out []byte
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		b := s[i]
		switch {
		case quote == 0 && isSpace(b):
			return string(out), i, true
		case quote == 0 && (b == '"' || b == '\''):
			quote = b
		case quote != 0 && b == quote:
			if i+1 < len(s) && !isSpace(s[i+1]) {
				return "", 0, false
			}
			return string(out), i + 1, true
		case quote != 0 && b == '\\':
			escaped, length := cutEscape(s[i:], quote)
			out = append(out, escaped)
			i += length - 1
		default:
			out = append(out, b)
		}
	}
	return string(out), len(s), quote == 0
}

// cutEscape reads what starts with a backslash between quotes.
func cutEscape(s string, quote byte) (b byte, length int) {
	if quote == '\'' {
		if strings.HasPrefix(s, `\'`) {
			return '\'', 2
		}
		return '\\', 1
	}
	if len(s) < 2 {
		return '\\', 1
	}
	if s[1] == 'x' && len(s) >= 4 {
		high, low := hexDigit(s[2]), hexDigit(s[3])
		if high >= 0 && low >= 0 {
			return byte(high<<4 | low), 4
		}
	}
	if i := strings.IndexByte("nrtba", s[1]); i >= 0 {
		return "\n\r\t\b\a"[i], 2
	}
	return s[1], 2
}

// quoteWord puts a word in quotes, so that it is read as one and as it is.
func quoteWord(word string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}

func hexDigit(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}

func isSpace(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' }

// hasSpace tells whether s would be cut where it is written into a line.
func hasSpace(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r == 0 || r < 0x80 && isSpace(byte(r)) })
}

// toLower knows ASCII letters only: names and first arguments are bytes.
func toLower(s string) string {
	lower := []byte(s)
	for i, b := range lower {
		if 'A' <= b && b <= 'Z' {
			lower[i] = b + 'a' - 'A'
		}
	}
	return string(lower)
}
