package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"solokv/persistence/fs"
)

// LoadOptions say what to load, and how.
type LoadOptions struct {
	FS   fs.FS
	Dir  string // the folder of the AOF (appenddirname); the one above it may hold an old single file
	Name string // appendfilename
	// Truncate cuts off a torn tail (aof-load-truncated); without it such a tail is an error.
	Truncate bool
	// Base reads the RDB file that a base, or an old single file, begins with. src has all size bytes of the file,
	// and may be read beyond the RDB part; taken is where that ends, and what follows is loaded as records. With an
	// error, taken is about how far it came. Without a Base, such a file is an error.
	Base func(src io.Reader, size int64) (taken int64, err error)
	// Expect is told about how many keys the records of a file will leave in a database, before they are applied. It is the
	// base, where that holds records, and the last file that are read through for that.
	Expect func(db, keys int)
	// Progress is called from time to time with what was loaded, in bytes.
	Progress func(done, total int64)
	// Logf gets the news: what was taken over or cut off.
	Logf func(format string, args ...any)
}

// Result is what Load found.
type Result struct {
	Files    []LoadedFile // in the order of loading; none: no AOF is in force
	Bytes    int64        // of all files, after a tail was cut
	Commands int64        // records applied, SELECT, MULTI and EXEC included
	DB       int          // the database that the last record belongs to
	// CutBytes is how much was cut off the last file that is not empty, at CutOffset.
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
		"use --check --fix (or redis-check-aof --fix)", e.File, e.Offset, e.Tail, e.Reason)
}

// BaseError says that the RDB part of a file cannot be loaded. Unlike a tail of records it is never repaired: a base is
// synced before it is listed, so no crash explains it.
type BaseError struct {
	File   string
	Offset int64 // about where
	Size   int64 // of the file
	Err    error
}

func (e *BaseError) Error() string {
	what := "it is damaged"
	if errors.Is(e.Err, io.ErrUnexpectedEOF) || errors.Is(e.Err, io.EOF) {
		what = "it is cut short"
	}
	return fmt.Sprintf("Error reading the RDB preamble of the append only file %s: %s, near byte %d of %d: %s. "+
		"Nothing was changed. Restore the file", e.File, what, e.Offset, e.Size, e.Err)
}

func (e *BaseError) Unwrap() error { return e.Err }

// errNoBaseLoader is the answer to an RDB file while nobody can read it.
var errNoBaseLoader = errors.New("it begins as an RDB file, which cannot be loaded here; " +
	"set aof-use-rdb-preamble to no on the server that wrote it and rewrite the AOF")

// rdbMagics are what RDB files begin with: Redis's, and Valkey's from version 9 on.
var rdbMagics = []string{"REDIS", "VALKEY"}

const rdbMagicBytesMax = 6

// magicOf tells whether a file that begins with some bytes begins as an RDB file, or does as far as it goes.
func magicOf(head []byte) (whole, cut bool) {
	for _, magic := range rdbMagics {
		if len(head) > 0 && strings.HasPrefix(magic, string(head[:min(len(head), len(magic))])) {
			return len(head) >= len(magic), len(head) < len(magic)
		}
	}
	return false, false
}

