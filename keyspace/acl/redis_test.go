package acl

import (
	"flag"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/protocol"
	"solokv/tests/harness"
)

var (
	rewrite = flag.Bool("rewrite", false, "ask redis-server again and rewrite "+catalogPath)
	seed    = flag.Int64("seed", 1, "of the random rules")
	count   = flag.Int("count-users", 30, "how many users with random rules are compared")
)

// realRedis is a server to compare with. Since 7.2 it keeps rules as we do;
// before, it describes a user by rules that amount to the same, and a user is not
// shown to sanitize payloads unless he was told to.
type realRedis struct {
	*harness.Client
	tb      testing.TB
	dir     string
	isOld   bool
	catalog *tableCatalog
}

func startRedis(t *testing.T) *realRedis {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "users.acl"), nil, 0o644))
	server := harness.StartIn(t, harness.Redis(t, ""), dir, "--aclfile", "users.acl")
	r := &realRedis{Client: server.Dial(), tb: t, dir: dir}
	_, version, _ := strings.Cut(r.MustDo("INFO", "server").Text, "redis_version:")
	r.isOld = strings.HasPrefix(version, "7.0.")
	r.catalog = parseCatalog(r.catalogLines())
	return r
}

// do returns the text of a reply.
func (r *realRedis) do(args ...string) string {
	r.tb.Helper()
	v, err := r.Do(args...)
	require.NoError(r.tb, err, args)
	return v.Text
}

// catalogLines asks for all commands, in the form of testdata/commands.txt.
func (r *realRedis) catalogLines() []string {
	lines := []string{strings.Join(texts(r.MustDo("ACL", "CAT")), " ")}
	var add func(commands []protocol.Value)
	add = func(commands []protocol.Value) {
		slices.SortFunc(commands, func(a, b protocol.Value) int {
			return strings.Compare(a.Items[0].Text, b.Items[0].Text)
		})
		for _, cmd := range commands {
			words := []string{cmd.Items[0].Text, "-"}
			if slices.Contains(texts(cmd.Items[2]), "no_auth") {
				words[1] = "noauth"
			}
			for _, category := range texts(cmd.Items[6]) {
				words = append(words, category[1:])
			}
			lines = append(lines, strings.Join(words, " "))
			add(cmd.Items[9].Items)
		}
	}
	add(r.MustDo("COMMAND").Items)
	return lines
}

func texts(v protocol.Value) []string {
	words := make([]string, len(v.Items))
	for i, item := range v.Items {
		words[i] = item.Text
	}
	return words
}

// list returns ACL LIST.
func (r *realRedis) list() []string { return r.normal(texts(r.MustDo("ACL", "LIST"))) }

// normal leaves out of lines what an old server does not show of every user.
func (r *realRedis) normal(lines []string) []string {
	if !r.isOld {
		return lines
	}
	normal := make([]string, len(lines))
	for i, line := range lines {
		normal[i] = strings.Replace(line, " sanitize-payload", "", 1)
	}
	return normal
}

func TestRecordCatalog(t *testing.T) {
	if !*rewrite {
		t.Skip("only with -rewrite")
	}
	lines := startRedis(t).catalogLines()
	require.NoError(t, os.MkdirAll(filepath.Dir(catalogPath), 0o755))
	require.NoError(t, os.WriteFile(catalogPath, []byte(strings.Join(lines, "\n")+"\n"), 0o644))
}

// TestRandomRulesAgreeWithRedis gives random rules to both: the replies, the
// users that come out of it, and what these may do must be the same.
func TestRandomRulesAgreeWithRedis(t *testing.T) {
	r := startRedis(t)
	users := New(r.catalog)
	g := &ruleMaker{rand.New(rand.NewSource(*seed))}
	requests := r.requests()
	for i := range *count {
		name := fmt.Sprintf("user%d", i)
		for range 1 + g.Intn(4) {
			rules := g.rules()
			if r.isOld && opensTwice(rules) {
				continue
			}
			want := r.do(append([]string{"ACL", "SETUSER", name}, rules...)...)
			got := "OK"
			if err := users.SetUser(name, rules); err != nil {
				got = "ERR " + err.Error()
			}
			require.Equal(t, want, got, "%s %q", name, rules)
		}
		if u := users.Get(name); u != nil {
			r.compareUser(u)
			r.compareDecisions(u, requests)
		}
	}
	if !r.isOld {
		list := strings.ReplaceAll(strings.Join(users.List(), "\n"), "%RW~* ", "~* ")
		assert.Equal(t, strings.Join(r.list(), "\n"), list)
	}
}

