package command

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

func TestTime(t *testing.T) {
	s := newServer(t)
	s.advance(1234)
	s.f("*2\r\n$10\r\n1700000001\r\n$6\r\n234000\r\n", "TIME")
	s.f("-ERR wrong number of arguments for 'time' command\r\n", "TIME", "x")
}

func TestRole(t *testing.T) {
	newServer(t).f("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n", "ROLE")
}

func TestShutdown(t *testing.T) {
	for name, c := range map[string]struct {
		args  []string
		reply string
		ends  bool
	}{
		"plain":                 {[]string{}, "", true},
		"nosave":                {[]string{"nosave"}, "", true},
		"now and force":         {[]string{"NOW", "FORCE"}, "", true},
		"save":                  {[]string{"SAVE"}, "-" + string(errShutdown) + "\r\n", false},
		"save and nosave":       {[]string{"SAVE", "NOSAVE"}, "-ERR syntax error\r\n", false},
		"abort":                 {[]string{"ABORT"}, "-ERR No shutdown in progress.\r\n", false},
		"abort and another":     {[]string{"ABORT", "NOW"}, "-ERR syntax error\r\n", false},
		"another word":          {[]string{"NOSAVE", "x"}, "-ERR syntax error\r\n", false},
		"the word of an option": {[]string{"NO"}, "-ERR syntax error\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.f(c.reply, append([]string{"SHUTDOWN"}, c.args...)...)
			require.Equal(t, c.ends, s.stopped)
			require.Equal(t, c.ends, s.client.closed)
		})
	}
}

func TestLolwut(t *testing.T) {
	s := newServer(t)
	require.Contains(t, s.do("LOLWUT"), "Redis ver. 7.2.0\n")
	require.Contains(t, s.do("LOLWUT", "version", "99", "x"), "SoloKV ver. 0.0.0")
	for _, args := range [][]string{{"x"}, {"5", "x"}, {"5", "1", "1", "x"}, {"6", "x"}, {"6", "1", "x"}} {
		s.f("-ERR value is not an integer or out of range\r\n", append([]string{"LOLWUT", "VERSION"}, args...)...)
	}
}

// TestLolwutSizes: pictures are as large as was asked for, within bounds.
func TestLolwutSizes(t *testing.T) {
	s := newServer(t)
	f := func(width, height int, args ...string) {
		t.Helper()
		reply := s.do(append([]string{"LOLWUT", "VERSION"}, args...)...)
		picture, _, _ := strings.Cut(reply[strings.Index(reply, "\r\n")+2:], "\n\n")
		lines := strings.Split(picture, "\n")
		require.Len(t, lines, height)
		for _, line := range lines {
			require.Equal(t, width, utf8.RuneCountInString(line))
		}
	}
	f(66, 49, "5")
	f(40, 11, "5", "40", "2", "1")
	f(1, 1, "5", "0", "0", "1")
	f(1, 1, "5", "-7", "200", "200")
	f(1000, 4, "5", "5000", "200", "1")
	f(80, 20, "6")
	f(40, 10, "6", "40", "10")
	f(1, 1, "6", "0", "-1")
	f(1000, 1000, "6", "9999", "9999")
}

// TestServerFacts: what COMMAND INFO tells of this group is what Redis tells.
func TestServerFacts(t *testing.T) {
	commands := keyspace.NewTable(Table())
	for name, c := range map[string]struct {
		arity int
		flags []string
		acl   []string
	}{
		"time":     {1, []string{"loading", "stale", "fast"}, []string{"fast"}},
		"lastsave": {1, []string{"loading", "stale", "fast"}, []string{"admin", "fast", "dangerous"}},
		"role":     {1, []string{"noscript", "loading", "stale", "fast"}, []string{"admin", "fast", "dangerous"}},
		"info":     {-1, []string{"loading", "stale"}, []string{"slow", "dangerous"}},
		"debug": {-2, []string{"admin", "noscript", "loading", "stale"},
			[]string{"admin", "slow", "dangerous"}},
		"shutdown": {-1, []string{"admin", "noscript", "loading", "stale", "no_multi", "allow_busy"},
			[]string{"admin", "slow", "dangerous"}},
		"lolwut": {-1, []string{"readonly", "fast"}, []string{"read", "fast"}},
		"config": {-2, nil, []string{"slow"}},
	} {
		cmd := commands.Lookup([]byte(name))
		require.NotNil(t, cmd, name)
		require.Equal(t, c.arity, cmd.Arity, name)
		require.Equal(t, c.flags, cmd.Flags.Names(), name)
		require.Equal(t, c.acl, cmd.ACLCategories().Names(), name)
	}
}
