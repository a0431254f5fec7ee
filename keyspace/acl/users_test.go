package acl

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDefaultUser(t *testing.T) {
	users := New(testCatalog)
	assert.Equal(t, []string{"user default on nopass sanitize-payload ~* &* +@all"}, users.List())
	assert.Same(t, users.Default(), users.Authenticate("default", []byte("whatever")))

	users.SetDefaultPassword("secret")
	assert.Nil(t, users.Authenticate("default", []byte("whatever")))
	assert.NotNil(t, users.Authenticate("default", []byte("secret")))
	assert.True(t, users.Default().Unrestricted())

	users.SetDefaultPassword("")
	assert.Equal(t, []string{"user default on nopass sanitize-payload ~* &* +@all"}, users.List())
}

func TestAuthenticate(t *testing.T) {
	users := New(testCatalog)
	require.NoError(t, users.SetUser("a", []string{"on", ">one", ">two"}))
	require.NoError(t, users.SetUser("off", []string{">one"}))
	require.NoError(t, users.SetUser("none", []string{"on"}))
	require.NoError(t, users.SetUser("any", []string{"on", "nopass"}))
	f := func(name, password string, want bool) {
		t.Helper()
		u := users.Authenticate(name, []byte(password))
		assert.Equal(t, want, u != nil, "%s %s", name, password)
		if u != nil {
			assert.Equal(t, name, u.Name())
		}
	}
	f("a", "one", true)
	f("a", "two", true)
	f("a", "", false)
	f("a", "One", false)
	f("off", "one", false)
	f("none", "", false)
	f("any", "", true)
	f("nobody", "one", false)
	f("A", "one", false)
}

func TestSetUserAllOrNone(t *testing.T) {
	users := New(testCatalog)
	require.NoError(t, users.SetUser("a", []string{"on", ">p", "+get|x", "~k", "&c", "(+set)"}))
	before, u := users.Content(), users.Get("a")

	for _, rules := range [][]string{
		{"off", "nopass", "resetkeys", "nope"},
		{"+get|y", "%R~k", "~z", "&d", "-get", "+foo"},
		{">q", "<p", "<none"},
		{"clearselectors", "(+get)", "(+foo)"},
		{"reset", "(+get"},
	} {
		assert.Error(t, users.SetUser("a", rules), "%q", rules)
		assert.Error(t, users.SetUser("b", rules), "%q", rules)
		assert.Equal(t, before, users.Content(), "%q", rules)
	}
	assert.Nil(t, users.Get("b"))
	assert.True(t, u.PermitsCommand(idOf(t, "get"), [][]byte{[]byte("get"), []byte("x")}))
	assert.False(t, u.PermitsCommand(idOf(t, "get"), [][]byte{[]byte("get"), []byte("y")}))

	require.NoError(t, users.SetUser("a", []string{"+get"}))
	assert.True(t, u.PermitsCommand(idOf(t, "get"), nil), "who has the user sees the new rules")

	assert.ErrorIs(t, users.SetUser("a b", nil), ErrName)
	assert.ErrorIs(t, users.SetUser("a\x00", nil), ErrName)
}

// TestRestrictions: the shortcut of who may do everything follows his rules.
func TestRestrictions(t *testing.T) {
	users := New(testCatalog)
	f := func(want bool, rules ...string) {
		t.Helper()
		require.NoError(t, users.SetUser("default", rules))
		assert.Equal(t, want, users.Default().Check(request(t, "get r:k")).Reason == Permitted, "%q", rules)
	}
	f(false, "-get")
	f(true, "+get")
	f(true, "+@all")
	f(false, "resetkeys")
	f(false, "reset")
}

func TestDelete(t *testing.T) {
	users := New(testCatalog)
	require.NoError(t, users.SetUser("a", nil))
	u := users.Get("a")

	gone, err := users.Delete("a")
	require.NoError(t, err)
	assert.Same(t, u, gone)
	assert.Equal(t, []string{"default"}, users.Names())

	gone, err = users.Delete("a")
	assert.NoError(t, err)
	assert.Nil(t, gone)

	_, err = users.Delete("default")
	assert.ErrorIs(t, err, ErrDefault)
	assert.NotNil(t, users.Default())
}

func TestNamesAreSortedByBytes(t *testing.T) {
	users := New(testCatalog)
	for _, name := range []string{"b", "B", "\xff", "a", ""} {
		require.NoError(t, users.SetUser(name, nil))
	}
	assert.Equal(t, []string{"", "B", "a", "b", "default", "\xff"}, users.Names())
}
