package keyspace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
	for range 1000 {
		s.client.send(garbage)
		s.advance(10 * time.Millisecond)
		items := db.WheelItems()
		if before%7 == 0 { println(items, db.Volatile(), db.Len()) }
		if items < before {
			sweeps++
		}
		most, before = max(most, items), items
	}
	require.Greater(t, sweeps, 3)
	require.Less(t, most, 2*volatile+volatile/4+2*keyspace.GarbageMin)
	require.Equal(t, volatile-1, db.Volatile())

	s.advance(700 * time.Second)
	require.Equal(t, 1, db.Len(), "only key:1 lives")
	require.LessOrEqual(t, s.Counters().LateMsMax, int64(9))
	require.Equal(t, empty, s.emptied())
}

// BenchmarkExpireMillion lets a million keys expire within one second, by the
// real clock: how late the last is, and how long requests had to wait at most.
func BenchmarkExpireMillion(b *testing.B) {
	const keys = 1_000_000
	for b.Loop() {
		b.StopTimer()
		clock := realClock{time.Now()}
		s := newServerAt(b, clock, nil)
		first := clock.NowMs() + 4000
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
		if clock.NowMs() >= first {
			b.Fatal("loading took longer than the keys live")
		}
		b.StartTimer()
		for s.DBs()[0].Len() > 0 {
			time.Sleep(s.Step())
		}
		figures := s.Counters()
		b.ReportMetric(float64(figures.LateMsMax), "late-ms-max")
		b.ReportMetric(float64(figures.StepNsMax)/1e6, "step-ms-max")
	}
}
