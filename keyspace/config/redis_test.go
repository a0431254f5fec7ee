package config

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What the real server says is kept in testdata and compared with on every run.
// Where a redis-server is installed the files are compared with it, too, and
// written anew by
//
//	go test ./keyspace/config -run Redis -rewrite
var rewriteFlag = flag.Bool("rewrite", false, "ask redis-server again and rewrite testdata")

// redis is a real server of our own, on a socket in a folder of the test's.
type redis struct {
	net.Conn
	replies *bufio.Reader
}

// redisVersion is the version whose answers testdata holds.
const redisVersion = "v=7.0."

// redisPath skips the test where there is no server of that version.
func redisPath(t *testing.T) string {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server is installed to compare with")
	}
	version, err := exec.Command(path, "--version").Output()
	require.NoError(t, err)
	if !strings.Contains(string(version), redisVersion) {
		t.Skipf("the redis-server installed is not %s: %s", redisVersion, version)
	}
	return path
}

// startRedis starts a server that ends with the test.
func startRedis(t *testing.T, args ...string) redis {
	path := redisPath(t)
	dir := t.TempDir()
	socket := filepath.Join(dir, "redis.sock")
	server := exec.Command(path, append(args, "--port", "0", "--unixsocket", socket, "--dir", dir)...)
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})

	var conn net.Conn
	var err error
	require.Eventually(t, func() bool {
		conn, err = net.Dial("unix", socket)
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	t.Cleanup(func() { _ = conn.Close() })
	return redis{conn, bufio.NewReader(conn)}
}

// do sends a command and returns its reply as lines: one for a status, an error
// ("(error) ...") or a string, one per element for an array.
func (r redis) do(t *testing.T, args ...string) []string {
	t.Helper()
	var request strings.Builder
	fmt.Fprintf(&request, "*%d\r\n", len(args))
	for _, arg := range args {
		fmt.Fprintf(&request, "$%d\r\n%s\r\n", len(arg), arg)
	}
	_, err := io.WriteString(r, request.String())
	require.NoError(t, err)
	return r.reply(t)
}

func (r redis) reply(t *testing.T) []string {
	line, err := r.replies.ReadString('\n')
	require.NoError(t, err)
	line = strings.TrimSuffix(line, "\r\n")
	kind, rest := line[0], line[1:]
	switch kind {
	case '+', ':':
		return []string{rest}
	case '-':
		return []string{"(error) " + rest}
	}
	size, err := strconv.Atoi(rest)
	require.NoError(t, err, line)
	if kind == '$' {
		body := make([]byte, size+len("\r\n"))
		_, err := io.ReadFull(r.replies, body)
		require.NoError(t, err)
		return []string{string(body[:size])}
	}
	var elements []string
	for range size {
		elements = append(elements, r.reply(t)...)
	}
	return elements
}
