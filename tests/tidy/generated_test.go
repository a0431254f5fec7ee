package tidy

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// document is a page that the program writes about itself. args make the binary
// print it; `make docs` stores it.
type document struct {
	name string
	args []string
}

var documents = []document{
	{"docs/COMMANDS.md", []string{"--print-commands-doc"}},
	{"docs/METRICS.md", []string{"--print-metrics-doc"}},
}

// TestDocumentsAreUpToDate compares each stored page with what the binary says
// now.
func TestDocumentsAreUpToDate(t *testing.T) {
	stored := map[string]string{}
	for _, f := range textFiles(t) {
		stored[f.name] = string(f.content)
	}
	for _, d := range documents {
		content, exists := stored[d.name]
		if !exists {
			t.Skipf("%s is not written yet", d.name)
		}
		t.Cleanup(harness.RemoveBuild)
		program := harness.SoloKV(t)
		said, err := exec.Command(program.Argv[0], d.args...).Output()
		require.NoError(t, err)
		assert.Equal(t, string(said), content, "%s is out of date: run make docs", d.name)
	}
}
