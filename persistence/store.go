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

// Store is the AOF of one server: nobody else can open it until it is closed. The order of its life is Open, Load,
// Journal, Close, where a server that has data of its own calls Start in the place of Load and Journal. There is one
// journal at a time, and it is closed before the next one and before the store; a store without a journal keeps the
// folder locked, so an AOF can be switched off and on.
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

// Start begins an AOF for a server whose data no AOF holds: one that is switched on at run time, or one where Load found
// no files and data came from elsewhere. It comes in force with the journal's first rewrite (aof.Start). FS, Dir and
// Name of the options are the store's.
func (s *Store) Start(o aof.Options) (*aof.Journal, error) {
	o.FS, o.Dir, o.Name = s.o.FS, s.dir, s.o.AppendFileName
	return aof.Start(o)
}

// Close lets another process open the AOF.
func (s *Store) Close() error { return s.lock.Close() }
