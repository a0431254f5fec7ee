package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"solokv/persistence/fs"
)

// LoadOptions say what to load, and how.
type LoadOptions struct {
	FS   fs.FS
	Dir  string // the folder of the AOF (appenddirname); the one above it may hold an old single file
	Name string // appendfilename
	// Truncate cuts off a torn tail (aof-load-truncated); without it such a tail is an error.
	Truncate bool
	// Base loads what begins as an RDB file. Without one, such a file is an error.
	Base BaseLoader
	// Progress is called from time to time with what was loaded, in bytes.
	Progress func(done, total int64)
	// Logf gets the news: what was taken over or cut off.
	Logf func(format string, args ...any)
}

// BaseLoader loads a base in the RDB format.
type BaseLoader interface {
	// LoadBase reads an RDB file that starts at the first of size bytes, and returns how many belong to it.
	// Old AOF files go on with records behind it.
	LoadBase(file io.ReaderAt, size int64) (rdbBytes int64, err error)
}

// Result is what Load found.
type Result struct {
	Files    []LoadedFile // in the order of loading
	Bytes    int64        // of all files, after a tail was cut
	Commands int64        // records applied, SELECT, MULTI and EXEC included
	DB       int          // the database that the last record belongs to
	// CutBytes is how much was cut off the last file, at CutOffset.
	CutOffset, CutBytes int64
}

// LoadedFile is one file of a Result.
type LoadedFile struct {
	Name     string
	Bytes    int64
	Commands int64
}

// TruncatedError says that the last file is torn, and was left so because Truncate is off.
type TruncatedError struct {
	File         string
	Offset, Tail int64 // bytes that are whole, and bytes behind them
	Reason       string
}

func (e *TruncatedError) Error() string {
	return fmt.Sprintf("Unexpected end of file reading the append only file %s: it is whole up to byte %d, the last %d "+
		"bytes are not (%s). Nothing was changed. Make a copy, then set aof-load-truncated to yes and start again, or "+
		"use redis-check-aof --fix", e.File, e.Offset, e.Tail, e.Reason)
}

// errNoBaseLoader is the answer to an RDB file while nobody can read it.
var errNoBaseLoader = errors.New("it begins as an RDB file, which cannot be loaded here; " +
	"set aof-use-rdb-preamble to no on the server that wrote it and rewrite the AOF")

var rdbMagic = []byte("REDIS")

// Load reads the base and the increments in order and hands every record to apply. The arguments are valid
// during that call only. MULTI and EXEC are handed over like the rest, and only in pairs. An error of apply
// ends the load.
//
// The last file is read twice: once to find where its whole part ends, and only then to apply it. So neither
// a torn transaction nor anything behind damage in that file is ever applied, and no transaction has to be
// kept in memory. The first reading takes about as long as copying the file.
//
// Load cuts a torn tail before it applies the file, and has synced the cut when it returns.
func Load(o LoadOptions, apply func(args [][]byte) error) (Result, error) {
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	l := loader{o: o, at: location{o.FS, o.Dir, o.Name}, apply: apply}
	m, err := l.at.manifest()
	if err != nil {
		return Result{}, err
	}
	files := m.Files()
	for _, file := range files {
		info, err := o.FS.Stat(l.at.path(file.Name))
		if isMissing(err) {
			return Result{}, fmt.Errorf("aof: cannot load %s although the manifest lists it: "+
				"No such file or directory: %w", file.Name, err)
		}
		if err != nil {
			return Result{}, fmt.Errorf("aof: load: %w", err)
		}
		l.total += info.Size
	}
	for i, file := range files {
		if err := l.load(file.Name, i == len(files)-1); err != nil {
			return l.result, err
		}
	}
	return l.result, nil
}

type loader struct {
	o           LoadOptions
	at          location
	apply       func(args [][]byte) error
	done, total int64
	result      Result
}

func (l *loader) load(name string, last bool) (err error) {
	file, err := l.o.FS.Open(l.at.path(name))
	if err != nil {
		return fmt.Errorf("aof: load: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()

	size, err := file.Size()
	if err != nil {
		return fmt.Errorf("aof: load %s: %w", name, err)
	}
	from, err := l.loadBase(file, name, size)
	if err != nil {
		return fmt.Errorf("aof: load %s: %w", name, err)
	}
	if last {
		if size, err = l.cutTail(file, name, from, size); err != nil {
			return err
		}
	}
	commands, err := l.replay(file, name, from, size, !last)
	if err != nil {
		return err
	}
	l.done += size
	l.result.Bytes += size
	l.result.Commands += commands
	l.result.Files = append(l.result.Files, LoadedFile{Name: name, Bytes: size, Commands: commands})
	return nil
}

// loadBase loads the RDB part that a file begins with, if it does, and returns where it ends.
func (l *loader) loadBase(file fs.File, name string, size int64) (int64, error) {
	magic := make([]byte, len(rdbMagic))
	if n, err := file.ReadAt(magic, 0); n < len(magic) {
		if err == io.EOF {
			err = nil
		}
		return 0, err
	}
	if !bytes.Equal(magic, rdbMagic) {
		return 0, nil
	}
	if l.o.Base == nil {
		return 0, errNoBaseLoader
	}
	end, err := l.o.Base.LoadBase(file, size)
	if err == nil && (end < 0 || end > size) {
		err = fmt.Errorf("the RDB part claims %d of %d bytes", end, size)
	}
	return end, err
}

// cutTail makes the last file end with its last whole record, and returns its size.
func (l *loader) cutTail(file fs.File, name string, from, size int64) (int64, error) {
	end, why, err := findEnd(file, name, from, size, func(int64) { l.o.Progress(l.done, l.total) })
	if err != nil || end == size {
		return size, err
	}
	if !l.o.Truncate {
		return 0, &TruncatedError{File: name, Offset: end, Tail: size - end, Reason: why}
	}
	err = file.Truncate(end)
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		return 0, fmt.Errorf("aof: cut %s at byte %d: %w", name, end, err)
	}
	l.o.Logf("AOF %s: the tail was torn (%s): cut %d bytes off at offset %d", name, why, size-end, end)
	l.result.CutOffset, l.result.CutBytes = end, size-end
	return end, nil
}

// replay applies the records between two offsets and returns their number.
func (l *loader) replay(file fs.File, name string, from, end int64, verify bool) (int64, error) {
	s := newScanner(file, name, from, end)
	s.verify = verify
	s.filled = func(offset int64) { l.o.Progress(l.done+offset, l.total) }
	for commands := int64(0); ; commands++ {
		args, err := s.next()
		switch {
		case err == io.EOF:
			return commands, nil
		case errors.Is(err, errTorn):
			return 0, s.damage(s.whole, "the file ends within a record or a transaction, and it is not the last file")
		case err != nil:
			return 0, err
		}
		l.follow(args)
		if err := l.apply(args); err != nil {
			return 0, fmt.Errorf("aof: apply the record at byte %d of %s: %w", s.start, name, err)
		}
	}
}

// follow notes which database the records belong to.
func (l *loader) follow(args [][]byte) {
	if len(args) != 2 || len(args[0]) != 6 || !bytes.EqualFold(args[0], []byte("SELECT")) {
		return
	}
	db := 0
	for _, c := range args[1] {
		if c < '0' || c > '9' || db > 1<<20 {
			return // apply will refuse it
		}
		db = db*10 + int(c-'0')
	}
	l.result.DB = db
}
