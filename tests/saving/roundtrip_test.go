package saving

import (
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// through brings the data of a server to disk and back, and returns a connection.
type through func(t *testing.T, s *harness.Server, c *harness.Client) *harness.Client

// killed saves and kills.
func killed(save func(t *testing.T, c *harness.Client)) through {
	return func(t *testing.T, s *harness.Server, c *harness.Client) *harness.Client {
		save(t, c)
		s.Kill()
		return restart(t, s)
	}
}

// ended sends the command that ends the server.
func ended(command ...string) through {
	return func(t *testing.T, s *harness.Server, c *harness.Client) *harness.Client {
		_, err := c.Do(command...)
		require.Error(t, err, "the end of the connection is the reply")
		awaitEnd(t, s)
		require.Zero(t, s.ExitCode())
		return restart(t, s)
	}
}

func signalled(what syscall.Signal) through {
	return func(t *testing.T, s *harness.Server, c *harness.Client) *harness.Client {
		signal(t, s, what)
		awaitEnd(t, s)
		require.Zero(t, s.ExitCode())
		return restart(t, s)
	}
}

// here loads without a restart.
func here(command ...string) through {
	return func(_ *testing.T, _ *harness.Server, c *harness.Client) *harness.Client {
		c.MustDo(command...)
		return c
	}
}

func saveHere(_ *testing.T, c *harness.Client) { c.MustDo("SAVE") }
func nothing(*testing.T, *harness.Client)      {}

// TestRoundTrips brings the data set to disk and back in every way there is, twice.
func TestRoundTrips(t *testing.T) {
	f := func(name string, there through, streams detail, args ...string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, args...)
			c := s.Dial()
			fill(c)
			for _, fill := range []func(*harness.Client){nothingMore, fillFieldExpiries} {
				fill(c)
				wantDigest, want := digest(c), portrait(c, expiry, encoding, streams, fields)
				c = there(t, s, c)
				require.Equal(t, wantDigest, digest(c))
				requireSame(t, want, portrait(c, expiry, encoding, streams, fields))
			}
			require.Empty(t, leftovers(t, s))
		})
	}

	f("SAVE", killed(saveHere), stream)
	f("BGSAVE", killed(bgsave), stream, "--rdbcompression", "no", "--rdbchecksum", "no")
	f("SHUTDOWN SAVE", ended("SHUTDOWN", "SAVE"), stream)
	f("SHUTDOWN with a save point", ended("SHUTDOWN"), stream, "--save", "3600 1")
	f("SIGTERM with a save point", signalled(syscall.SIGTERM), stream, "--save", "3600 1")
	f("SIGINT that saves", signalled(syscall.SIGINT), stream, "--shutdown-on-sigint", "save")
	f("DEBUG RELOAD", here("DEBUG", "RELOAD"), stream)

	// Commands say nothing of when a consumer was seen.
	log := []string{"--appendonly", "yes"}
	f("append-only file", signalled(syscall.SIGTERM), streamGroups, log...)
	f("append-only file, always", killed(nothing), streamGroups, append(log, "--appendfsync", "always")...)
	f("BGREWRITEAOF", killed(rewrite), stream, log...)
	f("BGREWRITEAOF to commands", killed(rewrite), streamGroups, append(log, "--aof-use-rdb-preamble", "no")...)
	f("DEBUG LOADAOF", here("DEBUG", "LOADAOF"), streamGroups, log...)
}

// TestSmallKeys: many of them come in one piece of a file, and each is found again.
func TestSmallKeys(t *testing.T) {
	const keys = 20000
	for _, preamble := range []string{"yes", "no"} {
		s := start(t, "--appendonly", "yes", "--aof-use-rdb-preamble", preamble)
		c := s.Dial()
		c.MustDo("DEBUG", "POPULATE", strconv.Itoa(keys), "k", "4")
		rewrite(t, c)
		s.Kill()
		c = restart(t, s)
		exists := numbered(keys, func(i int) []string { return []string{"k:" + strconv.Itoa(i)} }, "EXISTS")
		require.Equal(t, int64(keys), c.MustDo(exists...).Int)
		require.Equal(t, int64(keys), c.MustDo("DBSIZE").Int)
		c.MustDo("DEBUG", "RELOAD")
		require.Equal(t, int64(keys), c.MustDo(exists...).Int)
		require.Equal(t, int64(keys), c.MustDo(append([]string{"DEL"}, exists[1:]...)...).Int)
		require.Zero(t, c.MustDo("DBSIZE").Int)
	}
}

func nothingMore(*harness.Client) {}
