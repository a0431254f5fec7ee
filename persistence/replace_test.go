package persistence_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/persistence"
	"solokv/persistence/fs"
)

func contentOf(t *testing.T, filesystem fs.FS, name string) string {
	file, err := filesystem.Open(name)
	require.NoError(t, err)
	defer file.Close()
	size, err := file.Size()
	require.NoError(t, err)
	text := make([]byte, size)
	_, err = file.ReadAt(text, 0)
	if !errors.Is(err, io.EOF) {
		require.NoError(t, err)
	}
	return string(text)
}

func TestReplace(t *testing.T) {
	filesystem := fs.NewMemory()
	require.NoError(t, filesystem.MkdirAll("/data"))
	f := func(text string) func(io.Writer) error {
		return func(w io.Writer) error {
			for _, part := range []string{text[:1], text[1:]} {
				if _, err := io.WriteString(w, part); err != nil {
					return err
				}
			}
			return nil
		}
	}
	r := persistence.NewReplacer(filesystem)
	require.NoError(t, r.Begin().Run("/data/dump.rdb", f("old"), nil))
	require.NoError(t, r.Begin().Run("/data/dump.rdb", f("newer"), func() bool { return true }))
	require.Equal(t, "newer", contentOf(t, filesystem, "/data/dump.rdb"))

	broken := errors.New("broken")
	err := r.Begin().Run("/data/dump.rdb", func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return broken
	}, nil)
	require.ErrorIs(t, err, broken)
	require.ErrorIs(t, r.Begin().Run("/data/dump.rdb", f("unwanted"), func() bool { return false }), persistence.ErrOvertaken)
	require.Equal(t, "newer", contentOf(t, filesystem, "/data/dump.rdb"))
	names, err := filesystem.ReadDir("/data")
	require.NoError(t, err)
	require.Equal(t, []string{"dump.rdb"}, names)
}

// A save that runs on although it was given up must not replace what came after it.
func TestReplacementsThatOvertake(t *testing.T) {
	filesystem := fs.NewMemory()
	require.NoError(t, filesystem.MkdirAll("/data"))
	r := persistence.NewReplacer(filesystem)
	first := r.Begin()
	err := first.Run("/data/dump.rdb", func(w io.Writer) error {
		_, _ = io.WriteString(w, "first")
		return r.Begin().Run("/data/dump.rdb", func(w io.Writer) error {
			_, err := io.WriteString(w, "second")
			return err
		}, nil)
	}, nil)
	require.ErrorIs(t, err, persistence.ErrOvertaken)
	require.Equal(t, "second", contentOf(t, filesystem, "/data/dump.rdb"))
}

func TestClean(t *testing.T) {
	filesystem := fs.NewMemory()
	require.NoError(t, filesystem.MkdirAll("/data"))
	for _, name := range []string{"dump.rdb", "temp-dump.rdb.1", "temp-dump.rdb.22", "temp-dump.rdb.", "temp-dump.rdb.1x",
		"temp-other.rdb.1", "temp-12.rdb"} {
		file, err := filesystem.Create("/data/" + name)
		require.NoError(t, err)
		require.NoError(t, file.Close())
	}
	require.NoError(t, persistence.NewReplacer(filesystem).Clean("/data/dump.rdb"))
	names, err := filesystem.ReadDir("/data")
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"dump.rdb", "temp-dump.rdb.", "temp-dump.rdb.1x", "temp-other.rdb.1", "temp-12.rdb"}, names)
}

func TestReplaceLeavesReadersTheOldFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "dump.rdb")
	r := persistence.NewReplacer(fs.OS())
	text := func(of byte) []byte { return bytes.Repeat([]byte{of}, 9<<20) } // freed in steps, if nobody had it open
	replace := func(of byte) {
		t.Helper()
		require.NoError(t, r.Begin().Run(name, func(w io.Writer) error { _, err := w.Write(text(of)); return err }, nil))
	}
	replace('a')
	backup, err := os.Open(name)
	require.NoError(t, err)
	defer backup.Close()
	replace('b')
	replace('c')
	kept, err := io.ReadAll(backup)
	require.NoError(t, err)
	require.True(t, bytes.Equal(text('a'), kept))
	now, err := os.ReadFile(name)
	require.NoError(t, err)
	require.True(t, bytes.Equal(text('c'), now))
}
