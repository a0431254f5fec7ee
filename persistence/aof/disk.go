package aof

import (
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"time"

	"solokv/persistence/fs"
)

// disk is the journal goroutine: the only one that writes to the file. Its fields belong to it alone; what it
// shares is in Journal, under the lock.
//
//	toWrite   chunks taken from the queue, oldest first; the first may have been tried
//	unsynced  chunks that are written and kept, in case that an fsync fails
//
// Its loop takes the queue, makes one step, and sleeps if there is nothing to do. A step that fails changes
// nothing that the next one would not repair: it is tried again after RetryInterval, as a whole.
type disk struct {
	j    *Journal
	file fs.File

	toWrite  []*chunk
	unsynced []*chunk
	end      int64 // of the file, as far as it was written
	safe     int64 // end of what is synced
	kept     int64 // bytes in unsynced
	wrote    bool  // this round

	sum        uint32 // of the open chunk of annotate.go
	sumBytes   int64
	annotateAt bool // the next write has to begin a chunk first

	syncing   bool // an fsync runs beside
	syncDone  chan syncResult
	nextSync  time.Time
	isLate    bool // the next sync was due while this one ran
	redo      bool // an fsync failed: what is kept has to be written again
	retryAt   time.Time
	timer     *time.Timer
	lastError string // that was logged

	toldDurable, toldSynced int64 // what Progress was last called for

	gather gather
	taken  int64 // commits, by the last take
	covers int64 // of these, those that are synced
}

// syncResult is the outcome of an fsync that began when the file was written up to end.
type syncResult struct {
	offset int64 // in records
	end    int64 // in the file
	took   time.Duration
	err    error
}

// forever is how long the goroutine sleeps when only a call can give it something to do.
const forever = time.Hour

func newDisk(j *Journal, file fs.File, size int64) *disk {
	timer := time.NewTimer(forever)
	return &disk{j: j, file: file, end: size, safe: size, annotateAt: size > 0, syncDone: make(chan syncResult, 1), timer: timer}
}

func (d *disk) run() {
	for {
		closing := d.take()
		if d.j.err.Load() != nil && !closing {
			if wait := time.Until(d.retryAt); wait > 0 {
				d.sleep(retrying, wait)
				continue
			}
		}
		err := d.step(closing)
		d.failCuts(err)
		if err != nil && closing {
			err = d.step(closing) // there is no later: what a failed fsync lost can be written again now or never
		}
		d.release()
		d.report(err)
		if closing {
			d.finish(err)
			return
		}
		if err == nil {
			d.sleep(d.nextRest())
		}
	}
}

// take collects what there is to do, and tells whether it is the last time.
func (d *disk) take() (closing bool) {
	j := d.j
	j.mu.Lock()
	defer j.mu.Unlock()

	d.wrote = len(j.queue) > 0
	if d.wrote && d.annotateAt && j.o.Checksum {
		d.annotateAt = false
		d.toWrite = append(d.toWrite, d.annotation(0, 0, j.written.Load()))
	}
	d.toWrite = append(d.toWrite, j.queue...)
	clear(j.queue)
	j.queue = j.queue[:0]
	j.poked = false
	d.taken = j.flushedCommits
	return j.closing
}

// annotation returns a chunk that holds a checksum line only. The caller holds the journal's lock.
func (d *disk) annotation(sum uint32, sumBytes, offset int64) *chunk {
	c := d.j.takeFree()
	c.buf = appendChecksum(c.buf, sum, sumBytes)
	c.end, c.placed = offset, true
	return c
}

// step brings the file up to date, as far as the policy wants it to be.
func (d *disk) step(closing bool) error {
	if err := d.collectSync(closing || d.redo); err != nil {
		return err
	}
	if d.redo {
		if err := d.writeAgain(); err != nil {
			return err
		}
	}
	for len(d.toWrite) > 0 {
		if err := d.write(); err != nil {
			return err
		}
		if err := d.passCut(closing); err != nil {
			return err
		}
	}
	policy := d.j.Policy()
	if d.redo || closing || policy == Always {
		if closing {
			d.closeSum()
		}
		return d.syncNow()
	}
	if d.syncDue(policy) {
		return d.startSync()
	}
	return nil
}

// write writes what was taken, up to the next cut. After an error the file is as long as before the chunk that failed, unless the
// disk refuses even that.
func (d *disk) write() error {
	for len(d.toWrite) > 0 && d.toWrite[0].cut == nil {
		c := d.toWrite[0]
		d.place(c)
		start := time.Now()
		_, err := d.file.WriteAt(c.buf, c.at)
		d.j.took(StepWrite, time.Since(start))
		if err != nil {
			if errCut := d.file.Truncate(c.at); errCut != nil {
				err = fmt.Errorf("%w; and the part that was written cannot be cut off: %w", err, errCut)
			}
			return fmt.Errorf("aof: write: %w", err)
		}
		d.end = c.at + int64(len(c.buf))
		d.toWrite = d.toWrite[:copy(d.toWrite, d.toWrite[1:])]
		d.j.written.Store(c.end)
		d.j.addWrite(len(c.buf), d.end)
		d.keep(c)
	}
	return nil
}

