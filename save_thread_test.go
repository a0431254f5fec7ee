package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/persistence/aof"
)

func TestCourtesyOffersTheCore(t *testing.T) {
	c := &courtesy{since: time.Now()}
	for range courtesyKeys - 1 {
		c.key()
	}
	require.Zero(t, c.waited)
	c.key()
	require.Positive(t, c.waited)
	require.Zero(t, c.keys)

	starved := &courtesy{since: time.Now(), worked: time.Millisecond, waited: time.Hour}
	starved.offer()
	require.Equal(t, time.Hour, starved.waited, "who gets nothing offers nothing")

	busy := &courtesy{since: time.Now(), worked: 2 * courtesyMemory}
	busy.offer()
	require.Less(t, busy.worked, 2*courtesyMemory, "what was long ago counts less")
}

// wholes and parts are the two kinds of writers that snapshots go to.
type wholes struct{ bytes.Buffer }

type parts struct{ wholes }

func (p *parts) WritePart(b []byte) (int, error) { return p.Write(b) }

func TestCourtesyOfWriters(t *testing.T) {
	var nobody *courtesy
	nobody.key()
	whole := new(wholes)
	require.Same(t, whole, nobody.writer(whole))

	c := &courtesy{since: time.Now()}
	_, takesParts := c.writer(whole).(aof.PartWriter)
	require.False(t, takesParts)
	part := new(parts)
	w := c.writer(part)
	n, err := w.(aof.PartWriter).WritePart([]byte("ab"))
	require.NoError(t, err)
	require.Equal(t, 2, n)
	_, err = w.Write([]byte("c"))
	require.NoError(t, err)
	require.Equal(t, "abc", part.String())
	require.Positive(t, c.waited)
}
