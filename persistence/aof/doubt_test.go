package aof

import (
	"fmt"
	"path"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

// TestRetryInDoubt: after a first rewrite that left a doubt comes the next one, and the power is cut at every change of
// it. A base must not take a name under which the manifest in doubt lists another: what follows that would come twice.
func TestRetryInDoubt(t *testing.T) {
	for _, provisional := range []bool{false, true} {
		for _, mode := range []fs.CrashMode{fs.CrashKeep, fs.CrashDrop, fs.CrashTear} {
			for cutAt, off := 1, true; off; cutAt++ {
				inBubble(t, fmt.Sprintf("%v/%s/%d", provisional, mode, cutAt), func(t *testing.T) {
					off = testRetryInDoubt(t, provisional, mode, cutAt)
				})
			}
		}
	}
}

func testRetryInDoubt(t *testing.T, provisional bool, mode fs.CrashMode, cutAt int) (off bool) {
	c := fs.NewCrashable(uint64(cutAt))
	require.NoError(t, c.MkdirAll(path.Dir(testDir)))
	failing := fs.NewFailing(c)
	h := &rewriteHistory{t: t, failing: failing}
	h.begin(provisional)
	h.more()
	// The manifest of the base is renamed, but not synced, and the old one cannot be put back. Before that come: the
	// new file's folder; the rotation's manifest, unless it is provisional; the base's folder.
	before := 3
	if provisional {
		before = 2
	}
	failing.Inject(fs.Fault{Op: fs.OpSyncDir, Err: unix.EIO, Skip: before})
	failing.Inject(fs.Fault{Op: fs.OpRename, Err: unix.EIO, Skip: 3})
	require.ErrorIs(t, rewrite(t, h.j, BaseRDB, h.want), unix.EIO)
	require.True(t, h.j.catalog.doubt)
	failing.Heal()
	h.more()
	h.j.Flush()
	time.Sleep(time.Second)

	failing.PowerOffAt(cutAt)
	err := rewrite(t, h.j, BaseRDB, h.want)
	off = failing.IsOff()
	require.True(t, off || err == nil)
	acknowledged := h.j.Synced()
	c.Crash(mode)
	failing.PowerOffAt(1)
	h.j.Close()
	h.check(c, acknowledged)
	return off
}

// TestOpenSyncsWhatItFound: a process that was killed may have left an increment that is not synced and not the last.
func TestOpenSyncsWhatItFound(t *testing.T) {
	c := fs.NewCrashable(1)
	require.NoError(t, c.MkdirAll(testDir))
	m := &Manifest{}
	for range 2 {
		file, err := c.Create(path.Join(testDir, m.AddIncr(testName).Name))
		require.NoError(t, err)
		require.NoError(t, file.Sync())
		require.NoError(t, file.Close())
	}
	require.NoError(t, m.Save(c, testDir, testName))
	file, err := c.Open(path.Join(testDir, testIncr))
	require.NoError(t, err)
	_, err = file.WriteAt([]byte(set1), 0)
	require.NoError(t, err)

	requireLoads(t, c, "SET k1 v1")
	j := openJournal(t, c, nil)
	record := appendRecord(j, 2)
	require.NoError(t, j.Close())
	c.Crash(fs.CrashDrop)
	requireLoads(t, c, "SET k1 v1", record)
}
