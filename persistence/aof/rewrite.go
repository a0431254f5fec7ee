package aof

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"solokv/persistence/fs"
)

// BaseFormat is the form of a base, and how its file's name ends.
type BaseFormat string

const (
	BaseRDB BaseFormat = "rdb" // an RDB file (aof-use-rdb-preamble yes)
	BaseAOF BaseFormat = "aof" // records, like an increment
)

// ErrRewriting means that a rewrite is in progress: there is one at a time.
var ErrRewriting = errors.New("aof: a rewrite is in progress")

// baseTemp is what a base is called until it is whole.
func (l location) baseTemp() string { return tempPrefix + l.name + ".base" }

// Rewrite is a rewrite that has begun. It goes on in Run, which has to be called once, even to give up.
type Rewrite struct {
	j        *Journal
	format   BaseFormat
	rotation *Rotation
}

// rewrites is what the journal knows about its rewrites; under its lock.
type rewrites struct {
	running bool
	began   time.Time
	took    time.Duration // the last one that ended
	err     error         // how it ended
	bytes   int64         // size of all files when the last good one ended, or at Open
	good    int64
	failed  int64 // since the last good one
}

// Rewrite begins a rewrite: the base is to hold exactly what was appended before this call. It cuts as Rotate does,
// and the same holds for the next record. Appending goroutine only.
func (j *Journal) Rewrite(format BaseFormat) (*Rewrite, error) {
	if format != BaseRDB && format != BaseAOF {
		return nil, fmt.Errorf("aof: a base cannot be in the form %q", format)
	}
	j.mu.Lock()
	running := j.rewrites.running
	if !running {
		j.rewrites.running, j.rewrites.began = true, time.Now()
	}
	j.mu.Unlock()
	if running {
		return nil, ErrRewriting
	}
	return &Rewrite{j: j, format: format, rotation: j.Rotate()}, nil
}

// Offset is where the base ends and the new increment begins, as Journal.Offset counts.
func (r *Rewrite) Offset() int64 { return r.rotation.Offset() }

// Run waits for the cut, lets write make the base, and puts it in force. Where the form is BaseAOF, each call of w's
// Write gets whole records. Writing fails once the context is cancelled.
//
// When Run returns nil, the base and what follows it are what a restart loads. After an error, that of write
// included, everything is as if there had been no rewrite, but for one more increment; there is no temporary file
// left, and a new rewrite can begin. Any goroutine but the appending one.
func (r *Rewrite) Run(ctx context.Context, write func(w io.Writer) error) error {
	err := r.run(ctx, write)
	if err != nil {
		err = fmt.Errorf("aof: rewrite: %w", err)
	}
	r.j.endRewrite(err)
	return err
}

func (r *Rewrite) run(ctx context.Context, write func(w io.Writer) error) error {
	if err := r.rotation.Wait(ctx); err != nil {
		return err
	}
	c := r.j.catalog
	temp := c.at.baseTemp()
	err := r.writeBase(ctx, c.at.path(temp), write)
	if err == nil {
		err = c.adopt(temp, r.format)
	}
	if err != nil {
		_ = fs.RemoveLarge(c.at.fs, c.at.path(temp)) // it may never have been made, or bear its final name by now
		return err
	}
	r.j.comeInForce()
	return nil
}

// writeBase makes a synced file.
func (r *Rewrite) writeBase(ctx context.Context, name string, write func(w io.Writer) error) error {
	file, err := r.j.o.FS.Create(name)
	if err != nil {
		return err
	}
	w := newBaseWriter(ctx, file, r.format == BaseAOF && r.j.o.Checksum)
	if err = write(w); err == nil {
		err = w.finish()
	}
	if errClose := file.Close(); err == nil {
		err = errClose
	}
	return err
}

// endRewrite notes how a rewrite ended.
func (j *Journal) endRewrite(err error) {
	others, errSize := int64(0), error(nil)
	if err == nil {
		if others, errSize = j.catalog.otherBytes(); errSize != nil {
			j.o.Logf("AOF: %s", errSize)
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()

	w := &j.rewrites
	w.running, w.took, w.err = false, time.Since(w.began), err
	if err != nil {
		w.failed++
		return
	}
	w.good++
	w.failed = 0
	j.stats.OtherBytes = others
	w.bytes = others + j.stats.FileBytes
}
