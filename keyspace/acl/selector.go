package acl

import "strings"

// The rules of a permission set, and the selectors that rules come in.

// apply applies one rule about commands, keys or channels.
func (p *Permissions) apply(rule string) error {
	lower := toLower(rule)
	switch lower {
	case "allkeys", "~*":
		p.permitKeys(true)
		return nil
	case "resetkeys":
		p.permitKeys(false)
		return nil
	case "allchannels", "&*":
		p.permitChannels(true)
		return nil
	case "resetchannels":
		p.permitChannels(false)
		return nil
	case "allcommands", "+@all":
		p.permitAll(true)
		return nil
	case "nocommands", "-@all":
		p.permitAll(false)
		return nil
	case "":
		return errSyntax
	}
	switch rule[0] {
	case '~', '%':
		return p.applyKeys(rule)
	case '&':
		return p.applyChannels(rule[1:])
	case '+', '-':
		return p.applyCommand(lower[1:], rule[0] == '+')
	}
	return errSyntax
}

// applyKeys takes "~pattern" and "%RW~pattern".
func (p *Permissions) applyKeys(rule string) error {
	if p.allKeys {
		return errAllKeys
	}
	access, at := Read|Write, 1
	if rule[0] == '%' {
		var ok bool
		if access, at, ok = parseAccess(rule); !ok {
			return errSyntax
		}
	}
	if hasSpace(rule[at:]) {
		return errSyntax
	}
	p.addKeys(rule[at:], access)
	return nil
}

// parseAccess reads "%RW~" and returns where the pattern starts. "%R" alone is
// the empty pattern, as in Redis.
func parseAccess(rule string) (access Access, at int, ok bool) {
	for at = 1; at < len(rule) && rule[at] != '~'; at++ {
		letter := map[byte]Access{'r': Read, 'R': Read, 'w': Write, 'W': Write}[rule[at]]
		if letter == 0 || access&letter != 0 {
			return 0, 0, false
		}
		access |= letter
	}
	return access, min(at+1, len(rule)), access != 0
}

func (p *Permissions) applyChannels(pattern string) error {
	if p.allChannels {
		return errAllChannels
	}
	if hasSpace(pattern) {
		return errSyntax
	}
	p.addChannels(pattern)
	return nil
}

// applyCommand takes what follows the sign: "get", "client|id", "@read",
// "select|0". The name is in lower case.
func (p *Permissions) applyCommand(name string, allow bool) error {
	if category, ok := strings.CutPrefix(name, "@"); ok {
		i, ok := p.index.category(category)
		if !ok {
			return errUnknown
		}
		p.permitSet(name, p.index.members[i], allow)
		return nil
	}
	if id, ok := p.index.Lookup(name); ok {
		commands := newCommandSet(p.index.Count())
		commands.add(id)
		for _, sub := range p.index.Command(id).Subcommands {
			commands.add(sub)
		}
		p.permitSet(name, commands, allow)
		return nil
	}
	if !allow {
		return errUnknown
	}
	return p.applyFirstArg(name)
}

// applyFirstArg takes "command|argument" where there is no such subcommand.
func (p *Permissions) applyFirstArg(name string) error {
	bar := strings.LastIndexByte(name, '|')
	if bar < 0 {
		return errUnknown
	}
	command, argument := name[:bar], name[bar+1:]
	id, ok := p.index.Lookup(command)
	if !ok {
		return errUnknown
	}
	if strings.IndexByte(command, '|') >= 0 {
		return errFirstArg
	}
	if argument == "" || hasSpace(argument) {
		return errSyntax
	}
	if len(p.index.Command(id).Subcommands) > 0 {
		return errUnknown
	}
	p.permitFirstArg(id, name, argument)
	return nil
}

// isSelector tells whether a rule is a whole selector.
func isSelector(rule string) bool {
	return len(rule) >= 2 && rule[0] == '(' && rule[len(rule)-1] == ')'
}

// parseSelector makes a permission set of "(rules)". A selector with unbalanced
// quotes permits nothing.
func parseSelector(x *index, allChannels bool, selector string) (*Permissions, error) {
	p := newPermissions(x, allChannels)
	words, _ := splitWords(selector[1 : len(selector)-1])
	for _, word := range words {
		if err := p.apply(word); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// selector is the set as a selector. Rules that would be read in another way there
// are put in quotes: quotes have a meaning, and ")" ends it.
func (p *Permissions) selector() string {
	rules := p.allRules()
	for i, rule := range rules {
		if strings.ContainsAny(rule, `"'`) || strings.HasSuffix(rule, ")") {
			rules[i] = quoteWord(rule)
		}
	}
	return "(" + strings.Join(rules, " ") + ")"
}

// mergeSelectors puts selectors together again that have come as several
// arguments: "(~a", "+get)" is "(~a +get)".
func mergeSelectors(rules []string) ([]string, error) {
	merged := make([]string, 0, len(rules))
	start := -1
	for i, rule := range rules {
		opens, closes := strings.HasPrefix(rule, "("), strings.HasSuffix(rule, ")")
		switch {
		case start < 0 && opens && !closes:
			start = i
		case start < 0:
			merged = append(merged, rule)
		case closes:
			merged = append(merged, strings.Join(rules[start:i+1], " "))
			start = -1
		}
	}
	if start >= 0 {
		return nil, errUnmatched{rules[start]}
	}
	return merged, nil
}
