package protocol

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// outcome is what a stream comes to: its requests, and the protocol error that ends it, if any.
type outcome struct {
	requests [][]string
	err      string
}

// parseWhole shows the whole stream to a parser at once.
func parseWhole(t testing.TB, stream string, limits Limits) outcome {
	return parseSplit(t, stream, limits, func(int) int { return len(stream) }, false)
}

// parseSplit feeds the stream in pieces whose lengths pieceLen chooses, the number of bytes left given.
// Consumed bytes are dropped before every read if rebase is set. It checks what Consumed and Missing promise
// on the way.
func parseSplit(t testing.TB, stream string, limits Limits, pieceLen func(left int) int, rebase bool) outcome {
	t.Helper()
	p := Parser{Limits: limits}
	var out outcome
	var buf []byte
	var args []Span
	due := 0 // bytes that must still arrive before a request can be complete
	for left := stream; ; {
		var status Status
		args, status = p.Next(buf, args[:0])
		require.LessOrEqual(t, p.Consumed(), len(buf))
		if status == Complete {
			require.LessOrEqual(t, due, 0, "Missing promised too much")
			out.requests = append(out.requests, texts(t, buf, args, p.Consumed()))
			continue
		}
		require.Empty(t, args, "only complete requests append")
		if status == Malformed {
			out.err = p.Err()
			_, again := p.Next(buf, nil)
			require.Equal(t, Malformed, again)
			return out
		}
		require.Positive(t, p.Missing())
		if left == "" {
			return out
		}
		if rebase {
			n := p.Consumed()
			buf = bytes.Clone(buf[n:]) // a new buffer: nothing may point into the old one
			p.Rebase(n)
		}
		piece := min(max(pieceLen(len(left)), 1), len(left))
		due = p.Missing() - piece
		buf = append(buf, left[:piece]...)
		left = left[piece:]
	}
}

// texts copies the arguments out of buf. They must follow each other without overlap and end before consumed.
func texts(t testing.TB, buf []byte, args []Span, consumed int) []string {
	t.Helper()
	require.NotEmpty(t, args, "a complete request has an argument")
	request := make([]string, len(args))
	end := 0
	for i, span := range args {
		require.GreaterOrEqual(t, int(span.Off), end)
		end = int(span.Off) + int(span.Len)
		request[i] = string(span.Of(buf))
	}
	require.Less(t, end, consumed)
	return request
}

func TestMultibulkRequests(t *testing.T) {
	f := func(stream string, want ...[]string) {
		t.Helper()
		require.Equal(t, outcome{requests: want}, parseWhole(t, stream, LimitsDefault), "%q", stream)
	}
	long := strings.Repeat("v", 123456)

	f("*1\r\n$4\r\nPING\r\n", []string{"PING"})
	f("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n", []string{"SET", "k", "v"})
	f("*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", []string{"ECHO", ""})
	f("*1\r\n$0\r\n\r\n*1\r\n$0\r\n\r\n", []string{""}, []string{""})
	f("*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n", []string{"GET", "a\r\nb"})
	f("*2\r\n$3\r\nGET\r\n$12\r\n0123456789ab\r\n*1\r\n$4\r\nQUIT\r\n", []string{"GET", "0123456789ab"}, []string{"QUIT"})
	f("*2\r\n$4\r\nECHO\r\n$123456\r\n"+long+"\r\n", []string{"ECHO", long})

	// Empty requests are skipped.
	f("*0\r\n*-1\r\n*-10\r\n*1\r\n$4\r\nPING\r\n*0\r\n", []string{"PING"})

	// The byte behind a '\r' in a header, and both behind a payload, are skipped unseen.
	f("*1\rX$4\rYPINGZZ*1\r\n$4\r\nPING\r\n", []string{"PING"}, []string{"PING"})

	// Cut short.
	f("")
	f("*")
	f("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r")
	f("*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$5\r\nhel", []string{"PING"})
}

func TestManyArguments(t *testing.T) {
	for _, count := range []int{9, 10, 99, 1023, 1024, 1025, 20_000} {
		request := make([]string, count)
		for i := range request {
			request[i] = fmt.Sprint(i * i)
		}
		stream := string(AppendCommandStrings(nil, request...))
		require.Equal(t, outcome{requests: [][]string{request}}, parseWhole(t, stream, LimitsDefault))
		inReads := parseSplit(t, stream, LimitsDefault, func(int) int { return 1000 }, true)
		require.Equal(t, outcome{requests: [][]string{request}}, inReads)
	}
}

