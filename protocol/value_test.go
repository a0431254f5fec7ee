package protocol

import (
	"bufio"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// read decodes wire, which must be one reply, and checks on the way that SkipReply finds the same end and no
// earlier one.
func read(t *testing.T, wire string) Value {
	t.Helper()
	r := bufio.NewReader(strings.NewReader(wire + "+next\r\n"))
	v, err := ReadValue(r)
	require.NoError(t, err, "%q", wire)
	next, err := ReadValue(r)
	require.NoError(t, err)
	require.Equal(t, "next", next.Text)
	_, err = ReadValue(r)
	require.Equal(t, io.EOF, err)

	step := 1 + len(wire)/500
	for end := 0; end < len(wire); end += step {
		n, ok := SkipReply([]byte(wire[:end]))
		require.False(t, ok, "%q", wire[:end])
		require.Zero(t, n)
		if end > 0 {
			_, err := ReadValue(bufio.NewReader(strings.NewReader(wire[:end])))
			require.Equal(t, io.ErrUnexpectedEOF, err, "%q", wire[:end])
		}
	}
	n, ok := SkipReply([]byte(wire + "+next\r\n"))
	require.True(t, ok, "%q", wire)
	require.Equal(t, len(wire), n)
	return v
}

func TestReadValue(t *testing.T) {
	f := func(wire string, want Value) {
		t.Helper()
		require.Equal(t, want, read(t, wire), "%q", wire)
	}
	bulk := func(text string) Value { return Value{Kind: KindBulk, Text: text} }
	integer := func(n int64, text string) Value { return Value{Kind: KindInt, Int: n, Text: text} }

	f("+OK\r\n", Value{Kind: KindSimple, Text: "OK"})
	f("+\r\n", Value{Kind: KindSimple})
	f("-ERR no\r\n", Value{Kind: KindError, Text: "ERR no"})
	f(":-12\r\n", integer(-12, "-12"))
	f("$5\r\na\r\nbc\r\n", bulk("a\r\nbc"))
	f("$0\r\n\r\n", bulk(""))
	f("$-1\r\n", Value{Kind: KindBulk, Null: true})
	f("*-1\r\n", Value{Kind: KindArray, Null: true})
	f("_\r\n", Value{Kind: KindNull, Null: true})
	f("#t\r\n", Value{Kind: KindBool, Int: 1, Text: "t"})
	f("#f\r\n", Value{Kind: KindBool, Text: "f"})
	f(",1.5\r\n", Value{Kind: KindDouble, Float: 1.5, Text: "1.5"})
	f(",-inf\r\n", Value{Kind: KindDouble, Float: math.Inf(-1), Text: "-inf"})
	f("(-123456789012345678901234567890\r\n", Value{Kind: KindBigNumber, Text: "-123456789012345678901234567890"})
	f("!7\r\nERR bad\r\n", Value{Kind: KindBulkError, Text: "ERR bad"})
	f("=6\r\ntxt:ab\r\n", Value{Kind: KindVerbatim, Format: "txt", Text: "ab"})
	f("*0\r\n", Value{Kind: KindArray, Items: []Value{}})
	f("*2\r\n:1\r\n*1\r\n$1\r\na\r\n", Value{Kind: KindArray, Items: []Value{
		integer(1, "1"), {Kind: KindArray, Items: []Value{bulk("a")}},
	}})
	f("~1\r\n$1\r\na\r\n", Value{Kind: KindSet, Items: []Value{bulk("a")}})
	f(">2\r\n$1\r\na\r\n:1\r\n", Value{Kind: KindPush, Items: []Value{bulk("a"), integer(1, "1")}})
	f("%1\r\n$1\r\nk\r\n:1\r\n", Value{Kind: KindMap, Items: []Value{bulk("k"), integer(1, "1")}})
	f("|1\r\n$1\r\nk\r\n$1\r\nv\r\n:1\r\n", Value{
		Kind: KindInt, Int: 1, Text: "1", Attributes: []Value{bulk("k"), bulk("v")},
	})
	long := strings.Repeat("x", replyBulkPreallocMax)
	f("$65536\r\n"+long+"\r\n", bulk(long))

	require.True(t, math.IsNaN(read(t, ",nan\r\n").Float))
	require.True(t, read(t, "-ERR\r\n").IsError())
	require.True(t, read(t, "!3\r\nERR\r\n").IsError())
	require.False(t, read(t, "+OK\r\n").IsError())
}

func TestMalformedReplies(t *testing.T) {
	for _, wire := range []string{
		"\r\n", "OK\r\n", "+OK\n", ":x\r\n", ":\r\n", ":+1\r\n", "$x\r\n", "$-2\r\n", "$3\r\nabcdef\r\n", "*x\r\n", "*-2\r\n",
		"#x\r\n", "#\r\n", "_x\r\n", ",x\r\n", "(1x\r\n", "(\r\n", "=3\r\ntxt\r\n", "=-1\r\n", "$?\r\n", "*99999999999\r\n",
		"*1\r\n:x\r\n", "|1\r\n+a\r\n", "%1\r\n+a\r\n:x\r\n",
		strings.Repeat("*1\r\n", replyDepthMax+1) + ":1\r\n",
	} {
		_, err := ReadValue(bufio.NewReader(strings.NewReader(wire)))
		if wire == "|1\r\n+a\r\n" {
			require.Equal(t, io.ErrUnexpectedEOF, err)
			continue
		}
		require.True(t, errors.Is(err, ErrReply), "%.40q: %v", wire, err)
	}
	for _, wire := range []string{"\r\n", "OK\r\n", "+OK\n", "$x\r\n", "$-2\r\n", "*x\r\n", "*1\r\nx\r\n", "$99999999999\r\n"} {
		n, ok := SkipReply([]byte(wire))
		require.False(t, ok, "%q", wire)
		require.Equal(t, -1, n, "%q", wire)
	}
}

// The expected texts are redis-cli's.
func TestValueString(t *testing.T) {
	f := func(wire string, lines ...string) {
		t.Helper()
		require.Equal(t, strings.Join(lines, "\n"), read(t, wire).String())
	}
	f("+OK\r\n", "OK")
	f("-ERR no\r\n", "(error) ERR no")
	f(":5\r\n", "(integer) 5")
	f("$-1\r\n", "(nil)")
	f("_\r\n", "(nil)")
	f("$7\r\na\"\\\r\n\x00\xff\r\n", `"a\"\\\r\n\x00\xff"`)
	f(",1.5\r\n", "(double) 1.5")
	f("#t\r\n", "(true)")
	f("#f\r\n", "(false)")
	f("(123\r\n", "(big number) 123")
	f("=7\r\ntxt:a b\r\n", "a b")
	f("*0\r\n", "(empty array)")
	f("%0\r\n", "(empty hash)")
	f("~0\r\n", "(empty set)")
	f(">0\r\n", "(empty push)")
	f("*2\r\n*2\r\n:1\r\n:2\r\n:3\r\n",
		"1) 1) (integer) 1",
		"   2) (integer) 2",
		"2) (integer) 3")
	f("*10\r\n"+strings.Repeat("+a\r\n", 9)+"*2\r\n+b\r\n+c\r\n",
		" 1) a", " 2) a", " 3) a", " 4) a", " 5) a", " 6) a", " 7) a", " 8) a", " 9) a",
		"10) 1) b",
		"    2) c")
	f("~2\r\n+a\r\n+b\r\n", "1~ a", "2~ b")
	f("%2\r\n$1\r\nk\r\n:1\r\n$1\r\nl\r\n*2\r\n:1\r\n:2\r\n",
		`1# "k" => (integer) 1`,
		`2# "l" => `,
		"   1) (integer) 1",
		"   2) (integer) 2")
	f("%1\r\n+k\r\n*1\r\n%1\r\n+a\r\n+b\r\n", "1# k => 1) 1# a => b")
}

func TestQuotedReadsBackInline(t *testing.T) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	line := append(AppendQuoted([]byte("ECHO "), string(every)), "\r\n"...)
	require.Equal(t, outcome{requests: [][]string{{"ECHO", string(every)}}}, parseWhole(t, string(line), LimitsDefault))
}

