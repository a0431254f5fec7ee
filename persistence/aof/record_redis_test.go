package aof

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/value"
	"solokv/persistence/fs"
	"solokv/persistence/rdb"
	"solokv/protocol"
	"solokv/tests/harness"
)

// These tests put our base before the real thing: redis-server from the PATH, or the words of $REDIS_BIN. What the
// server makes of the records is compared with what it makes of an RDB file of the same values.

// TestRedisLoadsABaseOfRecords loads a folder that has been through a rewrite.
func TestRedisLoadsABaseOfRecords(t *testing.T) {
	program := harness.Redis(t, "")
	dir := t.TempDir()
	server := harness.StartIn(t, program, dir, "--enable-debug-command", "yes")
	r := oracle{t, server.Dial()}
	version := r.version()
	samples := makeSamples(t, version == rdb.VersionFields)
	expected := r.fromRDB(server, samples, version)
	require.NoError(t, server.Stop())

	j, err := Open(Options{FS: fs.OS(), Dir: filepath.Join(dir, "aof"), Name: testName, Checksum: true})
	require.NoError(t, err)
	rewriteWithRecords(t, j, samples)
	require.NoError(t, j.Close())
	if check, err := exec.LookPath("redis-check-aof"); err == nil {
		report, err := exec.Command(check, filepath.Join(dir, "aof", ManifestName(testName))).CombinedOutput()
		require.NoError(t, err, string(report))
		require.Contains(t, string(report), "All AOF files and manifest are valid")
	}

	require.NoError(t, server.Restart("--enable-debug-command", "yes", "--appendonly", "yes", "--appenddirname", "aof",
		"--appendfilename", testName))
	require.NotContains(t, server.Log(), "error")
	r = oracle{t, server.Dial()}
	r.requireSame(expected, samples, version)
}

// TestRedisExecutesOurRecords sends the records one by one: none is refused.
func TestRedisExecutesOurRecords(t *testing.T) {
	server := harness.Start(t, harness.Redis(t, ""), "--enable-debug-command", "yes")
	r := oracle{t, server.Dial()}
	version := r.version()
	samples := makeSamples(t, version == rdb.VersionFields)
	expected := r.fromRDB(server, samples, version)
	r.do("FLUSHALL")

	var text bytes.Buffer
	writeEntries(t, &text, samples)
	for _, record := range splitRecords(t, text.Bytes()) {
		r.do(record...)
	}
	r.requireSame(expected, samples, version)
}

// oracle is a real server.
type oracle struct {
	t *testing.T
	c *harness.Client
}

func (r oracle) do(words ...string) protocol.Value {
	r.t.Helper()
	v, err := r.c.Do(words...)
	require.NoError(r.t, err, "%.60q", words)
	require.False(r.t, v.IsError(), "%.60q: %v", words, v)
	return v
}

// version is that of the RDB files which the server takes, of those that we write.
func (r oracle) version() int {
	info := r.do("INFO", "server").Text
	switch {
	case strings.Contains(info, "valkey_version"):
		return rdb.VersionActive // its 12 is not Redis's
	case strings.Contains(info, "redis_version:7.0"):
		return rdb.VersionBase
	}
	return rdb.VersionMax
}

// facts are what a server says of its data.
type facts struct {
	digest string
	says   []string // of each key
}

// fromRDB lets the server load an RDB file of the samples and asks it for the facts.
func (r oracle) fromRDB(server *harness.Server, samples []sample, version int) facts {
	r.t.Helper()
	var file bytes.Buffer
	w := rdb.NewWriter(&file, rdb.WriteOptions{Version: version})
	w.Header()
	w.Database(3, len(samples), 0)
	for i := range samples {
		require.NoError(r.t, w.Key(&samples[i].entry))
	}
	require.NoError(r.t, w.Close())
	require.NoError(r.t, os.WriteFile(filepath.Join(server.Dir(), "dump.rdb"), file.Bytes(), 0o600))
	r.do("DEBUG", "RELOAD", "NOSAVE")
	return r.facts(samples, version)
}

func (r oracle) facts(samples []sample, version int) facts {
	r.t.Helper()
	r.do("SELECT", "3")
	f := facts{digest: r.do("DEBUG", "DIGEST").Text}
	for i := range samples {
		f.says = append(f.says, r.say(&samples[i].entry, version))
	}
	return f
}

func (r oracle) requireSame(expected facts, samples []sample, version int) {
	r.t.Helper()
	r.do("SELECT", "3")
	require.EqualValues(r.t, len(samples), r.do("DBSIZE").Int)
	got := r.facts(samples, version)
	for i := range samples {
		require.Equal(r.t, expected.says[i], got.says[i], "%.40q", samples[i].entry.Key)
	}
	require.Equal(r.t, expected.digest, got.digest)
	require.NotEqual(r.t, strings.Repeat("0", 40), got.digest)
}

// say is what no digest of a key holds: when it expires, when its fields do, and a stream's counters and groups.
func (r oracle) say(e *rdb.Entry, version int) string {
	r.t.Helper()
	key := string(e.Key)
	says := fmt.Sprintln(r.do("DEBUG", "DIGEST-VALUE", key).Items[0].Text, r.do("PEXPIRETIME", key).Int)
	switch kind := value.TypeName(e.Value.Kind); {
	case kind == value.TypeStream:
		says += sayStream(r.do("XINFO", "STREAM", key, "FULL", "COUNT", "0"))
	case kind == value.TypeHash && version == rdb.VersionFields:
		says += r.sayExpiries(key)
	}
	return says
}

func (r oracle) sayExpiries(key string) string {
	var fields, says []string
	for _, field := range r.do("HKEYS", key).Items {
		fields = append(fields, field.Text)
	}
	request := append([]string{"HPEXPIRETIME", key, "FIELDS", strconv.Itoa(len(fields))}, fields...)
	for i, at := range r.do(request...).Items {
		says = append(says, fmt.Sprintf("%.40q %d\n", fields[i], at.Int))
	}
	slices.Sort(says)
	return strings.Join(says, "")
}

// sayStream tells what XINFO says of a stream, but for its entries, how they lie in memory, and when consumers were
// seen.
func sayStream(v protocol.Value) string {
	if len(v.Items) == 0 {
		return fmt.Sprint(v.Text, v.Int, v.Null)
	}
	var says strings.Builder
	for i := 0; i < len(v.Items); i++ {
		switch name := v.Items[i].Text; name {
		case "radix-tree-keys", "radix-tree-nodes", "entries", "seen-time", "active-time", "idle", "inactive":
			i++
		default:
			fmt.Fprintf(&says, "%s ", sayStream(v.Items[i]))
		}
	}
	return "[" + says.String() + "]\n"
}
