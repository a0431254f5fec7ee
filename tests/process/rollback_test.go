package process

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// TestConfigSetRollsBack: several directives are set, and what the last of them stands for
// cannot be. All is as before, and those who are there notice nothing.
func TestConfigSetRollsBack(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	takenPort := fmt.Sprint(taken.Addr().(*net.TCPAddr).Port)
	s := harness.Start(t, harness.SoloKV(t))
	c := s.Dial()
	values := func() (texts []string) {
		for _, item := range c.MustDo("CONFIG", "GET", "*").Items {
			texts = append(texts, item.Text)
		}
		return texts
	}
	before := values()
	f := func(want string, words ...string) {
		t.Helper()
		reply, err := c.Do(append([]string{"CONFIG", "SET"}, words...)...)
		require.NoError(t, err)
		assert.Equal(t, "ERR CONFIG SET failed (possibly related to argument '"+want, reply.Text)
		assert.Equal(t, before, values())
		assert.Equal(t, "PONG", s.Dial().MustDo("PING").Text, "it still listens where it did")
	}

	const portRefused = "port') - Unable to listen on this port. Check server logs."
	f(portRefused, "maxclients", "50", "proc-title-template", "x", "port", takenPort)
	f(portRefused, "port", takenPort, "appendonly", "yes", "loglevel", "warning")
	f("bind') - Failed to bind to specified addresses.", "timeout", "7", "bind", "127.0.0.1 192.0.2.77")
	f("tls-cert-file') - Unable to update TLS configuration. Check server logs.",
		"maxclients", "50", "tls-cert-file", "/no/such/file", "tls-port", takenPort)
	f("maxclients') - The operating system is not able to handle the specified number of clients, try with "+
		fmt.Sprint(clientsPossible(t, s)), "timeout", "7", "port", "0", "maxclients", "4000000000")
	assert.NoDirExists(t, filepath.Join(s.Dir(), "aof"))
	title, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.PID()))
	require.NoError(t, err)
	assert.NotEqual(t, "x", string(title[:1]))
}

// clientsPossible is the limit of open files that the server may have, less its own.
func clientsPossible(t *testing.T, s *harness.Server) int {
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", s.PID()))
	require.NoError(t, err)
	for line := range strings.SplitSeq(string(limits), "\n") {
		var soft, hard int
		if n, _ := fmt.Sscanf(line, "Max open files %d %d", &soft, &hard); n == 2 {
			return hard - 48
		}
	}
	t.Fatal("no limit of open files")
	return 0
}
