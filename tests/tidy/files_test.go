package tidy

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// lineCountMax is where a file stops being readable in one sitting.
const lineCountMax = 800

func TestFileLength(t *testing.T) {
	for _, f := range goFiles(t) {
		if !f.generated() {
			assert.LessOrEqual(t, len(f.lines()), lineCountMax, "%s: split it", f.name)
		}
	}
}

// TestPackagesIntroduceThemselves: what a package owns, what it must not know
// and where to start is on the first page that a reader opens.
func TestPackagesIntroduceThemselves(t *testing.T) {
	introduced := map[string]bool{}
	for _, f := range goFiles(t) {
		dir := f.dir()
		isIntroduction := strings.HasSuffix(f.name, "/doc.go") || f.name == "main.go" || f.name == "bench/main.go"
		introduced[dir] = introduced[dir] || isIntroduction && f.ast.Doc != nil
	}
	for dir, ok := range introduced {
		assert.True(t, ok, "%s: no doc.go with a package comment", dir)
	}
}

// The words are put together here so that this file does not accuse itself.
var (
	marks        = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
	machinePaths = regexp.MustCompile(`(^|[\s"'=(` + "`" + `])/(wo` + `rk|op` + `t|ro` + `ot|ho` + `me)/`)
)

// TestNoMarks: unfinished business is in nobody's way, and is never done.
func TestNoMarks(t *testing.T) {
	reject(t, marks, "do it, or leave it out")
}

// TestNoMachinePaths: the tree builds and tests wherever it is put.
func TestNoMachinePaths(t *testing.T) {
	reject(t, machinePaths, "use a path relative to the repository, or a temporary folder")
}

func reject(t *testing.T, unwanted *regexp.Regexp, advice string) {
	t.Helper()
	for _, f := range textFiles(t) {
		for i, line := range f.lines() {
			if found := unwanted.FindString(line); found != "" {
				t.Errorf("%s:%d: %q: %s", f.name, i+1, strings.TrimSpace(found), advice)
			}
		}
	}
}

// TestRejections: the expressions find what they are for and leave the rest.
func TestRejections(t *testing.T) {
	assert.Regexp(t, marks, "// TO"+"DO: later")
	assert.NotRegexp(t, marks, "a mastodon, a hacksaw and XX"+"XX")
	assert.Regexp(t, machinePaths, `path := "/ro`+`ot/x"`)
	assert.NotRegexp(t, machinePaths, "github.com/op"+"t/x and a/wo"+"rk/b")
}

// TestOneTitle: a page of documentation has one title, on its first line.
func TestOneTitle(t *testing.T) {
	for _, f := range textFiles(t) {
		if !strings.HasSuffix(f.name, ".md") {
			continue
		}
		assert.True(t, strings.HasPrefix(string(f.content), "# "), "%s does not begin with its title", f.name)
		assert.Equal(t, 1, countTitles(f.lines()), "%s: one title a page", f.name)
	}
}

// countTitles leaves out what is in a fence, where '#' begins a comment.
func countTitles(lines []string) int {
	titles, fenced := 0, false
	for _, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		if !fenced && strings.HasPrefix(line, "# ") {
			titles++
		}
	}
	return titles
}

func TestCountTitles(t *testing.T) {
	assert.Equal(t, 1, countTitles([]string{"# a", "```", "# comment", "```", "## b"}))
	assert.Equal(t, 2, countTitles([]string{"# a", "# b"}))
}
