package main

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProcessorsAreThereWhileSomebodyWaits(t *testing.T) {
	before := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	now := func() int { return runtime.GOMAXPROCS(0) }
	p := newProcessors(1)
	require.Equal(t, 1, now())

	p.WaitBegins()
	require.Equal(t, 1+processorsWaiting, now())
	p.WaitBegins()
	p.WaitEnds()
	p.rest()
	require.Equal(t, 1+processorsWaiting, now(), "the first one waits still")
	p.WaitEnds()
	require.Equal(t, 1+processorsWaiting, now(), "another wait may follow")
	require.Eventually(t, func() bool { return now() == 1 }, 10*time.Second, time.Millisecond)

	p.WaitBegins()
	require.Equal(t, 1+processorsWaiting, now(), "again")
	p.WaitEnds()
	require.Eventually(t, func() bool { return now() == 1 }, 10*time.Second, time.Millisecond)
}

func TestProcessorsOfManyCoresAreEnough(t *testing.T) {
	before := runtime.GOMAXPROCS(8)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	p := newProcessors(2)
	p.WaitBegins()
	require.Equal(t, 8, runtime.GOMAXPROCS(0))
	p.WaitEnds()
}
