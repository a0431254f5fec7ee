package fs

import (
	"errors"
	"io"
)

// FS is a file system. Names are paths with '/'. Errors wrap those of io/fs: a missing file is os.ErrNotExist.
//
// It has more methods than an interface should; they are the calls that an atomic save, a start-up and a
// journal make, and each implementation has to decide about every one of them.
type FS interface {
	// Open opens an existing file for reading and writing.
	Open(name string) (File, error)
	// Create opens a file for reading and writing, and makes it, or makes it empty.
	Create(name string) (File, error)
	// Stat tells the size of a file, and whether the name is a folder's.
	Stat(name string) (Info, error)
	// ReadDir lists the names in a folder, sorted.
	ReadDir(dir string) ([]string, error)
	// MkdirAll makes a folder and those above it; one that exists is no error.
	MkdirAll(dir string) error
	// Rename replaces newName by oldName in one step.
	Rename(oldName, newName string) error
	// Remove deletes a file.
	Remove(name string) error
	// SyncDir makes what happened to the names in a folder outlast a power cut.
	SyncDir(dir string) error
	// Lock makes a file if it is missing and takes it for this process until the Closer is closed or the
	// process ends. It does not wait: when somebody else holds it the error is ErrLocked. The file is left in
	// its place.
	Lock(name string) (io.Closer, error)
}

// File is an open file.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync makes what was written, and the size, outlast a power cut. After an error the bytes written since
	// the last success may be lost, whatever later calls say.
	Sync() error
	// StartSync has the bytes in [from, to) brought to disk soon, so that a Sync has less to do. It does not wait, and
	// promises nothing: what goes wrong is Sync's to tell.
	StartSync(from, to int64)
	Truncate(size int64) error
	Size() (int64, error)
	// Sole tells whether nobody but this File can reach the bytes any more: the file has no name, and is not open
	// elsewhere. It may say no where it does not know.
	Sole() bool
}

// Info is what Stat knows.
type Info struct {
	Size int64
	Dir  bool
}

// ErrLocked means that another process holds the file.
var ErrLocked = errors.New("in use by another process")

var (
	_ FS = osFS{}
	_ FS = (*Memory)(nil)
	_ FS = (*Crashable)(nil)
	_ FS = (*Failing)(nil)
)
