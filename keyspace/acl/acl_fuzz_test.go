package acl

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzRules gives rules, parted by zero bytes, to a user. When they are refused,
// nothing has changed. When not, his description makes the same user again, who
// may do the same.
func FuzzRules(f *testing.F) {
	for _, rules := range []string{
		"on\x00>p\x00~a*\x00%R~b\x00&c\x00+@read\x00-get\x00+select|0", "(~a\x00+get)\x00( +set )\x00clearselectors",
		"(\"~\\x41\" '+get')", "+client\x00-client|id\x00+@all\x00-@dangerous", "allkeys\x00~x", "(+get",
		"reset\x00#zz",
		"(\"~a)\" \"~it's\")", "(~a) ~b)", "+get|x|y\x00+client|id|x\x00%RW", "+select|\x85",
	} {
		f.Add(rules)
	}
	f.Fuzz(func(t *testing.T, rules string) {
		users := New(testCatalog)
		require.NoError(t, users.SetUser("u", []string{"on", "+get|x", "~k", "(+set ~s)"}))
		before := users.Content()
		if users.SetUser("u", strings.Split(rules, "\x00")) != nil {
			require.Equal(t, before, users.Content())
			return
		}
		u := users.Get("u")
		again := New(testCatalog)
		require.NoError(t, again.SetUser("u", strings.Split(u.Description(), " ")), u.Description())
		requireSame(t, u, again.Get("u"))
		requireDeclares(t, users)
	})
}

// FuzzLoad gives content to the ACL file. When it is refused, nothing has
// changed. When not, what is saved brings back the same users.
func FuzzLoad(f *testing.F) {
	for _, content := range append(goodFiles, badFiles...) {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		users := New(testCatalog)
		require.NoError(t, users.SetUser("kept", []string{"on"}))
		before := users.Content()
		if _, err := users.Load("F", content); err != nil {
			require.Equal(t, before, users.Content())
			return
		}
		again := New(testCatalog)
		_, err := again.Load("F", users.Content())
		require.NoError(t, err, users.Content())
		require.Equal(t, users.Names(), again.Names())
		for _, name := range users.Names() {
			requireSame(t, users.Get(name), again.Get(name))
		}
		requireDeclares(t, users)
	})
}

// requireSame looks deeper than descriptions: at the bits.
func requireSame(t *testing.T, want, got *User) {
	t.Helper()
	require.Equal(t, want.Description(), got.Description())
	require.Len(t, got.sets, len(want.sets))
	for i, set := range want.sets {
		other := got.sets[i]
		require.Equal(t, set.commands, other.commands, want.Description())
		require.Equal(t, len(set.firstArgs), len(other.firstArgs), want.Description())
		for id, args := range set.firstArgs {
			assert.Equal(t, args, other.firstArgs[id])
		}
		require.Equal(t, set.allKeys, other.allKeys)
		require.Equal(t, set.allChannels, other.allChannels)
	}
}
