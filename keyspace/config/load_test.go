package config

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// loaded reads a text as if it were the file and expects it to be accepted.
func loaded(t *testing.T, text string) *Config {
	t.Helper()
	c := New()
	require.NoError(t, c.loadText(text, 0))
	return c
}

// TestLoadText gives a text, a directive and the value that it must then have.
func TestLoadText(t *testing.T) {
	f := func(text, name, want string) {
		t.Helper()
		assert.Equal(t, want, loaded(t, text).Text(name), text)
	}

	f("port 7000\n", "port", "7000")
	f("# port 1\n\n  PORT\t7000  \r\n", "port", "7000")
	f("port 7000\nport 7001", "port", "7001")
	f("slave-read-only no", "replica-read-only", "no")
	f("replica-read-only no", "slave-read-only", "no")
	f("logfile ''", "logfile", "")
	f("requirepass \"a b\\x41\"", "requirepass", "a bA")
	f("maxmemory 1gb", "maxmemory", "1073741824")
	f("unixsocketperm 0770", "unixsocketperm", "770")
	f("bind 127.0.0.1 -::1", "bind", "127.0.0.1 -::1")
	f(`bind "127.0.0.1 ::1"`, "bind", "127.0.0.1 ::1")
	f(`bind ""`, "bind", "")
	f("replicaof some.host 6379", "slaveof", "some.host 6379")
	f("slaveof some.host 6379\nreplicaof no one", "replicaof", "")
	f("save 60 1", "save", "60 1")
	f("save 60 1\nsave 30 2 10 3", "save", "60 1 30 2 10 3")
	f("save 60 1\nsave \"\"", "save", "")
	f("save \"\"\nsave 60 1", "save", "60 1")
	f("save", "save", "")
	f("latency-tracking-info-percentiles -0 50", "latency-tracking-info-percentiles", "0 50")
	f("client-output-buffer-limit normal 1 2 3\nclient-output-buffer-limit replica 4 5 6",
		"client-output-buffer-limit", "normal 1 2 3 slave 4 5 6 pubsub 33554432 8388608 60")
	f("shutdown-on-sigint nosave force now", "shutdown-on-sigint", "nosave now force")
	f("rdb-save-version auto", "rdb-save-version", "0")
	f("rdb-save-version 11", "rdb-save-version", "11")
	f("list-max-ziplist-entries 1\nlua-replicate-commands yes", "port", "5555")
}

// TestLoadRefuses gives a line that no configuration may have, and the reason.
func TestLoadRefuses(t *testing.T) {
	f := func(line, reason string) {
		t.Helper()
		err := New().loadText("# above\n"+line+" \nport 1", 0)
		want := &LoadError{Line: 2, Text: line, Reason: reason}
		assert.Equal(t, want, err)
	}

	f("no-such-thing 1", "Bad directive or wrong number of arguments")
	f("my.module 1", "Bad directive or wrong number of arguments")
	f("include", "Bad directive or wrong number of arguments")
	f("user", "Bad directive or wrong number of arguments")
	f("rename-command get", "Bad directive or wrong number of arguments")
	f("list-max-ziplist-value", "Bad directive or wrong number of arguments")
	f("port", "wrong number of arguments")
	f("port 1 2", "wrong number of arguments")
	f("port x", "argument couldn't be parsed into an integer")
	f("port 65536", "argument must be between 0 and 65535 inclusive")
	f("unixsocketperm 8", "argument couldn't be parsed as an octal number")
	f("unixsocketperm 1000", "argument must be between 0 and 777 inclusive")
	f(`requirepass "x`, "Unbalanced quotes in configuration line")
	f(`bind "a 'b"`, "Unbalanced quotes in configuration line")
	f("replicaof a", "wrong number of arguments")
	f("replicaof a x", "Invalid master port")
	f("replicaof a 65536", "Invalid master port")
	f(`replicaof "" 1`, "Invalid master host")
	f(`replicaof "a b" 1`, "Invalid master host")
	f(`bind "a b" c`, "Failed to bind to specified addresses.")
	f(`client-query-buffer-limit 1000000000000gb`, "argument must be a memory value")
	f("bind a"+strings.Repeat(" a", bindAddressesMax), "Too many bind addresses specified.")
	f("dbfilename a/b", "dbfilename can't be a path, just a filename")
	f("appendfilename a/b", "appendfilename can't be a path, just a filename")
	f(`appendfilename ""`, "appendfilename can't be empty")
	f("appenddirname a/b", "appenddirname can't be a path, just a dirname")
	f(`appenddirname ""`, "appenddirname can't be empty")
	f("cluster-announce-hostname "+strings.Repeat("a", 256), "Hostnames must be less than 256 characters")
	f("cluster-announce-human-nodename a,b", "Announced human node name contained invalid character")
	f("locale-collate xx_XX", "Invalid locale name")
	f("activedefrag yes", "Active defragmentation cannot be enabled: the arena does not move memory, "+
		"it returns free spans to the system")
	f("loadmodule /x.so", "loadmodule is not supported: SoloKV loads no modules")
	f("sentinel monitor x", "sentinel directive while not in sentinel mode")
	f("rdb-save-version 9", "argument(s) must be one of the following: 0, auto, 10, 11, 12")
	f("dir /no/such/folder", "No such file or directory")
	f("dir /dev/null", "Not a directory")
}

