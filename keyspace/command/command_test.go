package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

// madeUp are commands that show what COMMAND tells of any command, whichever
// the table has.
func madeUp() []*keyspace.Command {
	handler := func(c *keyspace.Ctx) error { return c.OK() }
	const ro = keyspace.KeyRO | keyspace.KeyAccess
	return []*keyspace.Command{
		{Name: "one", Arity: 2, Flags: keyspace.ReadOnly | keyspace.Fast, Keys: keyspace.OneKey(ro), Group: groupString,
			Summary: "Looks.", Since: "1.0.0", Complexity: "O(1)", Syntax: "key", Handler: handler},
		{Name: "two", Arity: 3, Flags: keyspace.Write, Keys: keyspace.TwoKeys(ro, keyspace.KeyOW|keyspace.KeyVariable),
			Group: groupGeneric, Handler: handler, Deprecated: "2.0.0 `ONE`", History: []string{"1.5.0 Got better."}},
		{Name: "all", Arity: -3, Flags: keyspace.Write, Keys: keyspace.ManyKeys(keyspace.KeyOW, 2), Group: groupGeneric,
			Handler: handler},
		{Name: "counted", Arity: -3, Flags: keyspace.NoMandatoryKeys, Group: groupGeneric, Handler: handler,
			Keys: []keyspace.KeySpec{{Flags: ro, Begin: 2, Count: true, First: 1, Step: 1}}},
		{Name: "behind", Arity: -2, Group: groupGeneric, Handler: handler,
			Keys: []keyspace.KeySpec{{Flags: ro, Keyword: "STORE", Begin: 1, Step: 1}}},
		{Name: "channel", Arity: 2, Group: groupGeneric, Handler: handler, Keys: keyspace.OneKey(keyspace.KeyNotKey)},
		{Name: "box", Arity: -2, Group: groupServer, Subcommands: []*keyspace.Command{
			{Name: "open", Arity: 3, Flags: keyspace.Admin, Keys: []keyspace.KeySpec{{Flags: ro, Begin: 2, Step: 1}},
				Handler: handler, Hints: []string{"hint"}, Summary: "Opens.", Syntax: "key"}}},
	}
}

// newMadeUp starts an engine that has them beside the COMMAND family.
func newMadeUp(t *testing.T) *server {
	return newServerOf(t, append(connectionCommands(), madeUp()...))
}

func TestCommandAll(t *testing.T) {
	s := newServer(t)
	s.f(fmt.Sprintf(":%d\r\n", len(Table())), "COMMAND", "COUNT")
	all := s.do("COMMAND")
	require.True(t, strings.HasPrefix(all, fmt.Sprintf("*%d\r\n*10\r\n", len(Table()))))
	s.f(all, "COMMAND", "INFO")
	s.f("-ERR unknown subcommand 'BOGUS'. Try COMMAND HELP.\r\n", "COMMAND", "BOGUS")
	s.f("-ERR wrong number of arguments for 'command|count' command\r\n", "COMMAND", "COUNT", "x")
}

func TestCommandInfo(t *testing.T) {
	s := newMadeUp(t)
	one := "*10\r\n$3\r\none\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n*3\r\n+@read\r\n+@string\r\n+@fast\r\n*0\r\n" +
		"*1\r\n*6\r\n$5\r\nflags\r\n*2\r\n+RO\r\n+access\r\n" +
		"$12\r\nbegin_search\r\n*4\r\n$4\r\ntype\r\n$5\r\nindex\r\n$4\r\nspec\r\n*2\r\n$5\r\nindex\r\n:1\r\n" +
		"$9\r\nfind_keys\r\n*4\r\n$4\r\ntype\r\n$5\r\nrange\r\n$4\r\nspec\r\n*6\r\n" +
		"$7\r\nlastkey\r\n:0\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0\r\n*0\r\n"
	s.f("*2\r\n$-1\r\n"+one, "COMMAND", "INFO", "nosuch", "ONE")
	s.f("*2\r\n$-1\r\n$-1\r\n", "COMMAND", "INFO", "one|two", "box|nosuch")

	open := "*10\r\n$8\r\nbox|open\r\n:3\r\n*1\r\n+admin\r\n:2\r\n:2\r\n:1\r\n*3\r\n+@admin\r\n+@slow\r\n+@dangerous\r\n" +
		"*1\r\n$4\r\nhint\r\n"
	require.Contains(t, s.do("COMMAND", "INFO", "box|open"), open)
	require.Contains(t, s.do("COMMAND", "INFO", "box"), "*1\r\n+@slow\r\n*0\r\n*0\r\n*1\r\n"+open)

	s.do("HELLO", "3")
	three := "*10\r\n$3\r\none\r\n:2\r\n~2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n~3\r\n+@read\r\n+@string\r\n+@fast\r\n~0\r\n" +
		"~1\r\n%3\r\n$5\r\nflags\r\n~2\r\n+RO\r\n+access\r\n" +
		"$12\r\nbegin_search\r\n%2\r\n$4\r\ntype\r\n$5\r\nindex\r\n$4\r\nspec\r\n%1\r\n$5\r\nindex\r\n:1\r\n" +
		"$9\r\nfind_keys\r\n%2\r\n$4\r\ntype\r\n$5\r\nrange\r\n$4\r\nspec\r\n%3\r\n" +
		"$7\r\nlastkey\r\n:0\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0\r\n~0\r\n"
	s.f("*1\r\n"+three, "COMMAND", "INFO", "one")
}

