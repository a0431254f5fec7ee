package compat

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

const (
	npmTimeout  = time.Minute     // with a cold cache
	nodeTimeout = 4 * time.Minute // a dozen seconds, where nothing else runs
)

// TestBullMQ runs the JavaScript tests of the folder bullmq: BullMQ, which is scripts through and through, and
// the client that it uses. What the scripts have done is there after a kill.
func TestBullMQ(t *testing.T) {
	dir := installed(t, "bullmq")
	files, err := filepath.Glob(filepath.Join(dir, "*.test.mjs"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	s := harness.Start(t, harness.SoloKV(t), "--appendonly", "yes", "--appendfsync", "always", "--enable-debug-command", "yes")

	arguments := append([]string{"--test", "--test-reporter=spec"}, files...)
	output, err := run(t, nodeTimeout, dir, []string{fmt.Sprint("SOLOKV_PORT=", s.Port())}, "node", arguments...)
	require.NoError(t, err, "%s", output)

	r := redis.NewClient(&redis.Options{Addr: s.Addr()})
	defer r.Close()
	keys := must(lasting.Run(t.Context(), r, nil).StringSlice())
	require.Greater(t, len(keys), 500)
	before := digests(t, r, keys)
	s.Kill()
	require.NoError(t, s.Restart())
	require.Equal(t, before, digests(t, r, keys))
}

// lasting are the keys that do not expire.
var lasting = redis.NewScript(`
	local keys = {}
	for _, key in ipairs(redis.call('KEYS', '*')) do
		if redis.call('PTTL', key) == -1 then keys[#keys + 1] = key end
	end
	return keys`)

func digests(t *testing.T, r *redis.Client, keys []string) map[string]any {
	request := []any{"DEBUG", "DIGEST-VALUE"}
	for _, key := range keys {
		request = append(request, key)
	}
	reply, err := r.Do(t.Context(), request...).Slice()
	require.NoError(t, err)
	of := map[string]any{}
	for i, key := range keys {
		of[key] = reply[i]
	}
	return of
}

// installed copies a folder with a package.json to where npm may write, and lets it install what the lock
// file names. The test is skipped where node or npm is missing, or nobody answers npm.
func installed(t *testing.T, folder string) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s on this machine: the JavaScript clients are left out", program)
		}
	}
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, withoutModules{os.DirFS(folder)}))
	output, err := run(t, npmTimeout, dir, nil, "npm", "ci", "--omit=optional", "--ignore-scripts",
		"--prefer-offline", "--no-audit", "--no-fund", "--fetch-retries=0")
	if err != nil && unreachable.Match(output) {
		t.Skipf("npm cannot fetch packages here: the JavaScript clients are left out:\n%s", output)
	}
	require.NoError(t, err, "npm ci: %s", output)
	return dir
}

// unreachable finds in npm's words that packages could not be fetched. Everything else, a lock file that does not fit
// for one, is a failure.
var unreachable = regexp.MustCompile(`npm (?:error|ERR!) code (?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENOTCACHED|` +
	`ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|E401|E403|E5\d\d)\b|\nkilled after`)

// run executes a program and everything that it starts, for so long at most.
func run(t *testing.T, timeout time.Duration, dir string, environment []string, name string, arguments ...string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), environment...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	output, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		output = fmt.Appendf(output, "\nkilled after %v", timeout)
	}
	return output, err
}

// withoutModules hides what somebody may have installed by hand.
type withoutModules struct{ fs.FS }

func (w withoutModules) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(w.FS, name)
	kept := entries[:0]
	for _, entry := range entries {
		if entry.Name() != "node_modules" {
			kept = append(kept, entry)
		}
	}
	return kept, err
}
