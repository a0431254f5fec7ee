package keyspace

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACLCategories(t *testing.T) {
	handler := func(*Ctx) error { return nil }
	f := func(want string, cmd Command) {
		t.Helper()
		require.Equal(t, want, strings.Join(cmd.ACLCategories().Names(), " "))
	}
	f("read string fast", Command{Flags: ReadOnly | Fast, Group: "string", Handler: handler})
	f("keyspace write slow", Command{Flags: Write, Group: "generic", Handler: handler})
	f("admin slow dangerous", Command{Flags: Admin, Group: "server", Handler: handler})
	f("write list slow blocking", Command{Flags: Write | Blocking, Group: "list", Handler: handler})
	f("pubsub fast", Command{Flags: PubSub | Fast, Group: "pubsub", Handler: handler})
	f("slow", Command{Group: "connection"}) // a container
	f("slow scripting", Command{Flags: ReadOnly, Group: "scripting", Handler: handler})
	f("write set sortedset list slow dangerous", Command{Flags: Write, Group: "generic", Handler: handler,
		Categories: []string{"-keyspace", "set", "sortedset", "list", "dangerous"}})
	require.Panics(t, func() { (&Command{Handler: handler, Categories: []string{"nosuch"}}).ACLCategories() })
}

func TestCategoryNames(t *testing.T) {
	for i, name := range categoryNames {
		require.Equal(t, Category(1)<<i, CategoryNamed(strings.ToUpper(name)))
		require.Equal(t, []string{name}, CategoryNamed(name).Names())
	}
	require.Equal(t, CategoryScripting, Category(1)<<(len(categoryNames)-1), "a name for every category")
	require.Zero(t, CategoryNamed("nosuch"))
	require.Zero(t, CategoryNamed(""))
}
