package access

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// helloHash is the hash of the password "hello".
const helloHash = "#2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

// write makes the ACL file of a new folder.
func write(t *testing.T, lines ...string) (dir, path string) {
	dir = t.TempDir()
	path = filepath.Join(dir, "users.acl")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	return dir, path
}

func TestStartRefusesBadUsers(t *testing.T) {
	program := harness.SoloKV(t)
	f := func(want string, args []string, lines ...string) {
		t.Helper()
		dir, _ := write(t, lines...)
		log, code := harness.Refused(t, program, dir, args...)
		assert.Equal(t, 1, code)
		assert.Contains(t, log, want)
	}
	file := []string{"--aclfile", "users.acl"}
	f("users.acl:2: Error in applying operation '+@nope': Unknown command or category name in ACL", file,
		"user alice on", "user bob +@nope")
	f("Duplicate user 'alice' found on line 2", file, "user alice on", "user alice off")
	f("users.acl:1 should start with user keyword", file, "alice on")
	f("Error loading ACLs, opening file 'other.acl'", []string{"--aclfile", "other.acl"})
	f("please define either an ACL file or declare users directly", append(file, "--user", "bob", "on"), "user alice on")
	f("Error loading ACL rule '+nope' for the user named 'bob'", []string{"--user", "bob", "on", "+nope"})
	f("Error in user declaration 'bob': Unmatched parenthesis", []string{"--user", "bob", "(+get"})
}

func TestACLFileIsLoadedAndSaved(t *testing.T) {
	dir, path := write(t, "user alice on "+helloHash+" ~a* +@all", "user default on nopass ~* &* +@all -debug")
	s := harness.StartIn(t, harness.SoloKV(t), dir, "--aclfile", "users.acl")
	c := s.Dial()
	assert.Equal(t, "OK", c.MustDo("AUTH", "alice", "hello").Text)
	reply, err := c.Do("GET", "b")
	require.NoError(t, err)
	assert.Equal(t, "NOPERM No permissions to access a key", reply.Text)

	c.MustDo("ACL", "SETUSER", "carl", "on", "nopass", "+get", "~c*")
	c.MustDo("ACL", "SAVE")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "user alice on sanitize-payload "+helloHash+" ~a* resetchannels +@all\n"+
		"user carl on nopass sanitize-payload ~c* resetchannels -@all +get\n"+
		"user default on nopass sanitize-payload ~* &* +@all -debug\n", string(content))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "the file stays as private as it was")

	// Who is gone from the file loses the connection; with an error nothing changes.
	other := s.Dial()
	assert.Equal(t, "OK", other.MustDo("AUTH", "carl", "x").Text)
	require.NoError(t, os.WriteFile(path, []byte("user alice on nopass +@all ~*\nuser bob +nope\n"), 0o600))
	reply, err = c.Do("ACL", "LOAD")
	require.NoError(t, err)
	assert.Contains(t, reply.Text, "users.acl:2: Error in applying operation '+nope'")
	assert.Empty(t, other.MustDo("GET", "c").Text)
	require.NoError(t, os.WriteFile(path, []byte("user alice on nopass +@all ~*\n"), 0o600))
	assert.Equal(t, "OK", c.MustDo("ACL", "LOAD").Text)
	_, err = other.Do("GET", "c")
	assert.Error(t, err)
	assert.Empty(t, c.MustDo("GET", "b").Text)
}

func TestUsersOfTheConfigurationAreRewritten(t *testing.T) {
	s := harness.Start(t, harness.SoloKV(t), "--user", "alice", "on", helloHash, "~a*", "+get", "--requirepass", "secret")
	c := s.Dial()
	reply, err := c.Do("PING")
	require.NoError(t, err)
	assert.Equal(t, "NOAUTH Authentication required.", reply.Text)
	c.MustDo("AUTH", "secret")
	c.MustDo("ACL", "SETUSER", "dora", "on", `>pa"ss`, `~quo"ted`, "+@read")
	list := c.MustDo("ACL", "LIST")
	c.MustDo("CONFIG", "REWRITE")

	require.NoError(t, s.Stop())
	rewritten := filepath.Join(s.Dir(), "rewritten.conf") // the harness writes its own file anew
	require.NoError(t, os.Rename(filepath.Join(s.Dir(), "server.conf"), rewritten))
	require.NoError(t, s.Restart("--include", rewritten))
	c = s.Dial()
	c.MustDo("AUTH", "secret")
	assert.Equal(t, list, c.MustDo("ACL", "LIST"))
	assert.Equal(t, "OK", c.MustDo("AUTH", "dora", `pa"ss`).Text)
}
