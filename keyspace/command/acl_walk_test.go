package command

import (
	"cmp"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

// Every command that names keys is tried by somebody who may do anything, but with
// half of the keys only: as it is, in a transaction, and from a script. What the other
// keys hold must stay secret, and as it is.

const secret = "s3cret"

// openWords may stand anywhere in a request; the keys with "secret:" are those that the
// user must not reach.
var openWords = []string{"0", "1", "2", "-1", "*", "+", "-", "$", ">", "0-1", "1-1", "a", "b", "(", "[a", "100", "m", "km",
	"13.3", "u8", "LEFT", "RIGHT", "MIN", "MAX", "#", "secret:*", "secret:hash->*", "secret:*->f", "FIELDS", "FROMMEMBER",
	"allowed:string", "allowed:list", "allowed:set", "allowed:hash", "allowed:zset", "allowed:stream", "allowed:none",
	"secret:string", "secret:list", "secret:set", "secret:hash", "secret:zset", "secret:stream", "secret:none"}

// fillKeys makes a key of each type.
func fillKeys(s *server, prefix, text string) {
	s.do("SET", prefix+"string", text)
	s.do("DEL", prefix+"list", prefix+"set", prefix+"hash", prefix+"zset", prefix+"stream")
	s.do("RPUSH", prefix+"list", text, "1", "2")
	s.do("SADD", prefix+"set", text, "a", "1")
	s.do("HSET", prefix+"hash", "f", text, "1", "2")
	s.do("GEOADD", prefix+"zset", "13.3", "38.1", text)
	s.do("ZADD", prefix+"zset", "1", "a")
	s.do("XADD", prefix+"stream", "1-1", "f", text)
	s.do("XGROUP", "CREATE", prefix+"stream", "1", "0")
}

func secretDigest(s *server) string {
	return s.do("DEBUG", "DIGEST-VALUE", "secret:string", "secret:list", "secret:set", "secret:hash", "secret:zset",
		"secret:stream", "secret:none")
}

// leave ends the connection, even if it waits for a key.
func (c *client) leave() {
	c.server.engine.Kill(nil, c.session)
	c.server.engine.Gone(c.session)
	c.server.engine.Step()
}

// walker makes requests for one command.
type walker struct {
	*rand.Rand
	cmd    *keyspace.Command
	family string   // of the keys that it is most likely about
	tokens []string // of its syntax
}

var walkFamilies = map[keyspace.Group]string{groupList: "list", groupSet: "set", groupHash: "hash", groupZSet: "zset",
	groupGeo: "zset", groupStream: "stream"}

func newWalker(cmd *keyspace.Command, random *rand.Rand) *walker {
	w := &walker{Rand: random, cmd: cmd, family: cmp.Or(walkFamilies[cmd.Group], "string")}
	for _, word := range strings.FieldsFunc(cmd.Syntax, func(r rune) bool { return strings.ContainsRune(" []<>|", r) }) {
		if word == strings.ToUpper(word) {
			w.tokens = append(w.tokens, word)
		}
	}
	return w
}

func (w *walker) request() []string {
	request := strings.Split(w.cmd.FullName(), "|")
	length := max(w.cmd.Arity, -w.cmd.Arity)
	if w.cmd.Arity < 0 {
		length += w.Intn(6)
	}
	for len(request) < length {
		switch first := len(request) == 1; {
		case w.Intn(3) == 0 || first && w.Intn(2) == 0:
			request = append(request, []string{"secret:", "secret:", "allowed:"}[w.Intn(3)]+w.family)
		case len(w.tokens) > 0 && w.Intn(3) == 0:
			request = append(request, w.tokens[w.Intn(len(w.tokens))])
		default:
			request = append(request, openWords[w.Intn(len(openWords))])
		}
	}
	return request
}

// namesSecret tells whether one of the request's keys is out of bounds.
func (w *walker) namesSecret(request []string) bool {
	args := make([][]byte, len(request))
	for i, word := range request {
		args[i] = []byte(word)
	}
	keys, _ := w.cmd.KeysOf(args)
	for _, key := range keys {
		if key.Flags&keyspace.KeyNotKey == 0 && strings.HasPrefix(request[key.Index], "secret:") {
			return true
		}
	}
	return false
}

// keyedCommands lists the commands that name keys.
func keyedCommands(e *keyspace.Engine) (keyed []*keyspace.Command) {
	add := func(cmd *keyspace.Command) {
		if cmd.GetKeys != nil || len(cmd.Keys) > 0 && cmd.Keys[0].Flags&keyspace.KeyNotKey == 0 {
			keyed = append(keyed, cmd)
		}
	}
	for _, cmd := range e.Commands().All() {
		add(cmd)
		for _, sub := range cmd.Subcommands {
			add(sub)
		}
	}
	return keyed
}

// walkWay is how a request is sent. It returns what was replied to it alone.
type walkWay func(c *client, request []string) string

var walkWays = map[string]walkWay{
	"alone": func(c *client, request []string) string { return c.do(request...) },
	"multi": func(c *client, request []string) string {
		c.do("MULTI")
		reply := c.do(request...)
		return reply + c.do("EXEC")
	},
	"lua": func(c *client, request []string) string {
		return c.do(append([]string{"EVAL", "return redis.pcall(unpack(ARGV))", "0"}, request...)...)
	},
}

func TestNoCommandReachesForbiddenKeys(t *testing.T) {
	for name, way := range walkWays {
		t.Run(name, func(t *testing.T) { walkAll(t, name, way) })
	}
}

func walkAll(t *testing.T, name string, way walkWay) {
	const requestsEach = 400
	s := newServer(t, "--enable-debug-command", "yes")
	s.f("+OK\r\n", "ACL", "SETUSER", "half", "on", "nopass", "+@all", "~allowed:*", "allchannels")
	fillKeys(s, "secret:", secret)
	before := secretDigest(s)
	require.True(t, strings.HasPrefix(before, "*7\r\n"), before)

	keyed := keyedCommands(s.engine)
	require.Greater(t, len(keyed), 150)
	for _, cmd := range keyed {
		fillKeys(s, "allowed:", "text")
		w, refused := newWalker(cmd, rand.New(rand.NewSource(1))), 0
		for range requestsEach {
			request := w.request()
			c := s.connect()
			c.do("AUTH", "half", "x")
			reply := way(c, request)
			require.NotContains(t, reply, secret, "%q", request)
			if strings.Contains(reply, "No permissions to access a key") {
				refused++
			} else if w.namesSecret(request) {
				require.Contains(t, reply, "-ERR This Redis command is not allowed from script", "%q", request)
			}
			c.leave()
		}
		require.Equal(t, before, secretDigest(s), "%s", cmd.FullName())
		if name != "lua" || cmd.Flags&keyspace.NoScript == 0 {
			assert.NotZero(t, refused, "%s was never tried", cmd.FullName())
		}
	}
	log := s.do("ACL", "LOG", "1000")
	context := map[string]string{"alone": "toplevel", "multi": "multi", "lua": "lua"}[name]
	assert.Contains(t, log, fmt.Sprintf("$7\r\ncontext\r\n$%d\r\n%s\r\n", len(context), context))
}

// TestWalkFindsHoles: the same requests, by somebody who may do all, do reach the keys:
// they show what is in them, or change it.
func TestWalkFindsHoles(t *testing.T) {
	const requestsEach = 200
	s := newServer(t, "--enable-debug-command", "yes")
	fillKeys(s, "secret:", secret)
	before, reached := secretDigest(s), 0
	for _, cmd := range keyedCommands(s.engine) {
		w := newWalker(cmd, rand.New(rand.NewSource(1)))
		for range requestsEach {
			c := s.connect()
			shown := strings.Contains(c.do(w.request()...), secret)
			c.leave()
			if shown || secretDigest(s) != before {
				reached++
				fillKeys(s, "secret:", secret)
				break
			}
		}
		s.do("DEL", "secret:none")
	}
	assert.Greater(t, reached, 60)
}
