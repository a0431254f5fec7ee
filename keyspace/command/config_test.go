package command

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/config"
)

func TestConfigGet(t *testing.T) {
	s := newServer(t, "--maxmemory", "50mb", "--requirepass", "secret")
	s.f("+OK\r\n", "AUTH", "secret")
	s.f("*2\r\n$9\r\nmaxmemory\r\n$8\r\n52428800\r\n", "CONFIG", "GET", "maxmemory")
	s.f("*2\r\n$11\r\nrequirepass\r\n$6\r\nsecret\r\n", "CONFIG", "GET", "requirepass")
	s.f("*0\r\n", "CONFIG", "GET", "nosuch")
	s.f("-ERR wrong number of arguments for 'config|get' command\r\n", "CONFIG", "GET")
	s.do("HELLO", "3")
	s.f("%1\r\n$9\r\nmaxmemory\r\n$8\r\n52428800\r\n", "CONFIG", "GET", "maxmemory")
}

func TestConfigSet(t *testing.T) {
	s := newServer(t)
	s.f("+OK\r\n", "CONFIG", "SET", "maxmemory", "1gb", "timeout", "10")
	s.f("*4\r\n$9\r\nmaxmemory\r\n$10\r\n1073741824\r\n$7\r\ntimeout\r\n$2\r\n10\r\n", "CONFIG", "GET", "maxmemory", "timeout")
	s.f("-ERR CONFIG SET failed (possibly related to argument 'timeout') - "+
		"argument couldn't be parsed into an integer\r\n", "CONFIG", "SET", "maxmemory", "1", "timeout", "abc")
	s.f("*2\r\n$9\r\nmaxmemory\r\n$10\r\n1073741824\r\n", "CONFIG", "GET", "maxmemory")
	s.f("-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'\r\n", "CONFIG", "SET", "nosuch", "1")
	s.f("-ERR syntax error\r\n", "CONFIG", "SET", "maxmemory", "1", "timeout")
	s.f("-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config\r\n",
		"CONFIG", "SET", "databases", "4")
}

// TestConfigSetReachesTheEngine: a directive that the engine keeps in another
// form is in force at once.
func TestConfigSetReachesTheEngine(t *testing.T) {
	s := newServer(t)
	s.do("SET", "k", "v")
	s.f("+OK\r\n", "CONFIG", "SET", "maxmemory", "1")
	s.f("-OOM command not allowed when used memory > 'maxmemory'.\r\n", "SET", "k", "w")
	s.f("+OK\r\n", "CONFIG", "SET", "maxmemory", "0")
	s.f("+OK\r\n", "SET", "k", "w")
}

// TestConfigSetReachesOthers: what is registered takes part, and may refuse.
func TestConfigSetReachesOthers(t *testing.T) {
	s := newServer(t)
	var heard [][]string
	var refuse error
	s.engine.OnReconfigure(func(changed []string, v *config.Values) error {
		heard = append(heard, append([]string(nil), changed...))
		if v.MaxClients == 77 {
			return refuse
		}
		return nil
	})

	s.f("+OK\r\n", "CONFIG", "SET", "maxclients", "50", "timeout", "0", "slave-priority", "7")
	require.Equal(t, [][]string{{"maxclients", "replica-priority"}}, heard, "what did not change is not told, aliases are resolved")

	heard, refuse = nil, &config.ApplyError{Name: "maxclients", Reason: "too many open files"}
	s.f("-ERR CONFIG SET failed (possibly related to argument 'maxclients') - too many open files\r\n",
		"CONFIG", "SET", "maxclients", "77")
	require.Len(t, heard, 2, "once with the new value, once with the old")
	s.f("*2\r\n$10\r\nmaxclients\r\n$2\r\n50\r\n", "CONFIG", "GET", "maxclients")

	refuse = errors.New("no")
	s.f("-ERR CONFIG SET failed (possibly related to argument 'maxclients') - no\r\n", "CONFIG", "SET", "maxclients", "77")
}

func TestConfigRequirePassAtRunTime(t *testing.T) {
	s := newServer(t)
	early := s.connect()
	s.f("+OK\r\n", "CONFIG", "SET", "requirepass", "secret")
	require.Equal(t, "$-1\r\n", early.do("GET", "k"), "who was in stays in")
	late := s.connect()
	require.Equal(t, "-NOAUTH Authentication required.\r\n", late.do("GET", "k"))
	s.f("+OK\r\n", "CONFIG", "SET", "requirepass", "")
	require.Equal(t, "$-1\r\n", late.do("GET", "k"), "nobody owes a password that is gone")
}

func TestConfigSetHidesSecrets(t *testing.T) {
	s := newServer(t, "--slowlog-log-slower-than", "0")
	s.do("CONFIG", "SET", "timeout", "1", "requirepass", "secret")
	log := s.do("SLOWLOG", "GET", "1")
	require.NotContains(t, log, "secret")
	require.Contains(t, log, "(redacted)")
	s.do("CONFIG", "SET", "requirepass", "other", "timeout", "abc")
	require.NotContains(t, s.do("SLOWLOG", "GET", "1"), "other", "also when it fails")
}

func TestConfigRewrite(t *testing.T) {
	newServer(t).f("-ERR The server is running without a config file\r\n", "CONFIG", "REWRITE")

	path := filepath.Join(t.TempDir(), "solokv.conf")
	require.NoError(t, os.WriteFile(path, []byte("# mine\ntimeout 3\nuser default on nopass ~* +@all\n"), 0o600))
	s := newServer(t, path, "--enable-debug-command", "yes")
	s.do("CONFIG", "SET", "timeout", "4")
	s.f("+OK\r\n", "CONFIG", "REWRITE")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "# mine\ntimeout 4\nuser default on nopass sanitize-payload ~* resetchannels +@all\n"), "%s", text)
	require.NotContains(t, string(text), "tcp-backlog")

	s.f("+OK\r\n", "DEBUG", "CONFIG-REWRITE-FORCE-ALL")
	text, err = os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), "tcp-backlog 511\n")
}

func TestConfigResetStat(t *testing.T) {
	s := newServer(t)
	s.do("GET", "k")
	s.do("NOSUCH")
	require.Contains(t, s.do("INFO", "stats"), "keyspace_misses:1\r\n")
	s.f("+OK\r\n", "CONFIG", "RESETSTAT")
	require.Contains(t, s.do("INFO", "stats"), "keyspace_misses:0\r\n")
	s.f("$14\r\n# Errorstats\r\n\r\n", "INFO", "errorstats")
	require.NotContains(t, s.do("INFO", "commandstats"), "cmdstat_get")
}

func TestConfigHelp(t *testing.T) {
	require.Contains(t, newServer(t).do("CONFIG", "HELP"), "+RESETSTAT\r\n")
}