func TestCommandInfoKeySpecs(t *testing.T) {
	s := newMadeUp(t)
	require.Contains(t, s.do("COMMAND", "INFO", "counted"),
		"$6\r\nkeynum\r\n$4\r\nspec\r\n*6\r\n$9\r\nkeynumidx\r\n:0\r\n$8\r\nfirstkey\r\n:1\r\n$7\r\nkeystep\r\n:1\r\n")
	require.Contains(t, s.do("COMMAND", "INFO", "behind"),
		"$7\r\nkeyword\r\n$4\r\nspec\r\n*4\r\n$7\r\nkeyword\r\n$5\r\nSTORE\r\n$9\r\nstartfrom\r\n:1\r\n")
	require.Contains(t, s.do("COMMAND", "INFO", "two"), "$5\r\nnotes\r\n")
}

func TestRangeOfKeys(t *testing.T) {
	f := func(want keyRange, specs ...keyspace.KeySpec) {
		t.Helper()
		require.Equal(t, want, rangeOfKeys(specs))
	}
	f(keyRange{})
	f(keyRange{1, 1, 1}, keyspace.OneKey(0)...)
	f(keyRange{1, 2, 1}, keyspace.TwoKeys(0, 0)...)
	f(keyRange{1, -1, 2}, keyspace.ManyKeys(0, 2)...)
	f(keyRange{1, 2, 1}, keyspace.KeySpec{Begin: 1, Last: 1, Step: 1})
	f(keyRange{1, -1, 1}, keyspace.KeySpec{Begin: 1, Step: 1}, keyspace.KeySpec{Begin: 2, Last: -1, Step: 1})
	f(keyRange{2, -1, 1}, keyspace.KeySpec{Begin: 2, Step: 1}, keyspace.KeySpec{Begin: 3, Last: -1, Step: 1})
	f(keyRange{1, 1, 1}, keyspace.KeySpec{Begin: 1, Step: 1}, keyspace.KeySpec{Begin: 3, Step: 1})
	f(keyRange{1, 1, 1}, keyspace.KeySpec{Begin: 1, Step: 1}, keyspace.KeySpec{Keyword: "STORE", Begin: 2})
	f(keyRange{1, 1, 1}, keyspace.KeySpec{Begin: 1, Step: 1}, keyspace.KeySpec{Begin: 2, Count: true, First: 1})
	f(keyRange{1, 1, 1}, keyspace.KeySpec{Begin: 1, Step: 1}, keyspace.KeySpec{})
}

func TestCommandList(t *testing.T) {
	s := newMadeUp(t)
	require.Contains(t, s.do("COMMAND", "LIST"), "$3\r\nbox\r\n$8\r\nbox|open\r\n")
	s.f("*2\r\n$3\r\nbox\r\n$8\r\nbox|open\r\n", "COMMAND", "LIST", "FILTERBY", "PATTERN", "BOX*")
	s.f("*1\r\n$8\r\nbox|open\r\n", "COMMAND", "LIST", "filterby", "pattern", "box|*")
	s.f("*0\r\n", "COMMAND", "LIST", "FILTERBY", "PATTERN", "nosuch*")
	s.f("*1\r\n$3\r\none\r\n", "COMMAND", "LIST", "FILTERBY", "ACLCAT", "STRING")
	s.f("*0\r\n", "COMMAND", "LIST", "FILTERBY", "ACLCAT", "nosuch")
	s.f("*0\r\n", "COMMAND", "LIST", "FILTERBY", "MODULE", "x")
	s.f(replySyntax, "COMMAND", "LIST", "FILTERBY", "BOGUS", "x")
	s.f(replySyntax, "COMMAND", "LIST", "FILTERBY", "PATTERN")
	s.f(replySyntax, "COMMAND", "LIST", "FILTERBY", "PATTERN", "x", "y")
	s.f(replySyntax, "COMMAND", "LIST", "BOGUS")
}