func TestInlineRequests(t *testing.T) {
	f := func(stream string, want ...[]string) {
		t.Helper()
		require.Equal(t, outcome{requests: want}, parseWhole(t, stream, LimitsDefault), "%q", stream)
	}

	f("PING\r\n", []string{"PING"})
	f("PING\n", []string{"PING"})
	f("\r\n\n   \r\n\t\v\f\nPING\r\n\r\n", []string{"PING"})
	f(" SET  k\tv \r\n", []string{"SET", "k", "v"})
	f("SET k v\nGET k\r\n", []string{"SET", "k", "v"}, []string{"GET", "k"})
	f("ECHO a\rb\r\n", []string{"ECHO", "a", "b"})
	f("ECHO a\vb\r\n", []string{"ECHO", "a\vb"})

	// Quotes and escapes.
	f(`ECHO "hello world"`+"\r\n", []string{"ECHO", "hello world"})
	f(`ECHO ""`+"\n", []string{"ECHO", ""})
	f(`"" ''`+"\n", []string{"", ""})
	f(`ECHO "\x41\x0a\xfF\n\r\t\b\a\"\\\q"`+"\r\n", []string{"ECHO", "A\n\xff\n\r\t\b\a\"\\q"})
	f(`ECHO "\x4" "\xg0" "\x"`+"\r\n", []string{"ECHO", "x4", "xg0", "x"})
	f(`ECHO 'it\'s \n \x41 "'`+"\r\n", []string{"ECHO", `it's \n \x41 "`})
	f(`ECHO pre"fix ed"`+"\r\n", []string{"ECHO", "prefix ed"})
	f(`ECHO \n a\"`+`b"`+"\r\n", []string{"ECHO", `\n`, `a\b`})

	// Not yet ended.
	f("PING")
	f("PING\r")
	f("*1\r\n$4\r\nPING\r\nSET k", []string{"PING"})
}

func TestMalformedStreams(t *testing.T) {
	f := func(stream, wantErr string) {
		t.Helper()
		got := parseWhole(t, "PING\r\n"+stream, LimitsDefault)
		require.Equal(t, outcome{requests: [][]string{{"PING"}}, err: wantErr}, got, "%.60q", stream)
		require.Equal(t, wantErr, parseWhole(t, stream+"more bytes\r\n", LimitsDefault).err, "%.60q", stream)
	}
	const inlineMax = 64 << 10
	fill := strings.Repeat("x", inlineMax)

	for _, count := range []string{"", "-", "+1", "01", "1 ", " 1", "x", "1x", "-0", "2147483648", "9223372036854775808"} {
		f("*"+count+"\r\n", ErrCountInvalid)
	}
	for _, length := range []string{"", "-1", "-", "+1", "01", "1 ", "x", "1x", "536870913", "9223372036854775808"} {
		f("*1\r\n$"+length+"\r\n", ErrBulkLenInvalid)
	}
	f("*1\r\nPING\r\n", "Protocol error: expected '$', got 'P'")
	f("*2\r\n$4\r\nECHO\r\n:1\r\n", "Protocol error: expected '$', got ':'")
	f("*1\r\n\r\n", "Protocol error: expected '$', got '\r'")
	f("*1\r\n\xff\r\n", "Protocol error: expected '$', got '\xff'")
	f("*"+fill, ErrCountTooBig)
	f("*1\r\n$"+fill, ErrBulkHeaderTooBig)
	f(fill+"x", ErrInlineTooBig)
	f(fill+"x\r\n", ErrInlineTooBig)
	for _, line := range []string{`"`, `'`, `"a`, `'a`, `"a"b`, `'a'b`, `""x`, `"a""b"`, `"\"`, `'\'`, `"\`, `k "v" "`} {
		f(line+"\r\n", ErrInlineQuotes)
	}
}

func TestLongestLines(t *testing.T) {
	word := strings.Repeat("x", 64<<10)
	got := parseWhole(t, word+"\nPING\n", LimitsDefault)
	require.Equal(t, outcome{requests: [][]string{{word}, {"PING"}}}, got)

	limits := Limits{BulkBytesMax: 10, ArgsMax: 10, InlineBytesMax: 2}
	require.Equal(t, outcome{requests: [][]string{{"a"}}}, parseWhole(t, "*1\r\n$1\r\na\r\n", limits))
	require.Equal(t, outcome{err: ErrCountTooBig}, parseWhole(t, "*10\r\n", Limits{ArgsMax: 10, InlineBytesMax: 2}))
}

func TestLimits(t *testing.T) {
	f := func(stream, wantErr string, limits Limits) {
		t.Helper()
		require.Equal(t, wantErr, parseWhole(t, stream, limits).err, "%q", stream)
	}
	small := Limits{BulkBytesMax: 5, ArgsMax: 2, InlineBytesMax: 100}

	f("*2\r\n$5\r\nabcde\r\n$0\r\n\r\n", "", small)
	f("*3\r\n", ErrCountInvalid, small)
	f("*1\r\n$6\r\nabcdef\r\n", ErrBulkLenInvalid, small)

	f("*10\r\n$16384\r\n", "", LimitsUnauthenticated)
	f("*11\r\n", ErrCountUnauthenticated, LimitsUnauthenticated)
	f("*1\r\n$16385\r\n", ErrBulkLenUnauthenticated, LimitsUnauthenticated)
	f("*-1\r\n*x\r\n", ErrCountInvalid, LimitsUnauthenticated)
	f("*3000000000\r\n", ErrCountInvalid, LimitsUnauthenticated)
	f("*1\r\n$536870913\r\n", ErrBulkLenInvalid, LimitsUnauthenticated)
}

