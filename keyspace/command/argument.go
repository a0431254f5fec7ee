package command

import (
	"slices"
	"strings"

	"solokv/keyspace"
)

// argument is a node of the tree that COMMAND DOCS gives of a command's
// arguments. All of it is derived from the entry: the shape from Syntax, keys
// from Keys, and since when an option exists from History.
type argument struct {
	name          string
	display       string // of a leaf: how it is shown
	kind          argumentKind
	token         string // the word that goes before it
	since         string // when it came later than its command
	optional      bool
	multiple      bool
	multipleToken bool       // repeated with its token
	unnamed       bool       // name is made up from the alternatives
	keySpec       int        // index into Keys, or noKeySpec
	args          []argument // of a oneof or a block
}

const noKeySpec = -1

// argumentKind is the type of an argument, as COMMAND DOCS names it.
type argumentKind string

const (
	kindString    argumentKind = "string"
	kindInteger   argumentKind = "integer"
	kindDouble    argumentKind = "double"
	kindKey       argumentKind = "key"
	kindPattern   argumentKind = "pattern"
	kindUnixTime  argumentKind = "unix-time"
	kindPureToken argumentKind = "pure-token"
	kindOneOf     argumentKind = "oneof"
	kindBlock     argumentKind = "block"
)

// arguments derives the tree for a command.
func arguments(cmd *keyspace.Command) []argument {
	if cmd.Syntax == "" {
		return nil
	}
	args := parseSyntax(cmd.Syntax)
	markKeys(cmd, args)
	markSince(cmd.History, args)
	return args
}

// valueNames are the values whose names suggest a type; all others are strings.
var valueNames = map[argumentKind]string{
	kindInteger: `bit bits client-id cluster-bus-port config-epoch count cursor db decrement destination-db end
		end-slot entries-added entries-read frequency increment index index1 index2 len limit milliseconds
		min-match-len ms num-matches numfields numkeys numlocal numreplicas offset port protover rank seconds
		slot start start-slot stop timeout ttl version weight`,
	kindDouble:   "height latitude longitude radius score width",
	kindPattern:  "pattern",
	kindUnixTime: "unix-time-seconds unix-time-milliseconds",
}

// tokenNames are the names of tokens that are not their own in small letters.
var tokenNames = map[string]string{
	"=": "equal", "~": "approximately", "*": "auto-id", "$": "new-id", `""`: "empty-string",
	"CH": "change", "INCR": "increment", "ALPHA": "sorting",
}

// usualNames are the names of well-known choices, by the token of the first
// alternative.
var usualNames = map[string]string{
	"EX": "expiration", "NX": "condition", "FNX": "condition", "GT": "comparison", "ASC": "order",
	"LEFT": "where", "BEFORE": "where", "MIN": "where", "BYSCORE": "sortby", "M": "unit", "BYTE": "unit",
	"MAXLEN": "strategy", "=": "operator", "*": "id-selector", "$": "id-selector", `""`: "key-selector",
	"FROMMEMBER": "from", "BYRADIUS": "by", "STORE": "store", "AUTH": "authentication", "ON": "enabled",
	"ASYNC": "flush-type", "NORMAL": "client-type", "WRITE": "mode", "TIMEOUT": "unblock-type",
	"NOSAVE": "save-selector", "FLUSH": "policy", "HARD": "reset-type",
}

// usualName is the name of a choice; without a usual one it is made up.
func usualName(alternatives []argument) (name string, unnamed bool) {
	if name := usualNames[alternatives[0].token]; name != "" {
		return name, false
	}
	names := make([]string, len(alternatives))
	for i := range alternatives {
		names[i] = alternatives[i].name
		if usual := usualNames[alternatives[i].token]; usual != "" && isMark(alternatives[i].token) {
			return usual, false // "<id | $>": the mark tells, wherever it stands
		}
	}
	return strings.Join(names, "-or-"), true
}

// nameOfToken is the name of an argument that is known by its token.
func nameOfToken(token string) string {
	if name := tokenNames[token]; name != "" {
		return name
	}
	return strings.ToLower(token)
}

