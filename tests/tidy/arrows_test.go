package tidy

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// arrow says what the packages at a place may import of this module. A place is
// a folder; "x/..." is that folder and all below it. The first place that fits
// a package counts.
type arrow struct {
	from string
	to   []string
}

// leaves are below everything: they know no other package but each other.
var leaves = []string{"keyspace/invariant", "keyspace/glob"}

// nouns are what a key can hold and what that is made of.
var nouns = append([]string{"keyspace/arena", "keyspace/dict", "keyspace/value/..."}, leaves...)

// engine is what the single writer is made of.
var engine = append([]string{"keyspace/wheel", "keyspace/acl", "keyspace/hotkeys", "keyspace/pubsub", "keyspace/config",
	"protocol"},
	nouns...)

// arrows is the picture of the imports. They only point down.
var arrows = []arrow{
	{".", []string{"admin", "reactor/...", "keyspace", "keyspace/command", "keyspace/config", "persistence/...", "keyspace/invariant"}},
	{"admin", []string{"keyspace", "keyspace/acl"}},
	{"reactor/tlsconfig", []string{"keyspace/config"}},
	{"reactor/...", []string{"keyspace", "keyspace/invariant", "protocol"}},
	{"protocol", nil},

	{"keyspace", engine},
	{"keyspace/command", append([]string{"keyspace", "keyspace/script", "keyspace/replication",
		"keyspace/cluster", "persistence/..."}, engine...)},
	{"keyspace/replication", append([]string{"keyspace", "persistence/..."}, engine...)},
	{"keyspace/cluster", append([]string{"keyspace"}, engine...)},
	{"keyspace/script", []string{"keyspace/script/sandbox", "keyspace/script/syntax",
		"keyspace/script/lib/...", "protocol"}},
	{"keyspace/script/sandbox", []string{"keyspace/script/syntax", "keyspace/script/pattern", "keyspace/script/lib/auxlib"}},
	{"keyspace/script/syntax", []string{"keyspace/script/lib/auxlib"}},
	{"keyspace/script/pattern", nil},
	{"keyspace/script/lib/auxlib", nil},
	{"keyspace/script/lib/...", []string{"keyspace/script/lib/auxlib"}},
	{"keyspace/invariant", nil},
	{"keyspace/glob", nil},
	{"keyspace/acl", leaves},
	{"keyspace/hotkeys", leaves},
	{"keyspace/pubsub", leaves},
	{"keyspace/config", leaves},
	{"keyspace/arena", leaves},
	{"keyspace/wheel", append([]string{"keyspace/arena"}, leaves...)},
	{"keyspace/dict", append([]string{"keyspace/arena"}, leaves...)},
	{"keyspace/value/...", nouns},

	{"persistence/...", append([]string{"persistence/...", "protocol"}, nouns...)},

	{"bench/...", []string{"bench/...", "protocol"}},
	{"tests/...", []string{"tests/...", "protocol"}},
}

// covers tells whether a folder is at a place.
func covers(place, dir string) bool {
	parent, below := strings.CutSuffix(place, "/...")
	return dir == parent || below && strings.HasPrefix(dir, parent+"/")
}

// allowed returns what a folder's packages may import, and whether the house
// has a room for them at all.
func allowed(dir string) (to []string, known bool) {
	at := slices.IndexFunc(arrows, func(a arrow) bool { return covers(a.from, dir) })
	if at < 0 {
		return nil, false
	}
	return arrows[at].to, true
}

// TestArrows looks at the code that is built. Tests may reach further: those of
// the engine play the corpus of tests/transcripts.
func TestArrows(t *testing.T) {
	for _, f := range goFiles(t) {
		to, known := allowed(f.dir())
		if !assert.True(t, known, "%s: the house has no such room; see arrows_test.go", f.name) || f.isTest() {
			continue
		}
		for _, path := range f.imports() {
			target, ours := strings.CutPrefix(path, module+"/")
			fits := slices.ContainsFunc(to, func(place string) bool { return covers(place, target) })
			assert.True(t, !ours || fits, "%s imports %s: %s may import %q", f.name, path, f.dir(), to)
		}
	}
}

func TestArrowsPointDown(t *testing.T) {
	f := func(from, to string, want bool) {
		t.Helper()
		places, known := allowed(from)
		assert.True(t, known, from)
		got := slices.ContainsFunc(places, func(place string) bool { return covers(place, to) })
		assert.Equal(t, want, got, "%s -> %s", from, to)
	}
	f("keyspace", "keyspace/dict", true)
	f("keyspace", "keyspace/value/listpack", true)
	f("keyspace", "keyspace/command", false)
	f("keyspace", "persistence", false)
	f("keyspace", "reactor", false)
	f("keyspace/value/zset", "keyspace", false)
	f("keyspace/value/zset", "protocol", false)
	f("persistence/rdb", "keyspace", false)
	f("persistence/rdb", "keyspace/value/stream", true)
	f("bench", "keyspace", false)
	f("tests/crash", "persistence/aof", false)
	f("protocol", "keyspace/invariant", false)

	_, known := allowed("util")
	assert.False(t, known)
}