func TestLimitsMayChangeBetweenRequests(t *testing.T) {
	p := Parser{Limits: LimitsUnauthenticated}
	buf := []byte("AUTH secret\r\n*11\r\n" + strings.Repeat("x", 100))
	_, status := p.Next(buf, nil)
	require.Equal(t, Complete, status)

	p.Limits = LimitsDefault
	_, status = p.Next(buf[:p.Consumed()+5], nil)
	require.Equal(t, Incomplete, status)

	p = Parser{Limits: LimitsDefault}
	_, status = p.Next(bytes.Repeat([]byte("x"), 100), nil)
	require.Equal(t, Incomplete, status)
	p.Limits.InlineBytesMax = 10 // fewer than have been searched
	_, status = p.Next(bytes.Repeat([]byte("x"), 101), nil)
	require.Equal(t, Malformed, status)
	require.Equal(t, ErrInlineTooBig, p.Err())
}

// TestSplitAnywhere splits streams at every byte, and into single bytes.
func TestSplitAnywhere(t *testing.T) {
	for _, stream := range splitCorpus {
		want := parseWhole(t, stream, LimitsDefault)
		for _, rebase := range []bool{false, true} {
			bytewise := parseSplit(t, stream, LimitsDefault, func(int) int { return 1 }, rebase)
			require.Equal(t, want, bytewise, "%q byte by byte", stream)
			for cut := 1; cut < len(stream); cut++ {
				atCut := func(left int) int {
					if left == len(stream) {
						return cut
					}
					return left
				}
				require.Equal(t, want, parseSplit(t, stream, LimitsDefault, atCut, rebase), "%q cut at %d", stream, cut)
			}
		}
	}
}

// TestBigArgument checks that Missing tells the rest of an argument exactly, so that its buffer is sized
// once.
func TestBigArgument(t *testing.T) {
	stream := AppendCommand(nil, []byte("SET"), []byte("k"), make([]byte, 100_000))
	p := Parser{Limits: LimitsDefault}
	for _, have := range []int{50, 1000, 64 << 10, len(stream) - 1} {
		_, status := p.Next(stream[:have], nil)
		require.Equal(t, Incomplete, status)
		require.Equal(t, len(stream)-have, p.Missing())
	}
	args, status := p.Next(stream, []Span{{7, 7}})
	require.Equal(t, Complete, status)
	require.Equal(t, []Span{{7, 7}, {8, 3}, {17, 1}, {29, 100_000}}, args)
}

func TestOffsetsBeyondSpansAreAnError(t *testing.T) {
	p := Parser{Limits: LimitsDefault}
	p.Limits.BulkBytesMax = 1 << 40
	_, status := p.Next([]byte("*2\r\n$4\r\nECHO\r\n$4294967290\r\n"), nil)
	require.Equal(t, Malformed, status)
	require.Equal(t, ErrRequestTooBig, p.Err())
}

func TestRebaseBeyondConsumedPanics(t *testing.T) {
	p := Parser{Limits: LimitsDefault}
	_, status := p.Next([]byte("PING\r\n*1\r\n$4\r\nPI"), nil)
	require.Equal(t, Complete, status)
	require.Panics(t, func() { p.Rebase(7) })
	require.Panics(t, func() { p.Rebase(-1) })
	require.NotPanics(t, func() { p.Rebase(6) })
	require.Zero(t, p.Consumed())
}

func TestSpanOfCannotGrowIntoItsNeighbour(t *testing.T) {
	buf := []byte("abcdef")
	arg := Span{Off: 1, Len: 2}.Of(buf)
	require.Equal(t, "bc", string(arg))
	_ = append(arg, 'X')
	require.Equal(t, "abcdef", string(buf))
}

func TestNextAllocatesNothing(t *testing.T) {
	for _, request := range []string{
		"*3\r\n$3\r\nSET\r\n$16\r\nkey:000000012345\r\n$3\r\nxxx\r\n",
		"SET key:000000012345 \"x\\x41x\"\r\n",
		string(AppendCommandStrings(nil, "SET", "k", strings.Repeat("x", 200_000))),
	} {
		stream := []byte(request)
		p := Parser{Limits: LimitsDefault}
		args := make([]Span, 0, 16)
		allocs := testing.AllocsPerRun(100, func() {
			copy(stream, request) // inline requests are unescaped in place
			args, _ = p.Next(stream[:len(stream)/2], args[:0])
			args, _ = p.Next(stream, args[:0])
			if len(args) != 3 {
				t.Fatal("the request is not complete")
			}
			p.Rebase(p.Consumed())
		})
		require.Zero(t, allocs, "%.40q", request)
	}
}
