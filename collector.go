package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Data is not in Go's heap, and serving allocates next to nothing, so collections are rare
// at any setting, and a low one keeps the heap small: with a million keys 25 % saved 7 MB
// against Go's 100 %. Scripts do allocate, and what they leave behind must not be collected
// at every quarter of a heap of 3 MB: each of a hundred thousand EVALs a second would pay
// a third of a microsecond for that. So there is room for some megabytes in any case.
const (
	heapPercentMin = 25
	heapPercentMax = 400
	heapRoomBytes  = 8 << 20 // between two collections, at least
)

// tuneCollector sets how far the heap may grow, now and after each collection, unless
// the environment says it.
func tuneCollector() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(heapPercentMax)
	t := &collectorTuner{percent: heapPercentMax}
	t.samples[0].Name = "/gc/heap/live:bytes"
	t.follow()
}

// measureHeap collects once, before anybody is served: Go knows of no live memory until it has
// done so. What maxmemory is set to, as somewhat more than used_memory of a new server, would
// be exceeded by the first collection, and all keys evicted.
func measureHeap() { runtime.GC() }

// collectorTuner learns of collections by an object that each of them finds dead.
type collectorTuner struct {
	percent int
	samples [1]metrics.Sample
}

// sentinel is that object. Of a size of its own, so that it shares its block with none.
type sentinel struct{ _ [16]byte }

func (t *collectorTuner) follow() {
	runtime.SetFinalizer(new(sentinel), func(*sentinel) {
		t.tune()
		t.follow()
	})
}

func (t *collectorTuner) tune() {
	metrics.Read(t.samples[:])
	live := max(1, int64(t.samples[0].Value.Uint64()))
	percent := int(min(heapPercentMax, max(heapPercentMin, heapRoomBytes*100/live)))
	if percent < t.percent*9/10 || percent > t.percent*11/10 {
		t.percent = percent
		debug.SetGCPercent(percent)
	}
}

// collect begins a collection, unless one that it has begun is running.
func (s *service) collect() {
	if !s.collecting.CompareAndSwap(false, true) {
		return
	}
	go func() {
		runtime.GC()
		s.collecting.Store(false)
	}()
}
