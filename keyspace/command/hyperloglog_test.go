package command

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPFAddAllocatesNothing(t *testing.T) {
	s := newServer(t)
	for i := range 200 {
		s.do("PFADD", "sparse", strconv.Itoa(i))
	}
	for i := range 5000 {
		s.do("PFADD", "dense", strconv.Itoa(i))
	}
	s.f("+sparse\r\n", "PFDEBUG", "ENCODING", "sparse")
	s.f("+dense\r\n", "PFDEBUG", "ENCODING", "dense")
	requireNoAllocations(t, s, "PFADD", "sparse", "5")
	requireNoAllocations(t, s, "PFADD", "dense", "5")
	requireNoAllocations(t, s, "PFCOUNT", "dense")
}

// TestPFCountIsJournaled checks that an estimate which is stored in the string
// reaches the journal.
func TestPFCountIsJournaled(t *testing.T) {
	s := newServer(t)
	s.f(":1\r\n", "PFADD", "h", "a", "b")
	s.f(":2\r\n", "PFCOUNT", "h")
	s.f(":2\r\n", "PFCOUNT", "h")
	require.Equal(t, 1, strings.Count(string(s.journal.records), "PFCOUNT"))
}

func TestPFSelfTest(t *testing.T) {
	newServer(t).f("+OK\r\n", "PFSELFTEST")
}
