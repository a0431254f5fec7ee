package aof

import "time"

// Gathering: whom a group commit waits for.
//
// Clients that wait for their replies come in two halves. While an fsync covers the one, the other executes, and
// is covered by the next: N/2 requests for each fsync of length F, where N are under way. If the fsync begins
// only when the first half has come back too, it is N requests for each F and T, where T is the time in which all
// of them get their replies, make new requests and have them executed. So waiting pays where T < F: with few clients
// or a slow disk. Otherwise it does not, as then the core is what is short of time, and must not wait for the disk.
//
// F and T are measured all the time. How long a small part takes to come back says little about all of them, so
// now and then a group is waited for to see. Clients that do not wait for replies come as they come: T is then as long
// as the fsyncs are apart, and there is no waiting.

// gather is what the journal goroutine knows about that. Sizes are in calls of Commit: about
// the requests.
type gather struct {
	groups   int
	asks     bool      // a group was synced since wait was called last
	doneAt   time.Time // when it was
	group    int64
	others   int64         // what came while it was synced
	syncTime time.Duration // F: the mean of the last ones
	turn     time.Duration // T: the same
}

// trialInterval is the number of groups from one that is waited for to see to the next.
const trialInterval = 64

// groupSynced notes that a group was synced, and how the one before came back. The caller holds the journal's
// lock.
func (g *gather) groupSynced(j *Journal, group, others int64, took time.Duration) {
	now := time.Now()
	switch {
	case g.groups == 0:
		g.turn = 2 * took // nothing is known yet: do not wait
	case g.group >= g.others:
		back := now // it is not back yet
		if !j.backAt.IsZero() {
			back = j.backAt
		}
		whole := float64(g.group+g.others) / float64(g.group)
		g.turn = mean(g.turn, time.Duration(float64(back.Sub(g.doneAt))*whole))
	}
	g.syncTime = mean(g.syncTime, took)
	g.groups++
	g.asks, g.doneAt, g.group, g.others = true, now, group, others
	j.backWhen, j.backAt = j.flushedCommits+group, time.Time{}
}

// mean follows the last few values.
func mean(old, next time.Duration) time.Duration {
	if old == 0 {
		return next
	}
	return old + (next-old)/3
}

// wait is how long the group that was synced last is worth waiting for; it is asked once for each.
func (g *gather) wait() time.Duration {
	asks := g.asks
	g.asks = false
	if !asks || g.turn >= g.syncTime && g.groups%trialInterval != 0 {
		return 0
	}
	return min(g.syncTime, g.turn*3/2)
}
