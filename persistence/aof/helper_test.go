package aof

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/persistence/fs"
	"solokv/protocol"
)

const (
	testDir  = "/data/aof"
	testName = "appendOnly.aof"
	testIncr = testName + ".1.incr.aof"
)

// command is a record.
func command(words ...string) string { return string(protocol.AppendCommandStrings(nil, words...)) }

// newFolder is a file system in memory with the folder of the AOF and the given files in it.
func newFolder(t testing.TB, files map[string]string) *fs.Memory {
	t.Helper()
	m := fs.NewMemory()
	require.NoError(t, m.MkdirAll(testDir))
	for name, text := range files {
		writeFile(t, m, name, text)
	}
	return m
}

// incrOnly is a folder with one increment.
func incrOnly(t testing.TB, text string) *fs.Memory {
	t.Helper()
	return newFolder(t, map[string]string{
		ManifestName(testName): "file " + testIncr + " seq 1 type i\n",
		testIncr:               text,
	})
}

// writeFile makes a file, in the folder of the AOF unless the name is a path.
func writeFile(t testing.TB, filesystem fs.FS, name, text string) {
	t.Helper()
	if !path.IsAbs(name) {
		name = path.Join(testDir, name)
	}
	file, err := filesystem.Create(name)
	require.NoError(t, err)
	_, err = file.WriteAt([]byte(text), 0)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func readFile(t testing.TB, filesystem fs.FS, name string) string {
	t.Helper()
	text, err := readWhole(filesystem, path.Join(testDir, name))
	require.NoError(t, err)
	return string(text)
}

// load loads the folder and returns each record as its words, joined by blanks. A base of rewrite_helper_test.go is
// part of them.
func load(filesystem fs.FS, change func(*LoadOptions)) ([]string, Result, error) {
	o := LoadOptions{FS: filesystem, Dir: testDir, Name: testName, Truncate: true}
	var records []string
	o.Base = readHistory(&records)
	if change != nil {
		change(&o)
	}
	result, err := Load(o, func(args [][]byte) error {
		words := make([]string, len(args))
		for i, arg := range args {
			words[i] = string(arg)
		}
		records = append(records, strings.Join(words, " "))
		return nil
	})
	return records, result, err
}

func requireLoads(t testing.TB, filesystem fs.FS, want ...string) Result {
	t.Helper()
	got, result, err := load(filesystem, nil)
	require.NoError(t, err)
	require.Equal(t, want, got)
	return result
}

func requireDamage(t testing.TB, filesystem fs.FS, file string, offset int64, reason string) {
	t.Helper()
	_, _, err := load(filesystem, nil)
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	require.Equal(t, file, damage.File)
	require.Equal(t, offset, damage.Offset, damage.Reason)
	require.Contains(t, damage.Reason, reason)
	require.Contains(t, err.Error(), fmt.Sprintf("Bad file format reading the append only file %s: at byte %d", file, offset))
}

// chunked is the text of a file with the given records and a checksum behind them.
func chunked(records ...string) string {
	text := strings.Join(records, "")
	s := &scanner{verify: true, buf: []byte(text)}
	s.sumTo(int64(len(text)))
	return string(appendChecksum([]byte(text), s.sum, int64(len(text))))
}
