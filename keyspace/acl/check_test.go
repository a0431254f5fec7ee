package acl

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// userWith returns a new user with rules, which are parted by commas.
func userWith(tb testing.TB, rules string) *User {
	tb.Helper()
	users := New(testCatalog)
	require.NoError(tb, users.SetUser("u", strings.Split(rules, ",")))
	return users.Get("u")
}

// request describes a request. Of its words, "r:k" is a key that is read, "w:k"
// one that is written, "rw:k" both, "-:k" neither, "c:x" a channel and "p:x" a pattern.
func request(tb testing.TB, line string) *Request {
	tb.Helper()
	words := strings.Fields(line)
	r := &Request{Command: idOf(tb, words[0])}
	for i, word := range words {
		kind, name, marked := strings.Cut(word, ":")
		switch {
		case !marked:
			name = word
		case kind == "c" || kind == "p":
			r.Channels = append(r.Channels, Channel{i, kind == "p"})
		default:
			access := map[string]Access{"r": Read, "w": Write, "rw": Read | Write, "-": 0}[kind]
			r.Keys = append(r.Keys, Key{i, access})
		}
		r.Args = append(r.Args, []byte(name))
	}
	return r
}

func TestCheck(t *testing.T) {
	f := func(rules, line string, want Denial) {
		t.Helper()
		assert.Equal(t, want, userWith(t, rules).Check(request(t, line)), "%s: %s", rules, line)
	}
	ok, noCommand := Denial{}, Denial{Reason: DeniedCommand}
	noKey := func(i int) Denial { return Denial{DeniedKey, i} }
	noChannel := func(i int) Denial { return Denial{DeniedChannel, i} }

	f("", "get r:k", noCommand)
	f("", "auth p", ok)
	f("-auth,-@connection,nocommands", "auth p", ok)
	f("+get,allkeys", "get r:k", ok)
	f("+get", "get r:k", noKey(1))
	f("+@read,~k*", "mget r:k1 r:k2", ok)
	f("+@read,~k*", "mget r:k1 r:x r:y", noKey(2))
	f("+@all,-@write,~*", "set w:k v", noCommand)
	f("+@all,-@write,~*", "get r:k", ok)
	f("+@all,-@write,+set,~*", "set w:k v", ok)

	// Subcommands.
	f("+client", "client|id", ok)
	f("+client,-client|id", "client|id", noCommand)
	f("+client,-client|id", "client|list", ok)
	f("+@all,-client", "client|id", noCommand)
	f("+client|id", "client|id", ok)
	f("+client|id", "client|list", noCommand)
	f("+@slow,-acl|whoami", "acl|whoami", noCommand)
	f("+@scripting", "script|load x", ok)

	// First arguments.
	f("+select|0", "select 0", ok)
	f("+select|0", "select 1", noCommand)
	f("+select|0", "select", noCommand)
	f("+get|AbC,~*", "get r:aBc", ok)
	f("+get|a", "get r:a", noKey(1))
	f("+select|0,+select", "select 1", ok)
	f("+select|0,-select", "select 0", noCommand)
	f("+select|0,-@fast", "select 0", noCommand)
	f("+select|0,-@write", "select 0", ok)
	f("+select|0,-@all", "select 0", noCommand)
	f("+@all,-select,+select|3", "select 3", ok)

	// What is done with a key.
	f("+@all,%R~r,%W~w", "get r:r", ok)
	f("+@all,%R~r,%W~w", "get r:w", noKey(1))
	f("+@all,%R~r,%W~w", "set w:r v", noKey(1))
	f("+@all,%R~r,%W~w", "copy r:r w:w", ok)
	f("+@all,%R~r,%W~w", "getset rw:w v", noKey(1))
	f("+@all,%R~k,%W~k", "getset rw:k v", ok)
	f("+@all,%R~k*,%W~*1", "getset rw:k1 v", noKey(1)) // one pattern must give both
	f("+@all,%W~w", "exists -:w", ok)
	f("+@all,%W~w", "exists -:x", noKey(1))

	// Channels: a pattern must be there to the letter.
	f("+@all,~*,&a*", "publish c:ab m", ok)
	f("+@all,~*,&a*", "publish c:b m", noChannel(1))
	f("+@all,~*,&a*", "psubscribe p:a*", ok)
	f("+@all,~*,&a*", "psubscribe p:ab", noChannel(1))
	f("+@all,~*,&a*", "subscribe c:a c:b", noChannel(2))
	f("+@all,~*,&*", "psubscribe p:x", ok)
	f("+@all,~*", "publish c:b m", noChannel(1))

	// One set must permit all of it; the set that comes furthest tells.
	f("+get,~a,(+set ~b)", "set w:b v", ok)
	f("+get,~a,(+set ~b)", "set w:a v", noKey(1))
	f("+get,~a,(+set ~b)", "del w:a", noCommand)
	f("+mget,~a,(+mget ~a ~b)", "mget r:a r:b r:c", noKey(3))
	f("+mget,~a,(+mget ~b)", "mget r:a r:b", noKey(2))
	f("(+@all allkeys allchannels)", "mget r:a", ok)
	f("+publish,(+@all &x)", "publish c:y m", noChannel(1))
}

