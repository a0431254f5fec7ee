package aof

import "time"

// Gathering: whom a group commit waits for.
//
// Clients that wait for their replies come in two halves. While an fsync covers the one, the other executes, and
// is covered by the next: they take turns. Or an fsync begins only when all have come back: the journal waits for
// them. With N requests under way, an fsync of length F and a core that needs c for each request, taking turns
// makes N/2 in F or N/2*c, whatever is longer, and waiting N in F + N*c. So few clients or a slow disk want to be
// waited for, and many do not.
//
// Nothing of that can be calculated ahead, as F and c depend on the way themselves. Beside a loop that is busy on the
// same core, an fsync waits for the core at each of its steps; and a loop that is woken for each request on
// its own needs more for it than one that finds many (on one core, F was 0.5 and 1.5 ms, c 22 and 29 us). So both
// ways are tried, for an epoch of some groups each, and the one that commits more in a second is kept.
// BenchmarkGroupCommit compares the outcome with a server that executes, syncs and replies in turns.
//
// Clients that do not wait for their replies come as they come. Those that were just served are then not back soon, and
// waiting counts as useless.

const (
	epochGroups = 8
	// epochSkips is the number of groups before the first of an epoch: they are still as the way before has made them.
	epochSkips = 2
	epochTime  = 25 * time.Millisecond
	// epochWaits is the number of groups that are waited for before it can be told that they do not come back.
	epochWaits = 3
	// useless is the rate that waiting has then.
	useless = 1.0
	// After so many epochs the other way is tried. Whenever that changes nothing it is twice as many, up to the second.
	trialInterval    = 16
	trialIntervalMax = 128
	// waitMargin is how many times as much waiting has to commit: it costs those who come alone.
	waitMargin = 1.03
	// groupGapMax is a pause in which the clients had nothing to do. Such an epoch shows nothing.
	groupGapMax = 100 * time.Millisecond
	// waitSyncsMax bounds what a group waits, in fsyncs.
	waitSyncsMax = 4
)

// way is what the journal does when a group was synced.
type way int

const (
	takeTurns way = iota // syncs what there is
	waitForAll
)

// gather is what the journal goroutine knows about that. Sizes are in calls of Commit: about
// the requests.
type gather struct {
	way      way
	best     way
	rates    [2]float64 // of each way, in commits per second; 0 if it was not tried
	interval int        // between trials
	trialIn  int        // epochs
	epoch    epoch

	asks     bool      // a group was synced since wait was called last
	doneAt   time.Time // when it was
	group    int64
	others   int64         // what came while it was synced
	limit    time.Duration // how long the next one waits, or waited
	syncTime time.Duration // F: the mean of the last ones
	turn     time.Duration // the time in which all get their replies, make new requests and have them executed: the same
}

// epoch is a time in which one way is taken.
type epoch struct {
	skipped  int
	began    time.Time // when the last one that was skipped was synced
	groups   int
	commits  int64
	waited   int
	complete int // of those that waited: were all there in the end
}

// groupSynced notes that a group was synced, and how the one before came back. The caller holds the journal's
// lock.
func (g *gather) groupSynced(j *Journal, group, others int64, took time.Duration) {
	now := time.Now()
	g.noteTurn(j.backAt, now)
	g.syncTime = mean(g.syncTime, took)
	g.noteEpoch(now, group, now.Sub(g.doneAt)-took > groupGapMax)
	g.asks, g.doneAt, g.group, g.others = true, now, group, others
	j.backWhen, j.backAt = j.flushedCommits+group, time.Time{}
}

// noteTurn learns from when the group before the one that is now synced was back; it may not be yet.
func (g *gather) noteTurn(backAt, now time.Time) {
	if g.group == 0 {
		return
	}
	if backAt.IsZero() {
		backAt = now
	}
	back := backAt.Sub(g.doneAt)
	if g.limit > 0 {
		g.epoch.waited++
		if back <= g.limit {
			g.epoch.complete++
		}
	}
	if g.group >= g.others { // how long a small part takes says little about all
		whole := float64(g.group+g.others) / float64(g.group)
		g.turn = mean(g.turn, time.Duration(float64(back)*whole))
	}
}

// noteEpoch counts the group, and ends the epoch when it has shown enough.
func (g *gather) noteEpoch(now time.Time, group int64, hasGap bool) {
	e := &g.epoch
	if e.waited >= epochWaits && 2*e.complete < e.waited {
		g.endEpoch(useless)
		*e = epoch{}
		return
	}
	if e.skipped < epochSkips || hasGap {
		e.skipped++
		e.began, e.groups, e.commits = now, 0, 0
		return
	}
	e.groups++
	e.commits += group
	if took := now.Sub(e.began); e.groups >= epochGroups && took >= epochTime {
		g.endEpoch(float64(e.commits) / took.Seconds())
		*e = epoch{}
	}
}

// endEpoch decides for the next one.
func (g *gather) endEpoch(rate float64) {
	g.rates[g.way] = mean(g.rates[g.way], rate)
	best, other := takeTurns, waitForAll
	if g.rates[waitForAll] > g.rates[takeTurns]*waitMargin {
		best, other = other, best
	}
	switch {
	case g.best != best || g.rates[other] == 0:
		g.interval, g.trialIn = trialInterval, trialInterval
	case g.way == other:
		g.interval = min(2*g.interval, trialIntervalMax)
		g.trialIn = g.interval
	default:
		g.trialIn--
	}
	g.best, g.way = best, best
	if g.trialIn == 0 || g.rates[other] == 0 {
		g.way = other
	}
}

// mean follows the last few values.
func mean[T time.Duration | float64](old, next T) T {
	if old == 0 {
		return next
	}
	return old + (next-old)/3
}

// wait is how long the group that was synced last is worth waiting for; it is asked once for each.
func (g *gather) wait() time.Duration {
	if !g.asks {
		return 0
	}
	g.asks, g.limit = false, 0
	if g.way == waitForAll {
		g.limit = min(g.turn*3/2, waitSyncsMax*g.syncTime)
	}
	return g.limit
}
