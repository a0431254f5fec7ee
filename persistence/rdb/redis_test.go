package rdb

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/value"
	"solokv/protocol"
	"solokv/tests/harness"
)

// These tests put our files before the real thing: redis-server from the PATH, or the words of $REDIS_BIN. They are
// skipped where there is none.

// idleSeconds is how long every third key was not used.
const idleSeconds = 7200

// writeSamples writes a file of samples into two databases; every third key expires, and was not used for long.
func writeSamples(t testing.TB, samples []sample, o WriteOptions) []byte {
	t.Helper()
	var file bytes.Buffer
	w := NewWriter(&file, o)
	w.Header()
	w.Aux("redis-ver", "7.2.0")
	w.Aux("redis-bits", "64")
	for db := range 2 {
		w.Database(db*3, len(samples), len(samples)/3)
		for i, s := range samples {
			e := Entry{Key: []byte(s.key), Value: s.value, ExpireAtMs: -1, Access: NoAccess}
			if i%3 == 0 {
				e.ExpireAtMs, e.Access.IdleSeconds = farMs+int64(i), idleSeconds
			}
			require.NoError(t, w.Key(&e))
		}
	}
	require.NoError(t, w.Close())
	require.Equal(t, int64(file.Len()), w.Bytes())
	return file.Bytes()
}

// reference is a real server that holds a file of ours.
type reference struct {
	t       *testing.T
	c       *harness.Client
	version int // of the files that it takes
}

// newReference starts a server without data.
func newReference(t *testing.T) (r reference, s *harness.Server) {
	s = harness.Start(t, harness.Redis(t, ""), "--enable-debug-command", "yes")
	r = reference{t: t, c: s.Dial(), version: VersionBase}
	info := r.do("INFO", "server").Text
	switch {
	case strings.Contains(info, "valkey_version"):
		r.version = VersionActive // its 12 is not Redis's
	case !strings.Contains(info, "redis_version:7.0"):
		r.version = VersionMax
	}
	return r, s
}

func (r reference) do(words ...string) protocol.Value {
	r.t.Helper()
	v, err := r.c.Do(words...)
	require.NoError(r.t, err, words)
	require.False(r.t, v.IsError(), "%.60q: %v", words, v)
	return v
}

// load makes the server read a file in place of all it has.
func (r reference) load(s *harness.Server, file []byte) {
	r.t.Helper()
	require.NoError(r.t, os.WriteFile(filepath.Join(s.Dir(), "dump.rdb"), file, 0o644))
	r.do("DEBUG", "RELOAD", "NOSAVE")
}

func TestRedisLoadsOurFiles(t *testing.T) {
	r, s := newReference(t)
	samples, older := makeSamples(t, r.version), makeSamples(t, VersionBase)
	for _, o := range []WriteOptions{{r.version, true, true}, {r.version, false, false}, {VersionBase, true, true}} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			if o.Version != r.version {
				samples = older
			}
			file := writeSamples(t, samples, o)
			checkFile(t, file)
			r.load(s, file)
			for _, db := range []string{"0", "3"} {
				r.do("SELECT", db)
				require.EqualValues(t, len(samples), r.do("DBSIZE").Int)
				for i, s := range samples {
					requireSays(t, s, r.say(s.key, o.Version))
					at, idle := int64(-1), int64(0)
					if i%3 == 0 {
						at, idle = farMs+int64(i), idleSeconds
					}
					require.Equal(t, at, r.do("PEXPIRETIME", s.key).Int, s.key)
					if idle > 0 { // say has used it just now
						continue
					}
					require.InDelta(t, idle, r.do("OBJECT", "IDLETIME", s.key).Int, 5, s.key)
				}
			}
		})
	}
	r.load(s, writeSamples(t, samples, WriteOptions{Version: r.version}))
	for i, s := range samples {
		if i%3 == 0 {
			require.InDelta(t, idleSeconds, r.do("OBJECT", "IDLETIME", s.key).Int, 60, s.key)
		}
	}
}

// checkFile asks Redis's own tool.
func checkFile(t *testing.T, file []byte) {
	t.Helper()
	check, err := exec.LookPath("redis-check-rdb")
	if err != nil || file[8] != '0' { // of the version 7.0
		return
	}
	path := filepath.Join(t.TempDir(), "dump.rdb")
	require.NoError(t, os.WriteFile(path, file, 0o644))
	report, err := exec.Command(check, path).CombinedOutput()
	require.NoError(t, err, string(report))
	require.Contains(t, string(report), "RDB looks OK")
	if !bytes.HasSuffix(file, make([]byte, 8)) {
		require.Contains(t, string(report), "Checksum OK")
	}
}

