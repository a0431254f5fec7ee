package config

import (
	"strings"

	"solokv/keyspace/glob"
)

// Pair is a directive's name and its value as text.
type Pair struct {
	Name  string
	Value string
}

// Get is CONFIG GET: the directives whose name, or an alias, is or matches one
// of the patterns, each name once. Case is ignored; a name asked for exactly is
// given back as it was asked for. Aliases count as names of their own.
func (c *Config) Get(patterns ...string) []Pair {
	var pairs []Pair
	seen := make(map[string]bool)
	add := func(name string, d *Directive) {
		if key := strings.ToLower(name); !seen[key] {
			seen[key] = true
			pairs = append(pairs, Pair{name, d.slot.text()})
		}
	}
	for _, pattern := range patterns {
		if !strings.ContainsAny(pattern, "[*?") {
			if d, ok := c.Lookup(pattern); ok {
				add(pattern, d)
			}
			continue
		}
		for i := range c.directives {
			d := &c.directives[i]
			for _, e := range d.entries() {
				if !d.Has(Hidden) && glob.MatchFold([]byte(pattern), []byte(e.name)) {
					add(e.name, d)
				}
			}
		}
	}
	return pairs
}
