package saving

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// detail is what is asked about each key beside its value.
type detail func(c *harness.Client, key, kind string) string

// portrait is one line a key. It is for what DEBUG DIGEST leaves out: when something
// expires, how a value is encoded, the groups of streams.
func portrait(c *harness.Client, about ...detail) []string {
	var lines []string
	for db := range 16 {
		c.MustDo("SELECT", fmt.Sprint(db))
		for _, item := range c.MustDo("KEYS", "*").Items {
			key := item.Text
			kind := c.MustDo("TYPE", key).Text
			line := fmt.Sprintf("%d %.40q %s", db, key, kind)
			for _, d := range about {
				line += " " + d(c, key, kind)
			}
			lines = append(lines, line)
		}
	}
	c.MustDo("SELECT", "0")
	slices.Sort(lines)
	return lines
}

func expiry(c *harness.Client, key, _ string) string { return c.MustDo("PEXPIRETIME", key).Text }

func encoding(c *harness.Client, key, _ string) string {
	return c.MustDo("OBJECT", "ENCODING", key).Text
}

// encodingOfOld is encoding in the words of Redis 7.0, which knows fewer small ones.
func encodingOfOld(c *harness.Client, key, kind string) string {
	e := encoding(c, key, kind)
	switch {
	case kind == "list":
		return "quicklist"
	case kind == "set" && e == "listpack":
		return "hashtable"
	}
	return e
}

func fields(c *harness.Client, key, kind string) string {
	if kind != "hash" {
		return ""
	}
	names := c.MustDo("HKEYS", key).Items
	var lines []string
	for _, name := range names {
		at := c.MustDo("HPEXPIRETIME", key, "FIELDS", "1", name.Text)
		lines = append(lines, name.Text+at.String())
	}
	slices.Sort(lines)
	return strings.Join(lines, ",")
}

// stream is all that a stream holds, also what is pending and since when.
func stream(c *harness.Client, key, kind string) string {
	if kind != "stream" {
		return ""
	}
	return c.MustDo("XINFO", "STREAM", key, "FULL", "COUNT", "0").String()
}

// streamGroups is what Redis 7.0 tells of a stream's groups and what is pending.
func streamGroups(c *harness.Client, key, kind string) string {
	if kind != "stream" {
		return ""
	}
	text := c.MustDo("XINFO", "GROUPS", key).String()
	for _, item := range c.MustDo("XINFO", "GROUPS", key).Items {
		group := item.Items[1].Text
		text += c.MustDo("XPENDING", key, group).String()
		for _, p := range c.MustDo("XPENDING", key, group, "-", "+", "1000").Items {
			text += fmt.Sprint(p.Items[0].Text, p.Items[1].Text, p.Items[3].Int)
		}
	}
	summary := c.MustDo("XINFO", "STREAM", key).Items
	for i := 0; i+1 < len(summary); i += 2 {
		switch name := summary[i].Text; name {
		case "length", "last-generated-id", "max-deleted-entry-id", "entries-added", "recorded-first-entry-id":
			text += " " + name + "=" + summary[i+1].Text
		}
	}
	return text
}

// requireSame compares portraits and shows where the first key differs.
func requireSame(t *testing.T, want, got []string) {
	t.Helper()
	require.Equal(t, len(want), len(got), "number of keys")
	for i := range want {
		if at := commonPrefix(want[i], got[i]); at < max(len(want[i]), len(got[i])) {
			from := max(0, at-80)
			t.Fatalf("%.60s differs:\n%.200s\n%.200s", want[i], want[i][from:], got[i][from:])
		}
	}
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
