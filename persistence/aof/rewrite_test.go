package aof

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

func requireNames(t *testing.T, filesystem fs.FS, want ...string) {
	t.Helper()
	names, err := filesystem.ReadDir(testDir)
	require.NoError(t, err)
	for i := range want {
		want[i] = testName + want[i]
	}
	require.Equal(t, want, names)
}

func TestRewrite(t *testing.T) {
	for _, format := range []BaseFormat{BaseRDB, BaseAOF} {
		m := newFolder(t, nil)
		j := openJournal(t, m, nil)
		var want []string
		for round := range 3 {
			for i := range 4 {
				want = append(want, appendRecord(j, 10*round+i))
			}
			require.NoError(t, rewrite(t, j, format, want))
			want = append(want, appendRecord(j, 10*round+9))
		}
		require.NoError(t, j.Close())
		requireNames(t, m, ".3.base."+string(format), ".4.incr.aof", ".manifest")
		require.Equal(t, fmt.Sprintf("file %s.3.base.%s seq 3 type b\nfile %s.4.incr.aof seq 4 type i\n",
			testName, format, testName), readFile(t, m, ManifestName(testName)))
		requireLoads(t, m, want...)

		s := j.Stats()
		require.Equal(t, int64(3), s.Rewrites)
		require.False(t, s.Rewriting)
		base := int64(len(readFile(t, m, testName+".3.base."+string(format))))
		require.Equal(t, base, s.OtherBytes)
		require.Equal(t, base, s.RewriteBytes)
		require.Positive(t, s.FileBytes)

		j = openJournal(t, m, nil)
		require.Equal(t, base+s.FileBytes, j.Stats().RewriteBytes)
		require.NoError(t, j.Close())
	}
}

// TestRewriteOfAnOldFile: the base of an older Redis has a name of its own; it goes like any other.
func TestRewriteOfAnOldFile(t *testing.T) {
	m := newFolder(t, map[string]string{testName: fakeHead + fakeEnd + set1})
	requireLoads(t, m, "SET k1 v1")
	j := openJournal(t, m, nil)
	require.NoError(t, rewrite(t, j, BaseRDB, []string{"SET k1 v1"}))
	require.NoError(t, j.Close())
	requireNames(t, m, ".2.base.rdb", ".2.incr.aof", ".manifest")
	requireLoads(t, m, "SET k1 v1")
}

// TestBaseChecksums: a base in the AOF form is as well covered as an increment is.
func TestBaseChecksums(t *testing.T) {
	m := newFolder(t, nil)
	j := openJournal(t, m, nil)
	var want []string
	for i := range 3000 {
		want = append(want, fmt.Sprintf("SET key%d %s", i, strings.Repeat("v", i%300)))
	}
	want = append(want, "SET big "+strings.Repeat("x", 17*baseBufferBytes))
	require.NoError(t, rewrite(t, j, BaseAOF, want))
	require.NoError(t, j.Close())
	requireLoads(t, m, want...)

	base := testName + ".1.base.aof"
	text := readFile(t, m, base)
	require.Greater(t, strings.Count(text, "#CRC:"), 5)
	for _, at := range []int{30, len(text) / 3, len(text) / 2, len(text) - 60} {
		flipped := []byte(text)
		flipped[at] ^= 1
		writeFile(t, m, base, string(flipped))
		_, _, err := load(m, nil)
		var damage *DamageError
		require.ErrorAs(t, err, &damage, at)
		require.Equal(t, base, damage.File)
	}
}

func TestOneRewriteAtATime(t *testing.T) {
	j := openJournal(t, newFolder(t, nil), nil)
	_, err := j.Rewrite("tar")
	require.ErrorContains(t, err, "tar")
	r, err := j.Rewrite(BaseAOF)
	require.NoError(t, err)
	_, err = j.Rewrite(BaseAOF)
	require.ErrorIs(t, err, ErrRewriting)
	require.True(t, j.Stats().Rewriting)
	require.NoError(t, r.Run(context.Background(), writeHistory(BaseAOF, nil)))
	require.NoError(t, rewrite(t, j, BaseAOF, nil))
	require.NoError(t, j.Close())
}

