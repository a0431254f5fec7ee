package persistence_test

import (
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
