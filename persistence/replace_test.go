package persistence_test

import (
	"errors"
	"io"
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
	require.NoError(t, persistence.Replace(filesystem, "/data/dump.rdb", f("old")))
	require.NoError(t, persistence.Replace(filesystem, "/data/dump.rdb", f("newer")))
	require.Equal(t, "newer", contentOf(t, filesystem, "/data/dump.rdb"))

	broken := errors.New("broken")
	err := persistence.Replace(filesystem, "/data/dump.rdb", func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return broken
	})
	require.ErrorIs(t, err, broken)
	require.Equal(t, "newer", contentOf(t, filesystem, "/data/dump.rdb"))
	names, err := filesystem.ReadDir("/data")
	require.NoError(t, err)
	require.Equal(t, []string{"dump.rdb"}, names)
}
