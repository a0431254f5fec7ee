package keyspace

import (
	"runtime/metrics"
	"slices"
)

// Go's part of used_memory: what its collections find alive. The writer looks once a
// second, and takes a sample if there was a collection since: the same figure again and
// again would pass for a lasting one. It was 4 MB too many once, as long as nothing was
// collected, and a limit of 16 MB evicted two keys of five for it.
//
// What counts is the least of the last samples, so that buffers which come and go with
// large requests and replies do not count; and what maxmemory compares is without the
// buffers of clients and the journal in any case: they must not evict data.

// goHeap is what the engine knows about that.
type goHeap struct {
	bytes    int64 // live, the least of the samples
	ownBytes int64 // the same without buffers of clients and the journal

	samples, ownSamples [8]int64
	sampled             int
	cycles              uint64 // collections, when the last sample was taken
	stale               int    // looks since then
	clientBytesMax      int64  // the most that clients held since then
	metrics             [3]metrics.Sample
}

func (h *goHeap) start() {
	h.metrics[0].Name, h.metrics[1].Name = "/gc/heap/live:bytes", "/memory/classes/heap/objects:bytes"
	h.metrics[2].Name = "/gc/cycles/total:gc-cycles"
}

// read measures Go's live objects: those of the last collection, and before the first all
// that there are.
func (h *goHeap) read() (live int64, cycles uint64) {
	metrics.Read(h.metrics[:])
	cycles = h.metrics[2].Value.Uint64()
	if live := h.metrics[0].Value.Uint64(); live > 0 {
		return int64(live), cycles
	}
	return int64(h.metrics[1].Value.Uint64()), cycles
}

// sampleGo looks whether there was a collection. Where it matters and there was none for
// some seconds, it asks for one.
func (e *Engine) sampleGo() {
	h := &e.goHeap
	live, cycles := h.read()
	e.noteClients()
	own := max(0, live-h.clientBytesMax-e.PersistenceFacts().BufferBytes)
	switch {
	case h.sampled == 0, h.cycles == 0 && cycles > 0: // there was nothing to compare with before
		for i := range h.samples {
			h.samples[i], h.ownSamples[i] = live, own
		}
	case cycles == h.cycles:
		if h.stale++; h.stale >= goStaleMax && e.goMatters() {
			h.stale = 0
			e.program.facts.Collect()
		}
		return
	}
	at := h.sampled % len(h.samples)
	h.samples[at], h.ownSamples[at] = live, own
	h.sampled++
	h.bytes = settle(h.bytes, slices.Min(h.samples[:]))
	h.ownBytes = settle(h.ownBytes, slices.Min(h.ownSamples[:]))
	h.cycles, h.stale, h.clientBytesMax = cycles, 0, 0
}

// noteClients follows what clients hold. What is known of the heap is how it was at its
// last collection, so their buffers of that time are to be taken off, not those of now: the
// most that there was since the collection before. What is shared counts for each of its
// holders, so it may be too much that is taken off, never too little.
func (e *Engine) noteClients() {
	e.goHeap.clientBytesMax = max(e.goHeap.clientBytesMax, e.ClientBytes())
}

const (
	goStaleMax   = 3  // seconds without a collection
	goNearShare  = 8  // near the limit is less than one in so many below it
	goSmallShare = 64 // of the limit: a heap that is smaller does not matter
)

// goMatters tells whether keys might be evicted for what is not known of Go's heap.
func (e *Engine) goMatters() bool {
	limit := e.values.MaxMemory
	return limit > 0 && e.program.facts.Collect != nil &&
		e.countedMemory() > limit-limit/goNearShare && e.goHeap.ownBytes > limit/goSmallShare
}

// heapNoiseBytes is what collections find alive more or less though there is not more data:
// buffers that are in use just then, and what a new server makes when it first needs it,
// which was 0.6 MB.
const heapNoiseBytes = 1 << 20

// settle follows a measurement of the heap, but not its noise: somebody who sets maxmemory a
// little above used_memory would lose keys to it.
func settle(known, measured int64) int64 {
	if change := measured - known; known > 0 && -heapNoiseBytes < change && change < heapNoiseBytes {
		return known
	}
	return measured
}
