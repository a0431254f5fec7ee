package aof

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

// Tests run in bubbles of testing/synctest: time is fake, and Wait returns once the journal goroutine has
// nothing left to do but wait for it.

func inBubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func appendRecord(j *Journal, i int) string {
	value := fmt.Sprint(i)
	j.Append([]byte(command("SET", "k", value)))
	return "SET k " + value
}

func TestJournalFiles(t *testing.T) {
	m := fs.NewMemory()
	require.NoError(t, m.MkdirAll("/data"))
	for round := range 3 {
		j := openJournal(t, m, nil)
		for i := range 2 {
			appendRecord(j, 2*round+i)
		}
		require.NoError(t, j.Close())
		require.NoError(t, j.Close(), "closing again is nothing")
	}
	require.Equal(t, "file "+testIncr+" seq 1 type i\n", readFile(t, m, ManifestName(testName)))
	requireLoads(t, m, "SET k 0", "SET k 1", "SET k 2", "SET k 3", "SET k 4", "SET k 5")
	text := readFile(t, m, testIncr)
	require.Equal(t, 5, strings.Count(text, "#CRC:"), "one for each run, and one to begin with where the file goes on")

	// Checksums cover all of it: with any bit wrong, either an error says so, or only a checksum line lost
	// its meaning.
	records, _, err := load(m, nil)
	require.NoError(t, err)
	found := 0
	for at := range text[:len(text)-2] {
		flipped := []byte(text)
		flipped[at] ^= 1
		got, _, err := load(incrOnly(t, string(flipped)), nil)
		var damage *DamageError
		if err == nil {
			require.Equal(t, records, got, "byte %d", at)
		} else {
			require.ErrorAs(t, err, &damage, "byte %d", at)
			found++
		}
	}
	require.Greater(t, found, len(text)-20)
}

func TestJournalGoesOnInTheLastIncrement(t *testing.T) {
	m := newFolder(t, map[string]string{
		ManifestName(testName): "file base seq 1 type b\nfile i3 seq 3 type i\nfile i7 seq 7 type i\n",
		"base":                 set1, "i3": set2, "i7": "",
	})
	j := openJournal(t, m, func(o *Options) { o.Checksum = false })
	appendRecord(j, 1)
	require.NoError(t, j.Close())
	require.Equal(t, command("SET", "k", "1"), readFile(t, m, "i7"))
}

func TestBeginCommit(t *testing.T) {
	m := newFolder(t, nil)
	j := openJournal(t, m, func(o *Options) { o.Checksum = false })
	j.Timestamp(1700000000)
	j.Timestamp(1700000000)
	b := j.Begin()
	b = append(b, command("SET", "a", "1")...)
	j.Commit(b)
	j.Timestamp(1700000001)
	j.Append([]byte(command("SET", "a", "2")))
	want := "#TS:1700000000\r\n" + command("SET", "a", "1") + "#TS:1700000001\r\n" + command("SET", "a", "2")
	require.Equal(t, int64(len(want)), j.Offset())
	require.NoError(t, j.Close())
	require.Equal(t, want, readFile(t, m, testIncr))
	require.Equal(t, int64(len(want)), j.Synced())
	require.Panics(t, func() { appendRecord(j, 1); j.Flush() })
}

func TestGroupCommit(t *testing.T) {
	inBubble(t, "always", func(t *testing.T) {
		failing := fs.NewFailing(newFolder(t, nil))
		progress := 0
		j := openJournal(t, failing, func(o *Options) { o.Progress = func() { progress++ } })
		before := failing.Calls(fs.OpSync)
		failing.Inject(fs.Fault{Op: fs.OpSync, Delay: 10 * time.Millisecond})

		var want []string
		flushes := func(n int) (syncs int) { // one each millisecond
			before := failing.Calls(fs.OpSync)
			for range n {
				want = append(want, appendRecord(j, len(want)))
				j.Flush()
				time.Sleep(time.Millisecond)
			}
			return failing.Calls(fs.OpSync) - before
		}
		flushes(500) // until it is known that nobody is to be waited for
		require.InDelta(t, 100, flushes(1000), 2)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, j.Offset(), j.Durable())
		syncs := failing.Calls(fs.OpSync) - before
		require.Equal(t, syncs, progress)
		require.Equal(t, int64(syncs), j.Stats().Syncs)
		require.NoError(t, j.Close())
		requireLoads(t, failing, want...)
	})
}

