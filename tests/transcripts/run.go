package transcripts

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"solokv/tests/harness"
)

const (
	replyTimeout      = 5 * time.Second       // how long a reply that is due may take
	quietTime         = 30 * time.Millisecond // how long (nothing) listens
	eventuallyTimeout = 5 * time.Second
	eventuallyPause   = 10 * time.Millisecond
	failuresMax       = 10 // per file; a conversation that went astray says little more
)

// Run plays the files of the named groups, or all, each as a subtest.
func Run(t *testing.T, e Endpoint, groups ...string) {
	play(t, e, groups, (*session).check)
}

// play runs each file's session with the given way to treat one step.
func play(t *testing.T, e Endpoint, groups []string, treat func(*session, *step) error) {
	scripts, err := corpus(groups)
	if err != nil {
		t.Fatal(err)
	}
	shared := newFacts(t, e)
	for _, script := range scripts {
		t.Run(script.name, func(t *testing.T) {
			shared.skipUnless(t, script)
			s := &session{t: t, script: script, facts: shared, server: shared.server}
			defer s.close()
			s.play(treat)
		})
	}
}

// facts is what one server told about its kind, and the server itself, which
// the files without !config share.
type facts struct {
	endpoint Endpoint
	server   Server
	control  *harness.Client
	version  version
}

var versionField = regexp.MustCompile(`redis_version:(\d+)\.(\d+)`)

func newFacts(t *testing.T, e Endpoint) *facts {
	t.Helper()
	f := &facts{endpoint: e, server: e.Start(t)}
	conn, err := f.server.Dial()
	if err != nil {
		t.Fatal(err)
	}
	f.control = harness.NewClient(conn)
	t.Cleanup(func() { f.control.Close() })
	info, err := f.control.Do("INFO", "server")
	if err != nil {
		t.Fatal(err)
	}
	m := versionField.FindSubmatch(nodeOf(info).text)
	if m == nil {
		t.Fatalf("INFO server has no redis_version: %v", nodeOf(info))
	}
	f.version.major, _ = strconv.Atoi(string(m[1]))
	f.version.minor, _ = strconv.Atoi(string(m[2]))
	return f
}

// skipUnless skips the test of a file that this kind of server cannot play.
func (f *facts) skipUnless(t *testing.T, script *script) {
	if script.only != "" && script.only != f.endpoint.Name {
		t.Skipf("only for %s: %s", script.only, script.reason)
	}
	if !f.hold(script.guards) {
		t.Skipf("not for redis_version %d.%d", f.version.major, f.version.minor)
	}
	for _, command := range script.needs {
		reply, err := f.control.Do("COMMAND", "INFO", command)
		if err != nil {
			t.Fatal(err)
		}
		known := nodeOf(reply)
		if known.kind != kindArray || len(known.elems) != 1 {
			t.Fatalf("COMMAND INFO %s: %v", command, known)
		}
		if known.elems[0].kind != kindArray {
			t.Skipf("the server does not know %s", command)
		}
	}
}

func (f *facts) hold(guards []guard) bool {
	return !slices.ContainsFunc(guards, func(g guard) bool {
		return !g.holds(f.endpoint.Name, f.version)
	})
}

// session is one file being played.
type session struct {
	t      testing.TB
	script *script
	facts  *facts
	server Server

	conns    map[int]*harness.Client
	control  *harness.Client // for ${now}; opened on first use
	vars     map[string]string
	failures int
	recorded map[int]string // by line of the step; see rewrite.go
}

func (s *session) play(treat func(*session, *step) error) {
	s.conns, s.vars = map[int]*harness.Client{}, map[string]string{}
	if s.script.fresh {
		s.server = s.facts.endpoint.Start(s.t, s.script.args...)
	} else if _, err := s.facts.control.Do("FLUSHALL"); err != nil {
		s.t.Fatal(err)
	}
	for i := range s.script.steps {
		step := &s.script.steps[i]
		if !s.facts.hold(step.guards) {
			continue
		}
		if err := treat(s, step); err != nil {
			s.t.Fatalf("%s:%d: %s: %v", s.script.name, step.line, step.text, err)
		}
		if s.failures >= failuresMax {
			s.t.Fatalf("%s: %d failures, the rest is left out", s.script.name, s.failures)
		}
	}
	s.checkSilence()
}

