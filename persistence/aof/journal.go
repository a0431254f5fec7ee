package aof

// The journal: how records get from the one goroutine that executes commands to the disk.
//
// Terminology. A record is one command as RESP. Offset counts the bytes that were appended since Open; the
// positions in the file are others, because of annotations. Flushed: handed to the journal goroutine.
// Written: write(2) took it. Synced: an fdatasync that began after the write has succeeded.
//
//	writer: Begin..Commit -> active chunk --Flush--> queue --+
//	                             ^                           |  journal goroutine: takes the whole queue
//	                             +------- free chunks <---+  v
//	                                                      | to write -> WriteAt -> unsynced -> fdatasync --+
//	                                                      +------------------------------------------------+
//
// The writer never touches the file, and waits for the disk in one case only: pendingBytesMax. Flush moves
// the active chunk to the queue, or copies it behind the last chunk there while it fits, so that many small
// flushes during one fsync become one write. It takes one uncontended lock, and wakes the goroutine only if
// that one sleeps.
//
// Group commit (always). While one fdatasync runs, flushes pile up in the queue; the next write takes all of
// it and the next fdatasync covers it. Nobody picks a batch size: a slower disk makes larger groups, and where
// that is better, a group waits for all clients (gather.go). The goroutine syncs itself, so that
// there is no second hand-off.
//
// everysec and no. A first flush is written at once. Then the goroutine naps for WriteDelay before it looks
// again, and is not woken meanwhile unless a whole chunk has gathered: waking a goroutine costs the writer
// more than everything else here (BenchmarkRound, two runs on busy cores: a flush of 64 records takes 0.4 and
// 1.3 us with the nap, 1.3 and 2.8 without). The fsync runs beside, on a goroutine of its own, once per
// SyncInterval: a write must not wait for a slow fsync, or else a process that is killed would lose more than
// the nap. It also runs when unsyncedBytesMax is reached.
//
// Failures. A failed write leaves the file cut back to where the write began, and the chunk is written again,
// at the same place: nothing is written twice. A failed fsync is worse: the kernel may drop the pages and
// report success the next time. So chunks are kept until they are synced, and after a failed fsync all that
// are not are written again, in place, and synced before anything else. Rejected: a new increment file, as
// then the old one has to be cut, and there is no atomic step that does both; a process killed in between
// would replay records twice or never. Rejected: to cut the file first, as that takes back from the kernel
// what a kill would not have lost. Both are retried every RetryInterval; Err tells of it, and Durable stands
// still meanwhile. (Under no, chunks are not kept. There, what was written since the last fsync is read back and
// written again, which helps as long as the kernel has not needed the memory.)
//
// Also rejected, on ext4 over virtio: fallocate with KEEP_SIZE ahead of the writes makes write + fdatasync of
// 200 bytes 6 to 11 % cheaper (156 -> 147, 188 -> 168 us at the median) and hides a full disk until it is too
// late. Extending the size as well makes it 94 us, but then a crash leaves zeros at the end, which Redis
// refuses to load.
//
// Also rejected: io_uring, with a write and an fdatasync linked, submitted by the writer and announced by a byte
// on a socket of its loop. No goroutine takes part, submitting costs 2 us, and yet (SET without a pipeline, 50
// clients, a core for the server and one for the client) it served what this does, 42 to 57 against 44 to 57
// thousand a second, beside a synchronous server's 44 to 61: the kernel's worker and the loop take turns on one
// core, and every step of the fsync waits for its turn. With blocks written in advance and O_DIRECT it was 1.1 to
// 1.4 times as fast, and 4 ms slow per fsync whenever another process kept the core of the disk's interrupt busy.
//
// Also rejected: two or three fdatasyncs at a time over blocks written in advance. On an idle machine that makes three
// times as many (280 us each one by one with an append, 172 us each two at a time without), but each costs 60 to 115 us
// of CPU, on the core that serves: same load, 25 to 28 thousand a second against 24 to 27 of this. Nor did a short
// time slice for the syncing threads (sched_setattr, 0.1 ms) help: 24 to 26.

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"solokv/persistence/fs"
)

