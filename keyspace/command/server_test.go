package command

import (
	"testing"

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
	require.Contains(t, s.do("LOLWUT", "version", "5", "1"), "SoloKV ver. 0.0.0")
	s.f("-ERR value is not an integer or out of range\r\n", "LOLWUT", "VERSION", "x")
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