// check performs a step and compares. An error ends the file; a reply that does
// not fit is reported, and the conversation goes on.
func (s *session) check(step *step) error {
	if len(step.replies) == 0 && step.kind <= stepReceive {
		return errors.New("no reply is stated; write (nothing), or rewrite the file")
	}
	deadline := time.Now().Add(eventuallyTimeout)
	for {
		if err := s.perform(step); err != nil {
			return err
		}
		diff, err := s.compare(step)
		if err != nil || diff == "" {
			return err
		}
		if !step.eventually || time.Now().After(deadline) {
			s.failures++
			s.t.Errorf("%s:%d: > %s\n%s", s.script.name, step.line, step.text, diff)
			return nil
		}
		s.server.Advance(eventuallyPause)
	}
}

// perform does what a step says, up to the replies.
func (s *session) perform(step *step) error {
	switch step.kind {
	case stepAdvance:
		s.server.Advance(step.wait)
		return nil
	case stepReceive:
		return nil
	case stepClose:
		if c := s.conns[step.conn]; c != nil {
			delete(s.conns, step.conn)
			return c.Close()
		}
		return fmt.Errorf("connection %d is not open", step.conn)
	}
	words, err := splitWords(step.text)
	if err != nil {
		return err
	}
	for i, word := range words { // after splitting: what was captured may be any bytes
		text, err := s.expand(string(word))
		if err != nil {
			return err
		}
		words[i] = []byte(text)
	}
	c, err := s.client(step.conn)
	if err != nil {
		return err
	}
	if step.kind == stepSend {
		return c.Send(words...)
	}
	for _, piece := range words {
		if err := c.SendRaw(piece); err != nil {
			return err
		}
	}
	return nil
}

// compare reads the replies of a step and returns the first difference.
func (s *session) compare(step *step) (diff string, err error) {
	for _, reply := range step.replies {
		text, err := s.expand(reply.text)
		if err != nil {
			return "", err
		}
		want, err := parseExpectation(text)
		if err != nil {
			return "", err
		}
		wait := replyTimeout
		if want.kind == kindNothing {
			wait = quietTime
		}
		got, err := s.receive(step.conn, wait)
		if err != nil {
			return "", err
		}
		if d := match(want, got, s.vars); d != "" && diff == "" {
			diff = fmt.Sprintf("%s\nstated: %s\nreply:  %v", d, text, got)
		}
		if got.kind == kindClosed || got.kind == kindNothing {
			break
		}
	}
	return diff, nil
}

// receive reads one reply. Silence and the end of the connection are replies
// too, as far as a conversation is concerned.
func (s *session) receive(conn int, wait time.Duration) (node, error) {
	c, err := s.client(conn)
	if err != nil {
		return node{}, err
	}
	value, err := c.Receive(wait)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return node{kind: kindNothing}, nil
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.ErrClosedPipe):
		return node{kind: kindClosed}, nil
	case err != nil:
		return node{}, err
	}
	return nodeOf(value), nil
}

// checkSilence fails if a connection still holds a reply that no line stated.
func (s *session) checkSilence() {
	for number, c := range s.conns {
		if c.Buffered() {
			s.t.Errorf("%s: connection %d has a reply that no line states", s.script.name, number)
		}
	}
}

// client returns a numbered connection, opened on first use.
func (s *session) client(number int) (*harness.Client, error) {
	if c := s.conns[number]; c != nil {
		return c, nil
	}
	conn, err := s.server.Dial()
	if err != nil {
		return nil, err
	}
	c := harness.NewClient(conn)
	s.conns[number] = c
	if s.script.resp == 3 {
		_, err = c.Do("HELLO", "3")
	}
	return c, err
}

// controlClient returns a connection that no file can see.
func (s *session) controlClient() (*harness.Client, error) {
	if s.control != nil {
		return s.control, nil
	}
	conn, err := s.server.Dial()
	if err != nil {
		return nil, err
	}
	s.control = harness.NewClient(conn)
	for i, arg := range s.script.args {
		if strings.EqualFold(arg, "--requirepass") && i+1 < len(s.script.args) {
			_, err = s.control.Do("AUTH", s.script.args[i+1])
		}
	}
	return s.control, err
}

func (s *session) close() {
	for _, c := range s.conns {
		c.Close()
	}
	if s.control != nil {
		s.control.Close()
	}
}
