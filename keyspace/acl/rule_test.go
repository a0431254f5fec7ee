package acl

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// describe returns the description of a new user with these rules. Rules are
// parted by spaces, or by commas where one contains a space.
func describe(rules string) (string, error) {
	users := New(testCatalog)
	separator := " "
	if strings.Contains(rules, ",") {
		separator = ","
	}
	if err := users.SetUser("u", strings.Split(rules, separator)); err != nil {
		return "", err
	}
	return users.Get("u").Description(), nil
}

func TestDescriptions(t *testing.T) {
	f := func(rules, want string) {
		t.Helper()
		got, err := describe(rules)
		if assert.NoError(t, err, rules) {
			assert.Equal(t, want, got, rules)
		}
	}
	const nothing = "off sanitize-payload resetchannels -@all"
	f("", nothing)
	f("on", "on sanitize-payload resetchannels -@all")
	f("ON nopass", "on nopass sanitize-payload resetchannels -@all")
	f("off on OFF", nothing)
	f("skip-sanitize-payload", "off skip-sanitize-payload resetchannels -@all")
	f("skip-sanitize-payload sanitize-payload", nothing)
	f("on +@all ~* &* >x (+get) reset", nothing)

	// Commands: a rule replaces earlier ones about the same or a part of it.
	f("+GET +SeT", nothing+" +get +set")
	f("+get +getex -get", nothing+" +getex -get")
	f("+@read -get +get", nothing+" +@read +get")
	f("+@read -@read +@READ", nothing+" +@read")
	f("+client|id +client|list -client|id +client", nothing+" +client")
	f("+acl|whoami +@slow -acl", nothing+" +@slow -acl")
	f("+client -client|id", nothing+" +client -client|id")
	f("+client|id -@connection", nothing+" +client|id -@connection")
	f("+select|0 +select|1", nothing+" +select|0 +select|1")
	f("+select|AbC", nothing+" +select|abc")
	f("+select|0 +select|0 +select", nothing+" +select")
	f("allcommands -get +@All", "off sanitize-payload resetchannels +@all")
	f("+@all +get -@dangerous", "off sanitize-payload resetchannels +@all +get -@dangerous")
	f("+@all -get nocommands +set", nothing+" +set")

	// Keys and channels.
	f("~a ~b ~a", "off sanitize-payload ~a ~b resetchannels -@all")
	f("%R~a %w~b %WR~c %R~b", "off sanitize-payload %R~a ~b ~c resetchannels -@all")
	f("~ %R", "off sanitize-payload ~ resetchannels -@all")
	f("%R", "off sanitize-payload %R~ resetchannels -@all")
	f("~a ~*", "off sanitize-payload ~* resetchannels -@all")
	f("allkeys resetkeys ~a", "off sanitize-payload ~a resetchannels -@all")
	f("%R~* ~x %W~*", "off sanitize-payload %RW~* ~x resetchannels -@all")
	f("&a &b &a", "off sanitize-payload resetchannels &a &b -@all")
	f("&a &*", "off sanitize-payload &* -@all")
	f("allchannels resetchannels &x", "off sanitize-payload resetchannels &x -@all")

	// Selectors.
	f("()", nothing+" (resetchannels -@all)")
	f("(%R~a &b +@read -get)", nothing+" (%R~a resetchannels &b -@all +@read -get)")
	f("(~a ~b) on ( +get ) (+set )", "on sanitize-payload resetchannels -@all (~a ~b resetchannels -@all)"+
		" (resetchannels -@all +get) (resetchannels -@all +set)")
	f("( +get\t~x\n)", nothing+" (~x resetchannels -@all +get)")
}

func TestPasswords(t *testing.T) {
	const hashA = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
	const zero = "0000000000000000000000000000000000000000000000000000000000000000"
	f := func(rules string, noPass bool, want ...string) {
		t.Helper()
		users := New(testCatalog)
		require.NoError(t, users.SetUser("u", strings.Fields(rules)))
		assert.Equal(t, noPass, users.Get("u").NoPass(), rules)
		assert.Equal(t, append([]string{}, want...), users.Get("u").Passwords(), rules)
	}
	f(">a", false, hashA)
	f(">a >a #"+hashA, false, hashA)
	f("#"+zero+" >a", false, zero, hashA)
	f(">a <a", false)
	f(">a !"+hashA, false)
	f(">a nopass", true)
	f("nopass >a", false, hashA)
	f("nopass resetpass", false)
	f("nopass resetpass >a reset", false)
}