const (
	chunkBytesDefault    = 256 << 10
	syncIntervalDefault  = time.Second
	retryIntervalDefault = 250 * time.Millisecond
	writeDelayDefault    = time.Millisecond

	// pendingBytesMax bounds what was flushed and is neither written nor, where a sync is due, synced. The
	// writer waits in Flush while the disk is that far behind. It does not wait while Err is set, or reads
	// would hang with the disk: then the engine refuses writes, which bounds the queue instead.
	pendingBytesMax = 256 << 20
	// unsyncedBytesMax is how much everysec lets gather before it syncs ahead of time, as those bytes are
	// kept in memory.
	unsyncedBytesMax = 16 << 20
)

// ErrClosed is the answer of a journal that was closed.
var ErrClosed = errors.New("aof: journal is closed")

// Options say where a journal writes, and how. Only FS, Dir and Name are needed.
type Options struct {
	FS       fs.FS
	Dir      string // the folder (appenddirname); it is made if it is missing
	Name     string // appendfilename
	Policy   Policy
	Checksum bool // annotate chunks with checksums

	ChunkBytes    int           // size of a buffer
	SyncInterval  time.Duration // of everysec
	RetryInterval time.Duration // between attempts while the disk refuses
	WriteDelay    time.Duration // everysec and no: how long a flush may wait for more; negative for not at all

	// Progress is called after Durable, Synced or Err have changed, by the journal goroutine. It must be cheap.
	Progress func()
	// Took is told how long each write took, and each sync that replies wait for. The journal goroutine calls it.
	Took func(Step, time.Duration)
	// Logf gets the news: the disk refuses, the disk recovered.
	Logf func(format string, args ...any)
}

// Step is something that the journal does with the disk.
type Step int

const (
	StepWrite Step = iota
	StepSync       // under always
)

func (j *Journal) took(step Step, d time.Duration) {
	if j.o.Took != nil {
		j.o.Took(step, d)
	}
}

// chunk is a buffer of whole records on its way.
type chunk struct {
	buf    []byte
	end    int64 // offset of the last record's end
	at     int64 // where in the file it belongs
	placed bool  // at is set and the annotations are in buf

	cut *Rotation // holds no bytes: here the file ends, and the next one begins
}

// Journal appends to the last increment of an AOF. See the essay above; methods say which goroutine may call
// them.
type Journal struct {
	o       Options
	catalog *catalog

	// Owned by the appending goroutine.
	active   *chunk
	appended int64
	commits  int64
	second   int64 // of the last timestamp annotation

	written atomic.Int64
	synced  atomic.Int64
	policy  atomic.Uint32
	err     atomic.Pointer[error]
	inForce atomic.Bool // see start.go

	mu       sync.Mutex
	room     *sync.Cond // released moved, or err was set
	queue    []*chunk
	free     []*chunk
	flushed  int64
	released int64 // everything up to here needs no memory any more
	rest     rest
	poked    bool // something other than a flush wants the goroutine's attention
	closing  bool
	waiters  []waiter
	stats    Stats
	rewrites rewrites

	// Under the lock too: see gather.go.
	flushedCommits int64
	backWhen       int64     // flushedCommits with which the group that was synced last is back
	backAt         time.Time // when that was; zero if it is not

	wake     chan struct{}
	done     chan struct{}
	closeErr error // set before done is closed
}

// rest is what the journal goroutine is doing, as far as those who might wake it are concerned.
type rest uint8

const (
	awake     rest = iota
	parked         // sleeps until it is woken
	napping        // will look into the queue soon; only a second chunk there wakes it
	gathering      // waits for those whose records were synced last
	retrying       // waits for the disk to recover; no flush wakes it
)

// waiter is a call of Sync.
type waiter struct {
	target int64
	done   chan error
}