// TestRedisLoadsFrequencies: under an LFU policy the file's counters count.
func TestRedisLoadsFrequencies(t *testing.T) {
	r, s := newReference(t)
	r.do("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
	var file bytes.Buffer
	w := NewWriter(&file, WriteOptions{Version: VersionBase})
	w.Header()
	w.Database(0, 1, 0)
	require.NoError(t, w.Key(&Entry{Key: []byte("k"), Value: stringOf("v"), ExpireAtMs: -1, Access: Access{-1, 200}}))
	require.NoError(t, w.Close())
	r.load(s, file.Bytes())
	require.EqualValues(t, 200, r.do("OBJECT", "FREQ", "k").Int)
}

// TestRedisRestoresOurDumps gives every sample to RESTORE.
func TestRedisRestoresOurDumps(t *testing.T) {
	r, _ := newReference(t)
	for _, compress := range []bool{true, false} {
		r.do("FLUSHALL")
		for _, s := range makeSamples(t, r.version) {
			payload := AppendDump([]byte("before"), s.value, compress)
			r.do("RESTORE", s.key, "0", string(payload[len("before"):]))
			requireSays(t, s, r.say(s.key, r.version))
		}
	}
}

// TestDumpsAreRedis compares bytes with those that the real server makes of the same values. What is compressed
// would differ: there are many ways to say the same.
func TestDumpsAreRedis(t *testing.T) {
	r, _ := newReference(t)
	r.do("CONFIG", "SET", "rdbcompression", "no")
	if r.version != VersionBase {
		t.Skip("later servers write sets in another way")
	}
	for _, s := range makeSamples(t, r.version) {
		if s.value.Kind > value.ZSetPacked || s.value.Kind == value.SetPacked {
			continue // tables have no order, and version 10 has no packed sets
		}
		ours := string(AppendDump(nil, s.value, false))
		r.do("RESTORE", s.key, "0", ours)
		require.True(t, r.do("DUMP", s.key).Text == ours, "%.40s: %.200q", s.key, ours)
	}
}

// requireSays compares texts that may be long.
func requireSays(t *testing.T, s sample, says string) {
	t.Helper()
	if s.says == says {
		return
	}
	at := 0
	for at < min(len(s.says), len(says)) && s.says[at] == says[at] {
		at++
	}
	from := max(0, at-100)
	require.FailNow(t, "the value differs", "%.40s: %.300q\nand not %.300q", s.key, says[from:], s.says[from:])
}

// say asks the server what a key holds.
func (r reference) say(key string, version int) string {
	r.t.Helper()
	switch kind := r.do("TYPE", key).Text; kind {
	case "string":
		return r.do("GET", key).Text
	case "list":
		return strings.Join(texts(r.do("LRANGE", key, "0", "-1")), "\n")
	case "set":
		return inAnyOrder(texts(r.do("SMEMBERS", key)))
	case "hash":
		return r.sayHash(key, version)
	case "zset":
		pairs := texts(r.do("ZRANGE", key, "0", "-1", "WITHSCORES"))
		var says []string
		for i := 0; i < len(pairs); i += 2 {
			score, err := strconv.ParseFloat(pairs[i+1], 64)
			require.NoError(r.t, err)
			says = append(says, fmt.Sprintf("%q %v", pairs[i], score))
		}
		return strings.Join(says, "\n")
	case "stream":
		return r.sayStream(key, version)
	default:
		return kind
	}
}

func texts(v protocol.Value) []string {
	texts := make([]string, len(v.Items))
	for i, item := range v.Items {
		texts[i] = item.Text
	}
	return texts
}

func (r reference) sayHash(key string, version int) string {
	pairs := texts(r.do("HGETALL", key))
	var says []string
	for i := 0; i < len(pairs); i += 2 {
		at := int64(-1)
		if version >= VersionFields {
			at = r.do("HPEXPIRETIME", key, "FIELDS", "1", pairs[i]).Items[0].Int
		}
		says = append(says, saysField(pairs[i], pairs[i+1], at))
	}
	return inAnyOrder(says)
}

// fields makes a map of names and values that come in turn.
func fields(v protocol.Value) map[string]protocol.Value {
	m := map[string]protocol.Value{}
	for i := 0; i+1 < len(v.Items); i += 2 {
		m[v.Items[i].Text] = v.Items[i+1]
	}
	return m
}

func (r reference) sayStream(key string, version int) string {
	facts := fields(r.do("XINFO", "STREAM", key, "FULL", "COUNT", "0"))
	says := fmt.Sprintf("length %d last %s first %s deleted %s added %d\n", facts["length"].Int,
		facts["last-generated-id"].Text, facts["recorded-first-entry-id"].Text,
		facts["max-deleted-entry-id"].Text, facts["entries-added"].Int)
	for _, entry := range facts["entries"].Items {
		says += entry.Items[0].Text
		for _, text := range texts(entry.Items[1]) {
			says += fmt.Sprintf(" %q", text)
		}
		says += "\n"
	}
	for _, item := range facts["groups"].Items {
		g := fields(item)
		read := g["entries-read"].Int
		if g["entries-read"].Null {
			read = -1
		}
		says += fmt.Sprintf("group %s last %s read %d\n", g["name"].Text, g["last-delivered-id"].Text, read)
		for _, p := range g["pending"].Items {
			says += fmt.Sprintf("%s %s %d %d\n", p.Items[0].Text, p.Items[1].Text, p.Items[2].Int, p.Items[3].Int)
		}
		for _, item := range g["consumers"].Items {
			c := fields(item)
			says += fmt.Sprintf("consumer %s seen %d pending %d", c["name"].Text, c["seen-time"].Int, c["pel-count"].Int)
			if version >= VersionActive {
				says += fmt.Sprintf(" active %d", c["active-time"].Int)
			}
			says += "\n"
		}
	}
	return says
}
