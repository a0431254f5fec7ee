package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	defaultsPath   = "testdata/defaults.txt"   // CONFIG GET of a server with no configuration
	transcriptPath = "testdata/transcript.txt" // CONFIG SET and GET, with the replies
)

// ownDefaults are the defaults that are not Redis's.
var ownDefaults = map[string]string{
	"port": "5555", "appendonly": "yes", "appenddirname": "aof", "appendfilename": "appendOnly.aof",
}

// aboutTheTest are directives whose values come from how the test runs.
var aboutTheTest = []string{"port", "unixsocket", "dir"}

// TestDefaultsAgreeWithRedis: Redis 7.0's directives are all there, with its
// defaults, unless we say otherwise.
func TestDefaultsAgreeWithRedis(t *testing.T) {
	if *rewriteFlag {
		require.NoError(t, os.WriteFile(defaultsPath, []byte(strings.Join(redisDefaults(t), "\n")+"\n"), 0o644))
	}
	for _, line := range readLines(t, defaultsPath) {
		name, value, _ := strings.Cut(line, "=")
		pairs := New().Get(name)
		if !assert.Len(t, pairs, 1, name) {
			continue
		}
		if own, differs := ownDefaults[name]; differs {
			value = own
		}
		assert.Equal(t, Pair{name, value}, pairs[0])
	}
}

// TestOwnDefaults: what the file above leaves out.
func TestOwnDefaults(t *testing.T) {
	c := New()
	for name, value := range ownDefaults {
		assert.Equal(t, value, c.Text(name), name)
	}
	wd, err := os.Getwd()
	require.NoError(t, err)
	assert.Equal(t, wd, c.Text("dir"))
}

func TestDefaultsFileIsRedis(t *testing.T) {
	assert.Equal(t, readLines(t, defaultsPath), redisDefaults(t))
}

func redisDefaults(t *testing.T) []string {
	server := startRedis(t)
	hidden := []string{"use-exit-on-panic", "watchdog-period", "rdb-key-save-delay", "key-load-delay",
		"loading-process-events-interval-bytes"}
	flat := server.do(t, append([]string{"CONFIG", "GET", "*"}, hidden...)...)
	var lines []string
	for ; len(flat) > 0; flat = flat[2:] {
		if !slices.Contains(aboutTheTest, flat[0]) {
			lines = append(lines, flat[0]+"="+flat[1])
		}
	}
	slices.Sort(lines)
	return lines
}

// A transcript is a list of exchanges: "> " and a command, then the reply, a
// line per status or error and "name=value", sorted, for CONFIG GET.

type exchange struct {
	command string
	reply   []string
}

func TestTranscriptAgreesWithRedis(t *testing.T) {
	exchanges := readTranscript(t)
	if *rewriteFlag {
		var out strings.Builder
		server := startRedis(t)
		for _, e := range exchanges {
			fmt.Fprintf(&out, "> %s\n", e.command)
			for _, line := range askRedis(t, server, e.command) {
				fmt.Fprintln(&out, line)
			}
		}
		require.NoError(t, os.WriteFile(transcriptPath, []byte(out.String()), 0o644))
		exchanges = readTranscript(t)
	}

	c := New()
	for _, e := range exchanges {
		assert.Equal(t, e.reply, answer(t, c, e.command), e.command)
	}
}

func TestTranscriptFileIsRedis(t *testing.T) {
	server := startRedis(t)
	for _, e := range readTranscript(t) {
		assert.Equal(t, e.reply, askRedis(t, server, e.command), e.command)
	}
}

func askRedis(t *testing.T, server redis, command string) []string {
	args, err := SplitArgs(command)
	require.NoError(t, err, command)
	reply := server.do(t, args...)
	if !strings.EqualFold(args[1], "GET") {
		return reply
	}
	var pairs []Pair
	for ; len(reply) > 0; reply = reply[2:] {
		pairs = append(pairs, Pair{reply[0], reply[1]})
	}
	return pairLines(pairs)
}

// answer is what a server would reply that does nothing but keep its configuration.
func answer(t *testing.T, c *Config, command string) []string {
	args, err := SplitArgs(command)
	require.NoError(t, err, command)
	if strings.EqualFold(args[1], "GET") {
		return pairLines(c.Get(args[2:]...))
	}
	var pairs []Pair
	for rest := args[2:]; len(rest) > 1; rest = rest[2:] {
		pairs = append(pairs, Pair{rest[0], rest[1]})
	}
	if err := c.Set(pairs, Origin{Local: true}, nil); err != nil {
		return []string{"(error) ERR " + err.Error()}
	}
	return []string{"OK"}
}

