package saving

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	waitMax      = 15 * time.Second
	waitInterval = 5 * time.Millisecond
)

// start runs our server; what it is given comes after what all tests want.
func start(t *testing.T, args ...string) *harness.Server {
	t.Helper()
	return startIn(t, t.TempDir(), args...)
}

func startIn(t *testing.T, dir string, args ...string) *harness.Server {
	t.Helper()
	return harness.StartIn(t, harness.SoloKV(t), dir, append([]string{"--enable-debug-command", "yes"}, args...)...)
}

// restart starts a server again, which has ended, and returns a connection.
func restart(t *testing.T, s *harness.Server) *harness.Client {
	t.Helper()
	require.NoError(t, s.Restart())
	return s.Dial()
}

func digest(c *harness.Client) string { return c.MustDo("DEBUG", "DIGEST").Text }

// info is a field of INFO; "" when there is none of that name.
func info(c *harness.Client, field string) string {
	for line := range strings.Lines(c.MustDo("INFO", "everything").Text) {
		if value, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), field+":"); ok {
			return value
		}
	}
	return ""
}

// waitFor waits until a field of INFO has a value.
func waitFor(t *testing.T, c *harness.Client, field, value string) {
	t.Helper()
	require.Eventually(t, func() bool { return info(c, field) == value }, waitMax, waitInterval, "%s:%s", field, value)
}

// waitSaved waits until nothing is being saved or rewritten, or about to be.
func waitSaved(t *testing.T, c *harness.Client) {
	t.Helper()
	for _, field := range []string{"rdb_bgsave_in_progress", "aof_rewrite_scheduled", "aof_rewrite_in_progress"} {
		waitFor(t, c, field, "0")
	}
}

func bgsave(t *testing.T, c *harness.Client) {
	t.Helper()
	c.MustDo("BGSAVE")
	waitSaved(t, c)
	require.Equal(t, "ok", info(c, "rdb_last_bgsave_status"))
}

func rewrite(t *testing.T, c *harness.Client) {
	t.Helper()
	c.MustDo("BGREWRITEAOF")
	waitSaved(t, c)
	require.Equal(t, "ok", info(c, "aof_last_bgrewrite_status"))
}

func signal(t *testing.T, s *harness.Server, what syscall.Signal) {
	t.Helper()
	require.NoError(t, syscall.Kill(s.PID(), what))
}

// awaitEnd waits for a server that is about to end by itself.
func awaitEnd(t *testing.T, s *harness.Server) {
	t.Helper()
	require.Eventually(t, func() bool { return s.ExitCode() >= 0 }, waitMax, waitInterval, "the server goes on")
}

func dump(s *harness.Server) string { return filepath.Join(s.Dir(), "dump.rdb") }

// leftovers are temporary files in the folders of a server.
func leftovers(t *testing.T, s *harness.Server) []string {
	t.Helper()
	inDir, err := filepath.Glob(filepath.Join(s.Dir(), "temp-*"))
	require.NoError(t, err)
	inAOF, err := filepath.Glob(filepath.Join(s.Dir(), "aof", "temp-*"))
	require.NoError(t, err)
	return append(inDir, inAOF...)
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return content
}
