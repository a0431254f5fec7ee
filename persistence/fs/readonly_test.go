package fs_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/persistence/fs"
)

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(name, []byte("hello"), 0o444))

	r := fs.ReadOnly()
	file, err := r.Open(name)
	require.NoError(t, err)
	requireBytes(t, file, "hello")
	_, err = file.WriteAt([]byte("x"), 0)
	require.Error(t, err)
	require.Error(t, file.Truncate(1))
	require.NoError(t, file.Close())

	info, err := r.Stat(name)
	require.NoError(t, err)
	require.Equal(t, int64(5), info.Size)
	_, err = r.Create(name)
	require.ErrorIs(t, err, unix.EROFS)
	_, err = r.Lock(filepath.Join(dir, "lock"))
	require.ErrorIs(t, err, unix.EROFS)
	for _, err := range []error{r.MkdirAll(filepath.Join(dir, "d")), r.Rename(name, name+"2"), r.Remove(name), r.SyncDir(dir)} {
		require.ErrorIs(t, err, unix.EROFS)
	}
	names, err := r.ReadDir(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"file"}, names)
}
