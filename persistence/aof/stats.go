package aof

import "time"

// Stats are the figures for INFO persistence.
type Stats struct {
	FileBytes    int64 // of the increment that is being written
	PendingBytes int64 // flushed and not written (aof_buffer_length)
	Unsynced     int64 // written and not synced

	Writes       int64 // write(2) calls that succeeded
	WrittenBytes int64
	Syncs        int64
	LastSync     time.Duration // how long it took
	DelayedSyncs int64         // everysec: a sync was due while the one before it ran (aof_delayed_fsync)

	Stalls    int64 // calls of Flush that had to wait for the disk
	StallTime time.Duration

	Err error // the reason why the disk refuses, or nil (aof_last_write_status)
}

// Stats returns the figures. Any goroutine.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()

	s := j.stats
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