func TestAlwaysIsDurableOnlyAfterSync(t *testing.T) {
	inBubble(t, "always", func(t *testing.T) {
		failing := fs.NewFailing(newFolder(t, nil))
		j := openJournal(t, failing, nil)
		failing.Inject(fs.Fault{Op: fs.OpSync, Delay: time.Minute})
		appendRecord(j, 1)
		j.Flush()
		time.Sleep(30 * time.Second)
		synctest.Wait()
		require.Zero(t, j.Durable())
		require.Equal(t, j.Offset(), j.Stats().Unsynced)
		time.Sleep(31 * time.Second)
		require.Equal(t, j.Offset(), j.Durable())
		failing.Heal()
		require.NoError(t, j.Close())
	})
}

func TestEverySec(t *testing.T) {
	inBubble(t, "once a second, also when idle", func(t *testing.T) {
		failing := fs.NewFailing(newFolder(t, nil))
		j := openJournal(t, failing, func(o *Options) { o.Policy = EverySec })
		for i := range 2500 {
			appendRecord(j, i)
			j.Flush()
			time.Sleep(time.Millisecond)
		}
		require.InDelta(t, 3, j.Stats().Syncs, 1)
		time.Sleep(2 * time.Millisecond)
		require.Equal(t, j.Offset(), j.Durable())
		require.Less(t, j.Synced(), j.Offset())
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, j.Offset(), j.Synced(), "synced although nothing follows")
		syncs := j.Stats().Syncs
		time.Sleep(time.Minute)
		require.Equal(t, syncs, j.Stats().Syncs, "nothing to sync, no sync")
		require.NoError(t, j.Close())
	})
	inBubble(t, "writes do not wait for a slow sync", func(t *testing.T) {
		failing := fs.NewFailing(newFolder(t, nil))
		j := openJournal(t, failing, func(o *Options) { o.Policy = EverySec })
		failing.Inject(fs.Fault{Op: fs.OpSync, Delay: 5 * time.Second})
		for i := range 4 {
			appendRecord(j, i)
			j.Flush()
			time.Sleep(time.Second)
			synctest.Wait()
			require.Equal(t, j.Offset(), j.Durable())
			require.Zero(t, j.Synced())
		}
		require.Equal(t, int64(1), j.Stats().DelayedSyncs)
		time.Sleep(time.Minute)
		require.Equal(t, j.Offset(), j.Synced())
		failing.Heal()
		require.NoError(t, j.Close())
	})
	inBubble(t, "many bytes are synced ahead of time", func(t *testing.T) {
		m := newFolder(t, nil)
		j := openJournal(t, m, func(o *Options) { o.Policy = EverySec; o.SyncInterval = time.Hour })
		record := []byte(command("SET", "k", strings.Repeat("x", 1<<20)))
		for range 40 {
			j.Append(record)
			j.Flush()
			synctest.Wait()
		}
		require.GreaterOrEqual(t, j.Synced(), int64(32<<20))
		require.NoError(t, j.Close())
	})
}

func TestWriteDelay(t *testing.T) {
	inBubble(t, "a burst is one write per delay", func(t *testing.T) {
		failing := fs.NewFailing(newFolder(t, nil))
		j := openJournal(t, failing, func(o *Options) { o.Policy = No; o.WriteDelay = 10 * time.Millisecond })
		synctest.Wait()
		before := failing.Calls(fs.OpWrite)
		for i := range 100 {
			appendRecord(j, i)
			j.Flush()
			if i == 0 {
				synctest.Wait()
				require.Equal(t, j.Offset(), j.Durable(), "the first one does not wait")
			}
			time.Sleep(time.Millisecond)
		}
		require.InDelta(t, 10, failing.Calls(fs.OpWrite)-before, 2)
		require.NoError(t, j.Close())
	})
}

func TestSync(t *testing.T) {
	for _, policy := range []Policy{Always, EverySec, No} {
		inBubble(t, policy.String(), func(t *testing.T) {
			m := newFolder(t, nil)
			j := openJournal(t, m, func(o *Options) { o.Policy = policy; o.SyncInterval = time.Hour })
			for i := range 10 {
				appendRecord(j, i)
				j.Flush()
				require.NoError(t, j.Sync(context.Background()))
				require.Equal(t, j.Offset(), j.Synced())
			}
			require.NoError(t, j.Sync(context.Background()), "nothing to do")
			require.NoError(t, j.Close())
			require.ErrorIs(t, j.Sync(context.Background()), ErrClosed)
		})
	}
	inBubble(t, "gives up with its context", func(t *testing.T) {
		failing := fs.NewFailing(newFolder(t, nil))
		j := openJournal(t, failing, nil)
		failing.Inject(fs.Fault{Op: fs.OpSync, Delay: time.Minute})
		appendRecord(j, 1)
		j.Flush()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.ErrorIs(t, j.Sync(ctx), context.DeadlineExceeded)
		failing.Heal()
		require.NoError(t, j.Close())
	})
	inBubble(t, "fails with the disk", func(t *testing.T) {
		failing := fs.NewFailing(newFolder(t, nil))
		j := openJournal(t, failing, func(o *Options) { o.Policy = EverySec })
		failing.Inject(fs.Fault{Op: fs.OpSync, Err: unix.EIO})
		appendRecord(j, 1)
		j.Flush()
		require.ErrorIs(t, j.Sync(context.Background()), unix.EIO)
		failing.Heal()
		require.NoError(t, j.Close())
	})
}

