package command

import (
	"bufio"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/protocol"
)

// replyInt reads an integer reply.
func replyInt(t *testing.T, reply string) int64 {
	t.Helper()
	require.True(t, strings.HasPrefix(reply, ":"), "%q", reply)
	n, ok := protocol.ParseInt([]byte(strings.TrimSuffix(reply[1:], "\r\n")))
	require.True(t, ok, "%q", reply)
	return n
}

func TestMemoryUsage(t *testing.T) {
	s := newServer(t)
	s.f("$-1\r\n", "MEMORY", "USAGE", "k")
	s.do("SET", "k", "v")
	s.do("SET", "big", strings.Repeat("x", 100000))
	small, big := replyInt(t, s.do("MEMORY", "USAGE", "k")), replyInt(t, s.do("MEMORY", "USAGE", "big", "samples", "0"))
	require.Greater(t, small, int64(5))
	require.Less(t, small, int64(200))
	require.Greater(t, big, int64(100000))
	require.Less(t, big, int64(140000))
	s.f("-ERR syntax error\r\n", "MEMORY", "USAGE", "k", "SAMPLES")
	s.f("-ERR syntax error\r\n", "MEMORY", "USAGE", "k", "SAMPLES", "-1")
	s.f("-ERR syntax error\r\n", "MEMORY", "USAGE", "k", "BOGUS", "1")
	s.f("-ERR value is not an integer or out of range\r\n", "MEMORY", "USAGE", "k", "SAMPLES", "abc")
	s.f("-ERR wrong number of arguments for 'memory|usage' command\r\n", "MEMORY", "USAGE")
}

// TestMemoryStatsCounts: the map has as many pairs as its header says.
func TestMemoryStatsCounts(t *testing.T) {
	for _, keys := range []int{0, 1, 2} {
		s := newServer(t)
		for i := range keys {
			s.do("SELECT", string(rune('0'+i)))
			s.do("SET", "k", "v")
		}
		r := bufio.NewReader(strings.NewReader(s.do("MEMORY", "STATS")))
		v, err := protocol.ReadValue(r)
		require.NoError(t, err)
		require.Zero(t, r.Buffered(), "nothing comes after the map")
		require.Len(t, v.Items, 2*(27+keys))
	}
}

func TestMemoryWords(t *testing.T) {
	s := newServer(t)
	s.f("+OK\r\n", "MEMORY", "PURGE")
	require.Contains(t, s.do("MEMORY", "MALLOC-STATS"), "in live blocks")
	require.Contains(t, s.do("MEMORY", "DOCTOR"), "so little memory")
	s.f("-ERR unknown subcommand 'BOGUS'. Try MEMORY HELP.\r\n", "MEMORY", "BOGUS")
}

func TestMemoryFindings(t *testing.T) {
	const mb = 1 << 20
	healthy := memoryFigures{MemoryUse: keyspace.MemoryUse{Used: 100 * mb, Peak: 100 * mb},
		allocated: 100 * mb, active: 101 * mb, resident: 102 * mb, rss: 103 * mb}
	require.Empty(t, memoryFindings(&healthy, 1))
	for word, change := range map[string]func(*memoryFigures){
		"Peak":                  func(m *memoryFigures) { m.Peak = 200 * mb },
		"Resident memory":       func(m *memoryFigures) { m.rss, m.resident, m.active, m.allocated = 150*mb, 149*mb, 148*mb, 147*mb },
		"Fragmentation":         func(m *memoryFigures) { m.allocated = 80 * mb },
		"Free pages":            func(m *memoryFigures) { m.resident, m.rss = 130*mb, 131*mb },
		"Beyond the allocators": func(m *memoryFigures) { m.rss = 120 * mb },
		"Clients":               func(m *memoryFigures) { m.Clients = mb },
	} {
		m := healthy
		change(&m)
		findings := memoryFindings(&m, 1)
		require.Len(t, findings, 1, word)
		require.Contains(t, findings[0], " * "+word)
	}
}
