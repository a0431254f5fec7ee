package aof

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

func TestManifestRoundTrip(t *testing.T) {
	text := "file a.aof.2.base.rdb seq 2 type b\n" +
		"file a.aof.1.incr.aof seq 1 type h\n" +
		"file a.aof.4.incr.aof seq 4 type i\n" +
		"file \"a b\\\"\\n.aof.5.incr.aof\" seq 5 type i\n"
	m, err := ParseManifest([]byte(text))
	require.NoError(t, err)
	require.Equal(t, FileInfo{"a.aof.2.base.rdb", 2, TypeBase}, *m.Base)
	require.Equal(t, []FileInfo{{"a.aof.1.incr.aof", 1, TypeHistory}}, m.History)
	require.Equal(t, "a b\"\n.aof.5.incr.aof", m.Incr[1].Name)
	require.Equal(t, text, string(m.Format()))
	require.Equal(t, text, string(m.Clone().Format()))
	require.Equal(t, []FileInfo{*m.Base, m.Incr[0], m.Incr[1]}, m.Files())
}

func TestManifestAccepts(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		m, err := ParseManifest([]byte(text))
		require.NoError(t, err)
		require.Equal(t, want, string(m.Format()))
	}
	f("# comment\nfile a seq 1 type i\n# without an end", "file a seq 1 type i\n")
	f("  file  a\tseq 1 type i \r\n", "file a seq 1 type i\n")
	f("TYPE i SEQ 1 FILE 'it\\'s' newkey newvalue\n", "file \"it's\" seq 1 type i\n")
	f(`file "\x41\n\r\t\a\b\q" seq 9 type b`+"\n", `file "A\n\r\t\a\bq" seq 9 type b`+"\n")
	f("file a seq 3 type i\nfile b seq 7 type i\n", "file a seq 3 type i\nfile b seq 7 type i\n")
}

func TestManifestRefuses(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := ParseManifest([]byte(text))
		require.ErrorContains(t, err, want)
	}
	f("", "Found an empty AOF manifest")
	f("file a seq 1 type i\n\nfile b seq 2 type i\n", "line 2: Invalid AOF manifest file format")
	f("file a seq 1\n", "Invalid AOF manifest file format")
	f("file a seq 1 type i newkey\n", "Invalid AOF manifest file format")
	f("file a x 1 type i\n", "Invalid AOF manifest file format")
	f("file a seq x type i\n", "Invalid AOF manifest file format")
	f("file \"a seq 1 type i\n", "Invalid AOF manifest file format")
	f("file \"a\"b seq 1 type i x\n", "Invalid AOF manifest file format")
	f("file ../a seq 1 type i\n", "File can't be a path")
	f("file .. seq 1 type i\n", "File can't be a path")
	f("file a seq 1 type x\n", "Unknown AOF file type")
	f("file a seq 1 type b\nfile b seq 2 type b\n", "Found duplicate base file information")
	f("file a seq 2 type i\nfile b seq 2 type i\n", "Found a non-monotonic sequence number")
	f("file a seq 1 type i\nfile a seq 2 type i\n", "listed before")
	f("file a seq 1 type i", "too long line")
	f("file "+strings.Repeat("a", 1024)+" seq 1 type i\n", "too long line")
}

func TestManifestNames(t *testing.T) {
	m := &Manifest{}
	require.Equal(t, "n.1.incr.aof", m.AddIncr("n").Name)
	require.Equal(t, "n.1.base.rdb", m.ReplaceBase("n", "rdb").Name)
	require.Equal(t, "n.2.incr.aof", m.AddIncr("n").Name)
	require.Equal(t, "n.2.base.aof", m.ReplaceBase("n", "aof").Name)
	m.RetireIncr(1)
	require.Equal(t, "file n.2.base.aof seq 2 type b\n"+
		"file n.1.incr.aof seq 1 type h\n"+
		"file n.1.base.rdb seq 1 type h\n"+
		"file n.2.incr.aof seq 2 type i\n", string(m.Format()))
	m.RetireIncr(0)
	require.Empty(t, m.Incr)
	require.Equal(t, "n.3.incr.aof", m.AddIncr("n").Name, "history still has the name of number 2")
}

// TestManifestSaveIsAtomic fails and crashes at every call of a save: the old or the new manifest is there,
// whole, and the new one if the save said so.
func TestManifestSaveIsAtomic(t *testing.T) {
	old := &Manifest{Incr: []FileInfo{{"old", 1, TypeIncr}}}
	replacement := &Manifest{Incr: []FileInfo{{"new", 2, TypeIncr}}}
	for _, op := range []fs.Op{fs.OpOpen, fs.OpWrite, fs.OpSync, fs.OpRename, fs.OpSyncDir, ""} {
		for _, mode := range fs.CrashModes() {
			for seed := range uint64(10) {
				c := fs.NewCrashable(seed)
				require.NoError(t, c.MkdirAll(testDir))
				require.NoError(t, old.Save(c, testDir, testName))
				failing := fs.NewFailing(c)
				failing.Inject(fs.Fault{Op: op, Err: unix.EIO, ShortBytes: 5})
				err := replacement.Save(failing, testDir, testName)
				require.Equal(t, op != "", err != nil)
				c.Crash(mode)

				m, errLoad := LoadManifest(c, testDir, testName)
				require.NoError(t, errLoad, "%s %s", op, mode)
				if err == nil {
					require.Equal(t, replacement, m)
				} else {
					require.Contains(t, []*Manifest{old, replacement}, m)
				}
			}
		}
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte("file a seq 1 type b\nfile \"b\\x00\" seq 2 type i\n"))
	f.Add([]byte("# c\nfile 'a' seq 1 type h\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err != nil {
			return
		}
		if len(m.Files())+len(m.History) == 0 {
			return
		}
		again, err := ParseManifest(m.Format())
		if err != nil && strings.Contains(err.Error(), "too long line") {
			return // quoting has made it longer
		}
		require.NoError(t, err)
		require.Equal(t, m, again)
	})
}
