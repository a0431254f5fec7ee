package glob

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What Redis answers is kept in a file: one fact a line, the pattern, the key
// and whether KEYS found it, quoted as in Go. The file is made anew, from the
// redis-server that is installed, by
//
//	go test ./keyspace/glob -run AgreesWithRedis -rewrite
var rewrite = flag.Bool("rewrite", false, "ask redis-server again and rewrite testdata/keys.txt")

const factsPath = "testdata/keys.txt"

func TestMatchAgreesWithRedis(t *testing.T) {
	if *rewrite {
		writeFacts(t)
	}
	file, err := os.Open(factsPath)
	require.NoError(t, err)
	defer file.Close()

	facts := 0
	for lines := bufio.NewScanner(file); lines.Scan(); facts++ {
		var pattern, key string
		var found int
		_, err := fmt.Sscanf(lines.Text(), "%q %q %d", &pattern, &key, &found)
		require.NoError(t, err, lines.Text())
		if got := Match([]byte(pattern), []byte(key)); got != (found == 1) {
			t.Errorf("Match(%q, %q) = %v, Redis differs", pattern, key, got)
		}
	}
	require.Greater(t, facts, 500, "facts in %s", factsPath)
}

// writeFacts asks a Redis of its own about chosen and random pairs.
func writeFacts(t *testing.T) {
	redis := startRedis(t)
	random := rand.New(rand.NewSource(1))
	var out strings.Builder
	ask := func(pattern, key string) {
		// KEYS takes "*" alone for "all keys" and does not match it at all.
		if pattern != "*" {
			fmt.Fprintf(&out, "%q %q %d\n", pattern, key, redis.keys(t, pattern, key))
		}
	}
	for _, pattern := range []string{
		"", "**", "a", "a*", "*a", "?", "??", "[a]", "[^a]", "[", "[^", "[]", "[^]", "[]a]", "[a", "[^a", "[a-", "[a-]",
		"[a-c]", "[c-a]", `\a`, `\`, `\*`, `[\a]`, `[\]]`, `[\`,
		`[a\`, "[\x80-a]", "[a-\xff]", "[^\x80-\xff]", "*[a]", "[*]", "[?]",
	} {
		for _, key := range []string{"", "a", "b", "aa", "]", "[", "-", "*", "?", `\`, "^", "\x80", "\xff", "\x00"} {
			ask(pattern, key)
		}
	}
	pick := func(alphabet string, lengthMax int) string {
		s := make([]byte, random.Intn(lengthMax+1))
		for i := range s {
			s[i] = alphabet[random.Intn(len(alphabet))]
		}
		return string(s)
	}
	for range 1500 {
		ask(pick("ab**?[]^-\\c\xf0", 8), pick("abc]-\\\xf0", 5))
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(factsPath), 0o755))
	require.NoError(t, os.WriteFile(factsPath, []byte(out.String()), 0o644))
}

type redisConn struct {
	net.Conn
	replies *bufio.Reader
}

// keys returns how many keys KEYS pattern finds where key is the only one.
func (c redisConn) keys(t *testing.T, pattern, key string) int {
	const script = "redis.call('FLUSHALL') redis.call('SET', ARGV[2], 1) return #redis.call('KEYS', ARGV[1])"
	args := []string{"EVAL", script, "0", pattern, key}
	var request strings.Builder
	fmt.Fprintf(&request, "*%d\r\n", len(args))
	for _, arg := range args {
		fmt.Fprintf(&request, "$%d\r\n%s\r\n", len(arg), arg)
	}
	_, err := c.Write([]byte(request.String()))
	require.NoError(t, err)

	reply, err := c.replies.ReadString('\n')
	require.NoError(t, err)
	count, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(reply, ":")))
	require.NoError(t, err, reply)
	return count
}

func startRedis(t *testing.T) redisConn {
	path, err := exec.LookPath("redis-server")
	require.NoError(t, err, "-rewrite needs a redis-server")
	socket := filepath.Join(t.TempDir(), "redis.sock")
	server := exec.Command(path, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", filepath.Dir(socket))
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})

	var conn net.Conn
	require.Eventually(t, func() bool {
		conn, err = net.Dial("unix", socket)
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	t.Cleanup(func() { _ = conn.Close() })
	return redisConn{conn, bufio.NewReader(conn)}
}
