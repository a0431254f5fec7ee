package persistence_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/persistence/aof"
	"solokv/persistence/fs"
)

// TestCheckAgreesWithLoading tears, zeroes and flips an increment at every byte. What a check calls whole is loaded as
// it is, what it calls torn is cut by a start as --fix cuts it, and what it calls damaged no start loads.
func TestCheckAgreesWithLoading(t *testing.T) {
	f := func(incr1, incr2 string) {
		t.Helper()
		dir := checkFolder(t, map[string]string{
			testManifest: "file " + testIncr1 + " seq 1 type i\nfile " + testIncr2 + " seq 2 type i\n",
			testIncr1:    incr1, testIncr2: incr2,
		})
		whole, report := check(dir, false)
		fixed, _ := check(dir, true)
		repaired := readBoth(t, dir)

		write(t, dir, testIncr1, incr1)
		write(t, dir, testIncr2, incr2)
		result, err := aof.Load(aof.LoadOptions{FS: fs.OS(), Dir: dir, Name: "a.aof", Truncate: true},
			func([][]byte) error { return nil })
		require.Equal(t, err == nil, fixed, "%q %q: %v\n%s", incr1, incr2, err, report)
		require.Equal(t, err == nil && result.CutBytes == 0, whole, report)
		require.Equal(t, readBoth(t, dir), repaired, report)
	}
	last := setA + transaction + setA
	for i := range last {
		f(setA, last[:i])
		f(last[:i], "")
		f(last[:i], setA)
		f(setA, last[:i]+strings.Repeat("\x00", len(last)-i))
		f(setA, last[:i]+string(last[i]^1)+last[i+1:])
		f(last[:i]+string(last[i]^16)+last[i+1:], setA)
	}
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
}

func readBoth(t testing.TB, dir string) (text string) {
	t.Helper()
	for _, name := range []string{testIncr1, testIncr2} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		text += name + string(b)
	}
	return text
}