func TestLoadErrorText(t *testing.T) {
	f := func(err LoadError, want string) {
		t.Helper()
		assert.EqualError(t, &err, want)
	}

	f(LoadError{3, "port x", "why"}, "*** FATAL CONFIG FILE ERROR (SoloKV) ***\n"+
		"Reading the configuration file, at line 3\n>>> 'port x'\nwhy")
	f(LoadError{Reason: "why"}, "*** FATAL CONFIG FILE ERROR (SoloKV) ***\nwhy")
}

func TestLoadKeepsUsersAndRenames(t *testing.T) {
	c := loaded(t, "user alice on >secret ~*\nrename-command FLUSHALL \"\"")

	assert.Equal(t, []Line{{1, "user alice on >secret ~*", []string{"alice", "on", ">secret", "~*"}}}, c.Users())
	assert.Equal(t, []Line{{2, `rename-command FLUSHALL ""`, []string{"FLUSHALL", ""}}}, c.Renames())
}

func TestLoadArgs(t *testing.T) {
	f := func(args, wantOptions string) {
		t.Helper()
		words, err := SplitArgs(args)
		require.NoError(t, err)
		assert.Equal(t, commandLine{options: wantOptions}, parseCommandLine(words), args)
	}

	f(`--port 7000 --appendonly no`, "port \"7000\" \nappendonly \"no\" ")
	f(`--bind 127.0.0.1 ::1 --port 1`, "bind \"127.0.0.1\" \"::1\" \nport \"1\" ")
	f(`--save "" --port 1`, "save \"\" \nport \"1\" ")
	f(`--save --port 1`, "save \"\"\nport \"1\" ")
	f(`--port 1 --save`, "port \"1\" \nsave \"\"")
	f(`"--port 1" "--save 60 1"`, "port 1 \nsave 60 1 ")
	f(`--proc-title-template --save --save ""`, "proc-title-template \"--save\" \nsave \"\" ")
	f(`--logfile --a--b --port 1`, "logfile \"--a--b\" \nport \"1\" ")
	f(`--port -1`, "port \"-1\" ")
}

func TestLoadArgsSources(t *testing.T) {
	path := filepath.Join(t.TempDir(), "solokv.conf")
	require.NoError(t, os.WriteFile(path, []byte("port 1\ntimeout 1\nhz 11"), 0o644))

	f := func(want string, args ...string) {
		t.Helper()
		c := New()
		require.NoError(t, c.LoadArgs(args, strings.NewReader("\ntimeout 2\nport 2")))
		assert.Equal(t, want, c.Text("port")+" "+c.Text("timeout")+" "+c.Text("hz"))
	}

	f("5555 0 10")
	f("1 1 11", path)
	f("3 1 11", path, "--port", "3")
	f("2 2 11", path, "-")
	f("3 2 11", path, "--port", "3", "-")
	f("2 2 10", "-")
	f("3 2 10", "-", "--port", "3")
	f("1 1 11", path, "hz", "11") // a name without dashes is Redis's, too
}

