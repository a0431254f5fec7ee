package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

// tree writes arguments in one line: name:type, with the token before it, what
// is inside in brackets, and after it '?' for optional, '*' for multiple, '**'
// with the token, #n for the key specification and @version for since.
func tree(args []argument) string {
	var words []string
	for _, a := range args {
		text := a.name + ":" + string(a.kind)
		if a.token != "" {
			text = a.token + "=" + text
		}
		if len(a.args) > 0 {
			text += "(" + tree(a.args) + ")"
		}
		if a.keySpec != noKeySpec {
			text += fmt.Sprintf("#%d", a.keySpec)
		}
		if a.optional {
			text += "?"
		}
		if a.multiple {
			text += "*"
		}
		if a.multipleToken {
			text += "*"
		}
		if a.since != "" {
			text += "@" + a.since
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

func TestParseSyntax(t *testing.T) {
	f := func(syntax, want string) {
		t.Helper()
		require.Equal(t, want, tree(parseSyntax(syntax)), syntax)
	}
	f("message", "message:string")
	f("[message]", "message:string?")
	f("numkeys timeout", "numkeys:integer timeout:integer")
	f("timeout:double score:string ip:port", "timeout:double score:string ip:port:string")
	f("[DB destination-db] [REPLACE]", "DB=destination-db:integer? REPLACE=replace:pure-token?")

	// One of several.
	f("<LEFT | RIGHT>", "where:oneof(LEFT=left:pure-token RIGHT=right:pure-token)")
	f("[NX | XX]", "condition:oneof(NX=nx:pure-token XX=xx:pure-token)?")
	f("<* | id>", "id-selector:oneof(*=auto-id:pure-token id:string)")
	f("<id | $>", "id-selector:oneof(id:string $=new-id:pure-token)")
	f("<host | AWAY>", "host-or-away:oneof(host:string AWAY=away:pure-token)")
	f("<place: host port | NO ONE>", "place:oneof(host-block:block(host:string port:integer)"+
		" no-block:block(NO=no:pure-token ONE=one:pure-token))")
	f("[EX seconds | KEEPTTL]", "expiration:oneof(EX=seconds:integer KEEPTTL=keepttl:pure-token)?")
	f("[AGGREGATE <SUM | MAX>]", "AGGREGATE=aggregate:oneof(SUM=sum:pure-token MAX=max:pure-token)?")

	// A token and its values.
	f("[LIMIT offset count]", "LIMIT=limit:block(offset:integer count:integer)?")
	f("[COUNT count [ANY]]", "count-block:block(COUNT=count:integer ANY=any:pure-token?)?")
	f("FIELDS numfields field [field ...]", "FIELDS=fields:block(numfields:integer field:string*)")
	f("STREAMS key [key ...] id [id ...]", "STREAMS=streams:block(key:string* id:string*)")

	// Repetition.
	f("key [key ...]", "key:string*")
	f("[section ...]", "section:string?*")
	f("[section [section ...]]", "section:string?*")
	f("key value [key value ...]", "data:block(key:string value:string)*")
	f("[WEIGHTS weight [weight ...]]", "WEIGHTS=weight:integer?*")
	f("[GET pattern [GET pattern ...]]", "GET=pattern:pattern?**")
	f("<A a | B b> [<A a | B b> ...]", "a-or-b:oneof(A=a:string B=b:string)*")

	// Names for groups, which nobody sees.
	f("[options: count [WITHVALUES]]", "options:block(count:integer WITHVALUES=withvalues:pure-token?)?")
	f("[by: BY pattern]", "BY=by:pattern?")
	f("<trim: MAXLEN threshold [LIMIT count]>", "trim:block(MAXLEN=threshold:string LIMIT=count:integer?)")
}

func TestParseSyntaxPanics(t *testing.T) {
	for _, syntax := range []string{"[key", "key]", "<a | b", "a > b", "[a | b>"} {
		require.Panics(t, func() { parseSyntax(syntax) }, syntax)
	}
}

func TestSyntaxShown(t *testing.T) {
	f := func(syntax, want string) {
		t.Helper()
		require.Equal(t, want, syntaxShown(syntax))
	}
	f("key [key ...] timeout:double", "key [key ...] timeout")
	f("<action: ON | OFF> [section ...]", "<ON | OFF> [section ...]")
	f("[options: count [A]] <trim: MAXLEN x>", "[count [A]] MAXLEN x")
	f("a | b", "a | b")
	f("", "")
	for _, cmd := range Table() {
		shown := syntaxShown(cmd.Syntax)
		require.Equal(t, shown, syntaxShown(shown), cmd.Name)
	}
}

func TestArguments(t *testing.T) {
	f := func(want, syntax string, keys []keyspace.KeySpec, history ...string) {
		t.Helper()
		require.Equal(t, want, tree(arguments(&keyspace.Command{Syntax: syntax, Keys: keys, History: history})))
	}
	const ro = keyspace.KeyRO

	// Keys.
	f("source:key#0 destination:key#1", "source destination", keyspace.TwoKeys(ro, ro))
	f("key:key#0*", "key [key ...]", keyspace.ManyKeys(ro, 1))
	f("data:block(key:key#0 value:string)*", "key value [key value ...]", keyspace.ManyKeys(ro, 2))
	f("key1:key#0 key2:key#0", "key1 key2", []keyspace.KeySpec{{Begin: 1, Last: 1, Step: 1}})
	f("channel:string", "channel", keyspace.OneKey(keyspace.KeyNotKey))
	f("op:oneof(AND=and:pure-token OR=or:pure-token) destkey:key#0 key:key#1*", "<op: AND | OR> destkey key [key ...]",
		[]keyspace.KeySpec{{Begin: 2, Step: 1}, {Begin: 3, Last: -1, Step: 1}})
	f("script:string numkeys:integer key:key#0?* arg:string?*", "script numkeys [key [key ...]] [arg [arg ...]]",
		[]keyspace.KeySpec{{Begin: 2, Count: true, First: 1, Step: 1}})
	f("COUNT=count:integer? STREAMS=streams:block(key:key#0* id:string*)",
		"[COUNT count] STREAMS key [key ...] id [id ...]",
		[]keyspace.KeySpec{{Keyword: "STREAMS", Begin: 1, Last: -1, Step: 1, Limit: 2}})
	f("key:key#0 STORE=destination:key#1?", "key [STORE destination]",
		[]keyspace.KeySpec{{Begin: 1, Step: 1}, {Keyword: "STORE", Begin: 2, Step: 1}})
	f("key:string", "key", []keyspace.KeySpec{{Keyword: "NOSUCH", Begin: 1}, {Begin: 9}, {Begin: 0}})

	// Since when.
	f("condition:oneof(NX=nx:pure-token XX=xx:pure-token)?@7.0.0", "[NX | XX]", nil, "7.0.0 Added `NX` and `XX`.")
	f("unit:oneof(BYTE=byte:pure-token BIT=bit:pure-token)@7.0.0", "<BYTE | BIT>", nil, "7.0.0 Added `BYTE|BIT`.")
	f("expiration:oneof(EX=seconds:integer@2.0.0 KEEPTTL=keepttl:pure-token@6.0.0)", "<EX seconds | KEEPTTL>", nil,
		"2.0.0 Added `EX`.", "6.0.0 Added `KEEPTTL`.", "7.0.0 `EX` changed.")
	f("key:string count:integer?@6.2.0", "key [count]", nil, "6.2.0 Added `count`; `key` stayed.")
}

// TestArgumentsOfSubcommand: places of keys count from the container's name.
func TestArgumentsOfSubcommand(t *testing.T) {
	sub := &keyspace.Command{Name: "of", Arity: 3, Syntax: "key", Keys: []keyspace.KeySpec{{Begin: 2, Step: 1}},
		Handler: func(*keyspace.Ctx) error { return nil }}
	keyspace.NewTable([]*keyspace.Command{{Name: "container", Arity: -2, Subcommands: []*keyspace.Command{sub}}})
	require.Equal(t, "key:key#0", tree(arguments(sub)))
}
