package transcripts

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// witness is a testing.TB that keeps failures to itself, so that a test can
// look at what the runner says about a server that is wrong.
type witness struct {
	testing.TB
	said     []string
	cleanups []func()
}

func (w *witness) Errorf(format string, args ...any) {
	w.said = append(w.said, fmt.Sprintf(format, args...))
}

func (w *witness) Fatalf(format string, args ...any) {
	w.Errorf(format, args...)
	panic(w)
}

func (w *witness) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }
func (w *witness) Failed() bool     { return len(w.said) > 0 }

// parrot serves one connection: whatever comes, it says the next line of its
// script, and closes after the last.
func parrot(says ...string) Server {
	return Server{
		Advance: time.Sleep,
		Dial: func() (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				buf := make([]byte, 64<<10)
				for _, line := range says {
					if _, err := theirs.Read(buf); err != nil {
						return
					}
					io.WriteString(theirs, line)
				}
			}()
			return ours, nil
		},
	}
}

// playAgainst runs a file's text against a server and returns what failed.
func playAgainst(t *testing.T, content string, server Server, treat func(*session, *step) error) *witness {
	t.Helper()
	script, err := parse("test", content)
	require.NoError(t, err)
	w := &witness{TB: t}
	script.fresh = true
	f := &facts{endpoint: Endpoint{Name: "solokv", Start: func(testing.TB, ...string) Server { return server }},
		version: version{7, 0}}
	s := &session{t: w, script: script, facts: f}
	func() {
		defer func() {
			if r := recover(); r != nil && r != any(w) {
				panic(r)
			}
		}()
		defer s.close()
		s.play(treat)
	}()
	for _, f := range w.cleanups {
		f()
	}
	return w
}

func TestRunnerJudges(t *testing.T) {
	f := func(content, complaint string, says ...string) {
		t.Helper()
		said := strings.Join(playAgainst(t, content, parrot(says...), (*session).check).said, "\n")
		if complaint == "" {
			assert.Empty(t, said)
			return
		}
		assert.Contains(t, said, complaint)
	}
	f("> PING\n+PONG\n", "", "+PONG\r\n")
	f("> PING\n+PONG\n", "want +PONG, got +PANG", "+PANG\r\n")
	f("> PING\n(closed)\n", "want (closed), got +PONG", "+PONG\r\n")
	f("> PING\n+PONG\n", "got (closed)", "")
	f("> PING\n+PONG\n(closed)\n", "", "+PONG\r\n")
	f("> PING\n(nothing)\n", "want (nothing), got +PONG", "+PONG\r\n")
	f("> PING\n", "no reply is stated", "+PONG\r\n")
	f("> A\n:1\n> B\n:2\n", "test:3: > B", ":1\r\n", ":3\r\n")
	f("> A\n+x\n", "a reply that no line states", "+x\r\n+y\r\n")
	f("> A\n+x\n[1]< +y\n", "", "+x\r\n+y\r\n")
	f("!eventually\n> A\n:2\n", "", ":1\r\n", ":2\r\n")
	f("!if redis >= 7.2\n> A\n:1\n!else\n> A\n:2\n!end\n", "", ":2\r\n")
	f("!if on solokv\n> A\n:1\n!else\n> A\n:2\n!end\n", "", ":1\r\n")
	f("> A\n(int as x)\n> B ${x}\n:${x}\n", "", ":7\r\n", ":7\r\n")
	f("> A\n(string as x)\n> ECHO ${x}\n\"a \\\"b\"\n", "", "$4\r\na \"b\r\n", "$4\r\na \"b\r\n")
	f("> B ${y}\n:1\n", "${y} was never captured", ":7\r\n")
	f("> A\n[\n  :1\n  :2\n]\n", "", "*2\r\n:1\r\n:2\r\n")
}

func TestRewriteFillsIn(t *testing.T) {
	dir := t.TempDir()
	before := "# head\n> A\n\n> B\n:1\n:2\n# foot\n> C\n(int 1..9)\n!if redis >= 7.2\n> D\n!end\n> E\n"
	after := "# head\n> A\n+x\n\n> B\n:5\n# foot\n> C\n(int 1..9)\n!if redis >= 7.2\n> D\n!end\n> E\n\"e\"\n(closed)\n"
	server := parrot("+x\r\n", ":5\r\n", ":3\r\n", "$1\r\ne\r\n")
	w := playAgainst(t, before, server, func(s *session, step *step) error {
		if s.recorded == nil {
			s.recorded = map[int]string{}
			s.t.Cleanup(func() { s.writeBack(dir) })
		}
		return s.record(step)
	})
	assert.Empty(t, w.said)
	got, err := os.ReadFile(filepath.Join(dir, "test.txt"))
	require.NoError(t, err)
	assert.Equal(t, after, string(got))
}

func TestParseRefuses(t *testing.T) {
	f := func(content, complaint string) {
		t.Helper()
		_, err := parse("test", content)
		assert.ErrorContains(t, err, complaint)
	}
	f("GET k\n", "test:1: neither a command")
	f("# x\n\n!bogus\n", "test:3: unknown directive")
	f("> A\n+x\n!resp 3\n", "belongs to the head")
	f("!resp 4\n", "takes 2 or 3")
	f("!only solokv\n", "write !only")
	f("!if redis > 7\n", "bad condition")
	f("!if on redis\n", "without !end")
	f("!end\n", "without !if")
	f("!if on redis\n!else\n!else\n!end\n", "second !else")
	f("> A \"open\n", "unbalanced quotes")
	f("> A\n[:1\n", "never closed")
	f("> CONFIG SET a b\n+OK\n", "add !config")
	f("!advance soon\n", "invalid duration")
}

func TestChopperKeepsTheBytes(t *testing.T) {
	ours, theirs := net.Pipe()
	sent := []byte(strings.Repeat("0123456789", 1000))
	go func() {
		(&chopper{Conn: ours}).Write(sent)
		ours.Close()
	}()
	got, err := io.ReadAll(theirs)
	require.NoError(t, err)
	assert.Equal(t, sent, got)
}
