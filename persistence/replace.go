package persistence

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"solokv/persistence/fs"
)

// ErrOvertaken says that a file was not replaced, because one that was begun later has been, or because it is not
// wanted any more.
var ErrOvertaken = errors.New("overtaken")

// Replacer replaces a file again and again, so that at every moment the old one or the new one is there, whole, also
// after a power cut. Replacements may run at the same time: what was begun later prevails, whichever ends last.
type Replacer struct {
	fs    fs.FS
	begun atomic.Int64

	mu   sync.Mutex
	last int64 // the replacement that prevails
}

// NewReplacer replaces files of a file system.
func NewReplacer(filesystem fs.FS) *Replacer { return &Replacer{fs: filesystem} }

// Replacement is one that has begun.
type Replacement struct {
	r      *Replacer
	number int64
}

// Begin takes a number; Run does the work. Any goroutine may call either.
func (r *Replacer) Begin() Replacement { return Replacement{r, r.begun.Add(1)} }

// Run makes what write writes the file. wanted is asked, if there is one, when it has been written. When Run returns nil
// the file is the new one, after an error it is the old one, and there is no other trace.
func (p Replacement) Run(name string, write func(io.Writer) error, wanted func() bool) error {
	temp := fmt.Sprintf("%s%d", tempPrefix(name), p.number)
	err := writeTemp(p.r.fs, temp, write)
	if err == nil {
		old, errOpen := p.r.fs.Open(name)
		err = p.putInPlace(temp, name, wanted)
		switch {
		case errOpen != nil: // there is none
		case err == nil:
			fs.Discard(old)
		default: // the name may be its own again, after a power cut
			_ = old.Close()
		}
	}
	if err != nil {
		_ = fs.RemoveLarge(p.r.fs, temp) // after a rename it is gone
		return fmt.Errorf("persistence: replace %s: %w", name, err)
	}
	return nil
}

func (p Replacement) putInPlace(temp, name string, wanted func() bool) error {
	p.r.mu.Lock()
	defer p.r.mu.Unlock()

	if p.number < p.r.last || wanted != nil && !wanted() {
		return ErrOvertaken
	}
	if err := p.r.fs.Rename(temp, name); err != nil {
		return err
	}
	p.r.last = p.number
	return p.r.fs.SyncDir(path.Dir(name))
}

// tempPrefix is what the temporary files are called, but for the number at the end.
func tempPrefix(name string) string { return path.Join(path.Dir(name), "temp-"+path.Base(name)+".") }

// Clean removes what a process has left behind that was killed while it replaced a file. It is called before the first
// replacement of that file begins.
func (r *Replacer) Clean(name string) error {
	names, err := r.fs.ReadDir(path.Dir(name))
	if err != nil {
		return fmt.Errorf("persistence: look for temporary files: %w", err)
	}
	prefix := path.Base(tempPrefix(name))
	for _, found := range names {
		if number, ok := strings.CutPrefix(found, prefix); !ok || number == "" || strings.Trim(number, "0123456789") != "" {
			continue
		}
		if err := r.fs.Remove(path.Join(path.Dir(name), found)); err != nil {
			return fmt.Errorf("persistence: remove a temporary file: %w", err)
		}
	}
	return nil
}

func writeTemp(filesystem fs.FS, temp string, write func(io.Writer) error) error {
	file, err := filesystem.Create(temp)
	if err != nil {
		return err
	}
	stream := fs.NewStream(file)
	err = write(stream)
	if err == nil {
		err = stream.Sync()
	}
	return errors.Join(err, file.Close())
}