// Load reads the base and the increments in order and hands every record to apply. The arguments are valid
// during that call only. MULTI and EXEC are handed over like the rest, and only in pairs. An error of apply
// ends the load.
//
// The last file is read twice: once to find where its whole part ends, and only then to apply it. So neither
// a torn transaction nor anything behind damage in that file is ever applied, and no transaction has to be
// kept in memory. The first reading takes about as long as copying the file, and counts the keys (census.go), for which
// a base of records is read twice, too.
//
// Load cuts a torn tail before it applies the file, and has synced the cut when it returns.
func Load(o LoadOptions, apply func(args [][]byte) error) (Result, error) {
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	if o.Expect == nil {
		o.Expect = func(int, int) {}
	}
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	l := loader{o: o, at: location{o.FS, o.Dir, o.Name}, apply: apply}
	m, err := l.at.manifest()
	if err != nil {
		return Result{}, err
	}
	parts, err := l.at.parts(m)
	if err != nil {
		return Result{}, fmt.Errorf("aof: load: %w", err)
	}
	for _, part := range parts {
		if part.Missing != nil {
			return Result{}, fmt.Errorf("aof: %w", part.Missing)
		}
		l.total += part.Bytes
	}
	for _, part := range parts {
		if err := l.load(part.FileInfo, part.Last); err != nil {
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

func (l *loader) load(info FileInfo, last bool) (err error) {
	name := info.Name
	file, err := l.o.FS.Open(l.at.path(name))
	if err != nil {
		return fmt.Errorf("aof: load: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()

	size, err := file.Size()
	if err != nil {
		return fmt.Errorf("aof: load %s: %w", name, err)
	}
	from, err := l.loadBase(file, info, size)
	if err != nil {
		return err
	}
	switch {
	case last:
		if size, err = l.cutTail(file, name, from, size); err != nil {
			return err
		}
	case info.Type == TypeBase && from == 0:
		l.count(file, name, size)
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
func (l *loader) loadBase(file fs.File, info FileInfo, size int64) (int64, error) {
	name := info.Name
	head := make([]byte, min(size, rdbMagicBytesMax))
	n, err := file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return 0, fmt.Errorf("aof: load %s: %w", name, err)
	}
	isRDB, isCut := magicOf(head[:n])
	if !isRDB && (!isCut || info.Type != TypeBase) {
		return 0, nil
	}
	if isCut {
		return 0, &BaseError{File: name, Offset: int64(n), Size: size, Err: io.ErrUnexpectedEOF}
	}
	if l.o.Base == nil {
		return 0, fmt.Errorf("aof: load %s: %w", name, errNoBaseLoader)
	}
	src := &progressReader{src: io.NewSectionReader(file, 0, size), loader: l}
	end, err := l.o.Base(src, size)
	if err == nil && (end < int64(len(head)) || end > size) {
		err = fmt.Errorf("it claims %d bytes", end)
	}
	if err != nil {
		return 0, &BaseError{File: name, Offset: end, Size: size, Err: err}
	}
	return end, nil
}

// progressReader reports what is read of a base.
type progressReader struct {
	src    io.Reader
	loader *loader
	done   int64
}

func (r *progressReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	r.done += int64(n)
	r.loader.o.Progress(r.loader.done+r.done, r.loader.total)
	return n, err
}

// cutTail makes the last file end with its last whole record, and returns its size.
func (l *loader) cutTail(file fs.File, name string, from, size int64) (int64, error) {
	keys := newCensus(l.result.DB)
	end, why, err := findEnd(file, name, from, size, func(int64) { l.o.Progress(l.done, l.total) }, keys.visit)
	if err != nil {
		return size, err
	}
	keys.each(l.o.Expect)
	if end == size {
		return size, nil
	}
	if !l.o.Truncate {
		return 0, &TruncatedError{File: name, Offset: end, Tail: size - end, Reason: why}
	}
	if err := cutAt(file, end); err != nil {
		return 0, fmt.Errorf("aof: cut %s at byte %d: %w", name, end, err)
	}
	l.o.Logf("AOF %s: the tail was torn (%s): cut %d bytes off at offset %d", name, why, size-end, end)
	l.result.CutOffset, l.result.CutBytes = end, size-end
	return end, nil
}

// count counts the keys of a base of records. Whatever is wrong with it is found when it is applied.
func (l *loader) count(file fs.File, name string, size int64) {
	keys := newCensus(0)
	s := newScanner(file, name, 0, size)
	s.filled = func(int64) { l.o.Progress(l.done, l.total) }
	for {
		args, err := s.next()
		if err != nil {
			break
		}
		keys.visit(args)
	}
	keys.each(l.o.Expect)
}

// cutAt makes a file end at an offset, and syncs that.
func cutAt(file fs.File, end int64) error {
	if err := file.Truncate(end); err != nil {
		return err
	}
	return file.Sync()
}

// tornBefore is what is wrong with a file that is torn though others were written after it.
const tornBefore = "the file ends within a record or a transaction, and it is not the last file"

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
			return 0, s.damage(s.whole, tornBefore)
		case err != nil:
			return 0, err
		}
		l.result.DB = follow(l.result.DB, args)
		if err := l.apply(args); err != nil {
			return 0, fmt.Errorf("aof: apply the record at byte %d of %s: %w", s.start, name, err)
		}
	}
}

// follow returns the database that a record belongs to when the one before belongs to db.
func follow(db int, args [][]byte) int {
	if len(args) != 2 || len(args[0]) != 6 || !bytes.EqualFold(args[0], []byte("SELECT")) {
		return db
	}
	selected := 0
	for _, c := range args[1] {
		if c < '0' || c > '9' || selected > 1<<20 {
			return db // to execute it will be an error
		}
		selected = selected*10 + int(c-'0')
	}
	return selected
}