// TestRewriteGivesUp: an error of whoever writes, and a context that ends, leave the old base and all increments.
func TestRewriteGivesUp(t *testing.T) {
	boom := errors.New("boom")
	f := func(name string, want error, run func(r *Rewrite, ctx context.Context, cancel func()) error) {
		t.Helper()
		inBubble(t, name, func(t *testing.T) {
			m := newFolder(t, nil)
			j := openJournal(t, m, nil)
			records := []string{appendRecord(j, 1)}
			require.NoError(t, rewrite(t, j, BaseRDB, records))
			records = append(records, appendRecord(j, 2))
			r, err := j.Rewrite(BaseRDB)
			require.NoError(t, err)
			records = append(records, appendRecord(j, 3))
			time.Sleep(time.Second)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			require.ErrorIs(t, run(r, ctx, cancel), want)
			s := j.Stats()
			require.ErrorIs(t, s.RewriteErr, want)
			require.Equal(t, time.Second, s.RewriteTook)
			require.Equal(t, int64(1), s.RewriteFailed)
			synctest.Wait()
			requireNames(t, m, ".1.base.rdb", ".2.incr.aof", ".3.incr.aof", ".manifest")

			require.NoError(t, rewrite(t, j, BaseRDB, records))
			require.NoError(t, j.Stats().RewriteErr)
			require.Zero(t, j.Stats().RewriteFailed)
			require.NoError(t, j.Close())
			requireNames(t, m, ".2.base.rdb", ".4.incr.aof", ".manifest")
			requireLoads(t, m, records...)
		})
	}
	f("context, before the cut", context.Canceled, func(r *Rewrite, ctx context.Context, cancel func()) error {
		cancel()
		return r.Run(ctx, func(w io.Writer) error { return nil })
	})
	f("its writer", boom, func(r *Rewrite, ctx context.Context, _ func()) error {
		return r.Run(ctx, func(w io.Writer) error {
			_, err := io.WriteString(w, fakeHead)
			require.NoError(t, err)
			return boom
		})
	})
	f("context, while it writes", context.Canceled, func(r *Rewrite, ctx context.Context, cancel func()) error {
		return r.Run(ctx, func(w io.Writer) error {
			_, err := io.WriteString(w, fakeHead)
			require.NoError(t, err)
			cancel()
			_, err = io.WriteString(w, fakeEnd)
			return err
		})
	})
	f("context, although its writer does not care", context.Canceled, func(r *Rewrite, ctx context.Context, cancel func()) error {
		return r.Run(ctx, func(w io.Writer) error { cancel(); return nil })
	})
}

func TestRewriteAfterClose(t *testing.T) {
	m := newFolder(t, nil)
	j := openJournal(t, m, nil)
	record := appendRecord(j, 1)
	r, err := j.Rewrite(BaseAOF)
	require.NoError(t, err)
	require.ErrorIs(t, r.Run(context.Background(), func(w io.Writer) error { return j.Close() }), ErrClosed)
	requireNames(t, m, ".1.incr.aof", ".2.incr.aof", ".manifest")
	requireLoads(t, m, record)
}

// TestRewriteFails lets each call of a rewrite fail, once or for good, and cuts the power, or tries again.
func TestRewriteFails(t *testing.T) {
	ops := []fs.Op{fs.OpOpen, fs.OpWrite, fs.OpSync, fs.OpRename, fs.OpSyncDir, fs.OpRemove}
	failures := 0
	for _, op := range ops {
		for skip := range 8 {
			for _, times := range []int{0, 1, 2} {
				for _, provisional := range []bool{false, true} {
					inBubble(t, fmt.Sprintf("%s/%d/%d/%v", op, skip, times, provisional), func(t *testing.T) {
						errno := []unix.Errno{unix.ENOSPC, unix.EIO}[(skip+times)%2]
						fault := fs.Fault{Op: op, Err: errno, Skip: skip, Times: times, Forget: true}
						failures += testRewriteFails(t, provisional, fault)
					})
				}
			}
		}
	}
	require.Greater(t, failures, 800, "many of these calls are part of a rewrite")
	t.Logf("%d rewrites failed", failures)
}

// TestDoubt: the disk fails when a manifest was renamed and not synced, and again when the old one is put back. From
// then on either may be the one that a start finds, and the files of both have to be there.
func TestDoubt(t *testing.T) {
	for syncs := range 5 {
		for renames := range 5 {
			for _, provisional := range []bool{false, true} {
				inBubble(t, fmt.Sprintf("%d/%d/%v", syncs, renames, provisional), func(t *testing.T) {
					testRewriteFails(t, provisional, fs.Fault{Op: fs.OpSyncDir, Err: unix.EIO, Skip: syncs},
						fs.Fault{Op: fs.OpRename, Err: unix.EIO, Skip: renames})
				})
			}
		}
	}
}

