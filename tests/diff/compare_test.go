package diff

import (
	"bufio"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/protocol"
)

// reply reads a reply as it is on the wire, with spaces for the ends of lines.
func reply(t *testing.T, wire string) protocol.Value {
	text := strings.ReplaceAll(wire, " ", "\r\n") + "\r\n"
	v, err := protocol.ReadValue(bufio.NewReader(strings.NewReader(text)))
	require.NoError(t, err)
	return v
}

func TestSameReply(t *testing.T) {
	f := func(request, ours, theirs string, same bool) {
		t.Helper()
		require.Equal(t, same, version(700).sameReply(strings.Fields(request), reply(t, ours), reply(t, theirs)))
	}
	f("GET k", "$1 a", "$1 a", true)
	f("GET k", "$1 a", "$1 b", false)
	f("GET k", "$1 a", "+a", false)
	f("ZSCORE z a", "$3 0.1", "$19 0.10000000000000001", true)
	f("ZSCORE z a", "$3 0.1", "$3 0.2", false)
	f("ZSCORE z a", "$2 17", "$2 18", false)
	f("SMEMBERS s", "*2 $1 a $1 b", "*2 $1 b $1 a", true)
	f("SMEMBERS s", "*2 $1 a $1 b", "*2 $1 b $1 c", false)
	f("LRANGE l 0 -1", "*2 $1 a $1 b", "*2 $1 b $1 a", false)
	f("HGETALL h", "%2 $1 a $1 1 $1 b $1 2", "%2 $1 b $1 2 $1 a $1 1", true)
	f("HGETALL h", "*4 $1 a $1 1 $1 b $1 2", "*4 $1 a $1 2 $1 b $1 1", false)
	f("TTL k", ":99", ":100", true)
	f("TTL k", ":-1", ":100", false)
	f("HTTL h FIELDS 2 a b", "*2 :99 :-1", "*2 :100 :-1", true)
	f("HTTL h FIELDS 2 a b", "*2 :99 :-1", "*2 :99 :-2", false)
	f("HTTL h FIELDS 2 a b", "*2 :99 :-1", "*2 :99 :0", false)
	f("XPENDING s g - + 9", "*1 *4 $3 1-1 $1 c :5 :1", "*1 *4 $3 1-1 $1 c :8 :1", true)
	f("XPENDING s g - + 9", "*1 *4 $3 1-1 $1 c :5 :1", "*1 *4 $3 1-1 $1 c :5 :2", false)
	f("XINFO CONSUMERS s g", "*1 *4 $4 name $1 c $4 idle :5", "*1 *4 $4 name $1 c $4 idle :6", true)
	f("XINFO CONSUMERS s g", "*1 *4 $4 name $1 c $4 idle :5", "*1 *4 $4 name $1 d $4 idle :5", false)
	f("GEORADIUS g 0 0 9 M COUNT 1", "*1 $1 a", "*1 $1 b", true)
	f("GEORADIUS g 0 0 9 M COUNT 1", "*1 $1 a", "*0", false)
	f("GEORADIUS g 0 0 9 M", "*1 $1 a", "*1 $1 b", false)
}

func TestKnownEncoding(t *testing.T) {
	knownEncoding := version(700).knownEncoding
	sorted := requestsOf([]string{"sort", "z"})
	doubled := requestsOf([]string{"zadd", "z", "1", "a", "1", "a"})
	require.True(t, knownEncoding(nil, "listpack", "quicklist"))
	require.False(t, version(800).knownEncoding(nil, "listpack", "quicklist"))
	require.True(t, version(800).knownEncoding(requestsOf([]string{"linsert", "l"}), "listpack", "quicklist"))
	require.True(t, version(800).knownEncoding(requestsOf([]string{"hexpire", "h"}), "listpack", "listpackex"))
	require.False(t, version(800).knownEncoding(doubled, "listpack", "intset"))
	require.True(t, knownEncoding(sorted, "listpack", "skiplist"))
	require.False(t, knownEncoding(doubled, "listpack", "skiplist"))
	require.True(t, knownEncoding(doubled, "skiplist", "listpack"))
	require.False(t, knownEncoding(sorted, "skiplist", "listpack"))
	require.False(t, knownEncoding(sorted, "intset", "hashtable"))
	require.True(t, knownEncoding(doubled, "listpack", "intset"))
	require.False(t, knownEncoding(sorted, "listpack", "intset"))
}

func TestPreparing(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		var have []string
		for _, words := range version(700).preparing(request{words: strings.Fields(text)}) {
			have = append(have, strings.Join(words, " "))
		}
		require.Equal(t, want, have)
	}
	f("GET k")
	f("XCLAIM s g c 0 1-1", "XGROUP CREATECONSUMER s g c")
	f("XREADGROUP GROUP g c COUNT 1 STREAMS s t > >", "XGROUP CREATECONSUMER s g c", "XGROUP CREATECONSUMER t g c")
	f("XREADGROUP STREAMS s >")
	f("XCLAIM s")
}

func TestQuoted(t *testing.T) {
	require.Equal(t, `"x y"`, quoted("x y"))
	require.Equal(t, `""`, quoted(""))
	require.Equal(t, "abc", quoted("abc"))
}
