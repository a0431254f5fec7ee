package fs

import (
	"errors"
	"io"
	"strings"
	"sync"
	"time"
)

// Failing passes calls on to another file system, counts them, and makes those fail, or wait, that it was
// told to.
type Failing struct {
	inner  FS
	mu     sync.Mutex
	faults []*Fault
	calls  map[Op]int

	changes int // calls so far that change what is on disk, or what is safe there
	offAt   int // the change that finds the power gone; 0: never
}

// ErrPowerOff is the answer to everything once the power is gone.
var ErrPowerOff = errors.New("the power is off")

// Op names a call that can fail.
type Op string

const (
	OpOpen     Op = "open" // Open and Create
	OpWrite    Op = "write"
	OpRead     Op = "read"
	OpSync     Op = "sync"
	OpTruncate Op = "truncate"
	OpRename   Op = "rename"
	OpRemove   Op = "remove"
	OpSyncDir  Op = "syncdir"
)

// Fault says which calls fail, and how.
type Fault struct {
	Op   Op
	Name string // part of the file's name; empty means every file
	Err  error  // nil only delays the call

	// Delay is how long the call takes before it fails or goes on.
	Delay time.Duration

	Skip  int // calls that still succeed before
	Times int // calls that fail; 0 means all until Heal

	// ShortBytes is how many bytes a failing write takes before it fails.
	ShortBytes int
	// Forget makes a failing sync lose what was not synced, as kernels do, if the inner file system can
	// (Crashable).
	Forget bool
}

// NewFailing wraps a file system.
func NewFailing(inner FS) *Failing { return &Failing{inner: inner, calls: map[Op]int{}} }

// Inject adds a fault. The first one that matches a call decides.
func (f *Failing) Inject(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.faults = append(f.faults, &fault)
}

// Heal removes all faults.
func (f *Failing) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.faults = nil
}

// Calls tells how many calls of a kind were made, failed ones included.
func (f *Failing) Calls(op Op) int {
	f.mu.Lock()
	defer f.mu.Unlock()

	return f.calls[op]
}

// Changes tells how many calls were made that write, create, truncate, sync, rename or remove.
func (f *Failing) Changes() int {
	f.mu.Lock()
	defer f.mu.Unlock()

	return f.changes
}

// PowerOffAt cuts the power at the n-th change that Changes counts: that one and everything after it fail, whatever
// the call, and reach nothing. What is then left is the inner file system's to say (Crashable.Crash). PowerOffAt(0)
// brings the power back.
func (f *Failing) PowerOffAt(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.offAt, f.changes = n, 0
}

// IsOff tells whether the power is gone.
func (f *Failing) IsOff() bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	return f.isOff()
}

func (f *Failing) isOff() bool { return f.offAt > 0 && f.changes >= f.offAt }

// decide counts a call, delays it, and returns the fault that makes it fail, or nil.
func (f *Failing) decide(op Op, name string) *Fault {
	fault := f.match(op, name)
	if fault == nil {
		return nil
	}
	if fault.Delay > 0 {
		time.Sleep(fault.Delay)
		if f.IsOff() {
			return &Fault{Err: ErrPowerOff}
		}
	}
	if fault.Err == nil {
		return nil
	}
	return fault
}

func (f *Failing) match(op Op, name string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.calls[op]++
	if op != OpRead && op != OpOpen {
		f.changes++
	}
	if f.isOff() {
		return &Fault{Err: ErrPowerOff}
	}
	for i, fault := range f.faults {
		if fault.Op != op || !strings.Contains(name, fault.Name) {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		if fault.Times > 0 {
			fault.Times--
			if fault.Times == 0 {
				f.faults = append(f.faults[:i:i], f.faults[i+1:]...)
			}
		}
		return fault
	}
	return nil
}

// fails is decide for calls that have no other way to fail than their error.
func (f *Failing) fails(op Op, name string) error {
	if fault := f.decide(op, name); fault != nil {
		return fault.Err
	}
	return nil
}

func (f *Failing) Open(name string) (File, error) { return f.open(name, f.inner.Open) }
func (f *Failing) Create(name string) (File, error) {
	f.mu.Lock()
	f.changes++
	f.mu.Unlock()
	return f.open(name, f.inner.Create)
}

func (f *Failing) open(name string, inner func(string) (File, error)) (File, error) {
	if err := f.fails(OpOpen, name); err != nil {
		return nil, err
	}
	file, err := inner(name)
	if err != nil {
		return nil, err
	}
	return &failingFile{File: file, fs: f, name: name}, nil
}

func (f *Failing) Rename(oldName, newName string) error {
	if err := f.fails(OpRename, newName); err != nil {
		return err
	}
	return f.inner.Rename(oldName, newName)
}

func (f *Failing) Remove(name string) error {
	if err := f.fails(OpRemove, name); err != nil {
		return err
	}
	return f.inner.Remove(name)
}

func (f *Failing) SyncDir(dir string) error {
	if err := f.fails(OpSyncDir, dir); err != nil {
		return err
	}
	return f.inner.SyncDir(dir)
}

func (f *Failing) Stat(name string) (Info, error)       { return f.inner.Stat(name) }
func (f *Failing) ReadDir(dir string) ([]string, error) { return f.inner.ReadDir(dir) }
func (f *Failing) MkdirAll(dir string) error            { return f.inner.MkdirAll(dir) }
func (f *Failing) Lock(name string) (io.Closer, error)  { return f.inner.Lock(name) }

type failingFile struct {
	File
	fs   *Failing
	name string
}

func (f *failingFile) ReadAt(p []byte, offset int64) (int, error) {
	if err := f.fs.fails(OpRead, f.name); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, offset)
}

func (f *failingFile) WriteAt(p []byte, offset int64) (int, error) {
	fault := f.fs.decide(OpWrite, f.name)
	if fault == nil {
		return f.File.WriteAt(p, offset)
	}
	short := min(fault.ShortBytes, len(p))
	if short == 0 {
		return 0, fault.Err
	}
	n, err := f.File.WriteAt(p[:short], offset)
	if err != nil {
		return n, err
	}
	return n, fault.Err
}

func (f *failingFile) Sync() error {
	fault := f.fs.decide(OpSync, f.name)
	if fault == nil {
		return f.File.Sync()
	}
	if inner, ok := f.fs.inner.(interface{ LoseDirty(name string) }); ok && fault.Forget {
		inner.LoseDirty(f.name)
	}
	return fault.Err
}

func (f *failingFile) Truncate(size int64) error {
	if err := f.fs.fails(OpTruncate, f.name); err != nil {
		return err
	}
	return f.File.Truncate(size)
}
