package fs_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

func TestFailingWrite(t *testing.T) {
	f := fs.NewFailing(fs.NewMemory())
	file := write(t, f, "/f", "")
	f.Inject(fs.Fault{Op: fs.OpWrite, Name: "other", Err: unix.EIO})
	f.Inject(fs.Fault{Op: fs.OpWrite, Name: "f", Err: unix.ENOSPC, ShortBytes: 3, Skip: 1})

	n, err := file.WriteAt([]byte("abcdef"), 0)
	require.NoError(t, err)
	require.Equal(t, 6, n)
	for range 2 {
		n, err = file.WriteAt([]byte("ghijkl"), 6)
		require.ErrorIs(t, err, unix.ENOSPC)
		require.Equal(t, 3, n)
	}
	requireBytes(t, file, "abcdefghi")
	f.Heal()
	_, err = file.WriteAt([]byte("GHIJKL"), 6)
	require.NoError(t, err)
	requireBytes(t, file, "abcdefGHIJKL")
	require.Equal(t, 5, f.Calls(fs.OpWrite))
}

func TestFailingOtherCalls(t *testing.T) {
	boom := errors.New("boom")
	f := fs.NewFailing(fs.NewMemory())
	file := write(t, f, "/f", "text")
	calls := map[fs.Op]func() error{
		fs.OpOpen:     func() error { _, err := f.Open("/f"); return err },
		fs.OpRead:     func() error { _, err := file.ReadAt(make([]byte, 1), 0); return err },
		fs.OpSync:     file.Sync,
		fs.OpTruncate: func() error { return file.Truncate(4) },
		fs.OpRename:   func() error { return f.Rename("/f", "/f") },
		fs.OpSyncDir:  func() error { return f.SyncDir("/") },
		fs.OpRemove:   func() error { return f.Remove("/f") },
	}
	order := []fs.Op{fs.OpOpen, fs.OpRead, fs.OpSync, fs.OpTruncate, fs.OpRename, fs.OpSyncDir, fs.OpRemove}
	for _, op := range order {
		f.Inject(fs.Fault{Op: op, Err: boom, Times: 2})
		require.ErrorIs(t, calls[op](), boom, op)
		require.ErrorIs(t, calls[op](), boom, op)
		require.NoError(t, calls[op](), op)
	}
}

func TestFailingSyncForgets(t *testing.T) {
	c := fs.NewCrashable(1)
	f := fs.NewFailing(c)
	file := write(t, f, "/f", "text")
	require.NoError(t, f.SyncDir("/"))
	f.Inject(fs.Fault{Op: fs.OpSync, Err: unix.EIO, Times: 1, Forget: true})
	require.ErrorIs(t, file.Sync(), unix.EIO)
	require.NoError(t, file.Sync())
	require.Equal(t, "\x00\x00\x00\x00", string(c.Durable("/f")))
}

// TestPowerOff: from the n-th change on, nothing reaches the disk and everything says so.
func TestPowerOff(t *testing.T) {
	for n := 1; n <= 6; n++ {
		m := fs.NewMemory()
		f := fs.NewFailing(m)
		f.PowerOffAt(n)
		changed := 0
		try := func(err error) {
			if err == nil {
				changed++
				return
			}
			require.ErrorIs(t, err, fs.ErrPowerOff)
		}
		file, err := f.Create("/f")
		try(err)
		if err == nil {
			_, err = file.WriteAt([]byte("text"), 0)
			try(err)
			_, errRead := file.ReadAt(make([]byte, 1), 0)
			require.Equal(t, f.IsOff(), errRead != nil)
			try(file.Sync())
			try(file.Truncate(2))
			try(f.Rename("/f", "/g"))
		}
		try(f.SyncDir("/"))
		require.Equal(t, n-1, changed)
		require.True(t, f.IsOff())
		_, err = m.Stat("/g")
		require.Equal(t, n > 5, err == nil, "the rename is the fifth change")

		f.PowerOffAt(0)
		write(t, f, "/f", "again")
		require.Equal(t, 2, f.Changes())
	}
}