func TestSkipReplyAllocatesNothing(t *testing.T) {
	wire := []byte("*3\r\n$3\r\nabc\r\n%1\r\n+a\r\n:1\r\n_\r\n")
	allocs := testing.AllocsPerRun(100, func() {
		if n, ok := SkipReply(wire); !ok || n != len(wire) {
			t.Fatal("the reply is complete")
		}
	})
	require.Zero(t, allocs)
}

// FuzzReplies checks that the reader and SkipReply agree about where a reply ends.
func FuzzReplies(f *testing.F) {
	for _, wire := range []string{
		"+OK\r\n", "*2\r\n:1\r\n$1\r\na\r\n", "|1\r\n+a\r\n+b\r\n%1\r\n+k\r\n#t\r\n", "$-1\r\n", "=5\r\ntxt:a\r\n", ",nan\r\n",
	} {
		f.Add([]byte(wire))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		source := strings.NewReader(string(wire))
		r := bufio.NewReader(source)
		v, err := ReadValue(r)
		n, ok := SkipReply(wire)
		switch {
		case err == nil:
			require.True(t, ok)
			require.Equal(t, len(wire)-source.Len()-r.Buffered(), n)
			_ = v.String()
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			require.False(t, ok)
		}
	})
}

func BenchmarkSkipReply(b *testing.B) {
	for name, wire := range map[string]string{
		"ok": "+OK\r\n", "bulk": "$3\r\nxxx\r\n", "array": "*10\r\n" + strings.Repeat("$3\r\nxxx\r\n", 10),
	} {
		b.Run(name, func(b *testing.B) {
			buf := []byte(wire)
			for b.Loop() {
				SkipReply(buf)
			}
		})
	}
}
