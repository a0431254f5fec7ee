package fs

// Waiter is told of calls that may take as long as a disk does.
type Waiter interface {
	WaitBegins()
	WaitEnds()
}

// Waiting returns the same files, and tells w of the calls that as a rule wait for the disk: those that open, sync, cut
// and close files, and that make, move and remove names. Reading, writing and looking are answered by the kernel's
// memory, nearly always. Any number of calls may be under way at a time.
func Waiting(files FS, w Waiter) FS { return waitingFS{files, w} }

type waitingFS struct {
	FS
	w Waiter
}

func (f waitingFS) Open(name string) (File, error) {
	return f.file(func() (File, error) { return f.FS.Open(name) })
}

func (f waitingFS) Create(name string) (File, error) {
	return f.file(func() (File, error) { return f.FS.Create(name) })
}

func (f waitingFS) file(open func() (File, error)) (File, error) {
	f.w.WaitBegins()
	defer f.w.WaitEnds()
	file, err := open()
	if err != nil {
		return nil, err
	}
	return waitingFile{file, f.w}, nil
}

func (f waitingFS) MkdirAll(dir string) error {
	return wait(f.w, func() error { return f.FS.MkdirAll(dir) })
}

func (f waitingFS) Rename(oldName, newName string) error {
	return wait(f.w, func() error { return f.FS.Rename(oldName, newName) })
}

func (f waitingFS) Remove(name string) error {
	return wait(f.w, func() error { return f.FS.Remove(name) })
}

func (f waitingFS) SyncDir(dir string) error {
	return wait(f.w, func() error { return f.FS.SyncDir(dir) })
}

type waitingFile struct {
	File
	w Waiter
}

func (f waitingFile) Sync() error { return wait(f.w, f.File.Sync) }

// Close may be what takes a removed file off the disk.
func (f waitingFile) Close() error { return wait(f.w, f.File.Close) }

func (f waitingFile) Truncate(size int64) error {
	return wait(f.w, func() error { return f.File.Truncate(size) })
}

func wait(w Waiter, call func() error) error {
	w.WaitBegins()
	defer w.WaitEnds()
	return call()
}
