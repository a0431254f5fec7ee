package config

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exampleFile is the configuration file that comes with the program. It says what each
// directive means; what the defaults are, the table says, and these tests compare.
const exampleFile = "../../solokv.conf"

// exampleDirectives are the directives of the file with their marks taken away: "# " begins
// a text, "#" and a name a directive.
func exampleDirectives(t *testing.T) []string {
	var directives []string
	for _, line := range readLines(t, exampleFile) {
		directive, isComment := strings.CutPrefix(line, "#")
		switch {
		case line == "", line == "#", strings.HasPrefix(line, "# "):
		case isComment:
			directives = append(directives, directive)
		default:
			t.Errorf("the file changes something: %s", line)
		}
	}
	return directives
}

// TestExampleFileIsTheTable: each directive once, by its present name, with its default.
func TestExampleFileIsTheTable(t *testing.T) {
	missing := map[string]string{}
	for _, d := range New().directives {
		missing[d.Name] = d.defaultText
	}
	for _, line := range exampleDirectives(t) {
		name, _, _ := strings.Cut(line, " ")
		byDefault, ok := missing[name]
		if !assert.True(t, ok, "unknown, an old name, or there twice: %s", line) {
			continue
		}
		delete(missing, name)
		assert.Equal(t, byDefault, loaded(t, line).Text(name), "%s is not the default", line)
	}
	assert.Empty(t, missing, "directives that the file does not explain")
}

func TestExampleFileLoads(t *testing.T) {
	c := New()
	require.NoError(t, c.LoadFile(exampleFile))
	assert.Equal(t, New().Get("*"), c.Get("*"))

	c = loaded(t, strings.Join(exampleDirectives(t), "\n"))
	assert.Equal(t, New().Get("*"), c.Get("*"), "also with every line in force")
}

// TestExampleFileIsReadable: as wide as the rest of the house.
func TestExampleFileIsReadable(t *testing.T) {
	content, err := os.ReadFile(exampleFile)
	require.NoError(t, err)
	for _, line := range strings.Split(string(content), "\n") {
		assert.LessOrEqual(t, len(line), 110, line)
	}
}

// TestExampleFileKeepsItsText: CONFIG REWRITE adds what differs and leaves the rest alone.
func TestExampleFileKeepsItsText(t *testing.T) {
	content, err := os.ReadFile(exampleFile)
	require.NoError(t, err)
	c := New()
	require.NoError(t, c.LoadFile(exampleFile))
	require.NoError(t, c.Set([]Pair{{"maxmemory", "1gb"}}, Origin{}, nil))
	rewritten, isPrefix := strings.CutPrefix(c.rewritten(string(content), nil, false),
		strings.ReplaceAll(string(content), "\n\n\n", "\n\n"))
	require.True(t, isPrefix)
	assert.Contains(t, rewritten, "maxmemory 1gb\n")
}
