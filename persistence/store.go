package persistence

import (
	"fmt"
	"io"
	"path"

	"solokv/persistence/aof"
	"solokv/persistence/fs"
)

// lockSuffix makes the name of the lock file out of appendfilename. Servers may share a folder as long as
// their files have different names.
const lockSuffix = ".lock"

// Options say where an AOF lives.
type Options struct {
	FS             fs.FS
	Dir            string // the working folder (dir)
	AppendDirName  string // the folder in it (appenddirname)
	AppendFileName string // what the files are called (appendfilename)
}

// Store is the AOF of one server: nobody else can open it until it is closed. The order of its life is Open,
// Load, Journal, Close; the journal is closed before the store.
type Store struct {
	o    Options
	dir  string
	lock io.Closer
}

// Open makes the folder if it is missing and takes the AOF in it for this process. While another one has it the
// error is fs.ErrLocked.
func Open(o Options) (*Store, error) {
	dir := path.Join(o.Dir, o.AppendDirName)
	if err := o.FS.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("persistence: make %s: %w", dir, err)
	}
	if err := o.FS.SyncDir(path.Clean(o.Dir)); err != nil {
		return nil, fmt.Errorf("persistence: sync %s: %w", o.Dir, err)
	}
	lock, err := o.FS.Lock(path.Join(dir, o.AppendFileName+lockSuffix))
	if err != nil {
		return nil, fmt.Errorf("persistence: append only file %s in %s: %w", o.AppendFileName, dir, err)
	}
	return &Store{o: o, dir: dir, lock: lock}, nil
}

// Load hands every record to apply. FS, Dir and Name of the options are the store's.
func (s *Store) Load(o aof.LoadOptions, apply func(args [][]byte) error) (aof.Result, error) {
	o.FS, o.Dir, o.Name = s.o.FS, s.dir, s.o.AppendFileName
	return aof.Load(o, apply)
}

// Journal goes on where what was loaded ends. FS, Dir and Name of the options are the store's.
func (s *Store) Journal(o aof.Options) (*aof.Journal, error) {
	o.FS, o.Dir, o.Name = s.o.FS, s.dir, s.o.AppendFileName
	return aof.Open(o)
}

// Start begins an append-only file for data that came from elsewhere: see aof.Start. FS, Dir and Name of the options
// are the store's.
func (s *Store) Start(o aof.Options) (*aof.Journal, error) {
	o.FS, o.Dir, o.Name = s.o.FS, s.dir, s.o.AppendFileName
	return aof.Start(o)
}

// Close lets another process open the AOF.
func (s *Store) Close() error { return s.lock.Close() }
