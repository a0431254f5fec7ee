package keyspace_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/protocol"
)

// reluctant is a connection whose socket takes nothing.
type reluctant struct {
	*client
	held []*keyspace.Message
}

func (r *reluctant) Push(m *keyspace.Message) {
	m.Retain()
	r.held = append(r.held, m)
}

// TestMessagesAreNotKept: what was sent to somebody who did not read it for long is memory
// again when he is gone, but for what the next messages need.
func TestMessagesAreNotKept(t *testing.T) {
	s := newServer(t, nil)
	slow := &reluctant{client: &client{server: s}}
	slow.parser.Limits = protocol.LimitsDefault
	slow.session = keyspace.NewSession(keyspace.Peer{ID: s.NextClientID(), Addr: "127.0.0.1:50001",
		Local: "127.0.0.1:5555", FD: 9, Outbox: slow})
	s.Open(slow.session)
	s.settle()
	slow.do("SUBSCRIBE", "news")
	text := strings.Repeat("x", 1000)
	for range 5000 {
		require.Equal(t, ":1\r\n", s.do("PUBLISH", "news", text))
	}
	require.Len(t, slow.held, 5000)
	for _, m := range slow.held {
		m.Release()
	}
	require.Positive(t, s.PooledBytes())
	require.LessOrEqual(t, s.PooledBytes(), int64(keyspace.PoolBytesMax))
	slow.held = nil
	kept := s.PooledBytes()
	for range 100 {
		s.do("PUBLISH", "news", text)
	}
	require.Less(t, s.PooledBytes(), kept, "they are used again")
	for _, m := range slow.held {
		m.Release()
	}
	require.LessOrEqual(t, kept-s.PooledBytes(), int64(2000))
}
