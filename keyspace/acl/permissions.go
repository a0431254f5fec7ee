package acl

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// How a permission set is kept.
//
// Terms: the base is what the last +@all or -@all left, everything or nothing;
// the rules are the +x and -x since then.
//
// Rules are kept twice. Decisions want one bit per command, so that is what a
// rule is turned into when it is applied: "+@read" sets the bits of the commands
// that are in the category now. A description wants the rules themselves, because
// "-@all +@read" means more to a reader than two hundred commands, so they are
// kept too, in their order; a rule that says something about the whole of what an
// earlier one said replaces it ("+get -get" is "-get", "-client|id +client" is
// "+client"). Redis before 7.2 kept the bits alone and guessed the rules from them.
//
// The bits of commands that are open to everybody are always set, so that a
// check need not ask twice.

// Permissions is a permission set: the root of a user, or one of his selectors.
type Permissions struct {
	index *index

	allCommands bool // +@all, and nothing taken away since
	fromAll     bool // the base is +@all
	commands    commandSet
	firstArgs   map[int][]string // lower case: what a command may have as Args[1], if its bit is not set
	rules       []string         // "+get", "-@write": since the base

	allKeys     bool
	keys        []keyPattern
	allChannels bool
	channels    [][]byte
}

// keyPattern is a pattern of keys and what may be done with them.
type keyPattern struct {
	pattern []byte
	access  Access
}

// Access is what a request does with a key: reads what it holds, writes it, both,
// or neither (EXISTS tells nothing of the value).
type Access uint8

// The kinds of access.
const (
	Read Access = 1 << iota
	Write
)

func newPermissions(x *index, allChannels bool) *Permissions {
	return &Permissions{index: x, commands: slices.Clone(x.open), allChannels: allChannels}
}

func (p *Permissions) clone() *Permissions {
	c := *p
	c.commands = slices.Clone(p.commands)
	c.rules = slices.Clone(p.rules)
	c.keys = slices.Clone(p.keys)
	c.channels = slices.Clone(p.channels)
	c.firstArgs = maps.Clone(p.firstArgs)
	for id, args := range c.firstArgs {
		c.firstArgs[id] = slices.Clone(args)
	}
	return &c
}

// permitAll is +@all and -@all: the set has a new base.
func (p *Permissions) permitAll(allow bool) {
	p.allCommands, p.fromAll = allow, allow
	p.rules, p.firstArgs = nil, nil
	copy(p.commands, p.index.open)
	if allow {
		copy(p.commands, p.index.all)
	}
}

// permitSet is +x or -x: a command with its subcommands, or a category.
func (p *Permissions) permitSet(name string, commands commandSet, allow bool) {
	if allow {
		p.commands.union(commands)
	} else {
		p.allCommands = false
		p.commands.subtract(commands)
		p.commands.union(p.index.open)
	}
	maps.DeleteFunc(p.firstArgs, func(id int, _ []string) bool { return commands.has(id) })
	p.addRule(name, allow)
}

// permitFirstArg is +command|argument.
func (p *Permissions) permitFirstArg(id int, name, argument string) {
	if p.firstArgs == nil {
		p.firstArgs = map[int][]string{}
	}
	if !slices.Contains(p.firstArgs[id], argument) {
		p.firstArgs[id] = append(p.firstArgs[id], argument)
	}
	p.addRule(name, true)
}

// addRule appends a rule, and drops those that it makes void: about the same
// name, or about a part of it.
func (p *Permissions) addRule(name string, allow bool) {
	p.rules = slices.DeleteFunc(p.rules, func(rule string) bool {
		rest, about := strings.CutPrefix(rule[1:], name)
		return about && (rest == "" || rest[0] == '|')
	})
	sign := "-"
	if allow {
		sign = "+"
	}
	p.rules = append(p.rules, sign+name)
}

func (p *Permissions) addKeys(pattern string, access Access) {
	i := slices.IndexFunc(p.keys, func(k keyPattern) bool { return string(k.pattern) == pattern })
	if i >= 0 {
		p.keys[i].access |= access
		return
	}
	p.keys = append(p.keys, keyPattern{[]byte(pattern), access})
}

func (p *Permissions) addChannels(pattern string) {
	if !slices.ContainsFunc(p.channels, func(c []byte) bool { return string(c) == pattern }) {
		p.channels = append(p.channels, []byte(pattern))
	}
}

func (p *Permissions) permitKeys(all bool)     { p.allKeys, p.keys = all, nil }
func (p *Permissions) permitChannels(all bool) { p.allChannels, p.channels = all, nil }

// accessesAll tells whether the set gives that access to every key.
func (p *Permissions) accessesAll(access Access) bool {
	return p.allKeys || slices.ContainsFunc(p.keys, func(k keyPattern) bool {
		return k.access&access == access && bytes.Equal(k.pattern, []byte{'*'})
	})
}

// Commands describes the commands: "-@all +@read -get".
func (p *Permissions) Commands() string { return strings.Join(p.commandRules(), " ") }

// Keys describes the keys: "~a* %R~b*", or "~*" for all.
func (p *Permissions) Keys() string { return strings.Join(p.keyRules(), " ") }

// Channels describes the channels: "&a &b*", or "&*" for all.
func (p *Permissions) Channels() string { return strings.Join(p.channelRules(), " ") }

func (p *Permissions) commandRules() []string {
	if p.fromAll {
		return append([]string{"+@all"}, p.rules...)
	}
	return append([]string{"-@all"}, p.rules...)
}

func (p *Permissions) keyRules() []string {
	if p.allKeys {
		return []string{"~*"}
	}
	rules := make([]string, len(p.keys))
	for i, k := range p.keys {
		rules[i] = k.rule()
	}
	return rules
}

// rule is the rule that adds the pattern.
func (k keyPattern) rule() string {
	switch pattern := string(k.pattern); {
	case k.access == Read:
		return "%R~" + pattern
	case k.access == Write:
		return "%W~" + pattern
	case pattern == "*":
		return "%RW~*" // "~*" would be allkeys, after which there may be no other pattern
	default:
		return "~" + pattern
	}
}

func (p *Permissions) channelRules() []string {
	if p.allChannels {
		return []string{"&*"}
	}
	rules := make([]string, len(p.channels))
	for i, channel := range p.channels {
		rules[i] = "&" + string(channel)
	}
	return rules
}

// allRules are rules that make the set of any other.
func (p *Permissions) allRules() []string {
	rules := p.keyRules()
	if !p.allChannels {
		rules = append(rules, "resetchannels") // new sets may start with all channels
	}
	return append(append(rules, p.channelRules()...), p.commandRules()...)
}
