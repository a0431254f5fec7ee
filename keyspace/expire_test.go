package keyspace_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"solokv/keyspace"
	"solokv/protocol"
)

// An expiry that falls on the millisecond of a drain is left for the next: the
// expirer must not file it again and again within one call.
func TestItemsOfNowDoNotSpin(t *testing.T) {
	s := newServer(t, nil)
	for range 2 { // two items, of which one is garbage
		s.do("SET", "k", "v", "PXAT", fmt.Sprint(fakeStartMs+7))
		s.do("PERSIST", "k")
	}
	s.do("PEXPIREAT", "k", fmt.Sprint(fakeStartMs+15))
	for range 30 {
		s.advance(time.Millisecond)
		gone := s.clock.NowMs() > fakeStartMs+15
		assert.Equal(t, gone, s.do("EXISTS", "k") == ":0\r\n", s.clock.NowMs())
	}
}

// Garbage in the wheels is bounded, whatever makes it, and no expiry gets lost
// when a wheel is replaced.
func TestGarbageInWheelsIsBounded(t *testing.T) {
	s := newServer(t, nil)
	empty := s.emptied()
	const volatile = 20_000
	var fill []byte
	for i := range volatile {
		fill = protocol.AppendCommandStrings(fill, "SET", fmt.Sprint("key:", i), "v", "PX", fmt.Sprint(600_000+i))
	}
	s.client.send(fill)

	var garbage []byte
	for i := range 1000 {
		key := fmt.Sprint("garbage:", i)
		garbage = protocol.AppendCommandStrings(garbage, "SET", key, "v", "EX", "3600")
		garbage = protocol.AppendCommandStrings(garbage, "DEL", key)
		garbage = protocol.AppendCommandStrings(garbage, "EXPIRE", "key:1", "3600")
		garbage = protocol.AppendCommandStrings(garbage, "PERSIST", "key:1")
	}
	db := s.DBs()[0]
	most, sweeps, before := 0, 0, 0
	for range 400 {
		s.client.send(garbage)
		s.advance(10 * time.Millisecond)
		items := db.WheelItems()
		if items < before {
			sweeps++
		}
		most, before = max(most, items), items
	}
	require.Greater(t, sweeps, 2, "%d items at most, %d keys", most, db.Len())
	require.Less(t, most, 2*volatile+volatile/4+2*keyspace.GarbageMin)
	require.Equal(t, volatile-1, db.Volatile())

	s.advance(700 * time.Second)
	require.Equal(t, 1, db.Len(), "only key:1 lives")
	require.LessOrEqual(t, s.Counters().LateMsMax, int64(9))
	require.Equal(t, empty, s.emptied())
}

// BenchmarkExpireMillion lets a million keys expire within one second, by the
// real clock: how late the last is, and how long requests have to wait at most
// for a step of the writer. Steps are given in the time of the machine and, as
// that includes whatever else runs on it, in that of the processor.
func BenchmarkExpireMillion(b *testing.B) {
	const keys = 1_000_000
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for b.Loop() {
		b.StopTimer()
		clock := realClock{time.Now()}
		s := newServerAt(b, clock, nil)
		first := clock.NowMs() + 5000
		var input []byte
		for i := range keys {
			input = protocol.AppendCommandStrings(input, "SET", fmt.Sprint("key:", i), "value", "PXAT", fmt.Sprint(first+int64(i%1000)))
			if i%1000 == 999 {
				s.client.replies = s.client.replies[:0]
				s.Serve(s.client.prepare(input))
				input = input[:0]
			}
		}
		s.do("CONFIG", "RESETSTAT")
		require.Less(b, clock.NowMs(), first, "loading took longer than the keys live")
		b.StartTimer()
		var stepNsMax int64
		for s.DBs()[0].Len() > 0 {
			started := threadNs()
			wait := s.Step()
			stepNsMax = max(stepNsMax, threadNs()-started)
			time.Sleep(wait)
		}
		figures := s.Counters()
		b.ReportMetric(float64(figures.LateMsMax), "late-ms-max")
		b.ReportMetric(float64(figures.StepNsMax)/1e6, "step-ms-max")
		b.ReportMetric(float64(stepNsMax)/1e6, "step-cpu-ms-max")
	}
}

// threadNs is the processor time that this thread has used.
func threadNs() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return t.Nano()
}
