package diff

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

func calls(s script, list ...string) request {
	r := request{words: []string{"EVAL", s.text, "0"}, script: &s}
	for _, text := range list {
		r.inner = append(r.inner, request{words: strings.Fields(text)})
	}
	return r
}

func TestWire(t *testing.T) {
	f := func(r request, want ...string) {
		t.Helper()
		var have []string
		for _, line := range version(700).wire(r) {
			have = append(have, strings.Join(line.words, " "))
		}
		require.Equal(t, want, have)
	}
	one, several := calls(script{text: "one"}, "GET k"), calls(script{text: "s", several: true}, "GET k", "SET k v")
	f(one, "EVAL one 0 GET k")
	f(several, "EVAL s 0 2 GET k 3 SET k v")
	transaction := request{words: []string{"EXEC"}, inner: []request{several, {words: strings.Fields("XCLAIM s g c 0 1")}}}
	transaction.watch = []request{{words: []string{"WATCH", "k"}}}
	f(transaction, "WATCH k", "MULTI", "EVAL s 0 2 GET k 3 SET k v", "XGROUP CREATECONSUMER s g c", "XCLAIM s g c 0 1", "EXEC")
	require.Len(t, leaves(transaction, one), 5)
	for _, with := range unwrapped(transaction) {
		require.NotEqual(t, []request{transaction}, with)
	}
}

func TestSameInside(t *testing.T) {
	r := &round{pair: &pair{real: 700}}
	f := func(q request, ours, theirs string, same bool) {
		t.Helper()
		require.Equal(t, same, r.same(q, reply(t, ours), reply(t, theirs)))
	}
	members, both := calls(script{}, "SMEMBERS s"), calls(script{several: true}, "SMEMBERS s", "LRANGE l 0 -1")
	f(members, "*2 $1 a $1 b", "*2 $1 b $1 a", true)
	f(members, "*2 $1 a $1 b", "*2 $1 b $1 c", false)
	f(both, "*1 *2 $1 a $1 b", "*1 *2 $1 b $1 a", true)
	f(both, "*2 *0 *2 $1 a $1 b", "*2 *0 *2 $1 b $1 a", false)
	f(both, "*1 *0", "*2 *0 *0", false)
	f(calls(script{several: true, shapes: true}, "BITPOS k 1 x"), "*1 *2 $5 table $3 ERR", "*1 *2 $6 number :0", true)
	f(calls(script{several: true, shapes: true}, "BITPOS k 1 x"), "*1 *2 $6 number :1", "*1 *2 $6 number :0", false)

	q := request{words: []string{"EXEC"}, inner: requestsOf([]string{"MULTI"}, []string{"SMEMBERS", "s"})}
	list := func(last string) (replies []protocol.Value) {
		for _, wire := range []string{"+OK", "-ERR", "+QUEUED", last} {
			replies = append(replies, reply(t, wire))
		}
		return replies
	}
	require.True(t, r.sameTransaction(q, list("*1 *2 $1 a $1 b"), list("*1 *2 $1 b $1 a")))
	require.False(t, r.sameTransaction(q, list("*1 *2 $1 a $1 b"), list("*1 *2 $1 b $1 c")))
	require.False(t, r.sameTransaction(q, list("-EXECABORT"), list("*1 *0")))
}

func TestSameEvents(t *testing.T) {
	f := func(request, ours, theirs string, waited, refused, same bool) {
		t.Helper()
		require.Equal(t, same, version(700).sameEvents(requestsOf(strings.Fields(request)),
			strings.Split(ours, ","), strings.Split(theirs, ","), waited, refused))
	}
	f("GET k", "k:set a,k:del b", "k:set a,k:del b", false, false, true)
	f("GET k", "k:set a,k:del b", "k:del b,k:set a", false, false, false)
	f("GET k", "k:set a,k:keymiss b", "k:set a", false, false, false)
	f("GET k", "k:set a,k:keymiss b", "k:set a", true, false, true)
	f("GET k", "k:set a,k:keymiss b", "k:set a", false, true, true)
	f("sort k", "k:keymiss string:1,k:keymiss string:2", "k:keymiss string:2,k:keymiss string:1", false, false, true)
	f("sort k", "k:keymiss string:1,k:keymiss string:2", "k:keymiss string:2", false, false, false)
	f("sort k", "k:keymiss wa,k:set string:1", "k:set string:1", false, false, true)
}
