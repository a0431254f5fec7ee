package persistence_test

import (
	"context"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/persistence"
	"solokv/persistence/aof"
	"solokv/persistence/fs"
	"solokv/protocol"
)

func TestStore(t *testing.T) {
	for name, filesystem := range map[string]fs.FS{"os": fs.OS(), "memory": fs.NewMemory()} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, filesystem.MkdirAll(dir))
			o := persistence.Options{FS: filesystem, Dir: dir, AppendDirName: "aof", AppendFileName: "appendOnly.aof"}
			for round := range 3 {
				store, err := persistence.Open(o)
				require.NoError(t, err)

				_, err = persistence.Open(o)
				require.ErrorIs(t, err, fs.ErrLocked)
				require.ErrorContains(t, err, filepath.Join(dir, "aof"))
				neighbour := o
				neighbour.AppendFileName = "other.aof"
				other, err := persistence.Open(neighbour)
				require.NoError(t, err, "another name in the same folder is another AOF")
				require.NoError(t, other.Close())

				records := 0
				result, err := store.Load(aof.LoadOptions{}, func([][]byte) error { records++; return nil })
				require.NoError(t, err)
				require.Equal(t, round, records)
				require.Equal(t, int64(round), result.Commands)

				j, err := store.Journal(aof.Options{Policy: aof.EverySec})
				require.NoError(t, err)
				j.Append(protocol.AppendCommandStrings(nil, "SET", "a", "1"))
				require.NoError(t, j.Close())
				require.NoError(t, store.Close())
			}
		})
	}
}

// TestStoreSwitches switches an AOF off, on and off again, as CONFIG SET appendonly does, without giving up the folder.
func TestStoreSwitches(t *testing.T) {
	filesystem := fs.NewMemory()
	require.NoError(t, filesystem.MkdirAll("/data"))
	o := persistence.Options{FS: filesystem, Dir: "/data", AppendDirName: "aof", AppendFileName: "appendOnly.aof"}
	store, err := persistence.Open(o)
	require.NoError(t, err)
	result, err := store.Load(aof.LoadOptions{}, func([][]byte) error { return nil })
	require.NoError(t, err)
	require.Empty(t, result.Files, "no AOF: a server with data of its own calls Start")

	record := protocol.AppendCommandStrings(nil, "SET", "a", "1")
	for round := range 3 {
		j, err := store.Start(aof.Options{Policy: aof.Always})
		require.NoError(t, err)
		require.False(t, j.InForce())
		r, err := j.Rewrite(aof.BaseAOF)
		require.NoError(t, err)
		j.Append(record)
		require.NoError(t, r.Run(context.Background(), func(w io.Writer) error {
			for range round {
				if _, err := w.Write(record); err != nil {
					return err
				}
			}
			return nil
		}))
		require.True(t, j.InForce())
		require.NoError(t, j.Close())
		_, err = persistence.Open(o)
		require.ErrorIs(t, err, fs.ErrLocked)

		result, err = store.Load(aof.LoadOptions{}, func([][]byte) error { return nil })
		require.NoError(t, err)
		require.Equal(t, int64(round+1), result.Commands)
	}
	require.NoError(t, store.Close())
}
