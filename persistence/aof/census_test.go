package aof

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func countOf(c *census) map[int]int {
	counts := map[int]int{}
	c.each(func(db, keys int) { counts[db] = keys })
	return counts
}

// visitAll shows records to a census; an argument is what stands between blanks.
func (c *census) visitAll(records ...[]string) {
	for _, record := range records {
		var args [][]byte
		for _, arg := range record {
			args = append(args, []byte(arg))
		}
		c.visit(args)
	}
}

// As long as the sample holds all keys, the count is exact.
func TestCensusOfFewKeys(t *testing.T) {
	c := newCensus(0)
	c.visitAll([]string{"SET", "a", "1"}, []string{"set", "a", "2"}, []string{"HSET", "b", "f", "1"},
		[]string{"MSET", "c", "1", "d", "2"}, []string{"PERSIST", "nobody"}, []string{"MULTI"}, []string{"EXEC"})
	require.Equal(t, map[int]int{0: 4}, countOf(c))

	c.visitAll([]string{"DEL", "a", "nobody", "b"}, []string{"SELECT", "3"}, []string{"SET", "a", "1"}, []string{"unlink", "c"})
	require.Equal(t, map[int]int{0: 2, 3: 1}, countOf(c), "a DEL removes keys of its database")

	c.visitAll([]string{"FLUSHDB"})
	require.Equal(t, map[int]int{0: 2}, countOf(c))
	c.visitAll([]string{"FLUSHALL"})
	require.Empty(t, countOf(c))
}

// Of many keys a sample is counted, whatever is written over and deleted.
func TestCensusOfManyKeys(t *testing.T) {
	c := newCensus(0)
	const keys = 400_000
	for i := range 2 * keys {
		c.visitAll([]string{"SET", fmt.Sprint("key:", i%keys), "v"})
	}
	require.InEpsilon(t, keys, countOf(c)[0], 0.06)
	require.LessOrEqual(t, len(c.keys), censusMax)

	for i := range keys / 2 {
		c.visitAll([]string{"DEL", fmt.Sprint("key:", i)})
	}
	require.InEpsilon(t, keys/2, countOf(c)[0], 0.06)
}

// What is expected is told before the records of a file are applied: of a base of records, and of the last file.
func TestLoadExpects(t *testing.T) {
	f := func(base, last string, want ...string) {
		m := newFolder(t, map[string]string{
			ManifestName(testName): "file base seq 1 type b\nfile i1 seq 1 type i\n", "base": base, "i1": last,
		})
		var events []string
		o := LoadOptions{FS: m, Dir: testDir, Name: testName}
		o.Expect = func(db, keys int) { events = append(events, fmt.Sprintf("expect %d in %d", keys, db)) }
		_, err := Load(o, func(args [][]byte) error {
			events = append(events, string(args[0]))
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, want, events)
	}
	f(set1+set2+set1, "", "expect 2 in 0", "SET", "SET", "SET")
	f(command("SELECT", "5")+set1, set2+set3+command("DEL", "k3"),
		"expect 1 in 5", "SELECT", "SET", "expect 1 in 5", "SET", "SET", "DEL")
}
