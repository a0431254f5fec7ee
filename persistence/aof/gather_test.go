package aof

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/persistence/fs"
)

// slowDisk takes a while for each sync.
type slowDisk struct {
	fs.FS
	sync  time.Duration
	total *time.Duration // of all syncs; the timers of a machine may be coarse
}

type slowFile struct {
	fs.File
	disk slowDisk
}

func (d slowDisk) Create(name string) (fs.File, error) {
	f, err := d.FS.Create(name)
	return slowFile{f, d}, err
}

func (f slowFile) Sync() error {
	start := time.Now()
	time.Sleep(f.disk.sync)
	*f.disk.total += time.Since(start)
	return f.File.Sync()
}

// clients are such as wait for their replies, of a server that takes a while for each request.
type clients struct {
	journal *Journal
	moved   chan struct{}
	ready   int     // have their replies
	waiting []int64 // offsets at which the others get them
	took    time.Duration
	syncing time.Duration
	busy    time.Duration
}

func newClients(tb testing.TB, n int, sync, request time.Duration) *clients {
	c := &clients{ready: n, moved: make(chan struct{}, 1), took: request}
	j, err := Open(Options{FS: slowDisk{fs.NewMemory(), sync, &c.syncing}, Dir: "aof", Name: "a.aof", Policy: Always, Progress: func() {
		select {
		case c.moved <- struct{}{}:
		default:
		}
	}})
	require.NoError(tb, err)
	c.journal = j
	tb.Cleanup(func() { require.NoError(tb, j.Close()) })
	return c
}

// serve answers some requests, and returns when the last of them is executed.
func (c *clients) serve(requests int) {
	for range requests {
		for c.ready == 0 {
			<-c.moved
			durable := c.journal.Durable()
			for len(c.waiting) > 0 && c.waiting[0] <= durable {
				c.waiting = c.waiting[1:]
				c.ready++
			}
		}
		start := time.Now()
		for time.Since(start) < c.took {
			continue
		}
		c.ready--
		c.journal.Append(setRecord)
		c.journal.Flush()
		c.waiting = append(c.waiting, c.journal.Offset())
		c.busy += time.Since(start)
	}
}

// Where the clients are few, or the disk is slow, a group holds all of them; where not, about half.
func TestGroupsAreGathered(t *testing.T) {
	for _, c := range []struct {
		clients       int
		sync, request time.Duration
		least, most   float64 // records in a group
	}{
		{10, 10 * time.Millisecond, 20 * time.Microsecond, 8, 10},
		{40, 5 * time.Millisecond, time.Millisecond, 1, 25},
	} {
		clients := newClients(t, c.clients, c.sync, c.request)
		clients.serve(10 * c.clients)
		before := clients.journal.Stats().Syncs
		clients.serve(30 * c.clients)
		group := float64(30*c.clients) / float64(clients.journal.Stats().Syncs-before)
		assert.GreaterOrEqual(t, group, c.least, "%d clients", c.clients)
		assert.LessOrEqual(t, group, c.most, "%d clients", c.clients)
	}
}

// The way that commits more is kept, and the other one is tried again now and then.
func TestTheBetterWayIsKept(t *testing.T) {
	for _, c := range []struct {
		rates [2]float64
		want  way
	}{
		{[2]float64{takeTurns: 1000, waitForAll: 1200}, waitForAll},
		{[2]float64{takeTurns: 1200, waitForAll: 1000}, takeTurns},
		{[2]float64{takeTurns: 1000, waitForAll: 1010}, takeTurns},
		{[2]float64{takeTurns: 1000, waitForAll: useless}, takeTurns},
	} {
		var g gather
		var taken [2]int
		for range 10 * trialIntervalMax {
			taken[g.way]++
			g.endEpoch(c.rates[g.way])
		}
		assert.GreaterOrEqual(t, taken[1-c.want], 10, "%+v", c)
		assert.LessOrEqual(t, taken[1-c.want], 14, "%+v", c)

		// When that turns round, it is noticed.
		c.rates[c.want], c.rates[1-c.want] = 1000, 2000
		for range 4 * trialIntervalMax {
			g.endEpoch(c.rates[g.way])
		}
		assert.Equal(t, 1-c.want, g.best, "%+v", c)
	}
}

// Who does not come back is not waited for: not even for a whole epoch.
func TestWaitingInVainEndsSoon(t *testing.T) {
	g := gather{way: waitForAll, best: waitForAll, rates: [2]float64{takeTurns: 1000, waitForAll: 2000}}
	now := time.Now()
	for range 2 * epochWaits {
		g.epoch.waited++
		now = now.Add(epochTime)
		g.noteEpoch(now, 10, false)
		if g.way == takeTurns {
			return
		}
	}
	assert.Fail(t, "still waiting")
}

// A pause of the clients ends no epoch, and says nothing of the way.
func TestAPauseIsNoEpoch(t *testing.T) {
	var g gather
	now := time.Now()
	for range epochSkips + 2*epochGroups {
		now = now.Add(epochTime)
		g.noteEpoch(now, 10, true)
	}
	assert.Zero(t, g.rates)
	for range epochGroups {
		now = now.Add(epochTime)
		g.noteEpoch(now, 10, false)
	}
	assert.InDelta(t, 10/epochTime.Seconds(), g.rates[takeTurns], 0.01)
}

// BenchmarkGroupCommit shows what waiting for groups brings: throughput, and that in relation to a server that
// executes, syncs and replies in turns.
func BenchmarkGroupCommit(b *testing.B) {
	for _, c := range []struct {
		clients       int
		sync, request time.Duration
	}{
		{2, time.Millisecond, 10 * time.Microsecond},
		{10, time.Millisecond, 10 * time.Microsecond},
		{50, 5 * time.Millisecond, 10 * time.Microsecond},
		{50, time.Millisecond, 10 * time.Microsecond},
		{50, 250 * time.Microsecond, 10 * time.Microsecond},
		{800, time.Millisecond, 2 * time.Microsecond},
	} {
		b.Run(fmt.Sprintf("clients=%d/sync=%v/request=%v", c.clients, c.sync, c.request), func(b *testing.B) {
			clients := newClients(b, c.clients, c.sync, c.request)
			b.ResetTimer()
			clients.serve(b.N)
			perSecond := float64(b.N) / b.Elapsed().Seconds()
			stats := clients.journal.Stats()
			sync := clients.syncing.Seconds() / float64(stats.Syncs)
			inTurns := float64(c.clients) / (sync + float64(c.clients)*clients.busy.Seconds()/float64(b.N))
			b.ReportMetric(perSecond, "requests/s")
			b.ReportMetric(sync*1e6, "us/sync")
			b.ReportMetric(perSecond/inTurns, "x")
			b.ReportMetric(float64(b.N)/float64(stats.Syncs), "requests/sync")
		})
	}
}
