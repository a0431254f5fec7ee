package aof

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/persistence/fs"
)

// FuzzLoad loads any bytes as the last file: no panic, an error or a whole file; and once a tail was cut,
// loading again gives the same records and cuts nothing more.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", set1, set1 + set2[:9], set1 + "\x00\x00", chunked(set1, set2) + set3, "#TS:17\r\n" + set1,
		command("MULTI") + set1 + command("EXEC"), command("MULTI") + set1, "*3\r\n$4000000000\r\n", "*0\r\n#x\r\n*1\r\n$1\r\na\r\n",
		"REDIS0011xxxxxxxx", "SET a 1\r\n", "*1\r\n$-1\r\n", "*-1\r\n" + set1,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		noBase := func(o *LoadOptions) { o.Base = nil }
		m := incrOnly(t, string(text))
		records, result, err := load(m, noBase)
		if err != nil {
			var damage *DamageError
			require.True(t, errors.As(err, &damage) || errors.Is(err, errNoBaseLoader), err)
			require.Equal(t, string(text), readFile(t, m, testIncr))
			return
		}
		require.Equal(t, string(text[:result.Bytes]), readFile(t, m, testIncr))
		again, result, err := load(fs.FS(m), noBase)
		require.NoError(t, err)
		require.Equal(t, records, again)
		require.Zero(t, result.CutBytes)
	})
}
