package persistence_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/value"
	"solokv/persistence"
	"solokv/persistence/aof"
	"solokv/persistence/fs"
	"solokv/persistence/rdb"
	"solokv/protocol"
)

// rdbText is an RDB file with a few keys in two databases.
func rdbText(t testing.TB, checksum bool) []byte {
	t.Helper()
	var file bytes.Buffer
	w := rdb.NewWriter(&file, rdb.WriteOptions{Version: rdb.VersionBase, Checksum: checksum})
	w.Header()
	w.Aux("redis-ver", "7.2.5")
	w.Aux("ctime", "1700000000")
	w.Aux("solokv-ver", "9.9.9")
	for _, db := range []int{0, 3} {
		w.Database(db, 3, 1)
		for i, expireAtMs := range []int64{-1, 1 << 50, -1} {
			require.NoError(t, w.Key(&rdb.Entry{
				Key: fmt.Appendf(nil, "key%d", i), ExpireAtMs: expireAtMs, Access: rdb.NoAccess,
				Value: rdb.Value{Kind: value.String, Bytes: []byte("some text")},
			}))
		}
	}
	require.NoError(t, w.Close())
	return file.Bytes()
}

func record(words ...string) string { return string(protocol.AppendCommandStrings(nil, words...)) }

// checkFolder is a temporary folder with files, by their names.
func checkFolder(t testing.TB, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

func check(name string, fix bool) (whole bool, report string) {
	var out strings.Builder
	o := persistence.CheckOptions{FS: fs.ReadOnly(), Out: &out, Fix: fix}
	if fix {
		o.FS = fs.OS()
	}
	return persistence.Check(o, name), out.String()
}

func TestCheckDatabase(t *testing.T) {
	text := rdbText(t, true)
	f := func(change func([]byte) []byte, whole bool, want ...string) {
		t.Helper()
		name := filepath.Join(t.TempDir(), "dump.rdb")
		changed := change(bytes.Clone(text))
		require.NoError(t, os.WriteFile(name, changed, 0o644))
		for _, fix := range []bool{false, true} {
			got, report := check(name, fix)
			require.Equal(t, whole, got, report)
			for _, part := range want {
				require.Contains(t, report, part)
			}
			after, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Equal(t, changed, after, "an RDB file is never changed")
		}
	}
	as := func(b []byte) []byte { return b }
	f(as, true, "dump.rdb: whole", "RDB version 10", "SoloKV 9.9.9, compatible with 7.2.5 at 2023-11-14 22:13:20 UTC",
		"the checksum fits", "db 0: 3 keys, 1 with an expiry: string 3", "db 3: 3 keys")
	f(func([]byte) []byte { return rdbText(t, false) }, true, "there is no checksum")
	f(func(b []byte) []byte { return b[:len(b)-20] }, false, "DAMAGED", "near byte", "unexpected EOF", `"key1"`)
	f(func(b []byte) []byte { b[bytes.Index(b, []byte("some"))]++; return b }, false, "the checksum is wrong", "db 3: 3 keys")
	f(func(b []byte) []byte { return append(b, "more"...) }, false, "something follows")
	f(func(b []byte) []byte { b[0]++; return b }, false, "does not begin with REDIS")
	f(func(b []byte) []byte { return b[:0] }, false, "DAMAGED")
}

// TestCheckFindsEveryBit: wherever a bit of a file with checksums flips, the check sees it.
func TestCheckFindsEveryBit(t *testing.T) {
	text := rdbText(t, true)
	name := filepath.Join(t.TempDir(), "dump.rdb")
	for i := range text {
		changed := bytes.Clone(text)
		changed[i] ^= 1 << (i % 8)
		require.NoError(t, os.WriteFile(name, changed, 0o644))
		whole, report := check(name, false)
		require.False(t, whole, "byte %d: %s", i, report)
	}
}

// badHash is an RDB file whose parts are well-formed, and whose hash has a field twice.
func badHash() string {
	text := "REDIS0010\xfe\x00\x04\x01h\x02\x01f\x011\x01f\x012\xff"
	return text + strings.Repeat("\x00", 8)
}

// TestCheckBuildsValues: what contradicts itself is found although no checksum tells.
func TestCheckBuildsValues(t *testing.T) {
	dir := checkFolder(t, map[string]string{"dump.rdb": badHash()})
	whole, report := check(filepath.Join(dir, "dump.rdb"), false)
	require.False(t, whole)
	require.Contains(t, report, "the same element twice")
}

const (
	testManifest = "a.aof.manifest"
	testBase     = "a.aof.1.base.rdb"
	testIncr1    = "a.aof.1.incr.aof"
	testIncr2    = "a.aof.2.incr.aof"
)

// appendOnly is a folder with a base and two increments.
func appendOnly(t testing.TB, incr1, incr2 string) string {
	return checkFolder(t, map[string]string{
		testManifest: "file " + testBase + " seq 1 type b\nfile " + testIncr1 + " seq 1 type i\n" +
			"file " + testIncr2 + " seq 2 type i\n",
		testBase: string(rdbText(t, true)), testIncr1: incr1, testIncr2: incr2,
	})
}

var (
	setA        = record("SELECT", "0") + record("SET", "a", "1")
	transaction = record("MULTI") + record("select", "5") + record("set", "b", "2") + record("EXEC")
)

func TestCheckAppendOnly(t *testing.T) {
	dir := appendOnly(t, setA, transaction+setA)
	for _, name := range []string{dir, filepath.Join(dir, testManifest)} {
		whole, report := check(name, false)
		require.True(t, whole, report)
		for _, part := range []string{
			"a.aof.manifest: whole, lists 3 to load, 0 obsolete", "a.aof.1.base.rdb: whole, a base",
			"a.aof.1.incr.aof: whole, an increment", "a.aof.2.incr.aof: whole, the last increment",
			"6 records, 1 transaction, no checksums", "db 5: 3 records", "SELECT 2, SET 2, EXEC 1, MULTI 1",
		} {
			require.Contains(t, report, part)
		}
	}
	names, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, names, 4, "a check leaves nothing behind")
}

