package transcripts

import (
	"bufio"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

// wire reads a reply from its bytes, as a session does.
func wire(t *testing.T, bytes string) node {
	t.Helper()
	v, err := protocol.ReadValue(bufio.NewReader(strings.NewReader(bytes)))
	require.NoError(t, err, "%q", bytes)
	return nodeOf(v)
}

// TestTextOfReplies pins the one way to write each type, and that it is read
// back as the same type and nothing else.
func TestTextOfReplies(t *testing.T) {
	texts := map[string]string{
		"+OK\r\n":                   "+OK",
		"+\r\n":                     "+",
		"+ends in a space \r\n":     `+"ends in a space "`,
		"-ERR no\r\n":               "-ERR no",
		":-12\r\n":                  ":-12",
		"$0\r\n\r\n":                `""`,
		"$3\r\na\x00\"\r\n":         `"a\x00\""`,
		"$-1\r\n":                   "(nil)",
		"*-1\r\n":                   "(nil array)",
		"_\r\n":                     "(null)",
		"#t\r\n":                    "(true)",
		"#f\r\n":                    "(false)",
		",1.5\r\n":                  ",1.5",
		",inf\r\n":                  ",inf",
		"(123\r\n":                  "(big 123)",
		"=5\r\ntxt:a\r\n":           `=txt"a"`,
		"*0\r\n":                    "[]",
		"*2\r\n+OK\r\n*1\r\n:1\r\n": `[+"OK" [:1]]`,
		"~1\r\n-E\r\n":              `set[-"E"]`,
		">1\r\n$1\r\nm\r\n":         `push["m"]`,
		"%1\r\n+k\r\n#t\r\n":        `{+"k" => (true)}`,
	}
	for bytes, text := range texts {
		got := wire(t, bytes)
		assert.Equal(t, text, got.String())
		for _, other := range texts {
			want, err := parseExpectation(other)
			require.NoError(t, err, other)
			diff := match(want, got, nil)
			assert.Equal(t, other == text, diff == "", "stated %s, got %s", other, text)
		}
	}
}

// TestTallReplies breaks a long aggregate into lines that are read back.
func TestTallReplies(t *testing.T) {
	long := node{kind: kindArray}
	for range 3 {
		inner := node{kind: kindArray}
		for range 40 {
			inner.elems = append(inner.elems, node{kind: kindBulk, text: []byte("0123456789")})
		}
		long.elems = append(long.elems, inner, node{kind: kindInt, text: []byte("7")})
	}
	text := long.String()
	for _, line := range strings.Split(text, "\n") {
		assert.LessOrEqual(t, len(line), lineWidthMax)
	}
	want, err := parseExpectation(text)
	require.NoError(t, err)
	assert.Empty(t, match(want, long, nil))
}

func TestPatterns(t *testing.T) {
	f := func(text, bytes string, fits bool) {
		t.Helper()
		want, err := parseExpectation(text)
		require.NoError(t, err, text)
		diff := match(want, wire(t, bytes), map[string]string{})
		assert.Equal(t, fits, diff == "", "%s against %q: %s", text, bytes, diff)
	}
	f("(int)", ":5\r\n", true)
	f("(int)", "$1\r\n5\r\n", false)
	f("(int 1..5)", ":5\r\n", true)
	f("(int 1..5)", ":6\r\n", false)
	f("(int -3..-1)", ":-3\r\n", true)
	f("(string)", "$1\r\nx\r\n", true)
	f("(string)", "$-1\r\n", false)
	f("(string)", "+x\r\n", false)
	f("(string /^a.c$/)", "$3\r\nabc\r\n", true)
	f("(string /^a.c$/)", "$4\r\nabcd\r\n", false)
	f("(text /b\\)c/)", "=7\r\ntxt:b)c\r\n", true)
	f("(text)", ":1\r\n", false)
	f("(error /ERR/)", "-ERR x\r\n", true)
	f("(error)", "+ERR x\r\n", false)
	f("(double 1..2)", ",1.5\r\n", true)
	f("(double 1..2)", "$3\r\n1.5\r\n", true)
	f("(double)", "$1\r\nx\r\n", false)
	f("(any)", "*0\r\n", true)
	f("[:1 ...]", "*2\r\n:1\r\n:2\r\n", true)
	f("[:1 ...]", "*1\r\n:2\r\n", false)
	f("[:1 :2 ...]", "*1\r\n:1\r\n", false)
	f("[:1]", "*2\r\n:1\r\n:2\r\n", false)
	f("unordered[:1 :2]", "*2\r\n:2\r\n:1\r\n", true)
	f("unordered[:1 :1]", "*2\r\n:2\r\n:1\r\n", false)
	f("[:1 :2]", "*2\r\n:2\r\n:1\r\n", false)
	f("set[:1 :2]", "~2\r\n:2\r\n:1\r\n", true)
	f("set[:1 :2]", "*2\r\n:2\r\n:1\r\n", false)
	f("{:1 => :2 :3 => :4}", "%2\r\n:3\r\n:4\r\n:1\r\n:2\r\n", true)
	f("{:1 => :2 :3 => :4}", "%2\r\n:3\r\n:2\r\n:1\r\n:4\r\n", false)
	f("{:1 => :2 ...}", "%2\r\n:3\r\n:4\r\n:1\r\n:2\r\n", true)
}

func TestCapture(t *testing.T) {
	vars := map[string]string{}
	want, err := parseExpectation("[(int as id) (string /^[0-9]+$/ as cursor)]")
	require.NoError(t, err)
	assert.Empty(t, match(want, wire(t, "*2\r\n:7\r\n$2\r\n42\r\n"), vars))
	assert.Equal(t, map[string]string{"id": "7", "cursor": "42"}, vars)
}

func TestExpectationRefuses(t *testing.T) {
	f := func(text string) {
		t.Helper()
		_, err := parseExpectation(text)
		assert.Error(t, err, text)
	}
	f("")
	f("OK")
	f(`"open`)
	f(`"a" "b"`)
	f("[:1")
	f("{:1 :2}")
	f("[+OK]")
	f("(number)")
	f("(int 1-5)")
	f("(string /[/)")
	f("(int")
	f("(string /a)")
}

// FuzzExpectation: no text breaks the parser, and what it accepts it prints in
// a form that it accepts again.
func FuzzExpectation(f *testing.F) {
	f.Add(`["a" :1 (nil) {:1 => set[push[,1 (big 2)]]}]`)
	f.Add("(int 1..2 as x)")
	f.Add(`unordered[(string /a/) ... ]`)
	f.Add("-ERR x")
	f.Fuzz(func(t *testing.T, text string) {
		openBrackets(text)
		n, err := parseExpectation(text)
		if err != nil || n.kind == kindSimple || n.kind == kindError {
			return
		}
		printed := n.String()
		again, err := parseExpectation(printed)
		if assert.NoError(t, err, printed) {
			assert.Equal(t, printed, again.String())
		}
	})
}
