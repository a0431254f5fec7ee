package aof

import (
	"fmt"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

// TestDiskRefusesAndRecovers appends before, while and after the disk refuses in one way: Err says so and
// goes away again, Durable stands still meanwhile, and in the end every record is there once.
func TestDiskRefusesAndRecovers(t *testing.T) {
	faults := map[string][]fs.Fault{
		"full disk":            {{Op: fs.OpWrite, Err: unix.ENOSPC}},
		"short write":          {{Op: fs.OpWrite, Err: unix.ENOSPC, ShortBytes: 11}},
		"short write stays":    {{Op: fs.OpWrite, Err: unix.ENOSPC, ShortBytes: 11}, {Op: fs.OpTruncate, Err: unix.EIO}},
		"write error":          {{Op: fs.OpWrite, Err: unix.EIO}},
		"failed fsync":         {{Op: fs.OpSync, Err: unix.EIO}},
		"failed fsync forgets": {{Op: fs.OpSync, Err: unix.EIO, Forget: true}},
		"both":                 {{Op: fs.OpSync, Err: unix.EIO, Forget: true}, {Op: fs.OpWrite, Err: unix.EIO, Skip: 1}},
	}
	for name, list := range faults {
		for _, policy := range []Policy{Always, EverySec, No} {
			if policy == No && list[0].Op == fs.OpSync {
				continue // nobody syncs
			}
			inBubble(t, fmt.Sprintf("%s/%s", name, policy), func(t *testing.T) {
				testRefusal(t, policy, list)
			})
		}
	}
}

func testRefusal(t *testing.T, policy Policy, faults []fs.Fault) {
	c := fs.NewCrashable(1)
	require.NoError(t, c.MkdirAll(path.Dir(testDir)))
	failing := fs.NewFailing(c)
	var news []string
	progress := 0
	j := openJournal(t, failing, func(o *Options) {
		o.Policy = policy
		o.Logf = func(format string, args ...any) { news = append(news, fmt.Sprintf(format, args...)) }
		o.Progress = func() { progress++ }
	})
	var want []string
	number := 0
	more := func() {
		for range 5 {
			want = append(want, appendRecord(j, number))
			j.Flush()
			number++
			time.Sleep(300 * time.Millisecond)
		}
	}
	more()
	time.Sleep(2 * time.Second)
	synctest.Wait()
	require.NoError(t, j.Err())
	before := j.Durable()
	require.Equal(t, j.Offset(), before)

	for _, fault := range faults {
		failing.Inject(fault)
	}
	more()
	time.Sleep(time.Second)
	synctest.Wait()
	require.ErrorIs(t, j.Err(), faults[0].Err)
	require.Equal(t, j.Err(), j.Stats().Err)
	if policy == Always {
		require.Equal(t, before, j.Durable())
	}
	synced := j.Synced()
	if faults[0].Op == fs.OpWrite && len(faults) == 1 {
		_, _, err := load(c, func(o *LoadOptions) { o.Truncate = false })
		require.NoError(t, err, "the part that was written is cut off")
	}

	seen := progress
	failing.Heal()
	time.Sleep(time.Second)
	synctest.Wait()
	require.NoError(t, j.Err())
	require.Greater(t, progress, seen)
	require.Equal(t, j.Offset(), j.Durable())
	require.Greater(t, j.Durable(), synced)
	require.GreaterOrEqual(t, len(news), 2)
	require.Contains(t, news[len(news)-1], "works again")

	more()
	require.NoError(t, j.Close())
	c.Crash(fs.CrashDrop)
	requireLoads(t, c, want...)
}

// TestFailureIsLoggedOnce: the log is not flooded while the disk refuses in the same way.
func TestFailureIsLoggedOnce(t *testing.T) {
	inBubble(t, "ENOSPC", func(t *testing.T) {
		failing := fs.NewFailing(newFolder(t, nil))
		lines := 0
		j := openJournal(t, failing, func(o *Options) { o.Logf = func(string, ...any) { lines++ } })
		failing.Inject(fs.Fault{Op: fs.OpWrite, Err: unix.ENOSPC})
		appendRecord(j, 1)
		j.Flush()
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, 1, lines)
		attempts := failing.Calls(fs.OpWrite)
		require.InDelta(t, time.Minute/retryIntervalDefault, attempts, 5)
		require.ErrorIs(t, j.Close(), unix.ENOSPC)
	})
}

// TestFailedSyncAtClose: the last fsync may fail once; what it lost is written again.
func TestFailedSyncAtClose(t *testing.T) {
	inBubble(t, "always", func(t *testing.T) {
		c := fs.NewCrashable(1)
		require.NoError(t, c.MkdirAll(path.Dir(testDir)))
		failing := fs.NewFailing(c)
		j := openJournal(t, failing, func(o *Options) { o.Policy = EverySec })
		want := []string{appendRecord(j, 1)}
		j.Flush()
		synctest.Wait() // synced, as the first write after a while is
		want = append(want, appendRecord(j, 2))
		failing.Inject(fs.Fault{Op: fs.OpSync, Err: unix.EIO, Times: 1, Forget: true})
		require.NoError(t, j.Close())
		c.Crash(fs.CrashDrop)
		requireLoads(t, c, want...)
	})
}

func TestOpenFails(t *testing.T) {
	for _, op := range []fs.Op{fs.OpOpen, fs.OpWrite, fs.OpSync, fs.OpRename, fs.OpSyncDir} {
		failing := fs.NewFailing(newFolder(t, nil))
		failing.Inject(fs.Fault{Op: op, Err: unix.EIO})
		_, err := Open(Options{FS: failing, Dir: testDir, Name: testName})
		require.ErrorIs(t, err, unix.EIO, op)
		require.True(t, strings.HasPrefix(err.Error(), "aof: "), err)
		failing.Heal()
		j := openJournal(t, failing, nil)
		appendRecord(j, 1)
		require.NoError(t, j.Close())
		requireLoads(t, failing, "SET k 1")
	}
}
