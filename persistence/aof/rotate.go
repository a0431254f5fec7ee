package aof

// Rotation: from one offset on, records go to another file. It is the first half of a rewrite; the second
// (rewrite.go) replaces everything before that offset by a new base.
//
// The writer calls Rotate between two commands, at the moment when the snapshot is taken that the base will be made
// of. That puts a cut into the queue, behind everything appended so far, and takes a lock and a wake-up. All the
// rest is done by the journal goroutine when it comes to the cut. Meanwhile records pile up behind the cut, as they do
// during any fsync: under always their replies wait, under the others nobody does.
//
//	step                                        the manifest lists          what is where
//	1 write and fsync what comes before         B1 I1 I2                    before: I2, synced
//	2 create I3, fsync it and the folder        B1 I1 I2                    I3 is empty
//	3 save the manifest, fsync the folder       B1 I1 I2 I3                 I3 is empty
//	4 close I2, write what comes behind         B1 I1 I2 I3                 before: I2, behind: I3
//	  ... the caller writes temp-base, which holds what B1 I1 I2 say ...
//	5 fsync temp-base; rename it B2             B1 I1 I2 I3                 B2 holds what B1 I1 I2 say
//	6 fsync the folder, save, fsync again       B2 I3, history B1 I1 I2     the same
//	7 remove B1 I1 I2                           B2 I3, history B1 I1 I2
//	8 save the manifest without history         B2 I3
//
// Crashes. A manifest is replaced in one step, so each line above and each space between two is a state:
//
//	before 3   I3 is not listed. It is empty, or its name is not there at all; the next rotation makes it again.
//	in 3       I3 is listed or not. It is empty, and its name has been on disk before: both load the same.
//	3 to 6     I2 is whole and synced since 1, so that it loads although it is not the last file any more. All that was
//	           acknowledged is in B1 I1 I2 I3. temp-base, or B2, is listed nowhere: start-up removes the one, and the
//	           next rewrite replaces the other, under the same name.
//	in 6       Both manifests give the same data, and all the files of both are there, whole and synced.
//	7 and 8    History is not loaded. It is removed only after the manifest that says so is on disk. A start removes what
//	           is left of it, after it has synced the folder: the manifest it sees may be one that 6 had not synced.
//
// Failures. If 1 fails the disk refuses, which journal.go describes; the rotation has failed, and I2 is repaired and
// written on. If 2 or 3 fails, I2 is written on, and I3 is removed, except when the folder may list it by then
// (catalog.go speaks of this doubt). Then the folder says B1 I1 I2 I3 while I2 is written: I3 stays empty, so that
// both manifests load the same, whatever is added to I2. A crash may tear I2 in this state, although it is not the last
// file. So the loader takes for the last one the last that is not empty: behind a tail that is torn nothing was ever
// written. (redis-server would refuse that folder. It takes a disk that fails twice in a row, and then a power cut
// before it works again.) If 5 or 6 fails, the new base is removed, with the same exception, and B1 I1 I2 I3 stay in
// force; the next attempt begins with its own cut, at I4. 7 and 8 are tidying up: the rewrite has succeeded.
//
// Synced and Durable count records from Open on, whatever files these are in. At 1 they reach the cut, and stand
// there until 4 has been written and synced. That is why 3 has to be done before: what is acknowledged from I3 would
// otherwise be in a file that nobody loads.
//
// Rejected: to make I3 ahead of the cut, so that at the cut only the fsync of I2 is left. Replies under always would
// wait for one fsync instead of five, once in a rewrite; but then I2 is written for a while although I3 is listed, which
// is the one state that real servers do not load after a power cut. Rejected: to make I3 beside the journal
// goroutine while I2 is written on. What is written there behind the cut is also in I3, or in the base.

import (
	"context"
	"fmt"
)

// Rotation is a cut on its way to the disk.
type Rotation struct {
	offset int64
	done   chan struct{}
	err    error // set before done is closed
}

// Rotate makes the records from here on go to a new increment, and returns at once: it waits no more than Flush does.
// If the rotation fails they go on in the old one. The new file is loaded behind a base that ends in any database, so
// the next record has to be a SELECT. Not within a transaction. Appending goroutine only.
func (j *Journal) Rotate() *Rotation {
	j.Flush()
	r := &Rotation{offset: j.appended, done: make(chan struct{})}
	j.second = 0 // the new file tells the time anew

	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closing {
		r.finish(ErrClosed)
		return r
	}
	j.queue = append(j.queue, &chunk{end: j.appended, cut: r})
	j.poke()
	return r
}

// Offset is where the cut is, as Journal.Offset counts.
func (r *Rotation) Offset() int64 { return r.offset }

// Wait returns nil when records behind the cut are in a file of their own, that the manifest lists. After an error
// of the disk they are, and stay, in the old one; after an error of the context nothing is known. Any goroutine.
func (r *Rotation) Wait(ctx context.Context) error {
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *Rotation) finish(err error) {
	r.err = err
	close(r.done)
}

// passCut makes the cut that writing has come to, if it has come to one. An error says that the disk refuses what
// comes before; where only the new file cannot be made, the rotation learns of it and writing goes on.
func (d *disk) passCut(closing bool) error {
	if len(d.toWrite) == 0 {
		return nil
	}
	if closing {
		d.dropCut(ErrClosed)
		return nil
	}
	d.closeSum()
	if err := d.syncNow(); err != nil {
		return err
	}
	file, err := d.j.catalog.rotate()
	if err != nil {
		d.j.o.Logf("AOF: no new increment can be begun: %s", err)
		d.dropCut(fmt.Errorf("aof: rotate: %w", err))
		return nil
	}
	if err := d.file.Close(); err != nil {
		d.j.o.Logf("AOF: close of an increment that was synced: %s", err)
	}
	d.j.addFile(d.end)
	d.file, d.end, d.safe = file, 0, 0
	d.sum, d.sumBytes, d.annotateAt = 0, 0, false
	d.dropCut(nil)
	return nil
}

// dropCut takes the cut off the head of what is to be written, and tells the rotation how it ended.
func (d *disk) dropCut(err error) {
	d.toWrite[0].cut.finish(err)
	d.toWrite = d.toWrite[:copy(d.toWrite, d.toWrite[1:])]
}

// failCuts gives up all cuts that were taken, because the disk refuses: nobody should wait for it to recover.
func (d *disk) failCuts(err error) {
	if err == nil {
		return
	}
	rest := d.toWrite[:0]
	for _, c := range d.toWrite {
		if c.cut == nil {
			rest = append(rest, c)
		} else {
			c.cut.finish(fmt.Errorf("aof: rotate: %w", err))
		}
	}
	clear(d.toWrite[len(rest):])
	d.toWrite = rest
}
