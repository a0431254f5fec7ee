package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSplitArgs(t *testing.T) {
	f := func(line string, want ...string) {
		t.Helper()
		if want == nil {
			want = []string{}
		}
		got, err := SplitArgs(line)
		require.NoError(t, err, line)
		assert.Equal(t, want, got, line)
	}

	f("")
	f(" \t\r\n")
	f("port 7000", "port", "7000")
	f("  a\t b\r\nc ", "a", "b", "c")
	f(`save ""`, "save", "")
	f(`''`, "")
	f(`"a b" 'c d'`, "a b", "c d")
	f(`"\n\r\t\a\b\x41\xfF\"\\\q"`, "\n\r\t\a\bA\xff\"\\q")
	f(`"\x4"`, "x4")
	f(`'\n\'"'`, `\n'"`)
	f(`ab"cd e"`, "abcd e")
	f(`a\ b`, `a\`, "b")
	f(`a#b`, "a#b")
}

func TestSplitArgsUnbalanced(t *testing.T) {
	f := func(line string) {
		t.Helper()
		_, err := SplitArgs(line)
		assert.Equal(t, errUnbalancedQuotes, err, line)
	}

	f(`"a`)
	f(`'a`)
	f(`"a"b`)
	f(`'a'"b"`)
	f(`"a\`)
	f(`"a\"`)
	f(`'a\'`)
}

func FuzzSplitArgs(f *testing.F) {
	f.Add("a", `b "c\x00"`)
	f.Add(`"x" 'y`, "\xff\n")

	f.Fuzz(func(t *testing.T, line, arg string) {
		args, err := SplitArgs(line)
		if err == nil {
			quoted := ""
			for _, a := range args {
				quoted += quote(a) + " "
			}
			again, err := SplitArgs(quoted)
			require.NoError(t, err)
			assert.Equal(t, args, again)
		}

		single, err := SplitArgs(quote(arg))
		require.NoError(t, err)
		assert.Equal(t, []string{arg}, single)
	})
}
