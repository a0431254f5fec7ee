package tidy

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// ban forbids something at a place, and says what to use instead. Exactly one
// of imports and names is set.
type ban struct {
	place   string   // as in arrows
	imports []string // packages
	names   []string // qualified names, such as "time.Now"
	use     string
	but     []string // files that own the exception
}

// writerOwned are the files where goroutines meet the writer: the only ones
// below keyspace that may start one, or share memory.
var writerOwned = []string{
	"keyspace/engine.go",
	"keyspace/queue.go",
	"keyspace/push.go",
	"keyspace/snapshot.go",
	"keyspace/clientmemory.go",
	"keyspace/scavenge.go",
}

var bans = []ban{
	{
		place: "keyspace/...",
		names: []string{"time.Now", "time.Since", "time.Until"},
		use:   "the clock that the engine was given: state is a function of its readings",
		but:   []string{"keyspace/scavenge.go"}, // times a system call, on another goroutine
	},
	{
		place: "keyspace/...",
		names: []string{"time.Sleep", "time.After", "time.AfterFunc", "time.Tick", "time.NewTimer", "time.NewTicker"},
		use:   "the wheel or cron: the writer waits in one place only",
		but:   writerOwned,
	},
	{
		place:   "keyspace/...",
		imports: []string{"math/rand"},
		use:     "the engine's seeded generator: state is a function of the seed",
	},
	{
		place: "keyspace/...",
		names: []string{"rand.Int", "rand.IntN", "rand.N", "rand.Int64", "rand.Int64N", "rand.Int32", "rand.Int32N",
			"rand.Uint32", "rand.Uint64", "rand.Uint64N", "rand.Float32", "rand.Float64", "rand.Perm", "rand.Shuffle"},
		use: "a *rand.Rand made from the engine's seed",
	},
	{
		place:   "keyspace/...",
		imports: []string{"sync", "sync/atomic"},
		use:     "nothing: there is one writer, and others send it a message",
		but:     append([]string{"keyspace/stats.go"}, writerOwned...),
	},
	{
		place:   "protocol",
		imports: []string{"net", "os", "time", "sync", "sync/atomic"},
		use:     "bytes: protocol is pure functions",
	},
	{
		place:   "keyspace/value/...",
		imports: []string{"time", "os", "net"},
		use:     "arguments: a value has no clock and does no I/O",
	},
	{
		place: "...",
		names: []string{"ioutil.ReadAll", "ioutil.ReadFile", "ioutil.WriteFile", "ioutil.TempDir"},
		use:   "io and os",
	},
}

// hotFiles run for every command: formatting there costs more than the command.
var hotFiles = []string{
	"keyspace/call.go",
	"keyspace/dispatch.go",
	"keyspace/lookup.go",
	"keyspace/queue.go",
	"keyspace/push.go",
	"protocol/append.go",
	"protocol/request.go",
	"protocol/resume.go",
	"reactor/ingest.go",
	"reactor/outbox.go",
}

func TestBans(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.isTest() {
			continue
		}
		for _, b := range bans {
			if (b.place == "..." || covers(b.place, f.dir())) && !slices.Contains(b.but, f.name) {
				for _, found := range b.find(f) {
					t.Errorf("%s: %s is banned, use %s", f.name, found, b.use)
				}
			}
		}
	}
}

// find returns what the file uses of the forbidden.
func (b ban) find(f goFile) []string {
	var found []string
	for _, path := range f.imports() {
		if slices.Contains(b.imports, path) {
			found = append(found, "importing "+path)
		}
	}
	if len(b.names) == 0 {
		return found
	}
	for node := range ast.Preorder(f.ast) {
		if name := qualified(node); slices.Contains(b.names, name) {
			found = append(found, name)
		}
	}
	return found
}

// qualified returns "pkg.Name" of a selector, or "".
func qualified(node ast.Node) string {
	selector, ok := node.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	pkg, ok := selector.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return pkg.Name + "." + selector.Sel.Name
}

// TestGoroutinesAreOwned: below keyspace a go statement stands in a file whose
// name says what it is for.
func TestGoroutinesAreOwned(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.isTest() || !covers("keyspace/...", f.dir()) || slices.Contains(writerOwned, f.name) {
			continue
		}
		for node := range ast.Preorder(f.ast) {
			if statement, ok := node.(*ast.GoStmt); ok {
				t.Errorf("%v: a go statement is banned here, use a message to the writer, or name the file in tidy",
					positions.Position(statement.Pos()))
			}
		}
	}
}

func TestHotFilesDoNotFormat(t *testing.T) {
	for _, f := range goFiles(t) {
		if slices.Contains(hotFiles, f.name) {
			assert.NotContains(t, f.imports(), "fmt", "%s: fmt is banned, use append functions", f.name)
			assert.NotContains(t, f.imports(), "reflect", "%s: reflect is banned, use types", f.name)
		}
	}
}

// TestNoCatchAllPackages: a package is named for a noun of this field. "lib" is one
// where the libraries of scripts are: it is Lua's word for them.
func TestNoCatchAllPackages(t *testing.T) {
	catchAll := []string{"util", "utils", "common", "helper", "helpers", "pkg", "base", "misc", "lib", "shared"}
	for _, f := range goFiles(t) {
		for _, part := range strings.Split(strings.TrimPrefix(f.dir(), "keyspace/script/lib/"), "/") {
			assert.NotContains(t, catchAll, part, "%s: %s says nothing, use a noun", f.name, part)
		}
		name := strings.TrimSuffix(f.ast.Name.Name, "_test")
		assert.Contains(t, []string{path.Base(f.dir()), "main"}, name, "%s: the package is named as its folder", f.name)
	}
}
