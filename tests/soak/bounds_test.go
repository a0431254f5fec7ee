package soak

import (
	"slices"

	"github.com/stretchr/testify/assert"
)

// The bounds, and why they are not zero.
const (
	// arenaLeftMax: the arena's accounting is exact, and an empty server has the same empty tables in it as at the start.
	arenaLeftMax = 0
	// heapLeftMax: what Go keeps of a load that is gone: the pools of batches and messages, the largest query and reply
	// buffers, the statistics of commands, the cleared tables of clients, scripts and watched keys, which keep their
	// size. It comes with the first phases and must not grow.
	heapLeftMax = 6 << 20
	// rssLeftMax: as much and as much again for Go's garbage, the threads' stacks, and pages of the arena which
	// are in use by the tables.
	rssLeftMax = 48 << 20
	// rssOverheadMax: what the process has beyond what the two allocators account for: code, stacks, and what the
	// system rounds up to huge pages.
	rssOverheadMax = 40 << 20
	// heapDriftMax and rssDriftMax bound what the later phases may have more than the earlier ones, by medians. A leak
	// of a byte per request would exceed the first within minutes.
	heapDriftMax = 512 << 10
	rssDriftMax  = 6 << 20
	// driftPhasesMin is how many phases there have to be beside those that warm up.
	driftPhasesMin = 12
)

// checkEmpty compares an emptied server with what it was at the start.
func (r *run) checkEmpty(p *phase) {
	now, f := p.empty, r.info()
	for _, name := range []string{"tracking_total_keys", "tracking_total_items", "number_of_cached_scripts"} {
		assert.Equal(r.t, "0", f[name], name)
	}
	assert.LessOrEqual(r.t, now.arena-r.start.arena, int64(arenaLeftMax), "the arena holds what nobody knows of")
	assert.LessOrEqual(r.t, now.heap-r.start.heap, int64(heapLeftMax), "Go's heap holds what nobody knows of")
	assert.LessOrEqual(r.t, now.rss-r.start.rss, int64(rssLeftMax), "memory does not go back to the system")
	assert.LessOrEqual(r.t, now.goroutines, r.start.goroutines, "goroutines do not end")
	assert.LessOrEqual(r.t, now.descriptors, r.start.descriptors, "descriptors are not closed")
}

// checkFlat compares the later phases with the earlier ones, those left out that warm up.
func (r *run) checkFlat() {
	rest := r.phases[len(policies):]
	if len(rest) < driftPhasesMin {
		return
	}
	third := len(rest) / 3
	early, late := rest[:third], rest[len(rest)-third:]
	drift := func(figure func(*phase) int64) int64 { return middle(late, figure) - middle(early, figure) }
	heap, rss := drift(func(p *phase) int64 { return p.empty.heap }), drift(func(p *phase) int64 { return p.empty.rss })
	r.t.Logf("from the first third to the last: Go heap %+d bytes, RSS %+d bytes", heap, rss)
	assert.LessOrEqual(r.t, heap, int64(heapDriftMax), "Go's heap grows")
	assert.LessOrEqual(r.t, rss, int64(rssDriftMax), "the resident memory grows")
}

func middle(phases []*phase, figure func(*phase) int64) int64 {
	var all []int64
	for _, p := range phases {
		all = append(all, figure(p))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
