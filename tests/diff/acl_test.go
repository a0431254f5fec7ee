package diff

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// aclUsers may do different things with the keys and channels that requests name.
var aclUsers = [][]string{
	{"reader", "on", "nopass", "+@all", "%R~*", "&a*"},
	{"writer", "on", "nopass", "+@all", "%W~*", "resetchannels", "&b", "&[ab]*"},
	{"patterns", "on", "nopass", "+@all", "%R~string:*", "%W~list:[01]", "~set:*", "%RW~hash:?", "%R~zset:0", "%W~zset:1",
		"~stream:*", "-geoadd"},
	{"selectors", "on", "nopass", "+@read", "-mget", "%R~list:*", "(+@write ~string:*)", "(+@all %R~*:0)", "(+@all %W~*:1)",
		"(+publish &c)", "(+subscribe|a +psubscribe allchannels)"},
	{"nobody", "on", "nopass", "~string:*"},
}

// aclRequests are beside those that are made from the syntax.
var aclRequests = [][]string{
	{"dump", "list:0"}, {"restore", "string:0", "0", "x"}, {"restore-asking", "list:2", "0", "x", "REPLACE"},
	{"object", "freq", "string:0"}, {"object", "encoding", "zset:1"}, {"object", "help"}, {"memory", "usage", "list:0"},
	{"pfdebug", "encoding", "string:0"}, {"publish", "a", "x"}, {"publish", "c", "x"}, {"spublish", "abc", "x"},
	{"subscribe", "a", "b", "c"}, {"psubscribe", "a*"}, {"psubscribe", "a", "[ab]*"}, {"ssubscribe", "b", "c"},
	{"unsubscribe", "c"}, {"punsubscribe", "c"}, {"watch", "string:0", "list:0"}, {"touch", "zset:0", "zset:1"},
	{"config", "get", "x"}, {"config"}, {"client", "id"}, {"acl", "whoami"}, {"auth", "a", "b"}, {"hello"}, {"reset"},
	{"debug", "object", "list:0"}, {"sort", "list:0", "STORE", "list:2"}, {"sort", "list:0", "BY", "w*", "GET", "#"},
	{"command", "count"}, {"command", "list"}, {"command"}, {"nope", "x"}, {"set"}, {"swapdb", "0", "1"}, {"xsetid", "stream:0", "1"},
}

// TestAccessDifferential asks both servers whether users may make random requests,
// valid ones and damaged: they must find the same keys in them, and want the same
// permissions for them.
func TestAccessDifferential(t *testing.T) {
	const perCommand = 12
	real := harness.Redis(t, *oracle)
	p := &pair{ours: startServer(t, harness.SoloKV(t)), theirs: startServer(t, real)}
	commands := p.commands(t)
	for _, user := range aclUsers {
		replies, err := p.both(append([]string{"ACL", "SETUSER"}, user...))
		require.NoError(t, err)
		require.False(t, replies[0][0].IsError(), "%q", user)
		require.False(t, replies[1][0].IsError(), "%q", user)
	}

	g := generator{random: rand.New(rand.NewSource(*seed)), commands: commands}
	requests := aclRequests
	for range perCommand * len(commands) {
		requests = append(requests, g.request().words)
	}
	for _, user := range aclUsers {
		var asked [][]string
		for _, words := range requests {
			asked = append(asked, append([]string{"ACL", "DRYRUN", user[0]}, words...))
		}
		replies, err := p.both(asked...)
		require.NoError(t, err)
		for i := range asked {
			ours, theirs := replies[0][i].Text, replies[1][i].Text
			theirs = strings.Replace(theirs, "This user has", "User "+user[0]+" has", 1) // before 7.2
			assert.Equal(t, theirs, ours, "%q", asked[i])
		}
	}
	t.Logf("%d requests by %d users", len(requests), len(aclUsers))
}