// Open continues the last increment of the AOF, or begins the first one. Everything must have been loaded
// before, which makes sure that the file ends with a whole record. The caller ensures that no other process
// does the same (fs.Lock).
func Open(o Options) (*Journal, error) {
	o.setDefaults()
	c, err := openCatalog(o)
	if err != nil {
		return nil, err
	}
	file, size, err := c.continueLast()
	if err != nil {
		return nil, fmt.Errorf("aof: open: %w", err)
	}
	c.clean()
	return newJournal(o, c, file, size)
}

// newJournal begins to write at the end of a file.
func newJournal(o Options, c *catalog, file fs.File, size int64) (*Journal, error) {
	others, err := c.otherBytes()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("aof: open: %w", err), file.Close())
	}
	j := &Journal{o: o, catalog: c, wake: make(chan struct{}, 1), done: make(chan struct{})}
	j.room = sync.NewCond(&j.mu)
	j.policy.Store(uint32(o.Policy))
	j.inForce.Store(!c.provisional)
	j.active = j.newChunk()
	j.stats.FileBytes, j.stats.OtherBytes = size, others
	j.rewrites.bytes = size + others
	go newDisk(j, file, size).run()
	return j, nil
}

func (o *Options) setDefaults() {
	if o.ChunkBytes == 0 {
		o.ChunkBytes = chunkBytesDefault
	}
	if o.SyncInterval == 0 {
		o.SyncInterval = syncIntervalDefault
	}
	if o.RetryInterval == 0 {
		o.RetryInterval = retryIntervalDefault
	}
	if o.WriteDelay == 0 {
		o.WriteDelay = writeDelayDefault
	}
	if o.Progress == nil {
		o.Progress = func() {}
	}
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
}

// Begin returns the buffer to append whole records to. Commit must get it back before the next call of any
// other method of the appending goroutine:
//
//	b := j.Begin()
//	b = protocol.AppendCommand(b, args...)
//	j.Commit(b)
func (j *Journal) Begin() []byte { return j.active.buf }

// Commit takes back the buffer of Begin with what was appended to it. Appending goroutine only.
func (j *Journal) Commit(b []byte) {
	j.appended += int64(len(b) - len(j.active.buf))
	j.commits++
	j.active.buf = b
	if len(b) >= j.o.ChunkBytes {
		j.Flush()
	}
}

// Append copies one whole record, or several. Appending goroutine only.
func (j *Journal) Append(record []byte) { j.Commit(append(j.Begin(), record...)) }

// Timestamp annotates that the records which follow belong to a second of Unix time, if that is not the
// second of the last call (aof-timestamp-enabled). Not within a transaction: Redis's tools may cut a file
// there. Appending goroutine only.
func (j *Journal) Timestamp(unixSeconds int64) {
	if unixSeconds > j.second {
		j.second = unixSeconds
		j.Commit(AppendTimestamp(j.Begin(), unixSeconds))
	}
}

// Offset is the number of bytes appended since Open. Appending goroutine only.
func (j *Journal) Offset() int64 { return j.appended }

// Flush hands what was appended to the journal goroutine. Call it once for each round of commands. It blocks
// only while pendingBytesMax is exceeded. Appending goroutine only.
func (j *Journal) Flush() {
	if len(j.active.buf) == 0 {
		return
	}
	j.mu.Lock()
	if j.closing {
		j.mu.Unlock()
		panic("aof: Flush after Close")
	}
	if j.stalled() {
		j.stall()
	}
	j.enqueue()
	wake := j.isWanted()
	j.mu.Unlock()
	if wake {
		j.signal()
	}
}

// isWanted tells whether the queue should end the goroutine's rest. The caller holds the lock.
func (j *Journal) isWanted() bool {
	switch j.rest {
	case parked:
		return len(j.queue) > 0
	case napping:
		return len(j.queue) > 1
	case gathering:
		return j.flushedCommits >= j.backWhen
	}
	return false
}

func (j *Journal) stalled() bool {
	return j.flushed-j.released >= pendingBytesMax && j.err.Load() == nil
}

