package glob

import "testing"

func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"a*b?[c-e]", "axxbyd"}, {"[^]*", "x"}, {`[\]-\\a`, "]"}, {"*a*a*a*b", "aaaaaaaa"},
		{"[\x80-z]", "\xff"}, {"[Z-a]", "_"}, {"**", ""}, {"[^", "a"}, {`\`, `\`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}

	f.Fuzz(func(t *testing.T, pattern, s []byte) {
		if len(pattern) > 200 || len(s) > 200 {
			t.Skip("the model's tables grow with the product")
		}
		if got, want := Match(pattern, s), modelMatch(pattern, s, false); got != want {
			t.Errorf("Match(%q, %q) = %v, the model says %v", pattern, s, got, want)
		}
		if got, want := MatchFold(pattern, s), modelMatch(pattern, s, true); got != want {
			t.Errorf("MatchFold(%q, %q) = %v, the model says %v", pattern, s, got, want)
		}
	})
}