func TestLoadArgsErrors(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.conf")
	err := New().LoadArgs([]string{missing}, nil)
	assert.EqualError(t, err, "Fatal error, can't open config file '"+missing+"': No such file or directory")

	err = New().LoadArgs([]string{"--cluster-enabled", "yes", "--replicaof", "a", "1"}, nil)
	assert.Equal(t, &LoadError{Reason: "replicaof directive not allowed in cluster mode"}, err)
}

// refusedCommandLines are refused by Redis with the same words.
var refusedCommandLines = [][]string{
	{"--port"},
	{"--port", "x"},
	{"--port", "7000", "--loglevel"},
	{"--port", "7000", "7001"},
	{"--port", "--loglevel", "verbose"},
	{"--port", "--bla", "--loglevel", "verbose"},
	{"--logfile", "--my--log", "--loglevel", "--bla"},
	{"--shutdown-on-sigint"},
	{"--shutdown-on-sigint", "now force", "--shutdown-on-sigterm"},
	{"--replicaof", "127.0.0.1", "abc"},
	{"--replicaof", "--127.0.0.1", "abc"},
	{"--replicaof", "--127.0.0.1", "--abc"},
	{"--no-such-thing", "1"},
	{"--requirepass \"x"},
	{"--save", "60"},
	{"--unixsocketperm", "8"},
	{"--oom-score-adj-values", "1", "2"},
	{"--dir", "/no/such/folder"},
	{"--cluster-enabled", "yes", "--slaveof", "a", "1"},
}

func TestCommandLineAgreesWithRedis(t *testing.T) {
	path := redisPath(t)
	for _, args := range refusedCommandLines {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		var stderr bytes.Buffer
		server := exec.CommandContext(ctx, path, args...)
		server.Dir, server.Stderr = t.TempDir(), &stderr
		assert.Error(t, server.Run(), args)
		cancel()

		_, theirs, _ := strings.Cut(strings.TrimSpace(stderr.String()), "***\n")
		err := New().LoadArgs(args, nil)
		if assert.Error(t, err, args) {
			_, ours, _ := strings.Cut(err.Error(), "***\n")
			assert.Equal(t, theirs, ours, args)
		}
	}
}

func TestInclude(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	write("main.conf", "dir "+dir+"\ninclude more.conf\ninclude conf.d/*.conf\ninclude none.d/*.conf\nhz 30")
	write("more.conf", "port 7000\nhz 20")
	write("conf.d/a.conf", "timeout 1\n")
	write("conf.d/b.conf", "timeout 2\n")
	write("self.conf", "include "+dir+"/self.conf")
	write("bad.conf", "include "+dir+"/missing.conf")
	write("wrong.conf", "\n\ninclude "+dir+"/worse.conf")
	write("worse.conf", "\nport x")

	c := New()
	require.NoError(t, c.LoadFile(filepath.Join(dir, "main.conf")))
	assert.Equal(t, "7000 30 2", c.Text("port")+" "+c.Text("hz")+" "+c.Text("timeout"))
	assert.Equal(t, filepath.Join(dir, "main.conf"), c.File())

	assert.ErrorContains(t, New().LoadFile(filepath.Join(dir, "self.conf")), "Too many includes")
	assert.EqualError(t, New().LoadFile(filepath.Join(dir, "bad.conf")),
		"Fatal error, can't open config file '"+dir+"/missing.conf': No such file or directory")
	err := New().LoadFile(filepath.Join(dir, "wrong.conf"))
	assert.Equal(t, &LoadError{2, "port x", "argument couldn't be parsed into an integer"}, err)
}

func TestReadBounded(t *testing.T) {
	_, err := readBounded("/dev/zero")

	assert.ErrorContains(t, err, "larger than")
	assert.False(t, errors.Is(err, os.ErrNotExist))
}

func TestModeOf(t *testing.T) {
	f := func(want Mode, args ...string) {
		t.Helper()
		assert.Equal(t, want, ModeOf(args))
	}

	f(ModeServe)
	f(ModeServe, "file.conf", "--version")
	f(ModeVersion, "-v")
	f(ModeVersion, "--version")
	f(ModeHelp, "-h")
	f(ModeHelp, "--help")
	f(ModeCheck, "--check", "--fix", "dump.rdb")
	f(ModeServe, "--port", "1", "--check")
}
