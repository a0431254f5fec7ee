package fs

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// large makes a file that takes several steps to free, and returns its bytes.
func large(t *testing.T, name string) []byte {
	text := bytes.Repeat([]byte("0123456789abcdef"), (3*discardStep+100)/16)
	require.NoError(t, os.WriteFile(name, text, filePermissions))
	return text
}

// content reads a file whole.
func content(t *testing.T, file File) []byte {
	size, err := file.Size()
	require.NoError(t, err)
	text := make([]byte, size)
	_, err = file.ReadAt(text, 0)
	require.NoError(t, err)
	return text
}

func TestDiscardFreesWhatNobodyElseHas(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	large(t, name)
	file, err := OS().Open(name)
	require.NoError(t, err)
	require.False(t, file.Sole(), "it has a name")
	require.NoError(t, os.Remove(name))
	require.True(t, file.Sole())

	shrink(file, 3*discardStep+100)
	size, err := file.Size()
	require.NoError(t, err)
	require.Equal(t, int64(100), size)

	Discard(file)
	_, err = file.Size()
	require.ErrorIs(t, err, os.ErrClosed)
}

// TestDiscardInTheBackground waits for the goroutine's last step.
func TestDiscardInTheBackground(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	large(t, name)
	file, err := OS().Open(name)
	require.NoError(t, err)
	require.NoError(t, os.Remove(name))
	Discard(file)
	require.Eventually(t, func() bool {
		_, err := file.Size()
		return errors.Is(err, os.ErrClosed)
	}, 30*time.Second, time.Millisecond)
}

func TestRemoveLargeLeavesReadersTheirBytes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	want := large(t, name)
	reader, err := OS().Open(name)
	require.NoError(t, err)
	defer reader.Close()

	require.NoError(t, RemoveLarge(OS(), name))
	require.NoFileExists(t, name)
	require.True(t, bytes.Equal(want, content(t, reader)))
}

func TestRemoveLargeLeavesOtherNamesTheirBytes(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	want := large(t, name)
	require.NoError(t, os.Link(name, link))

	require.NoError(t, RemoveLarge(OS(), name))
	require.NoFileExists(t, name)
	got, err := os.ReadFile(link)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
}

func TestRemoveLargeOfOthers(t *testing.T) {
	for _, files := range []FS{OS(), NewMemory()} {
		dir := t.TempDir()
		require.NoError(t, files.MkdirAll(dir))
		require.ErrorIs(t, RemoveLarge(files, filepath.Join(dir, "none")), os.ErrNotExist)
		file, err := files.Create(filepath.Join(dir, "small"))
		require.NoError(t, err)
		require.NoError(t, file.Close())
		require.NoError(t, RemoveLarge(files, filepath.Join(dir, "small")))
		_, err = files.Stat(filepath.Join(dir, "small"))
		require.ErrorIs(t, err, os.ErrNotExist)
	}
}
