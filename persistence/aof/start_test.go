package aof

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

// startJournal begins an AOF that is not in force.
func startJournal(t testing.TB, filesystem fs.FS, progress func()) *Journal {
	t.Helper()
	j, err := Start(Options{FS: filesystem, Dir: testDir, Name: testName, Checksum: true, Progress: progress})
	require.NoError(t, err)
	return j
}

// TestStart: what a server has in memory comes with the first rewrite; what the folder held before becomes history.
func TestStart(t *testing.T) {
	f := func(name string, m *fs.Memory, before []string, after ...string) {
		t.Helper()
		inBubble(t, name, func(t *testing.T) {
			moved := 0
			j := startJournal(t, m, func() { moved++ })
			memory := []string{"SET in memory"}
			memory = append(memory, appendRecord(j, 1))
			j.Flush()
			synctest.Wait()
			require.False(t, j.InForce())
			require.Equal(t, j.Offset(), j.Durable())
			require.Zero(t, j.Synced(), "nothing of this would be loaded")
			requireLoads(t, m, before...)

			boom := errors.New("boom")
			r, err := j.Rewrite(BaseRDB)
			require.NoError(t, err)
			require.ErrorIs(t, r.Run(context.Background(), func(io.Writer) error { return boom }), boom)
			require.False(t, j.InForce())
			requireLoads(t, m, before...)
			memory = append(memory, appendRecord(j, 2))

			r, err = j.Rewrite(BaseRDB)
			require.NoError(t, err)
			cut := len(memory)
			memory = append(memory, appendRecord(j, 3))
			j.Flush()
			synctest.Wait()
			told := moved
			require.NoError(t, r.Run(context.Background(), writeHistory(BaseRDB, memory[:cut])))
			require.True(t, j.InForce())
			require.Equal(t, j.Offset(), j.Synced())
			synctest.Wait()
			require.Greater(t, moved, told, "whoever waits for Synced hears of it")
			requireLoads(t, m, memory...)
			requireNames(t, m, after...)
			require.Equal(t, j.Stats().RewriteBytes, j.Stats().OtherBytes+j.Stats().FileBytes)

			memory = append(memory, appendRecord(j, 4))
			require.NoError(t, rewrite(t, j, BaseRDB, memory))
			memory = append(memory, appendRecord(j, 5))
			require.NoError(t, j.Close())
			requireLoads(t, m, memory...)
		})
	}
	f("beside nothing", newFolder(t, nil), nil, ".1.base.rdb", ".1.incr.aof", ".manifest")
	f("beside an AOF", incrOnly(t, set1), []string{"SET k1 v1"}, ".1.base.rdb", ".2.incr.aof", ".manifest")
	m := fs.NewMemory()
	require.NoError(t, m.MkdirAll(path.Dir(testDir)))
	f("without a folder", m, nil, ".1.base.rdb", ".1.incr.aof", ".manifest")
}

// TestStartAndStop: what never came in force leaves nothing, and what did is closed like any other.
func TestStartAndStop(t *testing.T) {
	m := incrOnly(t, set1)
	j := startJournal(t, m, nil)
	appendRecord(j, 1)
	require.NoError(t, j.Close())
	requireNames(t, m, ".1.incr.aof", ".manifest")
	requireLoads(t, m, "SET k1 v1")

	for round := range 3 {
		memory := []string{"SET round " + string(rune('a'+round))}
		j = startJournal(t, m, nil)
		require.NoError(t, rewrite(t, j, BaseAOF, memory))
		memory = append(memory, appendRecord(j, round))
		require.NoError(t, j.Close())
		requireLoads(t, m, memory...)
	}
}

func TestStartRefusesOrphans(t *testing.T) {
	m := newFolder(t, map[string]string{testIncr: set1})
	_, err := Start(Options{FS: m, Dir: testDir, Name: testName})
	require.ErrorContains(t, err, "no manifest lists it")
	require.Equal(t, set1, readFile(t, m, testIncr))
	_, err = m.Stat(path.Join(testDir, ManifestName(testName)))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestStartFails(t *testing.T) {
	for _, op := range []fs.Op{fs.OpOpen, fs.OpWrite, fs.OpSync, fs.OpRename, fs.OpSyncDir} {
		failing := fs.NewFailing(newFolder(t, nil))
		failing.Inject(fs.Fault{Op: op, Err: unix.EIO})
		_, err := Start(Options{FS: failing, Dir: testDir, Name: testName})
		require.ErrorIs(t, err, unix.EIO, op)
		failing.Heal()
		j := startJournal(t, failing, nil)
		require.NoError(t, rewrite(t, j, BaseAOF, []string{"SET a 1"}))
		require.NoError(t, j.Close())
		requireLoads(t, failing, "SET a 1")
	}
}

// TestStartOnADiskThatRefuses: a provisional journal refuses and recovers like any other.
func TestStartOnADiskThatRefuses(t *testing.T) {
	inBubble(t, "EIO", func(t *testing.T) {
		failing := fs.NewFailing(newFolder(t, nil))
		j := startJournal(t, failing, nil)
		failing.Inject(fs.Fault{Op: fs.OpWrite, Name: "incr", Err: unix.EIO})
		record := appendRecord(j, 1)
		j.Flush()
		synctest.Wait()
		require.ErrorIs(t, j.Err(), unix.EIO)
		require.ErrorIs(t, rewrite(t, j, BaseAOF, []string{record}), unix.EIO)
		failing.Heal()
		time.Sleep(time.Second)
		require.NoError(t, j.Err())
		require.NoError(t, rewrite(t, j, BaseAOF, []string{record}))
		require.NoError(t, j.Close())
		requireLoads(t, failing, record)
	})
}