// TestCheckTails: what is torn is told from what is damaged, and only the first is repaired.
func TestCheckTails(t *testing.T) {
	f := func(incr1, incr2, verdict, reason string, keptBytes int) {
		t.Helper()
		for _, target := range []string{"", testManifest, testIncr2} {
			dir := appendOnly(t, incr1, incr2)
			name := filepath.Join(dir, target)
			whole, report := check(name, false)
			require.False(t, whole)
			require.Contains(t, report, verdict)
			require.Contains(t, report, reason)
			requireFile(t, dir, testIncr2, incr2)

			repaired, report := check(name, true)
			require.Equal(t, keptBytes >= 0, repaired, report)
			requireFile(t, dir, testIncr1, incr1)
			if keptBytes < 0 {
				require.Contains(t, report, "nothing was repaired")
				requireFile(t, dir, testIncr2, incr2)
				continue
			}
			require.Contains(t, report, fmt.Sprintf("cut %d bytes off at byte %d", len(incr2)-keptBytes, keptBytes))
			requireFile(t, dir, testIncr2, incr2[:keptBytes])
			whole, report = check(name, false)
			require.True(t, whole, report)
		}
	}
	whole := len(transaction)
	f(setA, transaction+setA[:9], "TORN", "a record cut short", whole)
	f(setA, transaction+record("MULTI")+setA, "TORN", "a transaction without its EXEC", whole)
	f(setA, transaction+strings.Repeat("\x00", 5000), "TORN", "zeros at the end", whole)
	f(setA, transaction+setA[:5]+strings.Repeat("\x00", 50), "TORN", "a record cut short", whole)
	f(setA, transaction+"nonsense"+setA, "DAMAGED", fmt.Sprintf("at byte %d of", whole), -1)
	f(setA, strings.Replace(setA, "$3\r\n", "$3000\r\n", 1)+transaction, "DAMAGED", "but whole records follow", -1)
}

// TestCheckDamageInFront: behind damage nothing is repaired.
func TestCheckDamageInFront(t *testing.T) {
	for _, incr1 := range []string{setA[:9], "x" + setA} {
		dir := appendOnly(t, incr1, setA+setA[:9])
		repaired, report := check(dir, true)
		require.False(t, repaired)
		require.Contains(t, report, "a.aof.1.incr.aof: DAMAGED")
		require.Contains(t, report, "nothing was repaired")
		requireFile(t, dir, testIncr2, setA+setA[:9])

		repaired, report = check(filepath.Join(dir, testIncr1), true)
		require.False(t, repaired, report)
		requireFile(t, dir, testIncr1, incr1)
	}
}

func requireFile(t testing.TB, dir, name, want string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	require.Equal(t, want, string(text))
}

func TestCheckManifests(t *testing.T) {
	f := func(files map[string]string, name string, whole bool, want string) {
		t.Helper()
		got, report := check(filepath.Join(checkFolder(t, files), name), false)
		require.Equal(t, whole, got, report)
		require.Contains(t, report, want)
	}
	f(map[string]string{testManifest: ""}, "", false, "empty AOF manifest")
	f(map[string]string{testManifest: "# nothing\n"}, "", true, "lists 0 to load")
	f(map[string]string{testManifest: "file x seq 1 type i\n"}, "", false, "although the manifest lists it")
	f(map[string]string{testIncr1: setA}, "", false, "there is no manifest in this folder")
	f(map[string]string{testIncr1: setA}, testManifest, false, "no such file")
	f(map[string]string{testIncr1: setA}, testIncr1, true, "2 records")
	f(map[string]string{"old.aof": string(rdbText(t, true)) + setA}, "old.aof", true, "db 0: 3 keys")
	f(map[string]string{"x": "hello"}, "x", false, `neither an RDB file nor an append-only file: it begins with "hello"`)
	f(map[string]string{testBase: badHash(), testManifest: "file " + testBase + " seq 1 type b\n"}, "", false,
		"the same element twice")
}

// TestCheckBesideAServer: a folder that is in use can be looked at, and is not repaired. Checksums are counted.
func TestCheckBesideAServer(t *testing.T) {
	dir := t.TempDir()
	store, err := persistence.Open(persistence.Options{FS: fs.OS(), Dir: dir, AppendDirName: "aof", AppendFileName: "a.aof"})
	require.NoError(t, err)
	j, err := store.Start(aof.Options{Checksum: true})
	require.NoError(t, err)
	r, err := j.Rewrite(aof.BaseRDB)
	require.NoError(t, err)
	require.NoError(t, r.Run(context.Background(), func(w io.Writer) error {
		_, err := w.Write(rdbText(t, true))
		return err
	}))
	j.Append([]byte(strings.Repeat(setA, 200)))
	j.Flush()
	require.NoError(t, j.Sync(context.Background()))

	whole, report := check(filepath.Join(dir, "aof"), false)
	require.True(t, whole, report)
	require.Contains(t, report, "1 checksum fit")
	whole, report = check(filepath.Join(dir, "aof"), true)
	require.False(t, whole)
	require.Contains(t, report, "in use by another process")

	require.NoError(t, j.Close())
	require.NoError(t, store.Close())
	whole, report = check(filepath.Join(dir, "aof"), true)
	require.True(t, whole, report)
}
