package main

import (
	"bytes"
	"fmt"
	"log/syslog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"solokv/keyspace/config"
)

// The system's log, to which syslog-enabled sends what the server logs, beside its own.
//
// Whoever logs must not wait for syslogd, which may be slow, stuck or not there. So lines go
// through a queue to a goroutine, the only one that talks to it. What does not fit, or
// comes while there is nobody, is counted, and the count is told when it can be.

const (
	systemLogLinesMax = 1024        // that wait
	systemLogRetry    = time.Second // between two attempts to reach syslogd
	systemLogFarewell = time.Second // that the end of the program waits for the last lines
)

// systemLog is a zerolog.LevelWriter.
type systemLog struct {
	lines chan systemLogLine
	lost  atomic.Int64

	// What follows is the goroutine's.
	dial    func() (*syslog.Writer, error)
	refused func(error) // is told when syslogd is not there
	retry   time.Duration
	format  func([]byte) string
	out     *syslog.Writer // nil: not connected
	tried   time.Time
}

// systemLogLine is a line, or with written a question whether those before it are gone.
type systemLogLine struct {
	level   zerolog.Level
	text    []byte
	written chan<- struct{}
}

// dialSyslog reaches the system's log as the directives say.
func dialSyslog(v *config.Values) func() (*syslog.Writer, error) {
	priority, ident := syslog.Priority(v.SyslogFacility<<3)|syslog.LOG_NOTICE, v.SyslogIdent
	return func() (*syslog.Writer, error) { return syslog.New(priority, ident) }
}

func newSystemLog(
	dial func() (*syslog.Writer, error), format func([]byte) string, retry time.Duration, refused func(error),
) *systemLog {
	s := &systemLog{lines: make(chan systemLogLine, systemLogLinesMax), dial: dial, refused: refused,
		retry: retry, format: format}
	go s.run()
	return s
}

// Write implements io.Writer.
func (s *systemLog) Write(line []byte) (int, error) { return s.WriteLevel(zerolog.NoLevel, line) }

// WriteLevel implements zerolog.LevelWriter.
func (s *systemLog) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	select {
	case s.lines <- systemLogLine{level: level, text: bytes.Clone(line)}:
	default:
		s.lost.Add(1)
	}
	return len(line), nil
}

// flush waits, but not for long, until all lines so far are written.
func (s *systemLog) flush(patience time.Duration) {
	if s == nil {
		return
	}
	written := make(chan struct{})
	end := time.After(patience)
	select {
	case s.lines <- systemLogLine{written: written}:
	case <-end:
		return
	}
	select {
	case <-written:
	case <-end:
	}
}

func (s *systemLog) run() {
	for line := range s.lines {
		if line.written != nil {
			close(line.written)
			continue
		}
		if err := s.send(line); err != nil {
			s.lost.Add(1)
		}
	}
}

func (s *systemLog) send(line systemLogLine) error {
	if err := s.connect(); err != nil {
		return err
	}
	lost := s.lost.Load()
	if lost > 0 {
		if err := s.out.Warning(fmt.Sprintf("lines of the log that did not get here: %d", lost)); err != nil {
			return s.disconnect(err)
		}
		s.lost.Add(-lost)
	}
	if err := s.severity(line.level)(s.format(line.text)); err != nil {
		return s.disconnect(err)
	}
	return nil
}

// severity is the method for a level, as Redis maps its four.
func (s *systemLog) severity(level zerolog.Level) func(string) error {
	switch level {
	case zerolog.TraceLevel:
		return s.out.Debug
	case zerolog.DebugLevel:
		return s.out.Info
	case zerolog.InfoLevel, zerolog.NoLevel:
		return s.out.Notice
	}
	return s.out.Warning
}

var errSyslogAway = fmt.Errorf("syslog: not there, asked a moment ago")

func (s *systemLog) connect() error {
	if s.out != nil {
		return nil
	}
	if time.Since(s.tried) < s.retry {
		return errSyslogAway
	}
	isFirst := s.tried.IsZero()
	s.tried = time.Now()
	out, err := s.dial()
	if err != nil {
		if isFirst {
			s.refused(err)
		}
		return err
	}
	s.out = out
	return nil
}

func (s *systemLog) disconnect(err error) error {
	_ = s.out.Close()
	s.out = nil
	return err
}

// systemLogText makes a line of text of an event: its message and fields. Time, level and
// process are syslog's own.
func systemLogText() func([]byte) string {
	var out bytes.Buffer
	console := zerolog.ConsoleWriter{Out: &out, NoColor: true,
		PartsExclude: []string{zerolog.TimestampFieldName, zerolog.LevelFieldName}}
	return func(event []byte) string {
		out.Reset()
		if _, err := console.Write(event); err != nil {
			return string(event)
		}
		return strings.TrimSpace(out.String())
	}
}

// systemLogJSON leaves an event as it is.
func systemLogJSON(event []byte) string { return string(event) }