func TestCheckWithAllKeys(t *testing.T) {
	f := func(rules string, want bool) {
		t.Helper()
		assert.Equal(t, want, userWith(t, rules).CheckWithAllKeys(request(t, "sort r:k"), Read), rules)
	}
	f("+sort,~*", true)
	f("+sort,~k", false)
	f("+sort,~k,%R~*", true)
	f("+sort,%W~*,~k", false)
	f("+sort,~k,(+get ~*)", false) // not the set that permits the request
	f("+sort,~k,(+sort %R~*)", true)
	f("+@all,-sort,~*", false)
}

func TestPermits(t *testing.T) {
	u := userWith(t, "+get,%R~a,&c,(+select|0 %W~b &d*)")
	assert.True(t, u.PermitsCommand(idOf(t, "get"), nil))
	assert.True(t, u.PermitsCommand(idOf(t, "select"), [][]byte{[]byte("select"), []byte("0")}))
	assert.False(t, u.PermitsCommand(idOf(t, "select"), nil))
	assert.True(t, u.PermitsKey([]byte("a"), Read))
	assert.False(t, u.PermitsKey([]byte("a"), Write))
	assert.True(t, u.PermitsKey([]byte("b"), Write))
	assert.True(t, u.PermitsChannel([]byte("dx"), false))
	assert.True(t, u.PermitsChannel([]byte("d*"), true))
	assert.False(t, u.PermitsChannel([]byte("dx"), true))
}

// TestShortcuts: what the engine may leave out of a request changes nothing.
func TestShortcuts(t *testing.T) {
	f := func(rules string, unrestricted, keys, channels bool) {
		t.Helper()
		u := userWith(t, rules)
		assert.Equal(t, []bool{unrestricted, keys, channels},
			[]bool{u.Unrestricted(), u.ChecksKeys(), u.ChecksChannels()}, rules)
	}
	f("", false, true, true)
	f("+@all,~*,&*", true, false, false)
	f("+@all,~*,&*,(+get)", true, true, true)
	f("+@all,~*,&*,-get", false, false, false)
	f("+@all,~*,&*,-get,+get", false, false, false)
	f("+@all,~*", false, false, true)
	f("+@all,%RW~*,&*", false, true, false)
	f("+@all,&*,%R~*", false, true, false)
	f("+@all,~*,&*,resetkeys", false, true, false)
	assert.True(t, New(testCatalog).Default().Unrestricted())
}

func TestMessages(t *testing.T) {
	u := userWith(t, "")
	args := [][]byte{[]byte("GET"), []byte("k")}
	f := func(d Denial, message, explanation string) {
		t.Helper()
		assert.Equal(t, message, d.Message(u, "get"))
		assert.Equal(t, explanation, d.Explanation(u, "get", args))
	}
	const noCommand = "User u has no permissions to run the 'get' command"
	f(Denial{Reason: DeniedCommand}, noCommand, noCommand)
	f(Denial{DeniedKey, 1}, "No permissions to access a key", "User u has no permissions to access the 'k' key")
	f(Denial{DeniedChannel, 1}, "No permissions to access a channel",
		"User u has no permissions to access the 'k' channel")
}

func TestChecksDoNotAllocate(t *testing.T) {
	users := New(testCatalog)
	u := userWith(t, "+@read,+select|0,~a:*,%R~b:*,&c*,(+@write %W~w*)")
	requests := []*Request{
		request(t, "mget r:a:1 r:b:2"), request(t, "set w:w1 v"), request(t, "set w:x v"), request(t, "select 0"),
		request(t, "select 1"), request(t, "publish c:x m"), request(t, "del w:a:1"),
	}
	allocations := testing.AllocsPerRun(100, func() {
		for _, r := range requests {
			u.Check(r)
			users.Default().Check(r)
			u.CheckWithAllKeys(r, Read)
			u.PermitsCommand(r.Command, r.Args)
			u.PermitsKey(r.Args[0], Read)
			u.PermitsChannel(r.Args[0], false)
		}
	})
	assert.Zero(t, allocations)
}

func BenchmarkCheck(b *testing.B) {
	r := request(b, "get r:key:000000012345")
	f := func(name string, u *User) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if u.Check(r).Reason != Permitted {
					b.Fatal("denied")
				}
			}
		})
	}
	f("unrestricted", New(testCatalog).Default())
	f("commands", userWith(b, "+@all,-@dangerous,~*,&*"))
	f("keys", userWith(b, "+@read,~user:*,~key:*"))
	f("selector", userWith(b, "+@write,~user:*,(+@read %R~key:*)"))
}
