package saving

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// sharedNames make both servers look for an append-only file under one name.
var sharedNames = []string{"--appenddirname", "aof", "--appendfilename", "appendOnly.aof"}

// startRedis runs a real server in a folder.
func startRedis(t *testing.T, dir string, args ...string) (*harness.Server, *harness.Client) {
	t.Helper()
	args = append(append([]string{"--enable-debug-command", "yes"}, sharedNames...), args...)
	s := harness.StartIn(t, harness.Redis(t, ""), dir, args...)
	return s, s.Dial()
}

// check runs a tool of the real server over a file that has to be in order.
func check(t *testing.T, tool, file string) {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Logf("no %s on this machine: it is not asked", tool)
		return
	}
	output, err := exec.Command(path, file).CombinedOutput()
	assert.NoError(t, err, "%s\n%s", file, output)
}

// TestRealServer brings the data set from one server to the other, by every kind of
// file, in both directions.
func TestRealServer(t *testing.T) {
	harness.Redis(t, "")
	log := []string{"--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"}
	commands := append(log, "--aof-use-rdb-preamble", "no")
	for _, w := range []struct {
		name  string
		args  []string
		write func(t *testing.T, c *harness.Client)
	}{
		{"dump.rdb", nil, saveHere},
		{"dump.rdb, not compressed", []string{"--rdbcompression", "no", "--rdbchecksum", "no"}, saveHere},
		{"append-only file", log, nothing},
		{"base and increments", log, rewriteAndGoOn},
		{"base of commands and increments", commands, rewriteAndGoOn},
	} {
		t.Run("to Redis: "+w.name, func(t *testing.T) {
			t.Parallel()
			ours := start(t, append(w.args, "--rdb-save-version", "10")...)
			c := ours.Dial()
			fill(c)
			w.write(t, c)
			handOver(t, ours, c, w.args, func(dir string) *harness.Client {
				_, c := startRedis(t, dir, w.args...)
				return c
			})
		})
		t.Run("from Redis: "+w.name, func(t *testing.T) {
			t.Parallel()
			theirs, c := startRedis(t, t.TempDir(), w.args...)
			fill(c)
			forgetDeleted(c)
			w.write(t, c)
			handOver(t, theirs, c, w.args, func(dir string) *harness.Client { return startIn(t, dir, w.args...).Dial() })
		})
	}
}

// forgetDeleted takes away what is pending and deleted: the commands that Redis
// writes for a stream do not bring it back.
func forgetDeleted(c *harness.Client) {
	for _, db := range []string{"9", "0"} {
		c.MustDo("SELECT", db)
		c.MustDo(numbered(10, func(i int) []string { return []string{fmt.Sprint("5-", i+1)} }, "XACK", "x:large", "all")...)
	}
}

// rewriteAndGoOn leaves a base and something behind it.
func rewriteAndGoOn(t *testing.T, c *harness.Client) {
	rewrite(t, c)
	c.MustDo("SELECT", "9")
	c.MustDo("RPUSH", "l:large", "behind", "the", "base")
	c.MustDo("DEL", "h:small")
	c.MustDo("XADD", "x:large", "7-1", "f", "v")
	c.MustDo("SET", "volatile", "v", "EX", "100000")
	c.MustDo("SELECT", "0")
}

// handOver ends a server and lets another one load what it has left.
func handOver(t *testing.T, from *harness.Server, c *harness.Client, args []string,
	next func(dir string) *harness.Client) {
	t.Helper()
	wantDigest, want := digest(c), portrait(c, expiry, encodingOfOld, streamGroups)
	require.NoError(t, from.Stop())
	if slices.Contains(args, "--appendonly") {
		check(t, "redis-check-aof", filepath.Join(from.Dir(), "aof", "appendOnly.aof.manifest"))
	} else {
		check(t, "redis-check-rdb", dump(from))
	}
	there := next(from.Dir())
	require.Equal(t, wantDigest, digest(there))
	requireSame(t, want, portrait(there, expiry, encodingOfOld, streamGroups))
}