func pairLines(pairs []Pair) []string {
	var lines []string
	for _, p := range pairs {
		lines = append(lines, p.Name+"="+p.Value)
	}
	slices.Sort(lines)
	return lines
}

func readTranscript(t *testing.T) []exchange {
	var exchanges []exchange
	for _, line := range readLines(t, transcriptPath) {
		if command, isCommand := strings.CutPrefix(line, "> "); isCommand {
			exchanges = append(exchanges, exchange{command: command})
			continue
		}
		last := &exchanges[len(exchanges)-1]
		last.reply = append(last.reply, line)
	}
	require.NotEmpty(t, exchanges)
	return exchanges
}

func readLines(t *testing.T, path string) []string {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// TestRewriteAgreesWithRedis rewrites one file with both servers after the same
// settings. Redis appends in no order, so the lines are compared as sets.
func TestRewriteAgreesWithRedis(t *testing.T) {
	const file = `# a comment
port 5555
appendonly yes
appenddirname aof
appendfilename appendOnly.aof
  hash-max-ziplist-entries 77

save 100 1
save 200 2
save 300 3
maxmemory 10mb
maxmemory 20mb
bind 127.0.0.1
client-output-buffer-limit pubsub 32mb 8mb 60
no-such-thing 1
list-max-ziplist-value 1
rename-command flushall ""
`
	settings := []Pair{
		{"maxmemory", "1073741824"}, {"save", "900 1"}, {"masterauth", `a "secret"`}, {"bind", "* -::*"},
		{"client-output-buffer-limit", "normal 1024 0 0"}, {"notify-keyspace-events", "Kx"}, {"maxmemory-clients", "5%"},
		{"hash-max-listpack-entries", "78"}, {"repl-backlog-size", "1000"}, {"shutdown-on-sigint", "now force"},
	}
	dir := t.TempDir()
	theirs, ours := filepath.Join(dir, "theirs.conf"), filepath.Join(dir, "ours.conf")
	withoutUnknown := strings.Replace(file, "no-such-thing 1\n", "", 1)
	require.NoError(t, os.WriteFile(theirs, []byte(withoutUnknown), 0o644))
	server := startRedis(t, theirs)

	c := New()
	require.NoError(t, os.WriteFile(ours, []byte(withoutUnknown), 0o644))
	socketLines := server.do(t, "CONFIG", "GET", "unixsocket")
	require.NoError(t, c.LoadArgs([]string{ours, "--port", "0", "--unixsocket", socketLines[1],
		"--dir", filepath.Dir(socketLines[1])}, nil))
	for _, path := range []string{theirs, ours} { // unknown to both by the time of the rewrite
		require.NoError(t, os.WriteFile(path, []byte(file), 0o644))
	}
	for _, s := range settings {
		require.Equal(t, []string{"OK"}, server.do(t, "CONFIG", "SET", s.Name, s.Value), s)
		require.NoError(t, c.Set([]Pair{s}, Origin{}, nil))
	}

	require.Equal(t, []string{"OK"}, server.do(t, "CONFIG", "REWRITE"))
	users := server.do(t, "ACL", "LIST")
	for i := range users {
		users[i] = strings.TrimPrefix(users[i], "user ")
	}
	require.NoError(t, c.Rewrite(users))

	assert.Equal(t, configLines(t, theirs), configLines(t, ours))
}

// configLines are the lines of a rewritten file: those above the mark in their
// order, those below it sorted. What only shows our own defaults is left out,
// and so are the empty lines.
func configLines(t *testing.T, path string) []string {
	lines := readLines(t, path)
	mark := slices.Index(lines, rewriteMark)
	require.Positive(t, mark)
	slices.Sort(lines[mark:])
	return slices.DeleteFunc(lines, func(line string) bool {
		return line == "" || strings.HasPrefix(line, "appenddirname") || strings.HasPrefix(line, "appendfilename") ||
			// Redis appends no line for a class that has its default.
			line == "client-output-buffer-limit replica 256mb 64mb 60" ||
			line == "client-output-buffer-limit pubsub 32mb 8mb 60"
	})
}
