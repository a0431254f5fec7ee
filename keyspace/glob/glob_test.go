package glob

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestMatch states the language by example; that Redis agrees is the business
// of TestMatchAgreesWithRedis.
func TestMatch(t *testing.T) {
	f := func(pattern, s string, want bool) {
		t.Helper()
		assert.Equal(t, want, Match([]byte(pattern), []byte(s)), "%q on %q", pattern, s)
	}

	f("", "", true)
	f("", "a", false)
	f("*", "a", true)
	f("*", "", false)
	f("user:*", "user:1", true)
	f("user:*", "user:", true)
	f("user:*", "users", false)
	f("*:name", "user:1:name", true)
	f("*a*b*", "xaxbx", true)
	f("*a*b*", "xbxax", false)
	f("h?llo", "hello", true)
	f("h?llo", "hllo", false)
	f("h[ae]llo", "hallo", true)
	f("h[ae]llo", "hillo", false)
	f("h[^e]llo", "hallo", true)
	f("h[^e]llo", "hello", false)
	f("h[a-b]llo", "hbllo", true)
	f("h[b-a]llo", "hallo", true)
	f(`h\*llo`, "h*llo", true)
	f(`h\*llo`, "hallo", false)
	f(`h[\]]llo`, "h]llo", true)
	f("a[", "a[", false)
	f("a[b", "ab", true)
	f("a[]b", "ab", false)
	f("a[^]b", "axb", true)
	f("a[x-", "a-", true)
	f("HELLO", "hello", false)
}

func TestMatchFold(t *testing.T) {
	f := func(pattern, s string, want bool) {
		t.Helper()
		assert.Equal(t, want, MatchFold([]byte(pattern), []byte(s)), "%q on %q", pattern, s)
	}

	f("MAXMEMORY*", "maxmemory-policy", true)
	f("maxmemory", "MAXmemory", true)
	f("[A-Z]x", "qX", true)
	f("[Z-a]x", "bx", false) // ordered first, folded then: z..a is empty
	f("[ab]", "B", true)
	f(`[\a]`, "A", false) // an escaped letter of a class keeps its case
	f(`\a`, "A", true)
	f("\xc4", "\xe4", false) // only ASCII letters fold
}

// TestMatchIsBounded would not end in a lifetime if each star were tried anew.
func TestMatchIsBounded(t *testing.T) {
	pattern := []byte(strings.Repeat("a*", 500) + "b")

	assert.False(t, Match(pattern, bytes.Repeat([]byte("a"), 20_000)))
}

func TestMatchAllocatesNothing(t *testing.T) {
	pattern, s := []byte("*[a-m]*:x?z"), []byte("hello:world:xyz")

	allocs := testing.AllocsPerRun(100, func() {
		_ = Match(pattern, s)
		_ = MatchFold(pattern, s)
	})

	assert.Zero(t, allocs)
}
