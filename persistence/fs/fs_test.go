package fs_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/persistence/fs"
)

// TestConformance holds every implementation to the same contract.
func TestConformance(t *testing.T) {
	f := func(name string, filesystem fs.FS, root string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			testFiles(t, filesystem, root)
			testNames(t, filesystem, root)
			testLock(t, filesystem, root)
		})
	}
	f("os", fs.OS(), t.TempDir())
	f("memory", fs.NewMemory(), "/")
	f("crashable", fs.NewCrashable(1), "/")
	f("failing", fs.NewFailing(fs.NewMemory()), "/")
}

func testFiles(t *testing.T, filesystem fs.FS, root string) {
	name := filepath.Join(root, "file")
	_, err := filesystem.Open(name)
	require.ErrorIs(t, err, os.ErrNotExist)

	file, err := filesystem.Create(name)
	require.NoError(t, err)
	n, err := file.WriteAt([]byte("hello world"), 0)
	require.NoError(t, err)
	require.Equal(t, 11, n)
	require.NoError(t, file.Sync())
	requireBytes(t, file, "hello world")

	_, err = file.WriteAt([]byte("W"), 6)
	require.NoError(t, err)
	requireBytes(t, file, "hello World")
	require.NoError(t, file.Truncate(4))
	_, err = file.WriteAt([]byte("!"), 6) // a gap reads as zeros, not as what was there
	require.NoError(t, err)
	requireBytes(t, file, "hell\x00\x00!")

	part := make([]byte, 10)
	n, err = file.ReadAt(part, 3)
	require.Equal(t, io.EOF, err)
	require.Equal(t, "l\x00\x00!", string(part[:n]))
	_, err = file.ReadAt(part, 100)
	require.Equal(t, io.EOF, err)

	require.NoError(t, file.Close())
	require.ErrorIs(t, file.Close(), os.ErrClosed)

	file, err = filesystem.Create(name)
	require.NoError(t, err)
	requireBytes(t, file, "")
	require.NoError(t, file.Close())
}

func testNames(t *testing.T, filesystem fs.FS, root string) {
	dir := filepath.Join(root, "a", "b")
	_, err := filesystem.Create(filepath.Join(dir, "x"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = filesystem.ReadDir(dir)
	require.ErrorIs(t, err, os.ErrNotExist)

	require.NoError(t, filesystem.MkdirAll(dir))
	require.NoError(t, filesystem.MkdirAll(dir))
	write(t, filesystem, filepath.Join(dir, "y"), "yy")
	write(t, filesystem, filepath.Join(dir, "x"), "xxx")
	names, err := filesystem.ReadDir(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"x", "y"}, names)
	names, err = filesystem.ReadDir(filepath.Join(root, "a"))
	require.NoError(t, err)
	require.Equal(t, []string{"b"}, names)

	info, err := filesystem.Stat(dir)
	require.NoError(t, err)
	require.True(t, info.Dir)

	require.NoError(t, filesystem.Rename(filepath.Join(dir, "x"), filepath.Join(dir, "y")))
	info, err = filesystem.Stat(filepath.Join(dir, "y"))
	require.NoError(t, err)
	require.Equal(t, fs.Info{Size: 3}, info)
	require.NoError(t, filesystem.SyncDir(dir))

	require.NoError(t, filesystem.Remove(filepath.Join(dir, "y")))
	require.ErrorIs(t, filesystem.Remove(filepath.Join(dir, "y")), os.ErrNotExist)
	require.ErrorIs(t, filesystem.Rename(filepath.Join(dir, "y"), filepath.Join(dir, "z")), os.ErrNotExist)
	_, err = filesystem.Stat(filepath.Join(dir, "y"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func testLock(t *testing.T, filesystem fs.FS, root string) {
	name := filepath.Join(root, "lock")
	lock, err := filesystem.Lock(name)
	require.NoError(t, err)
	_, err = filesystem.Lock(name)
	require.ErrorIs(t, err, fs.ErrLocked)
	other, err := filesystem.Lock(name + "2")
	require.NoError(t, err)
	require.NoError(t, other.Close())
	require.NoError(t, lock.Close())
	lock, err = filesystem.Lock(name)
	require.NoError(t, err)
	require.NoError(t, lock.Close())
}

func write(t *testing.T, filesystem fs.FS, name, text string) fs.File {
	t.Helper()
	file, err := filesystem.Create(name)
	require.NoError(t, err)
	_, err = file.WriteAt([]byte(text), 0)
	require.NoError(t, err)
	return file
}

func requireBytes(t *testing.T, file fs.File, want string) {
	t.Helper()
	size, err := file.Size()
	require.NoError(t, err)
	got := make([]byte, size)
	n, err := file.ReadAt(got, 0)
	if err != nil {
		require.Equal(t, io.EOF, err)
	}
	require.Equal(t, want, string(got[:n]))
}

func requireFile(t *testing.T, filesystem fs.FS, name, want string) {
	t.Helper()
	file, err := filesystem.Open(name)
	require.NoError(t, err)
	requireBytes(t, file, want)
}
