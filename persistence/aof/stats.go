package aof

import "time"

// Stats are the figures for INFO persistence.
type Stats struct {
	FileBytes    int64 // of the increment that is being written
	OtherBytes   int64 // of the other files that a restart would load (with FileBytes: aof_current_size)
	PendingBytes int64 // flushed and not written (aof_buffer_length)
	Unsynced     int64 // written and not synced

	Writes       int64 // write(2) calls that succeeded
	WrittenBytes int64
	Syncs        int64
	LastSync     time.Duration // how long it took
	DelayedSyncs int64         // everysec: a sync was due while the one before it ran (aof_delayed_fsync)

	Stalls    int64 // calls of Flush that had to wait for the disk
	StallTime time.Duration

	InForce bool // see Start

	Rewriting     bool
	RewriteBegan  time.Time     // the one that runs, or the last one
	RewriteTook   time.Duration // the last one that ended (aof_last_rewrite_time_sec)
	RewriteErr    error         // how it ended (aof_last_bgrewrite_status)
	RewriteBytes  int64         // of all files after the last good one, or at Open (aof_base_size)
	Rewrites      int64         // good ones (aof_rewrites)
	RewriteFailed int64         // since the last good one (aof_rewrites_consecutive_failures)

	Err error // the reason why the disk refuses, or nil (aof_last_write_status)
}

// Stats returns the figures. Any goroutine.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()

	s, w := j.stats, &j.rewrites
	s.InForce = j.inForce.Load()
	s.Rewriting, s.RewriteBegan, s.RewriteTook, s.RewriteErr = w.running, w.began, w.took, w.err
	s.RewriteBytes, s.Rewrites, s.RewriteFailed = w.bytes, w.good, w.failed
	written := j.written.Load()
	s.PendingBytes = j.flushed - written
	s.Unsynced = written - j.synced.Load()
	s.Err = j.Err()
	return s
}

func (j *Journal) addWrite(bytes int, fileBytes int64) {
	j.mu.Lock()
	defer j.mu.Unlock()

	j.stats.Writes++
	j.stats.WrittenBytes += int64(bytes)
	j.stats.FileBytes = fileBytes
}

// addFile notes that a file of a size is finished and the next one begins.
func (j *Journal) addFile(bytes int64) {
	j.mu.Lock()
	defer j.mu.Unlock()

	j.stats.FileBytes = 0
	if j.inForce.Load() {
		j.stats.OtherBytes += bytes
	}
}

func (j *Journal) addSync(took time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()

	j.stats.Syncs++
	j.stats.LastSync = took
}

func (j *Journal) addDelayedSync() {
	j.mu.Lock()
	defer j.mu.Unlock()

	j.stats.DelayedSyncs++
}

// setErr also lets a stalled writer go: see pendingBytesMax.
func (j *Journal) setErr(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()

	j.err.Store(&err)
	j.room.Broadcast()
}

func (j *Journal) hasWaiters() bool {
	j.mu.Lock()
	defer j.mu.Unlock()

	return len(j.waiters) > 0
}

// answerWaiters answers the calls of Sync that wait for an offset up to the given one; with an error, all of
// them.
func (j *Journal) answerWaiters(synced int64, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()

	waiting := j.waiters[:0]
	for _, w := range j.waiters {
		if err == nil && w.target > synced {
			waiting = append(waiting, w)
		} else {
			w.done <- err
		}
	}
	j.waiters = waiting
}

// recycle makes chunks free again, oldest first. Few are kept, and none that a huge record has grown.
func (j *Journal) recycle(chunks ...*chunk) {
	if len(chunks) == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()

	for _, c := range chunks {
		j.released = max(j.released, c.end)
		if cap(c.buf) <= 2*j.o.ChunkBytes && len(j.free)*j.o.ChunkBytes < unsyncedBytesMax {
			*c = chunk{buf: c.buf[:0]}
			j.free = append(j.free, c)
		}
	}
	j.room.Broadcast()
}
