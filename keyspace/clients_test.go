package keyspace_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Who is killed listens to nothing from then on, before anybody has noticed that the connection
// is closed.
func TestKilledListensNoMore(t *testing.T) {
	s := newServer(t, nil)
	s.connect().do("SUBSCRIBE", "a")
	assert.Equal(t, ":1\r\n", s.do("PUBLISH", "a", "x"))
	assert.Equal(t, ":1\r\n", s.do("CLIENT", "KILL", "TYPE", "pubsub"))
	assert.Equal(t, ":0\r\n", s.do("PUBLISH", "a", "x"))
	assert.Equal(t, "*2\r\n$1\r\na\r\n:0\r\n", s.do("PUBSUB", "NUMSUB", "a"))
}
