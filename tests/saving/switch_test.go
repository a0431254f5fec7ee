package saving

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// slow makes saves and rewrites of a few hundred keys take a while.
func slow(c *harness.Client) {
	c.MustDo("DEBUG", "POPULATE", "500", "slow", "10")
	c.MustDo("CONFIG", "SET", "rdb-key-save-delay", "20000")
}

// TestSwitches turns the append-only file on and off; what a restart finds is what
// was there when it was on last.
func TestSwitches(t *testing.T) {
	for _, policy := range []string{"always", "everysec"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			s := start(t, "--appendfsync", policy)
			c := s.Dial()
			set := func(value string) { c.MustDo("SET", "a", value) }
			on := func() { c.MustDo("CONFIG", "SET", "appendonly", "yes"); waitSaved(t, c) }
			off := func() { c.MustDo("CONFIG", "SET", "appendonly", "no") }
			killed := func() string {
				s.Kill()
				require.NoError(t, s.Restart("--enable-debug-command", "yes", "--appendonly", "yes", "--appendfsync", policy))
				c = s.Dial()
				require.Empty(t, leftovers(t, s))
				return c.MustDo("GET", "a").Text
			}

			set("before")
			on()
			off()
			set("while it is off")
			require.Equal(t, "before", killed())
			off()
			set("while it is off")
			on()
			require.Equal(t, "while it is off", killed())
			for range 3 {
				off()
				on()
			}
			set("behind")
			rewrite(t, c)
			c.MustDo("CONFIG", "SET", "appendfsync", "always")
			set("last")
			require.Equal(t, "last", killed())

			// The first rewrite is cut short: there is what was there before.
			off()
			slow(c)
			set("never written")
			c.MustDo("CONFIG", "SET", "appendonly", "yes")
			waitFor(t, c, "aof_rewrite_in_progress", "1")
			require.Equal(t, "last", killed())
		})
	}
}

// TestSwitchDuringRewrite: a rewrite that runs makes room.
func TestSwitchDuringRewrite(t *testing.T) {
	s := start(t)
	c := s.Dial()
	slow(c)
	for _, to := range []string{"yes", "no", "yes"} {
		if to == "yes" {
			c.MustDo("BGREWRITEAOF")
		}
		waitFor(t, c, "aof_rewrite_in_progress", "1")
		c.MustDo("CONFIG", "SET", "appendonly", to)
		require.Equal(t, map[string]string{"yes": "1", "no": "0"}[to], info(c, "aof_enabled"))
		if to == "no" {
			waitSaved(t, c)
			require.Equal(t, "ok", info(c, "aof_last_bgrewrite_status"), "it was cancelled by us")
		}
	}
	c.MustDo("CONFIG", "SET", "rdb-key-save-delay", "0")
	c.MustDo("SET", "a", "1")

	// The end waits for the rewrite, which is slow, as its options are those of its beginning.
	_, err := c.Do("SHUTDOWN", "NOSAVE")
	require.NoError(t, err)
	signal(t, s, syscall.SIGTERM)
	require.Equal(t, "1", c.MustDo("GET", "a").Text, "it serves meanwhile")
	_, err = c.Do("SHUTDOWN", "FORCE")
	require.Error(t, err)
	awaitEnd(t, s)
	require.Zero(t, s.ExitCode())
}

// TestEndWaitsForTheFirstRewrite: SIGTERM right behind CONFIG SET appendonly loses nothing.
func TestEndWaitsForTheFirstRewrite(t *testing.T) {
	s := start(t)
	c := s.Dial()
	c.MustDo("DEBUG", "POPULATE", "100", "slow", "10")
	c.MustDo("CONFIG", "SET", "rdb-key-save-delay", "5000", "appendonly", "yes")
	signal(t, s, syscall.SIGTERM)
	c.MustDo("SET", "a", "1")
	awaitEnd(t, s)
	require.Zero(t, s.ExitCode())
	require.NoError(t, s.Restart("--appendonly", "yes"))
	require.Equal(t, int64(101), s.Dial().MustDo("DBSIZE").Int)
}

// TestKilledWhileSaving: the file of before is there, and no other one for long.
func TestKilledWhileSaving(t *testing.T) {
	s := start(t, "--appendonly", "no")
	c := s.Dial()
	c.MustDo("SET", "a", "1")
	c.MustDo("SAVE")
	before := readFile(t, dump(s))
	for range 3 {
		slow(c)
		c.MustDo("BGSAVE")
		require.Eventually(t, func() bool { return len(leftovers(t, s)) == 1 }, waitMax, waitInterval)
		s.Kill()
		require.Equal(t, before, readFile(t, dump(s)))
		c = restart(t, s)
		require.Equal(t, int64(1), c.MustDo("DBSIZE").Int)
		require.Empty(t, leftovers(t, s))
	}
}

// TestEndWhileSaving: what a save in the background began with does not replace what
// the end saves.
func TestEndWhileSaving(t *testing.T) {
	s := start(t, "--save", "3600 1")
	c := s.Dial()
	slow(c)
	c.MustDo("BGSAVE")
	c.MustDo("CONFIG", "SET", "rdb-key-save-delay", "0")
	c.MustDo("SET", "a", "1")
	began := time.Now()
	require.NoError(t, s.Stop())
	require.Less(t, time.Since(began), 5*time.Second)
	require.Empty(t, leftovers(t, s))
	require.Equal(t, int64(501), restart(t, s).MustDo("DBSIZE").Int)
}

// TestFlushAllIsSaved: with save points what is gone stays gone, also when a save ran.
func TestFlushAllIsSaved(t *testing.T) {
	s := start(t, "--save", "3600 1")
	c := s.Dial()
	slow(c)
	c.MustDo("BGSAVE")
	c.MustDo("FLUSHALL")
	waitSaved(t, c)
	require.Equal(t, "ok", info(c, "rdb_last_bgsave_status"))
	require.Equal(t, "0", info(c, "rdb_changes_since_last_save"))
	s.Kill()
	require.Zero(t, restart(t, s).MustDo("DBSIZE").Int)
}
