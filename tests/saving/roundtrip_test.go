package saving

import (
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

func nothingMore(*harness.Client) {}
