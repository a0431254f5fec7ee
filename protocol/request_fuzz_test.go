package protocol

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var splitCorpus = []string{
	"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n",
	"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n",
	"*2\r\n$4\r\nECHO\r\n$12\r\n\r\n$1\r\n*1\r\n\r\n\r\nPING\r\n",
	"PING\r\n\r\n\nSET k \"a\\x41\\n b\" 'it\\'s'\r\nGET k\n*1\r\n$4\r\nPING\r\n",
	"*1\rX$4\rYPINGZZ*2\r\n$4\r\nECHO\r\nnonsense\r\n",
	"*1\r\n$-1\r\n",
	"*1\r\n\r\n",
	"*12345\r\n$0012\r\n",
	"*2147483648\r\n",
	"ECHO \"unbalanced\r\nPING\r\n",
	"\x00*1\r\n$4\r\nPING\r\n",
}

// FuzzParserSplits compares three readings of one stream: by the model below, by the parser at once, and by
// the parser in random pieces with the consumed bytes dropped at random.
func FuzzParserSplits(f *testing.F) {
	for i, stream := range splitCorpus {
		f.Add([]byte(stream), uint64(i))
	}
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$200\r\n"+strings.Repeat("k", 200)+"\r\n"), uint64(99))
	f.Add([]byte(strings.Repeat("w ", 40)+"\r\n"), uint64(100))
	allLimits := []Limits{
		LimitsDefault,
		LimitsUnauthenticated,
		{BulkBytesMax: 20, ArgsMax: 3, InlineBytesMax: 12},
	}
	const streamBytesMax = 1024 // more adds time, no new states
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) {
		if len(stream) > streamBytesMax {
			t.Skip()
		}
		limits := allLimits[seed%uint64(len(allLimits))]
		text := string(stream)
		want := modelParse(text, limits)
		require.Equal(t, want, parseWhole(t, text, limits))

		random := rand.New(rand.NewPCG(seed, 0))
		randomPiece := func(left int) int { return 1 + random.IntN(1+random.IntN(left)) }
		require.Equal(t, want, parseSplit(t, text, limits, randomPiece, false))
		require.Equal(t, want, parseSplit(t, text, limits, randomPiece, true))
	})
}

// modelParse reads a stream the plain way: no state to resume, no places in buffers, every request cut off
// the front.
func modelParse(stream string, limits Limits) (out outcome) {
	for stream != "" {
		request, rest, err := modelRequest(stream, limits)
		if err == errModelIncomplete {
			return out
		}
		if err != "" {
			out.err = err
			return out
		}
		if len(request) > 0 {
			out.requests = append(out.requests, request)
		}
		stream = rest
	}
	return out
}

const errModelIncomplete = "incomplete"

func modelRequest(s string, limits Limits) (request []string, rest, err string) {
	if s[0] != '*' {
		return modelInline(s, limits)
	}
	line, s, err := modelLine(s, limits, ErrCountTooBig)
	if err != "" {
		return nil, "", err
	}
	count, err := modelLength(line[1:], int64(limits.ArgsMax), 1<<20, limits, ErrCountInvalid, ErrCountUnauthenticated)
	if err != "" {
		return nil, "", err
	}
	for range max(count, 0) {
		line, s, err = modelLine(s, limits, ErrBulkHeaderTooBig)
		if err != "" {
			return nil, "", err
		}
		if !strings.HasPrefix(line, "$") {
			return nil, "", fmt.Sprintf("Protocol error: expected '$', got '%s'", (line + "\r")[:1])
		}
		length, err := modelLength(line[1:], limits.BulkBytesMax, 512<<20, limits, ErrBulkLenInvalid, ErrBulkLenUnauthenticated)
		if err == "" && length < 0 {
			err = ErrBulkLenInvalid
		}
		if err != "" {
			return nil, "", err
		}
		if int64(len(s)) < length+2 {
			return nil, "", errModelIncomplete
		}
		request = append(request, s[:length])
		s = s[length+2:]
	}
	return request, s, ""
}

// modelLine cuts a header line off, whose end is a '\r' and any byte.
func modelLine(s string, limits Limits, tooBig string) (line, rest, err string) {
	end := strings.IndexByte(s, '\r')
	switch {
	case end < 0 && len(s) <= limits.InlineBytesMax:
		return "", "", errModelIncomplete
	case end < 0 || end > limits.InlineBytesMax:
		return "", "", tooBig
	case end+1 == len(s):
		return "", "", errModelIncomplete
	}
	return s[:end], s[end+2:], ""
}

func modelLength(text string, limit, lawful int64, limits Limits, invalid, unauthenticated string) (int64, string) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text {
		return 0, invalid
	}
	if n > limit && n <= lawful && limits.Unauthenticated {
		return 0, unauthenticated
	}
	if n > limit {
		return 0, invalid
	}
	return n, ""
}

func modelInline(s string, limits Limits) (request []string, rest, err string) {
	end := strings.IndexByte(s, '\n')
	if end < 0 && len(s) <= limits.InlineBytesMax {
		return nil, "", errModelIncomplete
	}
	if end < 0 || end > limits.InlineBytesMax {
		return nil, "", ErrInlineTooBig
	}
	request, ok := modelWords(strings.TrimSuffix(s[:end], "\r"))
	if !ok {
		return nil, "", ErrInlineQuotes
	}
	return request, s[end+1:], ""
}

// modelWords takes a line apart byte by byte, with the quote that is open as its only state.
func modelWords(line string) (words []string, ok bool) {
	const blanks = " \t\n\v\f\r"
	for {
		line = strings.TrimLeft(line, blanks)
		if line == "" {
			return words, true
		}
		var word bytes.Buffer
		var quote byte
		for line != "" {
			c := line[0]
			if quote == 0 {
				if strings.IndexByte(" \t\n\r", c) >= 0 {
					break
				}
				line = line[1:]
				if c == '"' || c == '\'' {
					quote = c
				} else {
					word.WriteByte(c)
				}
				continue
			}
			line = line[1:]
			if c == quote {
				if line != "" && strings.IndexByte(blanks, line[0]) < 0 {
					return nil, false
				}
				quote = 0
				break
			}
			if c == '\\' {
				c, line = modelEscape(line, quote)
			}
			word.WriteByte(c)
		}
		if quote != 0 {
			return nil, false
		}
		words = append(words, word.String())
	}
}

// modelEscape reads what follows a backslash.
func modelEscape(line string, quote byte) (byte, string) {
	if quote == '\'' {
		if strings.HasPrefix(line, "'") {
			return '\'', line[1:]
		}
		return '\\', line
	}
	if line == "" {
		return '\\', line
	}
	if len(line) >= 3 && line[0] == 'x' {
		if n, err := strconv.ParseUint(line[1:3], 16, 8); err == nil {
			return byte(n), line[3:]
		}
	}
	if k := strings.IndexByte("nrtba", line[0]); k >= 0 {
		return "\n\r\t\b\a"[k], line[1:]
	}
	return line[0], line[1:]
}
