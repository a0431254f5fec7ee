package aof

import (
	"context"
	"fmt"
	"path"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

const testIncr2 = testName + ".2.incr.aof"

func TestRotate(t *testing.T) {
	for _, policy := range []Policy{Always, EverySec, No} {
		inBubble(t, policy.String(), func(t *testing.T) {
			m := newFolder(t, nil)
			j := openJournal(t, m, func(o *Options) { o.Policy = policy; o.Checksum = false })
			j.Timestamp(1700000000)
			appendRecord(j, 1)
			j.Flush()
			appendRecord(j, 2)
			r := j.Rotate()
			require.Equal(t, j.Offset(), r.Offset())
			j.Timestamp(1700000000)
			appendRecord(j, 3)
			j.Flush()
			require.NoError(t, r.Wait(context.Background()))
			require.GreaterOrEqual(t, j.Synced(), r.Offset())
			require.NoError(t, j.Close())
			require.Equal(t, j.Offset(), j.Synced())

			require.Equal(t, "#TS:1700000000\r\n"+command("SET", "k", "1")+command("SET", "k", "2"), readFile(t, m, testIncr))
			require.Equal(t, "#TS:1700000000\r\n"+command("SET", "k", "3"), readFile(t, m, testIncr2))
			require.Equal(t, "file "+testIncr+" seq 1 type i\nfile "+testIncr2+" seq 2 type i\n",
				readFile(t, m, ManifestName(testName)))
			requireLoads(t, m, "SET k 1", "SET k 2", "SET k 3")
		})
	}
}

// TestRotateChecksums: the last chunk of the old file is closed, and the first of the new one begins at its start.
func TestRotateChecksums(t *testing.T) {
	m := newFolder(t, nil)
	j := openJournal(t, m, nil)
	var want []string
	for i := range 6 {
		want = append(want, appendRecord(j, i))
		if i%2 == 1 {
			j.Rotate()
		}
	}
	require.NoError(t, j.Rotate().Wait(context.Background()))
	require.NoError(t, j.Close())
	require.Equal(t, chunked(command("SET", "k", "0"), command("SET", "k", "1")), readFile(t, m, testIncr))
	require.Equal(t, chunked(command("SET", "k", "2"), command("SET", "k", "3")), readFile(t, m, testIncr2))
	requireLoads(t, m, want...)
	require.Equal(t, int64(3*len(readFile(t, m, testIncr))), j.Stats().OtherBytes)
	require.Zero(t, j.Stats().FileBytes)
}

// TestRotateDoesNotStall: the appending goroutine goes on while every call to the disk takes a minute. Time in a
// bubble only passes where somebody waits, so any waiting would show.
func TestRotateDoesNotStall(t *testing.T) {
	for _, policy := range []Policy{Always, EverySec, No} {
		inBubble(t, policy.String(), func(t *testing.T) {
			failing := fs.NewFailing(newFolder(t, nil))
			j := openJournal(t, failing, func(o *Options) { o.Policy = policy })
			for _, op := range []fs.Op{fs.OpOpen, fs.OpWrite, fs.OpSync, fs.OpRename, fs.OpSyncDir} {
				failing.Inject(fs.Fault{Op: op, Delay: time.Minute})
			}
			began := time.Now()
			var want []string
			for i := range 100 {
				want = append(want, appendRecord(j, i))
				j.Flush()
				if i == 50 {
					_, err := j.Rewrite(BaseAOF)
					require.NoError(t, err)
				}
			}
			require.Zero(t, time.Since(began))
			time.Sleep(time.Second)
			require.Zero(t, j.Durable(), "nothing is durable before the disk has answered")
			time.Sleep(time.Hour)
			require.Equal(t, j.Offset(), j.Durable())
			failing.Heal()
			require.NoError(t, j.Close())
			requireLoads(t, failing, want...)
			require.Zero(t, j.Stats().Stalls)
		})
	}
}

// TestDurableWaitsForTheManifest: what is behind the cut is not acknowledged before the manifest lists its file.
func TestDurableWaitsForTheManifest(t *testing.T) {
	for _, op := range []fs.Op{fs.OpSync, fs.OpSyncDir, fs.OpRename} {
		for skip := range 2 {
			inBubble(t, fmt.Sprintf("%s/%d", op, skip), func(t *testing.T) {
				failing := fs.NewFailing(newFolder(t, nil))
				j := openJournal(t, failing, nil)
				appendRecord(j, 1)
				j.Flush()
				synctest.Wait()
				failing.Inject(fs.Fault{Op: op, Delay: time.Minute, Skip: skip})
				j.Rotate()
				cut := j.Offset()
				appendRecord(j, 2)
				j.Flush()
				time.Sleep(30 * time.Second)
				synctest.Wait()
				m, err := LoadManifest(failing, testDir, testName)
				require.NoError(t, err)
				if len(m.Incr) < 2 || op == fs.OpSyncDir {
					require.Equal(t, cut, j.Durable())
				}
				time.Sleep(time.Hour)
				require.Equal(t, j.Offset(), j.Durable())
				failing.Heal()
				require.NoError(t, j.Close())
			})
		}
	}
}

// TestRotateFails lets each call of a rotation fail, once or for good: the journal goes on in the old file, nothing
// is lost whatever a power cut then leaves, and the next rotation succeeds.
func TestRotateFails(t *testing.T) {
	ops := []fs.Op{fs.OpOpen, fs.OpWrite, fs.OpSync, fs.OpRename, fs.OpSyncDir}
	for _, op := range ops {
		for _, errno := range []unix.Errno{unix.ENOSPC, unix.EIO} {
			for skip := range 4 {
				for _, times := range []int{0, 1} {
					name := fmt.Sprintf("%s/%s/%d/%d", op, errno.Error(), skip, times)
					inBubble(t, name, func(t *testing.T) {
						testRotateFails(t, fs.Fault{Op: op, Err: errno, Skip: skip, Times: times, Forget: true})
					})
				}
			}
		}
	}
}

func testRotateFails(t *testing.T, fault fs.Fault) {
	for _, mode := range []fs.CrashMode{fs.CrashKeep, fs.CrashDrop, fs.CrashTear, fs.CrashZeroPad} {
		for _, crashWhileFailing := range []bool{true, false} {
			c := fs.NewCrashable(uint64(fault.Skip))
			require.NoError(t, c.MkdirAll(path.Dir(testDir)))
			failing := fs.NewFailing(c)
			j := openJournal(t, failing, nil)
			want, ends := []string{}, []int64{}
			more := func() {
				want = append(want, appendRecord(j, len(want)))
				ends = append(ends, j.Offset())
			}
			more()
			failing.Inject(fault)
			r := j.Rotate()
			more()
			j.Flush()
			_ = r.Wait(context.Background()) // some of these calls are not part of a rotation
			time.Sleep(time.Second)

			acknowledged := j.Durable()
			if !crashWhileFailing {
				failing.Heal()
				time.Sleep(time.Second)
				more()
				require.NoError(t, j.Rotate().Wait(context.Background()))
				more()
				require.NoError(t, j.Close())
				acknowledged = j.Offset()
			}
			c.Crash(mode)
			failing.Heal()
			j.Close() // where it is still open, it writes to what is no file any more
			got, _, err := load(c, nil)
			require.NoError(t, err)
			require.Equal(t, want[:len(got)], append([]string{}, got...))
			require.True(t, len(got) == len(ends) || ends[len(got)] > acknowledged, "%s: acknowledged and gone", mode)
		}
	}
}

func TestRotateAtTheEnd(t *testing.T) {
	m := newFolder(t, nil)
	j := openJournal(t, m, nil)
	require.NoError(t, j.Close())
	require.ErrorIs(t, j.Rotate().Wait(context.Background()), ErrClosed)
	require.ErrorIs(t, rewrite(t, j, BaseAOF, nil), ErrClosed)
}
