package acl

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// goodFiles have rules that every version describes in the same words.
var goodFiles = []string{
	"", "\n\n", "user a\n", "user a (+get ~x) on\n", "  user b on  \r\n\tuser c on", "user a on >x  ~y   &z\n",
	"user a (~a\t+get)\n", "user a ~b\t\n", "user default on nopass ~* &* +@all\nuser z off +get",
}

var badFiles = []string{
	"# comment\n", "user\n", "foo bar\n", "USER a on\n", "user a on\nuser a off\n",
	"user a on +foo +bar nope nope2\n",
	"user a nope +foo nope2 +bar\n", "user \"a b\" on\n", "user a \"on\"\n", "user  a on\n",
	"user a +get|x|y\nuser b ~* ~a\n", "user a #zz\nuser b <zz\n", "user a on\nfoo\nuser b +zork\n",
	"user a\ton\n",
	"user a on\tnopass\n", "user a )\n", "user a (on)\n", "user a (+zork)\n", "user a +get +@zork\n",
	"user a on # x\n",
}

func TestLoad(t *testing.T) {
	users := New(testCatalog)
	require.NoError(t, users.SetUser("old", []string{"on"}))
	require.NoError(t, users.SetUser("kept", []string{"on", "+get"}))
	require.NoError(t, users.SetUser("default", []string{"-get"}))
	old, kept, first := users.Get("old"), users.Get("kept"), users.Default()

	gone, err := users.Load("users.acl", "user kept on +set (~x +get)\r\n\n  user new >p\n")

	require.NoError(t, err)
	assert.Equal(t, []*User{old}, gone)
	assert.Same(t, kept, users.Get("kept"), "a session that has it sees the new rules")
	assert.Same(t, first, users.Default())
	assert.True(t, first.Unrestricted(), "as in New when the file does not have it")
	assert.Equal(t, []string{
		"user default on nopass sanitize-payload ~* &* +@all",
		"user kept on sanitize-payload resetchannels -@all +set (~x resetchannels -@all +get)",
		"user new off sanitize-payload #148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940 " +
			"resetchannels -@all",
	}, users.List())
	assert.False(t, kept.Check(request(t, "set w:k v")).Reason == Permitted)
}

func TestLoadAllOrNone(t *testing.T) {
	const rest = "WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
	users := New(testCatalog)
	require.NoError(t, users.SetUser("kept", []string{"on", "+get"}))
	before := users.Content()
	f := func(content, want string) {
		t.Helper()
		gone, err := users.Load("F", content)
		assert.EqualError(t, err, want+rest, "%q", content)
		assert.Empty(t, gone)
		assert.Equal(t, before, users.Content(), "%q", content)
	}
	const unknown = "Unknown command or category name in ACL. "
	f("# comment", "F:1 should start with user keyword followed by the username. ")
	f("user a\n\nuser", "F:3 should start with user keyword followed by the username. ")
	f("user a on\nuser a +foo", "WARNING: Duplicate user 'a' found on line 2. ")
	f("user a nope +foo nope2 +bar", "F:1: Syntax error. F:1: Error in applying operation '+foo': "+unknown+
		"F:1: Error in applying operation '+bar': "+unknown)
	f("user a\ton", "'F:1: username 'a\ton' contains invalid characters. ")
	f("user a #zz\nuser b <zz", "F:1: "+errHash.Error()+". F:2: "+errNoPassword.Error()+". ")
	f("user a (+zork)", "F:1: Error in applying operation '(+zork)': "+unknown)
	f("user a (~b +get) (+set", "F:1: Unmatched parenthesis in selector definition. ")
	for _, content := range badFiles {
		_, err := users.Load("F", content)
		assert.Error(t, err, content)
		assert.Equal(t, before, users.Content(), "%q", content)
	}
}

func TestContentLoads(t *testing.T) {
	users := New(testCatalog)
	require.NoError(t, users.SetUser("zed", []string{"on", ">p", "~a", "%W~b", "&c", "+@all", "-@write", "+set|x",
		"(+get ~b)", "skip-sanitize-payload"}))
	require.NoError(t, users.SetUser("Alpha", nil))
	require.NoError(t, users.SetUser("", []string{"on"}))
	content := users.Content()
	assert.True(t, strings.HasPrefix(content, "user  on "), content)

	again := New(testCatalog)
	_, err := again.Load("F", content)
	require.NoError(t, err)
	assert.Equal(t, content, again.Content())
}

func TestDeclare(t *testing.T) {
	users := New(testCatalog)
	first := users.Default()
	line, err := users.Declare([][]string{
		{"a", "(+get", "~x)", ">p", "on"}, {"default", "on", "nopass", "+@all", "~*"},
	})
	require.NoError(t, err)
	assert.Zero(t, line)
	assert.Equal(t, "(~x resetchannels -@all +get)", users.Get("a").Selectors()[0].selector())
	assert.Same(t, first, users.Default())
	assert.Equal(t, "on nopass sanitize-payload ~* resetchannels +@all", first.Description())
	assert.NotNil(t, users.Authenticate("a", []byte("p")))
}

func TestDeclareAllOrNone(t *testing.T) {
	f := func(line int, want string, lines ...string) {
		t.Helper()
		users := New(testCatalog)
		before := users.Content()
		var declared [][]string
		for _, words := range lines {
			declared = append(declared, strings.Split(words, " "))
		}
		at, err := users.Declare(declared)
		assert.EqualError(t, err, want, lines)
		assert.Equal(t, line, at, lines)
		assert.Equal(t, before, users.Content())
	}
	const unknown = "Unknown command or category name in ACL"
	f(1, "Error in user declaration 'a': Duplicate user found. A user can only be defined once in config files",
		"a on", "a off")
	f(0, "Error loading ACL rule '+foo' for the user named 'a': "+unknown, "a +foo", "b on")
	f(1, "Error in user declaration 'user': Syntax error", "a +foo", "b nope") // found before +foo is
	f(0, "Error in user declaration 'a': Syntax error", "a on nope +foo")
	f(0, "Error in user declaration 'on': Syntax error", "a on off nope")
	f(0, "Error loading ACL rule '(+foo)' for the user named 'a': "+unknown, "a (+foo)")
	f(0, "Error in user declaration 'user': "+errHash.Error(), "a #zz")
	f(0, "Spaces not allowed in ACL usernames", "a\tb on")
	f(0, "Error in user declaration 'a': Unmatched parenthesis in acl selector starting at '(+get'.", "a (+get")
}

func TestDeclarations(t *testing.T) {
	users := New(testCatalog)
	require.NoError(t, users.SetUser("it's", []string{"on", `~a"b\`, `&c\`, "~d)", `("~it's" "~e)" +get)`}))
	require.NoError(t, users.SetUser("", []string{">p"}))
	lines := users.Declarations()
	assert.Len(t, lines, 3)
	requireDeclares(t, users)
}

// requireDeclares demands that the declarations make the same users.
func requireDeclares(t *testing.T, users *Users) {
	t.Helper()
	var lines [][]string
	for _, line := range users.Declarations() {
		words, ok := splitWords(line)
		require.True(t, ok, line)
		lines = append(lines, words)
	}
	again := New(testCatalog)
	_, err := again.Declare(lines)
	require.NoError(t, err, lines)
	require.Equal(t, users.Content(), again.Content())
}
