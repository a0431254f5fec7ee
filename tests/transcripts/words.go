package transcripts

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"solokv/protocol"
)

// repeatBytesMax bounds "x"*N: the largest argument a server takes by default
// is 512 MB, and no transcript needs that.
const repeatBytesMax = 64 << 20

var errQuotes = errors.New("unbalanced quotes")

// splitWords splits a line as redis-cli does and adds "x"*N.
func splitWords(line string) ([][]byte, error) {
	var words [][]byte
	for {
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			return words, nil
		}
		word, rest, err := nextWord(line)
		if err != nil {
			return nil, err
		}
		if rest != "" && rest[0] != ' ' && rest[0] != '\t' {
			return nil, fmt.Errorf("%q: a space must follow a closing quote", line)
		}
		words, line = append(words, word), rest
	}
}

// nextWord cuts one word off a line that does not begin with a space.
func nextWord(line string) (word []byte, rest string, err error) {
	switch line[0] {
	case '"':
		return quotedRepeat(line)
	case '\'':
		return singleQuoted(line)
	}
	end := strings.IndexAny(line, " \t")
	if end < 0 {
		end = len(line)
	}
	return []byte(line[:end]), line[end:], nil
}

// quotedRepeat reads "..." or "..."*N at the start of a line.
func quotedRepeat(line string) (word []byte, rest string, err error) {
	word, rest, err = doubleQuoted(line)
	if err != nil || !strings.HasPrefix(rest, "*") {
		return word, rest, err
	}
	digits := rest[1:]
	end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(digits)
	}
	count, err := strconv.Atoi(digits[:end])
	if err != nil || count*len(word) > repeatBytesMax {
		return nil, "", fmt.Errorf("%q: bad repetition", rest)
	}
	return bytes.Repeat(word, count), digits[end:], nil
}

// escapes maps the letter after a backslash to the byte it means; any other
// letter means itself.
var escapes = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'a': '\a', 'b': '\b'}

func doubleQuoted(line string) (word []byte, rest string, err error) {
	word = []byte{}
	for i := 1; i < len(line); i++ {
		switch c := line[i]; c {
		case '"':
			return word, line[i+1:], nil
		case '\\':
			if i+3 < len(line) && line[i+1] == 'x' {
				if b, err := strconv.ParseUint(line[i+2:i+4], 16, 8); err == nil {
					word = append(word, byte(b))
					i += 3
					continue
				}
			}
			i++
			if i == len(line) {
				return nil, "", errQuotes
			}
			if b, ok := escapes[line[i]]; ok {
				word = append(word, b)
			} else {
				word = append(word, line[i])
			}
		default:
			word = append(word, c)
		}
	}
	return nil, "", errQuotes
}

func singleQuoted(line string) (word []byte, rest string, err error) {
	word = []byte{}
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == '\'':
			return word, line[i+1:], nil
		case strings.HasPrefix(line[i:], `\'`):
			word = append(word, '\'')
			i++
		default:
			word = append(word, line[i])
		}
	}
	return nil, "", errQuotes
}

// quote writes bytes so that quotedRepeat reads them back. A long run of one
// byte becomes a repetition.
func quote(b []byte) string {
	const runLenMin = 64
	if len(b) >= runLenMin && bytes.Count(b, b[:1]) == len(b) {
		return quote(b[:1]) + "*" + strconv.Itoa(len(b))
	}
	return string(protocol.AppendQuoted(nil, string(b)))
}
