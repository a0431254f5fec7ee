package saving

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// TestUpgrade starts with an append-only file in a folder that has a dump.rdb only,
// as it is after a Redis with the settings of its factory.
func TestUpgrade(t *testing.T) {
	for _, policy := range []string{"always", "everysec"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			old := start(t)
			c := old.Dial()
			fill(c)
			fillFieldExpiries(c)
			c.MustDo("SAVE")
			wantDigest, want := digest(c), portrait(c, expiry, encoding, stream, fields)
			old.Kill()
			saved := readFile(t, dump(old))

			s := startIn(t, old.Dir(), "--appendonly", "yes", "--appendfsync", policy)
			s.Kill() // at once: what is served must have a base by then
			require.FileExists(t, filepath.Join(s.Dir(), "aof", "appendOnly.aof.1.base.rdb"))
			require.Equal(t, saved, readFile(t, dump(old)), "it stays")
			require.NoError(t, os.Remove(dump(old)))

			c = restart(t, s)
			require.Equal(t, wantDigest, digest(c))
			requireSame(t, want, portrait(c, expiry, encoding, stream, fields))
			require.Equal(t, "0", info(c, "aof_rewrites"))
		})
	}
}

// TestAcknowledgedAtOnce: the first write of a first start outlives a kill, under always.
func TestAcknowledgedAtOnce(t *testing.T) {
	for _, preamble := range []string{"yes", "no"} {
		s := start(t, "--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", preamble)
		s.Dial().MustDo("SET", "a", "1")
		s.Kill()
		require.Equal(t, "1", restart(t, s).MustDo("GET", "a").Text)
		require.Empty(t, leftovers(t, s))
	}
}

// TestBeginsWithWhatIsThere: an append-only file goes before a dump.rdb, and a
// dump.rdb that cannot be loaded stops the start, as it would be forgotten otherwise.
func TestBeginsWithWhatIsThere(t *testing.T) {
	s := start(t, "--appendonly", "yes")
	c := s.Dial()
	c.MustDo("SET", "from", "append-only file")
	c.MustDo("SAVE")
	c.MustDo("SET", "from", "its end")
	require.NoError(t, s.Stop())
	require.Equal(t, "its end", restart(t, s).MustDo("GET", "from").Text)

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "dump.rdb"), []byte("REDIS0010"), 0o644))
	log := refusal(t, dir, "--appendonly", "yes")
	require.Contains(t, log, "Fatal error loading the DB")
	names, err := filepath.Glob(filepath.Join(dir, "aof", "*.rdb"))
	require.NoError(t, err)
	require.Empty(t, names)
}

// TestRewriteWithoutAppendOnly: BGREWRITEAOF leaves a file that a start with
// appendonly loads; DEBUG LOADAOF loads it too.
func TestRewriteWithoutAppendOnly(t *testing.T) {
	for _, policy := range []string{"always", "everysec"} {
		s := start(t, "--appendfsync", policy)
		c := s.Dial()
		c.MustDo("SET", "a", "1")
		for range 3 {
			rewrite(t, c)
		}
		c.MustDo("SET", "a", "2")
		c.MustDo("DEBUG", "LOADAOF")
		require.Equal(t, "1", c.MustDo("GET", "a").Text)
		s.Kill()
		require.NoError(t, s.Restart("--appendonly", "yes"))
		require.Equal(t, "1", s.Dial().MustDo("GET", "a").Text)
		require.Empty(t, leftovers(t, s))
	}
}

// refusal starts a server in a folder that it must not accept, and returns its log.
func refusal(t *testing.T, dir string, args ...string) string {
	t.Helper()
	log, code := harness.Refused(t, harness.SoloKV(t), dir, args...)
	require.Positive(t, code, log)
	return log
}