func TestSetPolicy(t *testing.T) {
	inBubble(t, "towards always, a sync follows", func(t *testing.T) {
		m := newFolder(t, nil)
		j := openJournal(t, m, func(o *Options) { o.Policy = No })
		appendRecord(j, 1)
		j.Flush()
		time.Sleep(time.Hour)
		require.Equal(t, j.Offset(), j.Durable())
		require.Zero(t, j.Synced())
		j.SetPolicy(Always)
		synctest.Wait()
		require.Equal(t, j.Offset(), j.Synced())
		j.SetPolicy(EverySec)
		appendRecord(j, 2)
		j.Flush()
		time.Sleep(2 * time.Second)
		require.Equal(t, j.Offset(), j.Synced())
		require.NoError(t, j.Close())
	})
}

// TestStall: a writer that is too far ahead waits, and is let go when the disk has caught up, or when it refuses.
func TestStall(t *testing.T) {
	record := []byte(command("SET", "k", strings.Repeat("x", 64<<20)))
	run := func(t *testing.T, fault fs.Fault) *Journal {
		failing := fs.NewFailing(bottomless{newFolder(t, nil)})
		j := openJournal(t, failing, func(o *Options) { o.Checksum = false; o.RetryInterval = time.Hour })
		failing.Inject(fault)
		start := time.Now()
		for range pendingBytesMax/len(record) + 2 {
			j.Append(record)
			require.Less(t, j.Stats().PendingBytes, int64(pendingBytesMax+len(record)))
		}
		require.Equal(t, fault.Delay, time.Since(start))
		failing.Heal()
		require.NoError(t, j.Close())
		return j
	}
	inBubble(t, "slow disk", func(t *testing.T) {
		j := run(t, fs.Fault{Op: fs.OpSync, Delay: time.Minute})
		require.Equal(t, int64(1), j.Stats().Stalls)
		require.Equal(t, time.Minute, j.Stats().StallTime)
	})
	inBubble(t, "broken disk", func(t *testing.T) {
		j := run(t, fs.Fault{Op: fs.OpSync, Delay: time.Minute, Err: unix.EIO})
		require.Equal(t, int64(1), j.Stats().Stalls)
	})
}

func TestPolicyNames(t *testing.T) {
	for _, policy := range []Policy{Always, EverySec, No} {
		parsed, err := ParsePolicy(policy.String())
		require.NoError(t, err)
		require.Equal(t, policy, parsed)
	}
	_, err := ParsePolicy("sometimes")
	require.Error(t, err)
}

// bottomless is a file system whose files forget what is written to them.
type bottomless struct{ fs.FS }

type bottomlessFile struct{ fs.File }

func (b bottomless) Create(name string) (fs.File, error) {
	file, err := b.FS.Create(name)
	if strings.HasSuffix(name, ".incr.aof") {
		return bottomlessFile{file}, err
	}
	return file, err
}

func (bottomlessFile) WriteAt(p []byte, offset int64) (int, error) { return len(p), nil }

func TestAppendAllocatesNothing(t *testing.T) {
	for _, policy := range []Policy{Always, EverySec, No} {
		j := openJournal(t, bottomless{newFolder(t, nil)}, func(o *Options) { o.Policy = policy; o.WriteDelay = -1 })
		record := []byte(command("SET", "k", strings.Repeat("x", 100)))
		allocs := testing.AllocsPerRun(20000, func() {
			j.Append(record)
			j.Flush()
			for j.Durable() < j.Offset() {
				runtime.Gosched()
			}
		})
		require.Zero(t, allocs, policy)
		require.NoError(t, j.Close())
	}
}

// TestJournalTellsWhatItTook: every write, and the syncs that replies wait for.
func TestJournalTellsWhatItTook(t *testing.T) {
	for policy, want := range map[Policy][]Step{Always: {StepWrite, StepSync}, No: {StepWrite}} {
		m := fs.NewMemory()
		require.NoError(t, m.MkdirAll("/data"))
		var steps []Step // the journal's goroutine adds, and has ended when they are looked at
		j := openJournal(t, m, func(o *Options) {
			o.Policy = policy
			o.Took = func(step Step, took time.Duration) {
				require.GreaterOrEqual(t, took, time.Duration(0))
				steps = append(steps, step)
			}
		})
		appendRecord(j, 1)
		require.NoError(t, j.Close())
		slices.Sort(steps)
		require.Equal(t, want, slices.Compact(steps))
	}
}
