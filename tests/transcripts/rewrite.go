package transcripts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	firstReplyWait = 300 * time.Millisecond // when rewriting, silence is a finding and not a failure
	nextReplyWait  = 20 * time.Millisecond
)

// Rewrite plays the corpus against a server that is right by definition and
// writes what it said into the files below dir. Expectations that fit, and
// lines that this server does not play, stay as they are.
func Rewrite(t *testing.T, e Endpoint, dir string, groups ...string) {
	play(t, e, groups, func(s *session, step *step) error {
		if s.recorded == nil {
			s.recorded = map[int]string{}
			s.t.Cleanup(func() { s.writeBack(dir) })
		}
		return s.record(step)
	})
}

// record performs a step and keeps the replies if they do not fit.
func (s *session) record(step *step) error {
	if step.eventually {
		return s.check(step)
	}
	if err := s.perform(step); err != nil || step.kind > stepReceive {
		return err
	}
	wait := firstReplyWait
	if len(step.replies) == 1 && step.replies[0].text == "(nothing)" {
		wait = quietTime
	}
	replies, err := s.gather(step.conn, wait)
	if err != nil {
		return err
	}
	if known, err := s.fit(step, replies); err != nil || known {
		return err
	}
	var text []string
	for _, r := range replies {
		text = append(text, r.String())
	}
	s.recorded[step.line] = strings.Join(text, "\n")
	return nil
}

// gather reads until the connection is silent or closed; the first reply may
// take up to wait.
func (s *session) gather(conn int, wait time.Duration) ([]node, error) {
	var replies []node
	for ; ; wait = nextReplyWait {
		got, err := s.receive(conn, wait)
		if err != nil {
			return nil, err
		}
		if got.kind == kindNothing && len(replies) > 0 {
			return replies, nil
		}
		replies = append(replies, got)
		if got.kind == kindNothing || got.kind == kindClosed {
			return replies, nil
		}
	}
}

// fit tells whether the file already says what the server said.
func (s *session) fit(step *step, got []node) (bool, error) {
	fits := len(got) == len(step.replies)
	for i, reply := range step.replies {
		text, err := s.expand(reply.text)
		if err != nil {
			return false, err
		}
		want, err := parseExpectation(text)
		if err != nil {
			return false, err
		}
		fits = fits && match(want, got[i], s.vars) == ""
	}
	return fits, nil
}

// writeBack puts the recorded replies into the file, unless the play broke off.
func (s *session) writeBack(dir string) {
	if s.t.Failed() || len(s.recorded) == 0 {
		return
	}
	var out []string
	done := 0
	for _, step := range s.script.steps {
		text, changed := s.recorded[step.line]
		if !changed {
			continue
		}
		from, to, prefix := step.line, step.line, ""
		if len(step.replies) > 0 {
			from, to = step.replies[0].from, step.replies[len(step.replies)-1].to
		}
		if step.kind == stepReceive {
			prefix, _, _ = strings.Cut(s.script.lines[from], " ")
			prefix += " "
		}
		out = append(out, s.script.lines[done:from]...)
		out = append(out, strings.Split(prefix+text, "\n")...)
		done = to
	}
	out = append(out, s.script.lines[done:]...)
	path := filepath.Join(dir, filepath.FromSlash(s.script.name)+".txt")
	if err := os.WriteFile(path, []byte(strings.Join(out, "\n")+"\n"), 0o644); err != nil {
		s.t.Error(err)
	}
	s.t.Logf("%s: %d places rewritten", path, len(s.recorded))
}