func testRewriteFails(t *testing.T, provisional bool, faults ...fs.Fault) (failures int) {
	for i, mode := range []fs.CrashMode{fs.CrashKeep, fs.CrashDrop, fs.CrashTear, fs.CrashZeroPad} {
		for _, crashWhileFailing := range []bool{true, false} {
			c := fs.NewCrashable(uint64(i))
			require.NoError(t, c.MkdirAll(path.Dir(testDir)))
			failing := fs.NewFailing(c)
			h := &rewriteHistory{t: t, failing: failing}
			h.begin(provisional)
			h.more()
			for _, fault := range faults {
				failing.Inject(fault)
			}
			err := rewrite(t, h.j, BaseRDB, h.want)
			if err != nil {
				failures++
			}
			require.Equal(t, err == nil || !provisional, h.j.InForce())
			h.more()
			h.j.Flush()
			time.Sleep(time.Second)

			acknowledged := h.j.Synced()
			if !crashWhileFailing {
				failing.Heal()
				time.Sleep(time.Second)
				require.NoError(t, rewrite(t, h.j, BaseRDB, h.want))
				h.more()
				require.NoError(t, h.j.Close())
				acknowledged = h.j.Offset()
			}
			c.Crash(mode)
			failing.Heal()
			h.j.Close()
			h.check(c, acknowledged)
			if !crashWhileFailing {
				m, err := LoadManifest(c, testDir, testName)
				require.NoError(t, err)
				require.Len(t, m.Incr, 1)
				require.Empty(t, m.History)
			}
			// Whatever it left, the next start and its rewrite are well.
			h.j = openJournal(t, c, nil)
			require.NoError(t, rewrite(t, h.j, BaseAOF, h.want))
			require.NoError(t, h.j.Close())
			requireLoads(t, c, h.want...)
			names, err := c.ReadDir(testDir)
			require.NoError(t, err)
			for _, name := range names {
				require.NotContains(t, name, tempPrefix)
			}
		}
	}
	return failures
}

// rewriteHistory is what was appended, and where each record ends.
type rewriteHistory struct {
	t       *testing.T
	failing *fs.Failing
	j       *Journal
	want    []string
	ends    []int64
}

// begin opens a journal: one that has an AOF, or one that is started beside an older one.
func (h *rewriteHistory) begin(provisional bool) {
	h.j = openJournal(h.t, h.failing, func(o *Options) { o.ChunkBytes = 1 << 10 })
	h.more()
	require.NoError(h.t, h.j.Close())
	o := Options{FS: h.failing, Dir: testDir, Name: testName, Checksum: true, ChunkBytes: 1 << 10}
	open := Open
	if provisional {
		open = Start
	}
	var err error
	h.j, err = open(o)
	require.NoError(h.t, err)
	h.ends[0] = 0
}

func (h *rewriteHistory) more() {
	h.want = append(h.want, appendRecord(h.j, len(h.want)))
	h.ends = append(h.ends, h.j.Offset())
}

// check loads, and goes on with what was loaded.
func (h *rewriteHistory) check(filesystem fs.FS, acknowledged int64) {
	t := h.t
	got, _, err := load(filesystem, nil)
	require.NoError(t, err)
	require.Equal(t, h.want[:len(got)], got)
	require.True(t, len(got) == len(h.ends) || h.ends[len(got)] > acknowledged, "acknowledged and gone")
	h.want = got
}

func TestCleanAtTheStart(t *testing.T) {
	kept := []string{"temp-other.aof.base", "temp-" + testName + ".txt", testName + ".9.base.rdb", "note"}
	gone := []string{"temp-" + testName + ".manifest", "temp-" + testName + ".base", "temp-" + testName + ".7.incr.aof",
		"temp-" + testName + ".incr", "h1", "h2"}
	for _, start := range []func(Options) (*Journal, error){Open, Start} {
		files := map[string]string{
			ManifestName(testName): "file h1 seq 1 type h\nfile h2 seq 1 type h\nfile h3 seq 2 type h\nfile i seq 2 type i\n",
			"i":                    set1,
		}
		for _, name := range append(gone, kept...) {
			files[name] = "x"
		}
		m := newFolder(t, files)
		j, err := start(Options{FS: m, Dir: testDir, Name: testName})
		require.NoError(t, err)
		require.NoError(t, j.Close())
		for _, name := range kept {
			_, err := m.Stat(path.Join(testDir, name))
			require.NoError(t, err, name)
		}
		for _, name := range gone {
			_, err := m.Stat(path.Join(testDir, name))
			require.Error(t, err, name)
		}
		require.Equal(t, "file i seq 2 type i\n", readFile(t, m, ManifestName(testName)))
		requireLoads(t, m, "SET k1 v1")
	}
}
