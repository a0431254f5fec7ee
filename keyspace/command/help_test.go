package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

// TestHelp: every container explains itself, and mentions all its subcommands.
func TestHelp(t *testing.T) {
	s := newServer(t)
	for _, cmd := range s.engine.Commands().All() {
		if len(cmd.Subcommands) == 0 {
			continue
		}
		name := strings.ToUpper(cmd.Name)
		reply := s.do(name, "HELP")
		require.Contains(t, reply, "\r\n+"+name+" <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n")
		require.True(t, strings.HasSuffix(reply, "\r\n+HELP\r\n+    Print this help.\r\n"), name)
		for _, sub := range cmd.Subcommands {
			require.Contains(t, reply, "\r\n+"+strings.ToUpper(sub.Name), "%s HELP on %s", name, sub.Name)
		}
	}
}

// TestEntries: what COMMAND INFO and DOCS need is in every entry, and can be
// derived from it.
func TestEntries(t *testing.T) {
	f := func(cmd *keyspace.Command) {
		name := cmd.FullName()
		require.NotEmpty(t, cmd.Summary, name)
		require.True(t, strings.HasSuffix(cmd.Summary, "."), "%s: the summary is a sentence", name)
		require.NotEmpty(t, cmd.Since, name)
		require.NotEmpty(t, cmd.Complexity, name)
		require.NotEmpty(t, cmd.Group, name)
		require.NotPanics(t, func() { cmd.ACLCategories(); arguments(cmd); syntaxShown(cmd.Syntax) }, name)
		documented := tree(arguments(cmd))
		for i, spec := range cmd.Keys {
			known := spec.Begin != 0 // no rule finds those keys
			if known && spec.Flags&(keyspace.KeyNotKey|keyspace.KeyIncomplete) == 0 {
				require.Contains(t, documented, fmt.Sprintf("#%d", i), "%s: no argument is key %d", name, i)
			}
		}
	}
	for _, cmd := range newServer(t).engine.Commands().All() {
		f(cmd)
		for _, sub := range cmd.Subcommands {
			f(sub)
		}
	}
}