// stall waits until the disk has caught up. The caller holds the lock.
func (j *Journal) stall() {
	start := time.Now()
	for j.stalled() {
		j.room.Wait()
	}
	j.stats.Stalls++
	j.stats.StallTime += time.Since(start)
}

// enqueue moves or copies the active chunk to the queue. The caller holds the lock.
func (j *Journal) enqueue() {
	j.flushed, j.flushedCommits = j.appended, j.commits
	if j.flushedCommits >= j.backWhen && j.backAt.IsZero() {
		j.backAt = time.Now()
	}
	if n := len(j.queue); n > 0 {
		last := j.queue[n-1]
		if last.cut == nil && len(last.buf)+len(j.active.buf) <= j.o.ChunkBytes {
			last.buf = append(last.buf, j.active.buf...)
			last.end = j.appended
			j.active.buf = j.active.buf[:0]
			return
		}
	}
	j.active.end = j.appended
	j.queue = append(j.queue, j.active)
	j.active = j.takeFree()
}

// takeFree returns an empty chunk. The caller holds the lock.
func (j *Journal) takeFree() *chunk {
	if n := len(j.free); n > 0 {
		c := j.free[n-1]
		j.free = j.free[:n-1]
		return c
	}
	return j.newChunk()
}

// newChunk leaves room for the record that overfills a chunk, and for annotations.
func (j *Journal) newChunk() *chunk {
	return &chunk{buf: make([]byte, 0, j.o.ChunkBytes+j.o.ChunkBytes/8+checksumLineBytesMax)}
}

// Durable is the offset up to which records are as safe as the policy promises: synced under always, written
// under the others. Any goroutine.
func (j *Journal) Durable() int64 {
	if j.Policy() == Always {
		return j.synced.Load()
	}
	return j.written.Load()
}

// Synced is the offset up to which records outlast a power cut, under every policy, whatever files they are
// in. While the AOF is not in force (see Start) it is 0, as nothing would be loaded. Any goroutine.
func (j *Journal) Synced() int64 {
	if !j.inForce.Load() {
		return 0
	}
	return j.synced.Load()
}

// Err is not nil while the disk refuses. The engine should then refuse writes; what was appended before is
// kept and tried again. Any goroutine.
func (j *Journal) Err() error {
	if err := j.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Policy is the policy in force. Any goroutine.
func (j *Journal) Policy() Policy { return Policy(j.policy.Load()) }

// SetPolicy changes the policy. Towards always, Durable falls back to what is synced, and a sync follows. Any
// goroutine.
func (j *Journal) SetPolicy(p Policy) {
	j.policy.Store(uint32(p))
	j.mu.Lock()
	j.poke()
	j.mu.Unlock()
}

// Sync waits until everything that was flushed is synced. While the disk refuses, the next attempt decides.
// Any goroutine.
func (j *Journal) Sync(ctx context.Context) error {
	j.mu.Lock()
	w := waiter{target: j.flushed, done: make(chan error, 1)}
	switch {
	case j.closing:
		j.mu.Unlock()
		return ErrClosed
	case j.synced.Load() >= w.target:
		j.mu.Unlock()
		return nil
	}
	j.waiters = append(j.waiters, w)
	j.poke()
	j.mu.Unlock()

	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close flushes, writes and syncs everything, and closes the file. An error says that the end may not be on
// disk. A rewrite that runs cannot end well any more; cancel it before, or else Close may wait for its last steps.
// The appending goroutine calls it, and nothing else after it.
func (j *Journal) Close() error {
	j.Flush()
	j.mu.Lock()
	j.closing = true
	j.poke()
	j.mu.Unlock()
	<-j.done
	return j.closeErr
}

// poke makes the journal goroutine look at what has changed. The caller holds the lock.
func (j *Journal) poke() {
	j.poked = true
	if j.rest != awake {
		j.signal()
	}
}

// signal wakes the goroutine, if it was not woken already.
func (j *Journal) signal() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}
