package transcripts

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSplitWords(t *testing.T) {
	f := func(line string, want ...string) {
		t.Helper()
		words, err := splitWords(line)
		assert.NoError(t, err)
		got := []string{}
		for _, w := range words {
			got = append(got, string(w))
		}
		assert.Equal(t, append([]string{}, want...), got, line)
	}
	f("")
	f("  GET  k ", "GET", "k")
	f(`SET k ""`, "SET", "k", "")
	f(`"a\r\n\t\a\b\x00\xfF\\\"\q"`, "a\r\n\t\a\b\x00\xff\\\"q")
	f(`"\xZZ" "\x4"`, "xZZ", "x4")
	f(`'single \' \n'`, `single ' \n`)
	f(`"ab"*3 x`, "ababab", "x")
	f(`"ab"*0`, "")
	f(`un"quoted"`, `un"quoted"`)
}

func TestSplitWordsRefuses(t *testing.T) {
	f := func(line string) {
		t.Helper()
		_, err := splitWords(line)
		assert.Error(t, err, line)
	}
	f(`"open`)
	f(`'open`)
	f(`"open\`)
	f(`"a"b`)
	f(`'a'b`)
	f(`"a"*`)
	f(`"a"*x`)
	f(`"aaaaaaaa"*99999999`)
	f(`"a"*3x`)
}

func FuzzQuote(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("plain"))
	f.Add([]byte("\x00\r\n\"\\\xff'"))
	f.Add([]byte(strings.Repeat("x", 100)))
	f.Fuzz(func(t *testing.T, b []byte) {
		text := quote(b)
		assert.NotContains(t, text, "\n")
		words, err := splitWords(text)
		assert.NoError(t, err)
		if assert.Len(t, words, 1) {
			assert.Equal(t, string(b), string(words[0]))
		}
	})
}