// opensTwice tells whether a selector that has not ended is followed by another.
// Before 7.2 that was a selector of its own, and the first was forgotten.
func opensTwice(rules []string) bool {
	isOpen := false
	for _, rule := range rules {
		opens, closes := strings.HasPrefix(rule, "("), strings.HasSuffix(rule, ")")
		if isOpen && opens {
			return true
		}
		isOpen = (isOpen || opens) && !closes
	}
	return false
}

// compareUser compares descriptions.
func (r *realRedis) compareUser(u *User) {
	r.tb.Helper()
	if r.isOld {
		// Our rules, given to the server, must make the user that it has.
		again := append([]string{"ACL", "SETUSER", "again", "reset"}, strings.Split(u.Description(), " ")...)
		require.Equal(r.tb, "OK", r.do(again...), "%q", again)
	}
	name := u.Name()
	fields := r.MustDo("ACL", "GETUSER", name).Items
	if r.isOld {
		copied := r.MustDo("ACL", "GETUSER", "again").Items
		require.Equal(r.tb, ofOld(fields), ofOld(copied), "%s %s", name, u.Description())
	} else {
		require.Equal(r.tb, u.Flags(), texts(fields[1]), name)
		require.Equal(r.tb, u.Root().Commands(), fields[5].Text, name)
	}
	require.Equal(r.tb, u.Passwords(), texts(fields[3]), name)
	require.Equal(r.tb, keysOf(u.Root()), fields[7].Text, name)
	require.Equal(r.tb, u.Root().Channels(), fields[9].Text, name)
	require.Len(r.tb, fields[11].Items, len(u.Selectors()), name)
	for i, set := range u.Selectors() {
		selector := fields[11].Items[i].Items
		require.Equal(r.tb, keysOf(set), selector[3].Text, name)
		require.Equal(r.tb, set.Channels(), selector[5].Text, name)
		if !r.isOld {
			require.Equal(r.tb, set.Commands(), selector[1].Text, name)
		}
	}
}

// ofOld is what an old server tells about a user, without what depends on how
// he came to be: the flag, and the case of first arguments.
func ofOld(fields []protocol.Value) string {
	isFlag := func(v protocol.Value) bool { return v.Text == "sanitize-payload" }
	fields[1].Items = slices.DeleteFunc(fields[1].Items, isFlag)
	return strings.ToLower(fmt.Sprint(fields))
}

// keysOf describes keys as Redis does, which hides a difference; see doc.go.
func keysOf(set *Permissions) string { return strings.Replace(set.Keys(), "%RW~*", "~*", 1) }

// compareDecisions asks ACL DRYRUN.
func (r *realRedis) compareDecisions(u *User, requests []dryRun) {
	r.tb.Helper()
	for _, request := range requests {
		want := r.do(append([]string{"ACL", "DRYRUN", u.Name()}, request.words...)...)
		want = strings.Replace(want, "This user", "User "+u.Name(), 1)
		got := "OK"
		if denial := u.Check(&request.Request); denial.Reason != Permitted {
			got = denial.Explanation(u, r.catalog.Command(request.Command).Name, request.Args)
		}
		require.Equal(r.tb, want, got, "%s %s: %q", u.Name(), u.Description(), request.words)
	}
}

// dryRun is a request in words and as we want it.
type dryRun struct {
	words []string
	Request
}

// requests are those to decide about. The server tells which are their keys.
func (r *realRedis) requests() []dryRun {
	channels := map[string]bool{"publish": false, "subscribe": false, "psubscribe": true, "spublish": false}
	var requests []dryRun
	for _, line := range []string{
		"get a", "get ab", "get x1", "mget a ab x1", "set a v", "set x1 v get", "getdel ab", "copy a ab", "del a b c",
		"exists a", "type x1", "sort a store x1", "eval return 1 a", "select 0", "select 1", "client id",
		"client list",
		"client kill x", "config get x", "config set a b", "acl whoami", "acl list", "publish a m", "subscribe ab x1",
		"psubscribe a*", "psubscribe ab", "spublish x1 m", "ping", "auth x", "hello", "multi", "flushall",
		"object freq a",
		"script load x", "zadd a 1 m", "zrangestore a ab 0 -1", "xread streams a ab 0 0", "keys *", "GET A",
	} {
		words := strings.Fields(line)
		if words[0] == "eval" {
			words = []string{"eval", "return 1", "1", "a"}
		}
		request := dryRun{words: words}
		for _, word := range words {
			request.Args = append(request.Args, []byte(word))
		}
		id, ok := r.catalog.Lookup(strings.ToLower(strings.Join(words[:min(2, len(words))], "|")))
		if !ok {
			id, ok = r.catalog.Lookup(strings.ToLower(words[0]))
		}
		require.True(r.tb, ok, line)
		request.Command = id
		request.Keys = r.keys(words)
		if pattern, ok := channels[words[0]]; ok {
			for i := 1; i < len(words) && !(i == 2 && strings.HasSuffix(words[0], "publish")); i++ {
				request.Channels = append(request.Channels, Channel{i, pattern})
			}
		}
		requests = append(requests, request)
	}
	return requests
}