// keep holds on to a written chunk until it is synced. Small ones are copied together: a second of small
// writes would otherwise hold a buffer for each of them.
func (d *disk) keep(c *chunk) {
	d.kept += int64(len(c.buf))
	if n := len(d.unsynced); n > 0 {
		last := d.unsynced[n-1]
		if len(last.buf)+len(c.buf) <= d.j.o.ChunkBytes {
			last.buf = append(last.buf, c.buf...)
			last.end = c.end
			c.end = 0 // its records are not released yet
			d.j.recycle(c)
			return
		}
	}
	d.unsynced = append(d.unsynced, c)
}

// place gives a chunk its place in the file, and its share of the checksums.
func (d *disk) place(c *chunk) {
	c.at = d.end
	if c.placed || !d.j.o.Checksum {
		return
	}
	c.placed = true
	d.sum = crc32.Update(d.sum, castagnoli, c.buf)
	d.sumBytes += int64(len(c.buf))
	if d.sumBytes >= chunkBytesMin {
		c.buf = appendChecksum(c.buf, d.sum, d.sumBytes)
		d.sum, d.sumBytes = 0, 0
	}
}

// closeSum makes a line with the checksum of what was written and is covered by none, to be written next.
func (d *disk) closeSum() {
	if d.sumBytes == 0 {
		return
	}
	d.j.mu.Lock()
	d.toWrite = slices.Insert(d.toWrite, 0, d.annotation(d.sum, d.sumBytes, d.j.written.Load()))
	d.j.mu.Unlock()
	d.sum, d.sumBytes = 0, 0
}

// writeAgain makes pages dirty that a failed fsync may have marked clean, by writing the same bytes in the
// same place.
func (d *disk) writeAgain() error {
	kept := d.end
	if len(d.unsynced) > 0 {
		kept = d.unsynced[0].at
	}
	if err := d.writeBack(d.safe, kept); err != nil {
		return err
	}
	for _, c := range d.unsynced {
		if _, err := d.file.WriteAt(c.buf, c.at); err != nil {
			return fmt.Errorf("aof: write again after a failed fsync: %w", err)
		}
	}
	return nil
}

// writeBack does the same for what is not kept, since the policy was no when it was written: what reading shows is
// written. The kernel has it still, unless it was in need of memory.
func (d *disk) writeBack(from, to int64) error {
	if from >= to {
		return nil
	}
	buf := make([]byte, min(to-from, chunkBytesDefault))
	for from < to {
		part := buf[:min(to-from, int64(len(buf)))]
		if n, err := d.file.ReadAt(part, from); n < len(part) {
			return fmt.Errorf("aof: read back after a failed fsync: %w", err)
		}
		if _, err := d.file.WriteAt(part, from); err != nil {
			return fmt.Errorf("aof: write again after a failed fsync: %w", err)
		}
		from += int64(len(part))
	}
	return nil
}

// syncDue tells whether a background sync should begin.
func (d *disk) syncDue(policy Policy) bool {
	if d.j.written.Load() == d.j.synced.Load() {
		return false
	}
	due := d.j.hasWaiters()
	if policy == EverySec {
		due = due || d.kept >= unsyncedBytesMax || !time.Now().Before(d.nextSync)
	}
	if due && d.syncing {
		if !d.isLate && policy == EverySec {
			d.isLate = true
			d.j.addDelayedSync()
		}
		return false
	}
	return due
}

// syncNow syncs, if there is anything to sync, and waits for it.
func (d *disk) syncNow() error {
	if err := d.collectSync(true); err != nil {
		return err
	}
	if err := d.write(); err != nil {
		return err
	}
	if len(d.unsynced) == 0 && d.j.written.Load() == d.j.synced.Load() {
		return nil
	}
	r := d.sync(d.j.written.Load(), d.end)
	if d.j.Policy() == Always {
		d.j.took(StepSync, r.took)
	}
	return d.synced(r)
}

// startSync closes the checksum and syncs on another goroutine. There is never more than one: of two that run
// at the same time the kernel tells only one that a page could not be written.
func (d *disk) startSync() error {
	d.closeSum()
	if err := d.write(); err != nil {
		return err
	}
	d.syncing, d.isLate = true, false
	d.nextSync = time.Now().Add(d.j.o.SyncInterval)
	offset, end := d.j.written.Load(), d.end
	go func() { d.syncDone <- d.sync(offset, end) }()
	return nil
}