// isMark tells whether a token is no word.
func isMark(token string) bool {
	return tokenNames[token] != "" && strings.ToLower(token) == strings.ToUpper(token)
}

// valueArgument makes the argument of a value's word: "count", "timeout:double".
func valueArgument(word string) argument {
	name, kind := typedName(word)
	return argument{name: name, display: name, kind: kind, keySpec: noKeySpec}
}

// typedName splits a value's word into its name and its type.
func typedName(word string) (name string, kind argumentKind) {
	name, suffix, _ := strings.Cut(word, ":")
	switch kind := argumentKind(suffix); kind {
	case kindString, kindInteger, kindDouble, kindPattern, kindUnixTime:
		return name, kind
	}
	for kind, names := range valueNames {
		if slices.Contains(strings.Fields(names), word) {
			return word, kind
		}
	}
	return word, kindString
}

// markKeys finds the arguments that the key specifications point at.
func markKeys(cmd *keyspace.Command, args []argument) {
	for i := range cmd.Keys {
		spec := &cmd.Keys[i]
		if spec.Flags&keyspace.KeyNotKey != 0 {
			continue
		}
		if spec.Keyword != "" {
			argumentOf(args, spec.Keyword).markKey(i)
			continue
		}
		first := spec.Begin
		if cmd.Parent() != nil {
			first-- // the container's name comes before
		}
		if spec.Count {
			first += spec.First
		}
		for at := first; at <= first+max(spec.Last, 0); at += max(spec.Step, 1) {
			place := at
			argumentAt(args, &place).markKey(i)
		}
	}
}

func (arg *argument) markKey(spec int) {
	if arg != nil {
		arg.kind, arg.keySpec = kindKey, spec
	}
}

// argumentAt finds the value at a place in the shortest request; 1 is the first.
// Optional arguments stand in no request of that kind, unless they are the keys
// behind their number: those may be none.
func argumentAt(args []argument, at *int) *argument {
	for i := range args {
		arg := &args[i]
		if arg.optional && !arg.multiple {
			continue
		}
		if arg.token != "" {
			if *at--; *at == 0 {
				return nil
			}
		}
		switch arg.kind {
		case kindPureToken:
		case kindBlock:
			if key := argumentAt(arg.args, at); key != nil {
				return key
			}
		case kindOneOf:
			if key := argumentAt(arg.args[:1], at); key != nil {
				return key
			}
		default:
			if *at--; *at == 0 {
				return arg
			}
		}
		if *at <= 0 {
			return nil
		}
	}
	return nil
}

// argumentOf finds the first value behind a token.
func argumentOf(args []argument, token string) *argument {
	for i := range args {
		arg := &args[i]
		if arg.token == token {
			if arg.kind == kindBlock || arg.kind == kindOneOf {
				return &arg.args[0]
			}
			return arg
		}
		if found := argumentOf(arg.args, token); found != nil {
			return found
		}
	}
	return nil
}

// markSince tells since when options exist: a line of History that shows a token,
// or an optional value, in backquotes introduces it. What all alternatives of a choice share is said
// of the choice.
func markSince(history []string, args []argument) {
	since := map[string]string{}
	for _, line := range history {
		version, text, _ := strings.Cut(line, " ")
		for i, part := range strings.Split(text, "`") {
			if i%2 == 0 {
				continue
			}
			for _, token := range strings.FieldsFunc(part, func(r rune) bool { return r == '|' || r == ' ' }) {
				if since[token] == "" {
					since[token] = version
				}
			}
		}
	}
	markTokens(since, args)
}

func markTokens(since map[string]string, args []argument) {
	for i := range args {
		arg := &args[i]
		markTokens(since, arg.args)
		switch {
		case arg.token != "":
			arg.since = since[arg.token]
		case arg.kind == kindOneOf:
			arg.since = hoistSince(arg.args)
		case arg.optional:
			arg.since = since[arg.name]
		}
	}
}

// hoistSince takes the version that all alternatives have in common away from them.
func hoistSince(alternatives []argument) string {
	version := alternatives[0].since
	for i := range alternatives {
		if alternatives[i].since != version {
			return ""
		}
	}
	for i := range alternatives {
		alternatives[i].since = ""
	}
	return version
}
