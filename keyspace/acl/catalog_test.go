package acl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The catalog of these tests is a file: the names of the categories on the first
// line, then a line for each command with its name, "noauth" or "-", and its
// categories. It was recorded from a redis-server by
//
//	go test ./keyspace/acl -run RecordCatalog -rewrite
const catalogPath = "testdata/commands.txt"

// tableCatalog is a Catalog of lines.
type tableCatalog struct {
	categories []string
	commands   []Command
	ids        map[string]int
}

func (c *tableCatalog) Count() int             { return len(c.commands) }
func (c *tableCatalog) Command(id int) Command { return c.commands[id] }
func (c *tableCatalog) Categories() []string   { return c.categories }

func (c *tableCatalog) Lookup(name string) (id int, ok bool) {
	id, ok = c.ids[name]
	return id, ok
}

// parseCatalog reads the lines of a catalog. A container stands before its
// subcommands.
func parseCatalog(lines []string) *tableCatalog {
	c := &tableCatalog{categories: strings.Fields(lines[0]), ids: map[string]int{}}
	for _, line := range lines[1:] {
		words := strings.Fields(line)
		cmd := Command{Name: words[0], NoAuth: words[1] == "noauth"}
		for _, name := range words[2:] {
			cmd.Categories |= 1 << slices.Index(c.categories, name)
		}
		id := len(c.commands)
		if container, _, ok := strings.Cut(cmd.Name, "|"); ok {
			parent := &c.commands[c.ids[container]]
			parent.Subcommands = append(parent.Subcommands, id)
		}
		c.ids[cmd.Name] = id
		c.commands = append(c.commands, cmd)
	}
	return c
}

var testCatalog = func() *tableCatalog {
	content, err := os.ReadFile(filepath.FromSlash(catalogPath))
	if err != nil {
		panic(err)
	}
	return parseCatalog(strings.Split(strings.TrimSpace(string(content)), "\n"))
}()

// idOf returns the id of a command that is there.
func idOf(tb testing.TB, name string) int {
	tb.Helper()
	id, ok := testCatalog.Lookup(name)
	require.True(tb, ok, name)
	return id
}

func TestCategories(t *testing.T) {
	users := New(testCatalog)
	assert.Equal(t, []string{"keyspace", "read", "write"}, users.Categories()[:3])

	names, err := users.CommandsIn("TRANSACTION")
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"multi", "exec", "discard", "watch", "unwatch"}, names)

	names, err = users.CommandsIn("scripting")
	require.NoError(t, err)
	assert.Contains(t, names, "script|load")
	assert.NotContains(t, names, "script", "the container is not in the category itself")

	_, err = users.CommandsIn("foo")
	assert.EqualError(t, err, "Unknown category 'foo'")
}