func (d *disk) sync(offset, end int64) syncResult {
	start := time.Now()
	err := d.file.Sync()
	return syncResult{offset: offset, end: end, took: time.Since(start), err: err}
}

// collectSync takes the result of a background sync if it has ended, or waits for it.
func (d *disk) collectSync(wait bool) error {
	if !d.syncing {
		return nil
	}
	if wait {
		return d.synced(<-d.syncDone)
	}
	select {
	case result := <-d.syncDone:
		return d.synced(result)
	default:
		return nil
	}
}

// synced notes the outcome of an fsync.
func (d *disk) synced(r syncResult) error {
	d.syncing = false
	d.j.addSync(r.took)
	if r.err != nil {
		d.redo = true
		return fmt.Errorf("aof: fsync: %w", r.err)
	}
	d.redo = false
	d.safe = r.end
	d.noteGroup(r.took)
	d.j.synced.Store(r.offset)
	d.drop(r.end)
	d.j.answerWaiters(r.offset, nil)
	return nil
}

// drop stops keeping the chunks that end before a place in the file.
func (d *disk) drop(end int64) {
	n := 0
	for n < len(d.unsynced) && d.unsynced[n].at+int64(len(d.unsynced[n].buf)) <= end {
		d.kept -= int64(len(d.unsynced[n].buf))
		n++
	}
	d.j.recycle(d.unsynced[:n]...)
	d.unsynced = d.unsynced[:copy(d.unsynced, d.unsynced[n:])]
}

// release lets go of chunks that no sync will ask for.
func (d *disk) release() {
	if d.j.Policy() == No && !d.redo && !d.syncing {
		d.drop(d.end)
	}
}

// report makes the outcome of a step known.
func (d *disk) report(err error) {
	j := d.j
	durable, synced := j.Durable(), j.Synced()
	moved := durable != d.toldDurable || synced != d.toldSynced
	d.toldDurable, d.toldSynced = durable, synced
	if err == nil {
		recovered := j.err.Swap(nil) != nil
		if recovered {
			d.lastError = ""
			j.o.Logf("AOF: the disk works again; everything that was kept is written")
		}
		if recovered || moved {
			j.o.Progress()
		}
		return
	}

	d.retryAt = time.Now().Add(j.o.RetryInterval)
	j.setErr(err)
	j.answerWaiters(0, err)
	if text := err.Error(); text != d.lastError {
		d.lastError = text
		j.o.Logf("AOF: %s; %d bytes are kept and will be tried again", text, j.Stats().PendingBytes)
	}
	j.o.Progress()
}

// nextRest decides how the goroutine sleeps when its work is done.
func (d *disk) nextRest() (rest, time.Duration) {
	policy := d.j.Policy()
	wait := forever
	if policy == EverySec && !d.syncing && d.j.written.Load() != d.j.synced.Load() {
		wait = max(time.Until(d.nextSync), 0)
	}
	if policy != Always && d.wrote && d.j.o.WriteDelay > 0 {
		return napping, min(wait, d.j.o.WriteDelay)
	}
	if policy == Always {
		if wait := d.gather.wait(); wait > 0 {
			return gathering, wait
		}
	}
	return parked, wait
}

// noteGroup tells gather of a group that was synced, before anybody gets a reply.
func (d *disk) noteGroup(took time.Duration) {
	group := d.taken - d.covers
	if d.covers = d.taken; group > 0 && d.j.Policy() == Always {
		d.j.mu.Lock()
		d.gather.groupSynced(d.j, group, d.j.flushedCommits-d.taken, took)
		d.j.mu.Unlock()
	}
}

// sleep waits for time to pass, for a background sync, or to be woken.
func (d *disk) sleep(how rest, wait time.Duration) {
	j := d.j
	j.mu.Lock()
	j.rest = how
	if j.poked || j.isWanted() {
		j.rest = awake
	}
	stay := j.rest != awake
	j.mu.Unlock()
	if !stay {
		return
	}

	syncDone := d.syncDone
	if how == retrying {
		syncDone = nil // the next step collects it
	}
	d.timer.Reset(wait)
	select {
	case <-j.wake:
	case <-d.timer.C:
	case result := <-syncDone:
		d.syncDone <- result // for collectSync: the channel has room for one
	}
	j.mu.Lock()
	j.rest = awake
	j.mu.Unlock()
}

// finish closes the file and answers everybody who still waits.
func (d *disk) finish(err error) {
	d.j.catalog.close()
	if errClose := d.file.Close(); errClose != nil {
		err = errors.Join(err, fmt.Errorf("aof: close: %w", errClose))
	}
	d.timer.Stop()
	d.j.answerWaiters(0, ErrClosed)
	d.j.closeErr = err
	close(d.j.done)
}
