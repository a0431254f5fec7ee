package fs_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/persistence/fs"
)

// half is a file system with a file of which "synced" is synced and "-tail" is not.
func half(t *testing.T, seed uint64) *fs.Crashable {
	c := fs.NewCrashable(seed)
	file := write(t, c, "/f", "synced")
	require.NoError(t, file.Sync())
	require.NoError(t, c.SyncDir("/"))
	_, err := file.WriteAt([]byte("-tail"), 6)
	require.NoError(t, err)
	return c
}

func TestCrashKeepAndDrop(t *testing.T) {
	c := half(t, 1)
	require.Equal(t, "synced", string(c.Durable("/f")))
	c.Crash(fs.CrashKeep)
	requireFile(t, c, "/f", "synced-tail")
	c.Crash(fs.CrashDrop)
	requireFile(t, c, "/f", "synced-tail") // what a crash left is on disk

	c = half(t, 1)
	c.Crash(fs.CrashDrop)
	requireFile(t, c, "/f", "synced")
}

func TestCrashTearAndZeroPad(t *testing.T) {
	outcomes := map[fs.CrashMode]map[string]bool{}
	for _, mode := range []fs.CrashMode{fs.CrashTear, fs.CrashZeroPad} {
		outcomes[mode] = map[string]bool{}
		for seed := range uint64(200) {
			c := half(t, seed)
			c.Crash(mode)
			file, err := c.Open("/f")
			require.NoError(t, err)
			size, err := file.Size()
			require.NoError(t, err)
			got := make([]byte, size)
			_, err = file.ReadAt(got, 0)
			require.NoError(t, err)
			outcomes[mode][string(got)] = true
		}
	}
	whole := "synced-tail"
	for cut := len("synced"); cut <= len(whole); cut++ {
		padded := whole[:cut] + strings.Repeat("\x00", len(whole)-cut)
		require.True(t, outcomes[fs.CrashTear][whole[:cut]], "torn at %d", cut)
		require.True(t, outcomes[fs.CrashZeroPad][padded], "padded from %d", cut)
	}
	require.Len(t, outcomes[fs.CrashTear], 6)
	require.Len(t, outcomes[fs.CrashZeroPad], 6)
}

func TestCrashScatter(t *testing.T) {
	text := strings.Repeat("x", 2048)
	outcomes := map[string]bool{}
	for seed := range uint64(400) {
		c := fs.NewCrashable(seed)
		write(t, c, "/f", text)
		require.NoError(t, c.SyncDir("/"))
		c.Crash(fs.CrashScatter)
		file, err := c.Open("/f")
		require.NoError(t, err)
		got := make([]byte, len(text))
		_, err = file.ReadAt(got, 0)
		require.NoError(t, err)
		outcomes[string(got)] = true
	}
	require.Len(t, outcomes, 16) // four sectors, each there or not
}

func TestCrashNames(t *testing.T) {
	build := func(seed uint64, steps int) *fs.Crashable {
		c := fs.NewCrashable(seed)
		require.NoError(t, write(t, c, "/old", "old").Sync())
		require.NoError(t, c.SyncDir("/"))
		require.NoError(t, write(t, c, "/temp", "new").Sync())
		if steps > 0 {
			require.NoError(t, c.Rename("/temp", "/old"))
		}
		if steps > 1 {
			require.NoError(t, c.SyncDir("/"))
		}
		return c
	}
	c := build(1, 1)
	c.Crash(fs.CrashDrop)
	requireFile(t, c, "/old", "old")
	_, err := c.Open("/temp")
	require.ErrorIs(t, err, os.ErrNotExist, "a synced file without a synced name is gone")

	c = build(1, 2)
	c.Crash(fs.CrashDrop)
	requireFile(t, c, "/old", "new")

	seen := map[bool]bool{}
	for seed := range uint64(20) {
		c = build(seed, 1)
		c.Crash(fs.CrashTear)
		file, err := c.Open("/old")
		require.NoError(t, err)
		first := make([]byte, 3)
		_, err = file.ReadAt(first, 0)
		require.NoError(t, err)
		seen[string(first) == "new"] = true
	}
	require.Len(t, seen, 2, "a rename may and may not have happened")
}

func TestCrashMoveBetweenFolders(t *testing.T) {
	c := fs.NewCrashable(1)
	require.NoError(t, c.MkdirAll("/a"))
	require.NoError(t, write(t, c, "/f", "x").Sync())
	require.NoError(t, c.SyncDir("/"))
	require.NoError(t, c.Rename("/f", "/a/f"))
	require.NoError(t, c.SyncDir("/")) // the wrong one first
	c.Crash(fs.CrashDrop)
	_, err := c.Stat("/f")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = c.Stat("/a/f")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestCrashRemoveAndTruncate(t *testing.T) {
	c := half(t, 1)
	require.NoError(t, c.Remove("/f"))
	c.Crash(fs.CrashDrop)
	requireFile(t, c, "/f", "synced")

	file, err := c.Open("/f")
	require.NoError(t, err)
	require.NoError(t, file.Truncate(2))
	require.Equal(t, "synced", string(c.Durable("/f")))
	require.NoError(t, file.Sync())
	require.Equal(t, "sy", string(c.Durable("/f")))

	_, err = c.Create("/f")
	require.NoError(t, err)
	c.Crash(fs.CrashDrop)
	requireFile(t, c, "/f", "sy")
}

// TestLoseDirty: after a failed fsync a second one that succeeds has not saved anything, but what is written
// again is.
func TestLoseDirty(t *testing.T) {
	c := half(t, 1)
	file, err := c.Open("/f")
	require.NoError(t, err)
	c.LoseDirty("/f")
	requireBytes(t, file, "synced-tail")
	require.NoError(t, file.Sync())
	require.Equal(t, "synced\x00\x00\x00\x00\x00", string(c.Durable("/f")))

	_, err = file.WriteAt([]byte("-tail"), 6)
	require.NoError(t, err)
	require.NoError(t, file.Sync())
	require.Equal(t, "synced-tail", string(c.Durable("/f")))
}
