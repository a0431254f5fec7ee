package diff

import (
	"slices"

	"solokv/protocol"
)

// argument is a node of the tree of COMMAND DOCS.
type argument struct {
	name, kind, token string
	optional          bool
	multiple          bool
	multipleToken     bool
	args              []argument
}

// command is one that requests are made of.
type command struct {
	words []string // its name; of a subcommand, also its container's
	group string
	args  []argument
}

// groups are those whose commands work on keys.
var groups = []string{"string", "list", "set", "hash", "sorted-set", "stream", "bitmap", "hyperloglog", "geo", "generic"}

// skipped are commands and subcommands whose replies say little, or that need more
// than a server.
var skipped = map[string]string{
	"dump": "version", "restore": "version", "restore-asking": "version", "migrate": "other servers",
	"wait": "waits", "waitaof": "waits", "object|freq": "policy", "object|idletime": "time",
	"object|refcount": "shared integers", "pfselftest": "slow", "pfdebug": "long replies",
	"xsetid": "since 7.2 checks more",
}

// waiting are the commands that may wait whatever their options.
var waiting = map[string]bool{
	"blpop": true, "brpop": true, "blmove": true, "brpoplpush": true, "blmpop": true,
	"bzpopmin": true, "bzpopmax": true, "bzmpop": true,
}

// readCommands reads a reply to COMMAND DOCS.
func readCommands(docs protocol.Value) (commands []command) {
	for name, doc := range pairs(docs) {
		c := command{words: []string{name}, group: fieldText(doc, "group")}
		if skipped[name] != "" || !slices.Contains(groups, c.group) {
			continue
		}
		c.args = readArguments(field(doc, "arguments"))
		if c.args != nil {
			commands = append(commands, c)
		}
		for full, sub := range pairs(field(doc, "subcommands")) {
			words := []string{name, full[len(name)+1:]}
			if words[1] == "help" || skipped[full] != "" {
				continue // help is in our own words
			}
			commands = append(commands, command{words, c.group, readArguments(field(sub, "arguments"))})
		}
	}
	slices.SortFunc(commands, func(a, b command) int { return slices.Compare(a.words, b.words) })
	return commands
}

func readArguments(list protocol.Value) (args []argument) {
	for _, v := range list.Items {
		a := argument{name: fieldText(v, "name"), kind: fieldText(v, "type"), token: fieldText(v, "token"),
			args: readArguments(field(v, "arguments"))}
		for _, flag := range field(v, "flags").Items {
			switch flag.Text {
			case "optional":
				a.optional = true
			case "multiple":
				a.multiple = true
			case "multiple_token":
				a.multipleToken = true
			}
		}
		args = append(args, a)
	}
	return args
}

// pairs walks over a map, or what stands for one in RESP2.
func pairs(v protocol.Value) func(func(string, protocol.Value) bool) {
	return func(yield func(string, protocol.Value) bool) {
		for i := 0; i+1 < len(v.Items); i += 2 {
			if !yield(v.Items[i].Text, v.Items[i+1]) {
				return
			}
		}
	}
}

func field(v protocol.Value, name string) protocol.Value {
	for key, value := range pairs(v) {
		if key == name {
			return value
		}
	}
	return protocol.Value{}
}

func fieldText(v protocol.Value, name string) string { return field(v, name).Text }