func TestCommandGetKeys(t *testing.T) {
	s := newMadeUp(t)
	f := func(want string, args ...string) {
		t.Helper()
		s.f(want, append([]string{"COMMAND", "GETKEYS"}, args...)...)
	}
	f("*1\r\n$1\r\nk\r\n", "one", "k")
	f("*2\r\n$1\r\na\r\n$1\r\nb\r\n", "TWO", "a", "b")
	f("*2\r\n$1\r\na\r\n$1\r\nb\r\n", "all", "a", "1", "b", "2")
	f("*2\r\n$1\r\na\r\n$1\r\nb\r\n", "counted", "x", "2", "a", "b", "c")
	f("*0\r\n", "counted", "x", "0")
	f("*0\r\n", "counted", "x", "many")
	f("*1\r\n$1\r\na\r\n", "behind", "x", "store", "a")
	f("*1\r\n$1\r\nk\r\n", "box", "OPEN", "k")
	f("-ERR Invalid arguments specified for command\r\n", "behind", "x")
	f("-ERR Invalid arguments specified for command\r\n", "channel", "x")
	f("-ERR Invalid number of arguments specified for command\r\n", "one")
	f("-ERR Invalid number of arguments specified for command\r\n", "all", "a")
	f("-ERR The command has no key arguments\r\n", "ping")
	f("-ERR The command has no key arguments\r\n", "box")
	f("-ERR Invalid command specified\r\n", "nosuch", "a")
	f("-ERR Invalid command specified\r\n", "box", "nosuch")
	f("-ERR wrong number of arguments for 'command|getkeys' command\r\n")
}

func TestCommandGetKeysAndFlags(t *testing.T) {
	s := newMadeUp(t)
	s.f("*2\r\n*2\r\n$1\r\na\r\n*2\r\n+RO\r\n+access\r\n*2\r\n$1\r\nb\r\n*2\r\n+OW\r\n+variable_flags\r\n",
		"COMMAND", "GETKEYSANDFLAGS", "two", "a", "b")
	s.f("-ERR The command has no key arguments\r\n", "COMMAND", "GETKEYSANDFLAGS", "ping")
	s.do("HELLO", "3")
	s.f("*1\r\n*2\r\n$1\r\na\r\n~2\r\n+RO\r\n+access\r\n", "COMMAND", "GETKEYSANDFLAGS", "one", "a")
}

func TestCommandDocs(t *testing.T) {
	s := newMadeUp(t)
	s.f("*0\r\n", "COMMAND", "DOCS", "nosuch", "box|nosuch")
	s.f("*2\r\n$3\r\none\r\n*10\r\n$7\r\nsummary\r\n$6\r\nLooks.\r\n$5\r\nsince\r\n$5\r\n1.0.0\r\n$5\r\ngroup\r\n$6\r\nstring\r\n"+
		"$10\r\ncomplexity\r\n$4\r\nO(1)\r\n$9\r\narguments\r\n*1\r\n*8\r\n$4\r\nname\r\n$3\r\nkey\r\n$4\r\ntype\r\n$3\r\nkey\r\n"+
		"$12\r\ndisplay_text\r\n$3\r\nkey\r\n$14\r\nkey_spec_index\r\n:0\r\n", "COMMAND", "DOCS", "nosuch", "ONE")
	s.do("HELLO", "3")
	s.f("%1\r\n$3\r\ntwo\r\n%5\r\n$5\r\ngroup\r\n$7\r\ngeneric\r\n$9\r\ndoc_flags\r\n~1\r\n+deprecated\r\n"+
		"$16\r\ndeprecated_since\r\n$5\r\n2.0.0\r\n$11\r\nreplaced_by\r\n$5\r\n`ONE`\r\n"+
		"$7\r\nhistory\r\n~1\r\n*2\r\n$5\r\n1.5.0\r\n$11\r\nGot better.\r\n", "COMMAND", "DOCS", "two")
	s.f("%1\r\n$3\r\nbox\r\n%2\r\n$5\r\ngroup\r\n$6\r\nserver\r\n$11\r\nsubcommands\r\n"+
		"%1\r\n$8\r\nbox|open\r\n%3\r\n$7\r\nsummary\r\n$6\r\nOpens.\r\n$5\r\ngroup\r\n$6\r\nserver\r\n"+
		"$9\r\narguments\r\n*1\r\n%4\r\n$4\r\nname\r\n$3\r\nkey\r\n$4\r\ntype\r\n$3\r\nkey\r\n"+
		"$12\r\ndisplay_text\r\n$3\r\nkey\r\n$14\r\nkey_spec_index\r\n:0\r\n", "COMMAND", "DOCS", "box")
	all := newServer(t)
	require.True(t, strings.HasPrefix(all.do("COMMAND", "DOCS"), fmt.Sprintf("*%d\r\n", 2*len(Table()))))
}