func TestRuleErrors(t *testing.T) {
	f := func(rules, wrong string, want error) {
		t.Helper()
		_, err := describe(rules)
		assert.EqualError(t, err, "Error in ACL SETUSER modifier '"+wrong+"': "+want.Error(), rules)
	}
	last := func(rules string, want error) {
		t.Helper()
		words := strings.Split(rules, " ")
		f(rules, words[len(words)-1], want)
	}
	for _, rule := range []string{"+foo", "-foo", "+client|foo", "-client|foo", "-client|", "+get|x|y",
		"+set|X|", "+|get",
		"-select|0", "+select|0 -select|0", "+@foo", "-@foo", "+@", "+", "-", "+client|id -@"} {
		last(rule, errUnknown)
	}
	for _, rule := range []string{"foo", ")", "+get|", "+client|", "%~a", "%", "%Ra", "%RR~a", "%X~a",
		"~a\tb", "&\v",
		"~\x00", "on\x00"} {
		last(rule, errSyntax)
	}
	last("+client|id|x", errFirstArg)
	last("+client|id|", errFirstArg)
	last("~* ~a", errAllKeys)
	last("allkeys %zz", errAllKeys)
	last("&* &a", errAllChannels)
	last("<a", errNoPassword)
	last(">b <a", errNoPassword)
	last("!"+strings.Repeat("0", 64), errNoPassword)
	last("#abc", errHash)
	last("!abc", errHash)
	last("#A"+strings.Repeat("0", 63), errHash)
	last("#g"+strings.Repeat("0", 63), errHash)

	f("(on)", "(on)", errSyntax)
	f("(+get on)", "(+get on)", errSyntax)
	f("(~a ~b (c +get)", "(~a ~b (c +get)", errSyntax)
	f("((+get))", "((+get))", errSyntax)
	f("(+get))", "(+get))", errUnknown)
	f("(allkeys ~x)", "(allkeys ~x)", errAllKeys)
	f(`("" +get)`, `("" +get)`, errSyntax)
	f(`(~"a b")`, `(~"a b")`, errSyntax)
	f("on,+select|a b", "+select|a b", errSyntax)

	_, err := describe("on (+get ~x")
	assert.EqualError(t, err, "Unmatched parenthesis in acl selector starting at '(+get'.")
}

// TestSelectorQuotes: the rules inside of a selector are cut as a line of the
// configuration is.
func TestSelectorQuotes(t *testing.T) {
	f := func(selector, want string) {
		t.Helper()
		got, err := describe("off," + selector)
		if assert.NoError(t, err, selector) {
			assert.Equal(t, "off sanitize-payload resetchannels -@all ("+want+")", got, selector)
		}
	}
	f(`("+get" '~x')`, "~x resetchannels -@all +get")
	f(`("~a\x41" '~\'\n' "~\"")`, `~aA "~'\\n" "~\"" resetchannels -@all`)
	f(`("~a)" ~b\ +get|x\)`, `"~a)" ~b\ resetchannels -@all +get|x\`)
	f(`("~a\q\x4")`, "~aqx4 resetchannels -@all")
	f(`(~a\x41)`, `~a\x41 resetchannels -@all`)
	f(`(~a "x)`, "resetchannels -@all")
	f(`("+get"~x)`, "resetchannels -@all")
	f(`("~a\)`, "resetchannels -@all")
}

// TestPubSubDefault: a new permission set has all channels if that is the default.
func TestPubSubDefault(t *testing.T) {
	users := New(testCatalog)
	users.SetPubSubDefault(true)
	require.NoError(t, users.SetUser("u", []string{"(+get)", "(resetchannels +set)"}))
	assert.Equal(t, "off sanitize-payload &* -@all (&* -@all +get) (resetchannels -@all +set)",
		users.Get("u").Description())
	assert.ErrorIs(t, users.SetUser("v", []string{"&x"}), errAllChannels)

	users.SetPubSubDefault(false)
	require.NoError(t, users.SetUser("u", []string{"reset"}))
	assert.Equal(t, "off sanitize-payload resetchannels -@all", users.Get("u").Description())
}
