package wheel

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace/arena"
)

func newWheel(t testing.TB, nowMs int64) *Wheel {
	a, err := arena.New(arena.Options{ReserveBytes: 8 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return New(a, nowMs)
}

// Items fire at their time or, far ones, early and again once refiled; never
// late by more than a tick, whatever the steps and budgets.
func TestWheelAgainstModel(t *testing.T) {
	spans := []int64{10, 3000, 600_000, 100 * 3600_000, 3 * 365 * 24 * 3600_000, 1 << 44}
	for seed, span := range spans {
		random := rand.New(rand.NewSource(int64(seed)))
		now := int64(1_700_000_000_123)
		w := newWheel(t, now)
		due := map[uint64]int64{}
		for tag := range uint64(2000) {
			due[tag] = now + random.Int63n(span) - 5
			w.File(tag, due[tag])
		}
		for step := 0; len(due) > 0; step++ {
			if next, ok := w.NextMs(); ok && step%2 == 0 {
				require.GreaterOrEqual(t, next+1<<tickShift, now)
				now = max(now, next)
			}
			now += random.Int63n(span/50 + 20)
			for w.Advance(now, 1+random.Intn(500), func(tags []uint64) {
				for _, tag := range tags {
					at, ok := due[tag]
					require.True(t, ok, "fired twice")
					if at <= now {
						delete(due, tag)
					} else {
						w.File(tag, at)
					}
				}
			}) {
				continue
			}
			for tag, at := range due {
				require.Greater(t, at, now-2<<tickShift, "tag %d is late", tag)
			}
		}
		require.Zero(t, w.Len())
		require.Zero(t, w.arena.Used())
	}
}

// Up to level 2 an item fires at its tick, not before.
func TestNearItemsFireOnTime(t *testing.T) {
	now := int64(1_700_000_000_000)
	w := newWheel(t, now)
	for tag := range uint64(1000) {
		w.File(tag, now+int64(tag)*100_000)
	}
	fired := 0
	for w.Len() > 0 {
		next, _ := w.NextMs()
		now2 := next
		w.Advance(now2, 1<<30, func(tags []uint64) {
			for _, tag := range tags {
				fired++
				at := now + int64(tag)*100_000
				require.InDelta(t, at, now2, 1<<tickShift) // at level 2 to the tick
			}
		})
	}
	require.Equal(t, 1000, fired)
}

func TestDrain(t *testing.T) {
	w := newWheel(t, 0)
	for tag := range uint64(10000) {
		w.File(tag, int64(tag)*1_000_000)
	}
	require.Less(t, w.Bytes(), int64(1_000_000))
	chunks, calls := w.chunks, 1
	for w.Drain(10) {
		calls++
	}
	require.Equal(t, (chunks+9)/10, calls)
	require.Zero(t, w.arena.Used())
	_, ok := w.NextMs()
	require.False(t, ok)
	require.False(t, w.Drain(10))
}

func BenchmarkFileAndFire(b *testing.B) {
	now := int64(1_700_000_000_000)
	w := newWheel(b, now)
	random := rand.New(rand.NewSource(1))
	for i := 0; b.Loop(); i++ {
		w.File(uint64(i), now+random.Int63n(60_000))
		if i%1000 == 0 {
			now += 10
			w.Advance(now, 1<<30, func([]uint64) {})
		}
	}
}
