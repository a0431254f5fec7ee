package main

import (
	"errors"
	"fmt"
	"log/syslog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace/config"
)

// syslogd is a socket like that of the system's log. Nothing reads it by itself.
type syslogd struct{ *net.UnixConn }

func listenSyslog(t *testing.T, path string) syslogd {
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return syslogd{conn}
}

// stamp is what syslog puts between the priority and the text, apart from the ident.
var stamp = regexp.MustCompile(`^(<\d+>)[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (.*)\[\d+\]: (.*)\n$`)

// next is the next line: priority, ident and text.
func (d syslogd) next(t *testing.T) string {
	t.Helper()
	buffer := make([]byte, 4096)
	require.NoError(t, d.SetReadDeadline(time.Now().Add(20*time.Second)))
	n, err := d.Read(buffer)
	require.NoError(t, err)
	parts := stamp.FindStringSubmatch(string(buffer[:n]))
	require.NotNil(t, parts, "%q", buffer[:n])
	return parts[1] + parts[2] + ": " + parts[3]
}

// dialAt is dialSyslog for a socket of the test's.
func dialAt(path string) func() (*syslog.Writer, error) {
	return func() (*syslog.Writer, error) {
		return syslog.Dial("unixgram", path, syslog.Priority(config.SyslogLocal0<<3), "solo")
	}
}

func unexpected(t *testing.T) func(error) {
	return func(err error) { t.Errorf("syslogd is there, and yet: %v", err) }
}

// TestSystemLogLevels: as Redis maps its four levels; facility 16 is 128 of the priority.
func TestSystemLogLevels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	daemon := listenSyslog(t, path)
	defer zerolog.SetGlobalLevel(zerolog.GlobalLevel())
	zerolog.SetGlobalLevel(levelOf(config.LogDebug))
	system := newSystemLog(dialAt(path), systemLogText(), 0, unexpected(t))
	log := zerolog.New(zerolog.MultiLevelWriter(system)).With().Timestamp().Logger()

	f := func(event *zerolog.Event, want string) {
		t.Helper()
		event.Str("who", "me").Msg("this and that")
		assert.Equal(t, want, daemon.next(t))
	}
	f(log.Trace(), "<135>solo: this and that who=me")
	f(log.Debug(), "<134>solo: this and that who=me")
	f(log.Info(), "<133>solo: this and that who=me")
	f(log.Warn(), "<132>solo: this and that who=me")
	f(log.Error().Err(errors.New("no")), "<132>solo: this and that error=no who=me")

	zerolog.SetGlobalLevel(levelOf(config.LogWarning))
	log.Info().Msg("not wanted")
	f(log.Warn(), "<132>solo: this and that who=me")
}

func TestSystemLogJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	daemon := listenSyslog(t, path)
	system := newSystemLog(dialAt(path), systemLogJSON, 0, unexpected(t))
	log := zerolog.New(zerolog.MultiLevelWriter(system))
	log.Warn().Int("n", 1).Msg("text")
	assert.Equal(t, `<132>solo: {"level":"warn","n":1,"message":"text"}`, daemon.next(t))
}

// TestSystemLogDoesNotWait: more is logged than a daemon that reads nothing, and the queue,
// can hold. Nobody waits, and what was lost is told when it reads again.
func TestSystemLogDoesNotWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	daemon := listenSyslog(t, path)
	require.NoError(t, daemon.SetReadBuffer(1<<12))
	system := newSystemLog(dialAt(path), systemLogText(), 0, unexpected(t))
	log := zerolog.New(zerolog.MultiLevelWriter(system))
	const lines = 10 * systemLogLinesMax
	for i := range lines {
		log.Info().Msgf("line %d", i)
	}
	require.Positive(t, system.lost.Load())
	system.flush(time.Millisecond) // gives up

	told, lost := 0, 0
	for told+lost < lines {
		line := daemon.next(t)
		if text, isLine := strings.CutPrefix(line, "<133>solo: line "); isLine {
			assert.NotEmpty(t, text)
			told++
			continue
		}
		n := 0
		_, err := fmt.Sscanf(line, "<132>solo: lines of the log that did not get here: %d", &n)
		require.NoError(t, err, line)
		lost += n
	}
	assert.Equal(t, lines, told+lost)
	assert.Positive(t, lost)
}

// TestSystemLogComesAndGoes: a daemon that is not there, comes, goes and comes again.
func TestSystemLogComesAndGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	refusals := make(chan error, 10)
	system := newSystemLog(dialAt(path), systemLogText(), 0, func(err error) { refusals <- err })
	log := zerolog.New(zerolog.MultiLevelWriter(system))
	say := func(text string) {
		log.Info().Msg(text)
		system.flush(10 * time.Second)
	}

	say("lost")
	say("lost too")
	assert.Error(t, <-refusals)
	daemon := listenSyslog(t, path)
	say("first")
	assert.Equal(t, "<132>solo: lines of the log that did not get here: 2", daemon.next(t))
	assert.Equal(t, "<133>solo: first", daemon.next(t))
	require.NoError(t, daemon.Close())
	require.NoError(t, os.Remove(path))
	say("lost")
	daemon = listenSyslog(t, path)
	say("second")
	assert.Equal(t, "<132>solo: lines of the log that did not get here: 1", daemon.next(t))
	assert.Equal(t, "<133>solo: second", daemon.next(t))
	assert.Empty(t, refusals, "it is told once that nobody is there")
}

// TestSystemLogRetries: who is not there is not asked for every line.
func TestSystemLogRetries(t *testing.T) {
	calls := 0
	system := newSystemLog(func() (*syslog.Writer, error) {
		calls++
		return nil, errors.New("away")
	}, systemLogText(), time.Hour, func(error) {})
	for range 100 {
		_, _ = system.Write([]byte(`{"message":"x"}`))
	}
	system.flush(10 * time.Second)
	assert.Equal(t, 1, calls)
	assert.EqualValues(t, 100, system.lost.Load())
}
