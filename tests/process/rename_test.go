package process

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// TestRenamedCommandsAreRecorded: the append-only file can be read whatever commands were called when it
// was written, and whatever they are called now.
func TestRenamedCommandsAreRecorded(t *testing.T) {
	persistent := []string{"--appendonly", "yes", "--appendfsync", "always"}
	with := func(renames ...string) []string { return append(append([]string(nil), persistent...), renames...) }
	s := harness.StartIn(t, harness.SoloKV(t), t.TempDir(), with("--rename-command", "SET", "put",
		"--rename-command", "DEL", "", "--rename-command", "GET", "SET", "--rename-command", "XGROUP", "xg")...)
	c := s.Dial()
	c.MustDo("PUT", "k", "v")
	c.MustDo("put", "long", "v", "EX", "1000")
	c.MustDo("put", "short", "v", "PX", "1")
	c.MustDo("xg", "CREATE", "stream", "g", "$", "MKSTREAM")
	c.MustDo("MULTI")
	c.MustDo("PUT", "a", "1")
	c.MustDo("INCR", "a")
	c.MustDo("EXEC")
	require.Eventually(t, func() bool { return c.MustDo("EXISTS", "short").Int == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, "v", c.MustDo("SET", "k").Text)
	s.Kill()

	f := func(get string, renames ...string) {
		t.Helper()
		require.NoError(t, s.Restart(with(renames...)...), s.Log())
		c := s.Dial()
		assert.Equal(t, "v", c.MustDo(get, "k").Text)
		assert.Equal(t, "v", c.MustDo(get, "long").Text)
		assert.Equal(t, "2", c.MustDo(get, "a").Text)
		assert.EqualValues(t, 4, c.MustDo("DBSIZE").Int)
		s.Kill()
	}
	f("GET")
	f("fetch", "--rename-command", "SET", "", "--rename-command", "GET", "fetch", "--rename-command", "XGROUP", "")
	f("SET", "--rename-command", "SET", "", "--rename-command", "GET", "SET", "--rename-command", "INCR", "GET")
}
