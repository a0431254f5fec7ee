package check

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// runCheck runs the binary over files, as a user does, and returns its exit code and what it said.
func runCheck(t *testing.T, program string, args ...string) (code int, said string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	output, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), string(output)
}

// fill makes keys of every type, a snapshot, a rewrite, and records behind it.
func fill(t *testing.T, s *harness.Server) {
	t.Helper()
	c := s.Dial()
	f := func(words ...string) {
		t.Helper()
		v, err := c.Do(words...)
		require.NoError(t, err)
		require.False(t, v.IsError(), "%q: %v", words, v)
	}
	f("SET", "string", "text", "EX", "10000")
	f("RPUSH", "list", "a", "b")
	f("HSET", "hash", "f", "v")
	f("SADD", "set", "1", "b")
	f("ZADD", "zset", "1.5", "m")
	f("XADD", "stream", "1-1", "f", "v")
	f("XGROUP", "CREATE", "stream", "g", "0")
	f("XREADGROUP", "GROUP", "g", "c", "STREAMS", "stream", ">")
	f("SAVE")
	f("BGREWRITEAOF")
	for rewriting := true; rewriting; {
		info, err := c.Do("INFO", "persistence")
		require.NoError(t, err)
		rewriting = strings.Contains(info.Text, "aof_rewrite_in_progress:1") || strings.Contains(info.Text, "aof_rewrite_scheduled:1")
		time.Sleep(5 * time.Millisecond)
	}
	f("SELECT", "3")
	f("SET", "later", "1")
}

// TestCheck looks at the files of running servers, ours and the real one, and at what a torn tail makes of them.
func TestCheck(t *testing.T) {
	ours := harness.SoloKV(t).Argv[0]
	f := func(name string, program func(t *testing.T) harness.Program) {
		t.Run(name, func(t *testing.T) {
			s := harness.Start(t, program(t), "--appendonly", "yes", "--appenddirname", "aof", "--appendfsync", "always")
			fill(t, s)
			folder, database := filepath.Join(s.Dir(), "aof"), filepath.Join(s.Dir(), "dump.rdb")
			code, said := runCheck(t, ours, "--check", folder, database)
			require.Zero(t, code, said)
			require.Contains(t, said, "db 0: 6 keys, 1 with an expiry: hash 1, list 1, set 1, stream 1, string 1, zset 1")
			require.Contains(t, said, "db 3: ")
			require.NoError(t, s.Stop())

			last := lastIncrement(t, folder)
			tear(t, last)
			code, said = runCheck(t, ours, "--check", folder)
			require.Equal(t, 1, code, said)
			require.Contains(t, said, "TORN")
			code, said = runCheck(t, ours, "--check", "--fix", last)
			require.Zero(t, code, said)
			require.Contains(t, said, "cut ")
			code, said = runCheck(t, ours, "--check", folder)
			require.Zero(t, code, said)
		})
	}
	f("ours", func(t *testing.T) harness.Program { return harness.SoloKV(t) })
	f("redis", func(t *testing.T) harness.Program { return harness.Redis(t, "") })
}

// lastIncrement is the increment that was written last.
func lastIncrement(t *testing.T, folder string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.incr.aof"))
	require.NoError(t, err)
	require.Len(t, names, 1)
	return names[0]
}

// tear leaves the beginning of a record at the end of a file.
func tear(t *testing.T, name string) {
	t.Helper()
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	_, err = file.WriteString("*3\r\n$3\r\nSET\r\n$1\r\n")
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

// TestCheckAsATool: a link under the name of one of Redis's tools is that tool.
func TestCheckAsATool(t *testing.T) {
	ours := harness.SoloKV(t).Argv[0]
	dir := t.TempDir()
	torn := filepath.Join(dir, "a.aof.1.incr.aof")
	require.NoError(t, os.WriteFile(torn, []byte("*1\r\n$4\r\nPING\r\n*1\r\n"), 0o644))

	tool := filepath.Join(dir, "redis-check-aof")
	require.NoError(t, os.Symlink(ours, tool))
	code, said := runCheck(t, tool, torn)
	require.Equal(t, 1, code, said)
	code, said = runCheck(t, tool, "--fix", torn)
	require.Zero(t, code, said)
	code, said = runCheck(t, tool, torn)
	require.Zero(t, code, said)

	f := func(want string, args ...string) {
		t.Helper()
		code, said := runCheck(t, ours, args...)
		require.Equal(t, 1, code)
		require.Contains(t, said, want)
	}
	f("--check needs the name", "--check")
	f("does not know the option --truncate", "--check", "--truncate", torn)
	f("no such file", "--check", filepath.Join(dir, "missing.rdb"))
}
