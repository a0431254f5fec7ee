package fs

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// ReadOnly returns the operating system's files, of which none can be changed: Open asks for nothing but reading, and
// whatever would change something fails with EROFS.
func ReadOnly() FS { return readOnlyFS{} }

type readOnlyFS struct{ osFS }

func (readOnlyFS) Open(name string) (File, error) { return openOS(name, os.O_RDONLY) }

func (readOnlyFS) Create(name string) (File, error)    { return nil, refuse("create", name) }
func (readOnlyFS) MkdirAll(dir string) error           { return refuse("mkdir", dir) }
func (readOnlyFS) Rename(oldName, _ string) error      { return refuse("rename", oldName) }
func (readOnlyFS) Remove(name string) error            { return refuse("remove", name) }
func (readOnlyFS) SyncDir(dir string) error            { return refuse("sync", dir) }
func (readOnlyFS) Lock(name string) (io.Closer, error) { return nil, refuse("lock", name) }

func refuse(op, name string) error { return &os.PathError{Op: op, Path: name, Err: unix.EROFS} }

var _ FS = readOnlyFS{}
