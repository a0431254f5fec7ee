package command

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// What was pending in a group that is destroyed is freed to the last byte, in slices.
func TestDestroyedGroupIsFreed(t *testing.T) {
	s := newServer(t)
	for i := range 5000 {
		s.do("XADD", "s", "1-"+strconv.Itoa(1+i), "f", "v")
	}
	s.advance(100)
	before := s.engine.Memory().Arena.Used

	s.do("XGROUP", "CREATE", "s", "g", "0")
	s.do("XREADGROUP", "GROUP", "g", "bob", "COUNT", "3000", "STREAMS", "s", ">")
	s.do("XREADGROUP", "GROUP", "g", "carol", "STREAMS", "s", ">")
	require.Equal(t, ":1\r\n", s.do("XGROUP", "DESTROY", "s", "g"))
	require.Equal(t, "*0\r\n", s.do("XINFO", "GROUPS", "s"))
	s.advance(100)
	require.Equal(t, before, s.engine.Memory().Arena.Used)
}