// TestCommandDocsArgument shows what the tree of arguments looks like.
func TestCommandDocsArgument(t *testing.T) {
	s := newServerOf(t, append(connectionCommands(), &keyspace.Command{Name: "x", Arity: -1, Syntax: `[<unit: BYTE | ""> [<BYTE | ""> ...]]`,
		History: []string{"7.0.0 Added `BYTE`."}, Handler: func(*keyspace.Ctx) error { return nil }}))
	s.do("HELLO", "3")
	require.Contains(t, s.do("COMMAND", "DOCS", "x"),
		"*1\r\n%4\r\n$4\r\nname\r\n$4\r\nunit\r\n$4\r\ntype\r\n$5\r\noneof\r\n$5\r\nflags\r\n~2\r\n+optional\r\n+multiple\r\n"+
			"$9\r\narguments\r\n*2\r\n"+
			"%5\r\n$4\r\nname\r\n$4\r\nbyte\r\n$4\r\ntype\r\n$10\r\npure-token\r\n$12\r\ndisplay_text\r\n$4\r\nbyte\r\n"+
			"$5\r\ntoken\r\n$4\r\nBYTE\r\n$5\r\nsince\r\n$5\r\n7.0.0\r\n"+
			"%4\r\n$4\r\nname\r\n$12\r\nempty-string\r\n$4\r\ntype\r\n$10\r\npure-token\r\n$12\r\ndisplay_text\r\n"+
			"$12\r\nempty-string\r\n$5\r\ntoken\r\n$0\r\n\r\n")
}

func TestDocument(t *testing.T) {
	page := Document(madeUp())
	require.Equal(t, page, Document(madeUp()))
	require.True(t, strings.HasPrefix(page, "# Commands\n\nSoloKV has 7 commands and 1 subcommands."))
	require.Contains(t, page, "\n## String\n\n| Command | What it does | Since | Cost |\n|---|---|---|---|\n"+
		"| `ONE key` | Looks. | 1.0.0 | O(1) |\n")
	require.Contains(t, page, "| `BOX OPEN key` | Opens. |  |  |\n")
	require.Contains(t, page, " Deprecated since 2.0.0, replaced by `ONE`. |")
	require.NotContains(t, page, "| `BOX` |")
	require.Contains(t, Document(connectionCommands()), "| `CLIENT PAUSE timeout [WRITE \\| ALL]` |")
}

// TestSystemCommands: COMMAND DOCS says which are not for applications.
func TestSystemCommands(t *testing.T) {
	s := newServer(t)
	for _, name := range []string{"debug", "pfdebug", "pfselftest", "restore-asking"} {
		require.Contains(t, s.do("COMMAND", "DOCS", name), "doc_flags\r\n*1\r\n+syscmd\r\n", name)
	}
	require.NotContains(t, s.do("COMMAND", "DOCS", "get"), "doc_flags")
}

// TestArgumentsAreNamed: no bracket of a syntax was taken for a value.
func TestArgumentsAreNamed(t *testing.T) {
	var check func(cmd string, args []argument)
	check = func(cmd string, args []argument) {
		for _, arg := range args {
			require.Regexp(t, `^[a-z0-9-]+$`, arg.name, cmd)
			check(cmd, arg.args)
		}
	}
	for _, cmd := range keyspace.NewTable(Table()).All() {
		for _, cmd := range append([]*keyspace.Command{cmd}, cmd.Subcommands...) {
			check(cmd.FullName(), arguments(cmd))
		}
	}
}
