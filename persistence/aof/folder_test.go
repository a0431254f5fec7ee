package aof

import (
	"os"
	"path"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

const adopted = "file " + testName + " seq 1 type b\n"

func TestLoadNothing(t *testing.T) {
	empty := fs.NewMemory()
	require.NoError(t, empty.MkdirAll(path.Dir(testDir)))
	requireLoads(t, empty)
	_, err := empty.Stat(testDir)
	require.ErrorIs(t, err, os.ErrNotExist, "loading makes nothing")
	requireLoads(t, newFolder(t, nil))
}

func TestOldFileIsTakenOver(t *testing.T) {
	outside := path.Join(path.Dir(testDir), testName)
	f := func(name string, files map[string]string, want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			m := newFolder(t, files)
			requireLoads(t, m, want)
			require.Equal(t, adopted, readFile(t, m, ManifestName(testName)))
			requireLoads(t, m, want)
			// The journal then begins an increment behind it.
			j := openJournal(t, m, nil)
			j.Append([]byte(command("SET", "b", "2")))
			require.NoError(t, j.Close())
			requireLoads(t, m, want, "SET b 2")
			require.Equal(t, adopted+"file "+testIncr+" seq 1 type i\n", readFile(t, m, ManifestName(testName)))
		})
	}
	record := command("SET", "a", "1")
	f("in the working folder", map[string]string{outside: record}, "SET a 1")
	f("in the folder", map[string]string{testName: record}, "SET a 1")
	f("half way", map[string]string{outside: record, ManifestName(testName): adopted}, "SET a 1")
	f("inside wins when it is listed", map[string]string{
		outside: command("SET", "left", "over"), testName: record, ManifestName(testName): adopted}, "SET a 1")
}

func TestOldFileWithoutFolder(t *testing.T) {
	m := fs.NewMemory()
	require.NoError(t, m.MkdirAll(path.Dir(testDir)))
	writeFile(t, m, path.Join(path.Dir(testDir), testName), command("SET", "a", "1"))
	requireLoads(t, m, "SET a 1")
}

func TestOldFileBesideDataIsLeftAlone(t *testing.T) {
	m := incrOnly(t, command("SET", "new", "1"))
	outside := path.Join(path.Dir(testDir), testName)
	writeFile(t, m, outside, command("SET", "old", "1"))
	requireLoads(t, m, "SET new 1")
	_, err := m.Stat(outside)
	require.NoError(t, err)
}

// TestTakeOverOutlastsCrashes fails each call of a take-over and crashes: the next start has the data.
func TestTakeOverOutlastsCrashes(t *testing.T) {
	outside := path.Join(path.Dir(testDir), testName)
	ops := []fs.Op{fs.OpOpen, fs.OpWrite, fs.OpSync, fs.OpRename, fs.OpSyncDir, ""}
	for _, op := range ops {
		for skip := range 4 {
			for seed := range uint64(8) {
				c := fs.NewCrashable(seed)
				require.NoError(t, c.MkdirAll(path.Dir(testDir)))
				writeFile(t, c, outside, command("SET", "a", "1"))
				file, err := c.Open(outside)
				require.NoError(t, err)
				require.NoError(t, file.Sync())
				require.NoError(t, c.SyncDir(path.Dir(testDir)))

				failing := fs.NewFailing(c)
				failing.Inject(fs.Fault{Op: op, Err: unix.EIO, Skip: skip})
				load(failing, nil)
				c.Crash(fs.CrashModes()[seed%4])
				requireLoads(t, c, "SET a 1")
			}
		}
	}
}

func TestDataWithoutManifestIsRefused(t *testing.T) {
	m := newFolder(t, map[string]string{testIncr: command("SET", "a", "1")})
	_, _, err := load(m, nil)
	require.ErrorContains(t, err, testIncr+" holds data but no manifest lists it")
	_, err = Open(Options{FS: m, Dir: testDir, Name: testName})
	require.ErrorContains(t, err, "no manifest")
	require.Equal(t, command("SET", "a", "1"), readFile(t, m, testIncr))

	// An empty one is what a first start leaves that was cut short; other names are nobody's business.
	requireLoads(t, newFolder(t, map[string]string{testIncr: "", "other.1.incr.aof": "x"}))
}

func TestMissingFileIsAnError(t *testing.T) {
	m := newFolder(t, map[string]string{ManifestName(testName): "file " + testIncr + " seq 1 type i\n"})
	_, _, err := load(m, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Regexp(t, testIncr+" .*No such file or directory", err)
}