// keys asks for the keys of a request and what is done with them.
func (r *realRedis) keys(words []string) []Key {
	reply, err := r.Do(append([]string{"COMMAND", "GETKEYSANDFLAGS"}, words...)...)
	require.NoError(r.tb, err)
	var keys []Key
	from := 1
	for _, item := range reply.Items {
		at := from + slices.Index(words[from:], item.Items[0].Text)
		key := Key{Index: at}
		for _, keyFlag := range texts(item.Items[1]) {
			switch keyFlag {
			case "access":
				key.Access |= Read
			case "insert", "update", "delete":
				key.Access |= Write
			}
		}
		keys = append(keys, key)
		if from = at + 1; words[0] == "sort" || from >= len(words) {
			from = 1
		}
	}
	return keys
}

// ruleMaker makes rules, some of them wrong.
type ruleMaker struct{ *rand.Rand }

func (g *ruleMaker) pick(words ...string) string { return words[g.Intn(len(words))] }

func (g *ruleMaker) rules() []string {
	var rules []string
	for range 1 + g.Intn(7) {
		switch n := g.Intn(40); {
		case n < 32:
			rules = append(rules, g.permission())
		case n < 36:
			rules = append(rules, g.pick("on", "off", "nopass", "resetpass", "skip-sanitize-payload",
				"sanitize-payload", ">a", ">b", "<a", "#"+strings.Repeat("0", 64), "!"+strings.Repeat("0", 64),
				"#zz", "ON", "", "nope"))
		case n < 39:
			rules = append(rules, g.selector()...)
		default:
			rules = append(rules, g.pick("reset", "clearselectors", "(+get", ")", "()", "(on)"))
		}
	}
	return rules
}

// selector is one argument or several.
func (g *ruleMaker) selector() []string {
	var rules []string
	for range 1 + g.Intn(4) {
		rules = append(rules, g.permission())
	}
	rules[0] = "(" + rules[0]
	rules[len(rules)-1] += ")"
	if g.Intn(2) == 0 {
		return rules
	}
	return []string{strings.Join(rules, " ")}
}

func (g *ruleMaker) permission() string {
	sign := g.pick("+", "+", "-")
	switch n := g.Intn(20); {
	case n < 5:
		return sign + "@" + g.pick(append(testCatalog.categories, "all", "ALL", "Read", "foo")...)
	case n < 10:
		return sign + g.pick("get", "SET", "mget", "del", "publish", "subscribe", "client", "client|id",
			"client|list", "CLIENT|Kill", "config", "config|get", "acl", "acl|whoami", "select", "exists", "sort",
			"copy", "auth", "foo")
	case n < 12:
		return "+" + g.pick("select|0", "select|1", "get|A", "set|x1", "client|foo", "client|id|x", "get|",
			"foo|x", "ping|a|b")
	case n < 16:
		return g.pick("~", "~", "%R~", "%W~", "%rw~", "%", "%X~") + g.pick("a", "a*", "x?", "*", "[a-c]*", "")
	case n < 18:
		return "&" + g.pick("a", "a*", "x?", "*", "")
	default:
		return g.pick("allkeys", "resetkeys", "allchannels", "resetchannels", "allcommands", "nocommands",
			"RESETKEYS")
	}
}

// TestFilesAgreeWithRedis gives contents of an ACL file to both.
func TestFilesAgreeWithRedis(t *testing.T) {
	r := startRedis(t)
	users := New(r.catalog)
	for _, content := range append(goodFiles, badFiles...) {
		require.NoError(t, os.WriteFile(filepath.Join(r.dir, "users.acl"), []byte(content), 0o644))
		want, got := r.do("ACL", "LOAD"), "OK"
		// The server names the file by its absolute path.
		path := r.MustDo("CONFIG", "GET", "aclfile").Items[1].Text
		if _, err := users.Load(path, content); err != nil {
			got = "ERR " + err.Error()
		}
		require.Equal(t, want, got, "%q", content)
		require.Equal(t, r.list(), r.normal(users.List()), "%q", content)

		require.Equal(t, "OK", r.do("ACL", "SAVE"))
		saved, err := os.ReadFile(filepath.Join(r.dir, "users.acl"))
		require.NoError(t, err)
		require.Equal(t, r.normal(strings.Split(string(saved), "\n")), r.normal(strings.Split(users.Content(), "\n")))
	}
}
