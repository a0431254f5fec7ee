package aof

import (
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/persistence/fs"
)

// openJournal opens a journal under always with checksums, unless change wants it otherwise.
func openJournal(t testing.TB, filesystem fs.FS, change func(*Options)) *Journal {
	t.Helper()
	o := Options{FS: filesystem, Dir: testDir, Name: testName, Policy: Always, Checksum: true}
	if change != nil {
		change(&o)
	}
	j, err := Open(o)
	require.NoError(t, err)
	return j
}
