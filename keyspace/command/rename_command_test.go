package command

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRenameCommand: the old name is gone, the new one does what it did, also for scripts.
func TestRenameCommand(t *testing.T) {
	secret := strings.Repeat("Secret-", 15) // longer than any name of our own
	s := newServer(t, "--rename-command", "CONFIG", secret, "--rename-command", "GET", "Fetch",
		"--rename-command", "FLUSHALL", "", "--rename-command", "SET", "GET")
	s.f("-ERR unknown command 'FLUSHALL', with args beginning with: \r\n", "FLUSHALL")
	s.f("-ERR unknown command 'config', with args beginning with: 'GET' 'hz' \r\n", "config", "GET", "hz")
	s.f("*2\r\n$2\r\nhz\r\n$2\r\n10\r\n", secret, "GET", "hz")
	s.f("*2\r\n$2\r\nhz\r\n$2\r\n10\r\n", strings.ToUpper(secret), "GET", "hz")
	s.f("-ERR unknown command '"+secret[:len(secret)-1]+"', with args beginning with: 'GET' 'hz' \r\n",
		secret[:len(secret)-1], "GET", "hz")
	s.f("+OK\r\n", "get", "k", "v")
	s.f("$1\r\nv\r\n", "FETCH", "k")
	s.f("$1\r\nv\r\n", "EVAL", "return redis.call('fetch', 'k')", "0")
	require.Contains(t, s.do("EVAL", "return redis.call('set', 'k', 'v')", "0"), "-ERR Unknown Redis command called from script")
}
