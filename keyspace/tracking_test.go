package keyspace_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFlushForgetsWhatWasTracked: also when those who have read the keys are gone.
func TestFlushForgetsWhatWasTracked(t *testing.T) {
	for _, flush := range []string{"FLUSHALL", "FLUSHDB"} {
		s := newServer(t, nil)
		other := s.connect()
		s.do("HELLO", "3")
		s.do("CLIENT", "TRACKING", "ON")
		s.do("GET", "a")
		s.do("MGET", "b", "c")
		require.Equal(t, 3, s.TrackingCounts().Items)
		s.Gone(s.client.session)
		s.settle()
		require.Equal(t, 3, s.TrackingCounts().Keys, "they are forgotten one by one, as they change")
		other.do("SET", "a", "1")
		require.Equal(t, 2, s.TrackingCounts().Keys)
		other.do(flush)
		require.Zero(t, s.TrackingCounts().Keys)
		require.Zero(t, s.TrackingCounts().Items)
	}
}
