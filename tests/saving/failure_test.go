package saving

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// movable is a server whose working folder can be taken away.
func movable(t *testing.T, args ...string) (s *harness.Server, away, back func()) {
	outer := t.TempDir()
	dir, elsewhere := filepath.Join(outer, "data"), filepath.Join(outer, "elsewhere")
	require.NoError(t, os.Mkdir(dir, 0o755))
	s = startIn(t, outer, append([]string{"--dir", dir}, args...)...)
	return s, func() { require.NoError(t, os.Rename(dir, elsewhere)) }, func() { require.NoError(t, os.Rename(elsewhere, dir)) }
}

func requireError(t *testing.T, c *harness.Client, prefix string, command ...string) {
	t.Helper()
	v, err := c.Do(command...)
	require.NoError(t, err)
	require.True(t, v.IsError() && strings.HasPrefix(v.Text, prefix), "%q: %s", command, v)
}

// TestFolderThatIsGone: saves fail, writes are refused, the server cannot be ended
// without a word; and when the folder is there again, so is everything.
func TestFolderThatIsGone(t *testing.T) {
	s, away, back := movable(t, "--save", "3600 1")
	c := s.Dial()
	c.MustDo("SET", "a", "1")
	bgsave(t, c)
	lastSave := c.MustDo("LASTSAVE").Int
	away()
	c.MustDo("SET", "a", "2")
	require.Equal(t, "Background saving started", c.MustDo("BGSAVE").Text)
	waitFor(t, c, "rdb_last_bgsave_status", "err")
	require.Equal(t, "1", info(c, "rdb_changes_since_last_save"))
	require.Equal(t, lastSave, c.MustDo("LASTSAVE").Int)
	require.Equal(t, "2", c.MustDo("GET", "a").Text)
	for _, command := range [][]string{{"SET", "a", "3"}, {"DEL", "a"}, {"FLUSHALL"}} {
		requireError(t, c, "MISCONF Redis is configured to save RDB snapshots", command...)
	}
	requireError(t, c, "ERR", "SAVE")
	requireError(t, c, "ERR Errors trying to SHUTDOWN", "SHUTDOWN")
	requireError(t, c, "ERR Errors trying to SHUTDOWN", "SHUTDOWN", "SAVE")

	signal(t, s, syscall.SIGTERM)
	require.Eventually(t, func() bool { return strings.Contains(s.Log(), "Errors trying to shut down the server") },
		waitMax, waitInterval)
	require.Equal(t, "2", c.MustDo("GET", "a").Text)

	c.MustDo("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
	c.MustDo("SET", "a", "3")
	c.MustDo("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes")
	requireError(t, c, "MISCONF", "SET", "a", "4")
	back()
	bgsave(t, c)
	c.MustDo("SET", "a", "4")
	require.NoError(t, s.Stop())
	require.Zero(t, s.ExitCode())
	require.Equal(t, "4", restart(t, s).MustDo("GET", "a").Text)
}

// TestEndsThatDoNotSave end the server although it cannot save.
func TestEndsThatDoNotSave(t *testing.T) {
	for _, how := range []string{"NOSAVE", "FORCE"} {
		s, away, _ := movable(t, "--save", "3600 1")
		c := s.Dial()
		c.MustDo("SET", "a", "1")
		away()
		requireError(t, c, "ERR Errors trying to SHUTDOWN", "SHUTDOWN")
		_, err := c.Do("SHUTDOWN", how)
		require.Error(t, err, "the end of the connection is the reply")
		awaitEnd(t, s)
		require.Zero(t, s.ExitCode())
	}
	s, away, _ := movable(t, "--save", "3600 1", "--shutdown-on-sigterm", "force")
	s.Dial().MustDo("SET", "a", "1")
	away()
	require.NoError(t, s.Stop())
	require.Zero(t, s.ExitCode())
}

// TestInfoLikeRedis goes through saves that succeed and fail, on both servers.
func TestInfoLikeRedis(t *testing.T) {
	_, redis := startRedis(t, t.TempDir())
	_, solo := startRedisLike(t)
	for _, step := range []struct {
		name string
		do   func(t *testing.T, c *harness.Client)
	}{
		{"start", nothing},
		{"changes", func(_ *testing.T, c *harness.Client) {
			c.MustDo("MSET", "a", "1", "b", "2")
			c.MustDo("RPUSH", "l", "1")
		}},
		{"BGSAVE", bgsave},
		{"SAVE", saveHere},
		{"SET", func(_ *testing.T, c *harness.Client) { c.MustDo("SET", "a", "2") }},
		{"FLUSHALL", func(_ *testing.T, c *harness.Client) { c.MustDo("FLUSHALL") }},
		{"BGREWRITEAOF", rewrite},
		{"a folder in the way", blockDump},
		{"SAVE that fails", func(t *testing.T, c *harness.Client) { requireError(t, c, "ERR", "SAVE") }},
		{"BGSAVE that fails", func(t *testing.T, c *harness.Client) { c.MustDo("BGSAVE"); waitSaved(t, c) }},
		{"room again", unblockDump},
		{"SAVE that succeeds", saveHere},
		{"appendonly", func(t *testing.T, c *harness.Client) { c.MustDo("CONFIG", "SET", "appendonly", "yes"); waitSaved(t, c) }},
	} {
		step.do(t, redis)
		step.do(t, solo)
		for _, field := range []string{
			"rdb_changes_since_last_save", "rdb_bgsave_in_progress", "rdb_last_bgsave_status", "rdb_last_bgsave_time_sec",
			"rdb_current_bgsave_time_sec", "rdb_saves", "aof_enabled", "aof_rewrite_in_progress", "aof_rewrite_scheduled",
			"aof_last_rewrite_time_sec", "aof_current_rewrite_time_sec", "aof_last_bgrewrite_status", "aof_rewrites",
			"aof_rewrites_consecutive_failures", "aof_last_write_status", "aof_pending_rewrite",
		} {
			want, got := info(redis, field), info(solo, field)
			if strings.HasSuffix(field, "_sec") && want != "-1" && got != "-1" {
				continue // how long it took
			}
			require.Equal(t, want, got, "%s after %s", field, step.name)
		}
	}
}

func startRedisLike(t *testing.T) (*harness.Server, *harness.Client) {
	s := start(t, sharedNames...)
	return s, s.Dial()
}

func dumpOf(c *harness.Client) string {
	return filepath.Join(c.MustDo("CONFIG", "GET", "dir").Items[1].Text, "dump.rdb")
}

// blockDump puts a folder in the place of the file.
func blockDump(t *testing.T, c *harness.Client) {
	require.NoError(t, os.Remove(dumpOf(c)))
	require.NoError(t, os.MkdirAll(filepath.Join(dumpOf(c), "full"), 0o755))
}

func unblockDump(t *testing.T, c *harness.Client) { require.NoError(t, os.RemoveAll(dumpOf(c))) }
