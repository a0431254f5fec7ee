package process

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

const (
	unitFile      = "../../deploy/solokv.service"
	containerFile = "../../deploy/Containerfile"
	exampleFile   = "../../solokv.conf"
)

// TestBinaryIsStatic: it runs where there is nothing else, as in an image from scratch.
func TestBinaryIsStatic(t *testing.T) {
	file, err := elf.Open(harness.SoloKV(t).Argv[0])
	require.NoError(t, err)
	defer file.Close()
	for _, part := range file.Progs {
		assert.NotEqual(t, elf.PT_INTERP, part.Type, "it wants a dynamic loader")
	}
	libraries, err := file.ImportedLibraries()
	require.NoError(t, err)
	assert.Empty(t, libraries)
}

// TestBinaryRunsAlone: with no environment, and in an empty folder.
func TestBinaryRunsAlone(t *testing.T) {
	cmd := exec.Command(harness.SoloKV(t).Argv[0], "--version")
	cmd.Dir, cmd.Env = t.TempDir(), []string{}
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
	assert.Contains(t, string(output), "SoloKV server v=")
}

// TestContainerFile: what it copies is there, and what it calls is understood.
func TestContainerFile(t *testing.T) {
	content, err := os.ReadFile(containerFile)
	require.NoError(t, err)
	goMod, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(goMod)
	require.NotNil(t, version)
	assert.Contains(t, string(content), fmt.Sprintf("golang:%s ", version[1]), "the Go of go.mod")
	for _, copied := range []string{"go.mod", "go.sum", "Makefile"} {
		assert.FileExists(t, "../../"+copied)
	}
	assert.Contains(t, string(content), `CMD ["/solokv", "--ping"]`)
	assert.Contains(t, string(content), "EXPOSE 5555\n")
}

// TestUnit: the server takes the arguments of the unit, and systemd is told.
func TestUnit(t *testing.T) {
	content, err := os.ReadFile(unitFile)
	require.NoError(t, err)
	start := regexp.MustCompile(`(?m)^ExecStart=(\S+) (\S+) (.*)$`).FindStringSubmatch(string(content))
	require.NotNil(t, start)
	assert.Equal(t, []string{"/usr/local/bin/solokv", "/etc/solokv/solokv.conf"}, start[1:3])
	arguments := strings.ReplaceAll(start[3], "/var/lib/solokv", t.TempDir())
	s := harness.Start(t, harness.SoloKV(t), strings.Fields(arguments)...)
	assert.Equal(t, "PONG", s.Dial().MustDo("PING").Text)
}

// TestExampleFileStarts: as without it.
func TestExampleFileStarts(t *testing.T) {
	content, err := os.ReadFile(exampleFile)
	require.NoError(t, err)
	program := harness.SoloKV(t)
	directives := func(args ...string) map[string]string {
		reply := harness.Start(t, program, args...).Dial().MustDo("CONFIG", "GET", "*")
		values := map[string]string{}
		for i := 0; i+1 < len(reply.Items); i += 2 {
			values[reply.Items[i].Text] = reply.Items[i+1].Text
		}
		require.Greater(t, len(values), 150)
		delete(values, "dir")
		delete(values, "port")
		return values
	}
	path := t.TempDir() + "/solokv.conf"
	require.NoError(t, os.WriteFile(path, content, 0o600))
	assert.Equal(t, directives(), directives("--include", path))
}

// TestPing: the health check finds the server by its configuration.
func TestPing(t *testing.T) {
	program := harness.SoloKV(t)
	f := func(wantCode int, wantOutput string, args ...string) {
		t.Helper()
		cmd := exec.Command(program.Argv[0], append([]string{"--ping"}, args...)...)
		output, _ := cmd.CombinedOutput()
		assert.Equal(t, wantCode, cmd.ProcessState.ExitCode(), "%s", output)
		assert.Contains(t, string(output), wantOutput)
	}
	socket := t.TempDir() + "/s"
	s := harness.Start(t, program, "--unixsocket", socket)
	port := fmt.Sprint(s.Port())
	f(0, "+PONG", "--port", port)
	f(0, "+PONG", "--port", port, "--bind", "-127.0.0.1 ::1")
	f(0, "+PONG", "--port", "0", "--unixsocket", socket)
	f(1, "neither a port nor a unix socket", "--port", "0")
	f(1, "no such file", "--unixsocket", socket+"2")
	f(1, "Bad directive", "--nosuch", "1")
	s.Dial().MustDo("CONFIG", "SET", "requirepass", "secret")
	f(0, "-NOAUTH", "--port", port)
	require.NoError(t, s.Stop())
	f(1, "connection refused", "--port", port)
}
