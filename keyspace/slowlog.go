package keyspace

import "fmt"

const (
	slowlogArgsMax     = 32
	slowlogArgBytesMax = 128
	// slowlogEachUs: with a threshold below it every request is timed alone.
	slowlogEachUs = 1000
)

// SlowlogEntry is a request that took long.
type SlowlogEntry struct {
	ID      int64
	UnixSec int64
	Us      int64
	Args    []string
	Addr    string
	Name    string
}

// slowlog keeps the latest slow requests, newest first.
type slowlog struct {
	thresholdUs int64 // negative: off
	max         int
	nextID      int64
	entries     []SlowlogEntry // oldest first
}

func (l *slowlog) add(c *Ctx, us int64) {
	if l.max == 0 {
		return
	}
	entry := SlowlogEntry{ID: l.nextID, UnixSec: c.nowMs / 1000, Us: us,
		Addr: c.sess.peer.Addr, Name: c.sess.name}
	l.nextID++
	for i, arg := range c.args {
		if i == slowlogArgsMax-1 && len(c.args) > slowlogArgsMax {
			entry.Args = append(entry.Args, fmt.Sprintf("... (%d more arguments)", len(c.args)-i))
			break
		}
		text := string(arg)
		if more := len(arg) - slowlogArgBytesMax; more > 0 {
			text = fmt.Sprintf("%s... (%d more bytes)", arg[:slowlogArgBytesMax], more)
		}
		entry.Args = append(entry.Args, text)
	}
	l.entries = append(l.entries, entry)
	l.trim()
}

func (l *slowlog) trim() {
	if over := len(l.entries) - l.max; over > 0 {
		l.entries = append(l.entries[:0], l.entries[over:]...)
	}
}

// Slowlog returns the latest slow requests, newest first; n < 0 means all.
func (e *Engine) Slowlog(n int) []SlowlogEntry {
	all := e.slowlog.entries
	if n < 0 || n > len(all) {
		n = len(all)
	}
	out := make([]SlowlogEntry, n)
	for i := range out {
		out[i] = all[len(all)-1-i]
	}
	return out
}

// SlowlogLen is the number of entries.
func (e *Engine) SlowlogLen() int { return len(e.slowlog.entries) }

// SlowRequests is the number of requests that were ever logged.
func (e *Engine) SlowRequests() int64 { return e.slowlog.nextID }

// SlowlogReset empties the log.
func (e *Engine) SlowlogReset() { e.slowlog.entries = nil }
