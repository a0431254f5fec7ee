package fs

import (
	"fmt"
	"io"
	"os"
	"path"
	"sort"
	"sync"
)

// Memory is a file system in memory. All of its methods may be called from any goroutine.
type Memory struct {
	mu    sync.Mutex
	files map[string]*node
	dirs  map[string]bool
	locks map[string]bool
}

// node is a file's bytes; names and open files point to it.
type node struct{ data []byte }

// NewMemory returns an empty file system; the folders "/" and "." exist.
func NewMemory() *Memory {
	return &Memory{
		files: map[string]*node{},
		dirs:  map[string]bool{"/": true, ".": true},
		locks: map[string]bool{},
	}
}

func (m *Memory) Open(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()

	n := m.files[path.Clean(name)]
	if n == nil {
		return nil, missing("open", name)
	}
	return &memoryFile{fs: m, node: n}, nil
}

func (m *Memory) Create(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()

	name = path.Clean(name)
	if !m.dirs[path.Dir(name)] {
		return nil, missing("create", name)
	}
	n := m.files[name]
	if n == nil {
		n = &node{}
		m.files[name] = n
	}
	n.data = nil
	return &memoryFile{fs: m, node: n}, nil
}

func (m *Memory) Stat(name string) (Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()

	name = path.Clean(name)
	if n := m.files[name]; n != nil {
		return Info{Size: int64(len(n.data))}, nil
	}
	if m.dirs[name] {
		return Info{Dir: true}, nil
	}
	return Info{}, missing("stat", name)
}

func (m *Memory) ReadDir(dir string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()

	dir = path.Clean(dir)
	if !m.dirs[dir] {
		return nil, missing("readdir", dir)
	}
	var names []string
	for name := range m.files {
		if path.Dir(name) == dir {
			names = append(names, path.Base(name))
		}
	}
	for name := range m.dirs {
		if path.Dir(name) == dir && name != dir {
			names = append(names, path.Base(name))
		}
	}
	sort.Strings(names)
	return names, nil
}

func (m *Memory) MkdirAll(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()

	for dir = path.Clean(dir); !m.dirs[dir]; dir = path.Dir(dir) {
		if m.files[dir] != nil {
			return fmt.Errorf("mkdir %s: is a file", dir)
		}
		m.dirs[dir] = true
	}
	return nil
}

func (m *Memory) Rename(oldName, newName string) error {
	m.mu.Lock()
	defer m.mu.Unlock()

	oldName, newName = path.Clean(oldName), path.Clean(newName)
	n := m.files[oldName]
	if n == nil || !m.dirs[path.Dir(newName)] {
		return missing("rename", oldName)
	}
	delete(m.files, oldName)
	m.files[newName] = n
	return nil
}

func (m *Memory) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()

	name = path.Clean(name)
	if m.files[name] == nil {
		return missing("remove", name)
	}
	delete(m.files, name)
	return nil
}

func (m *Memory) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()

	if !m.dirs[path.Clean(dir)] {
		return missing("sync", dir)
	}
	return nil
}

func (m *Memory) Lock(name string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()

	name = path.Clean(name)
	if !m.dirs[path.Dir(name)] {
		return nil, missing("lock", name)
	}
	if m.locks[name] {
		return nil, fmt.Errorf("lock %s: %w", name, ErrLocked)
	}
	m.locks[name] = true
	return &memoryLock{fs: m, name: name}, nil
}

type memoryLock struct {
	fs   *Memory
	name string
}

func (l *memoryLock) Close() error {
	l.fs.mu.Lock()
	defer l.fs.mu.Unlock()

	delete(l.fs.locks, l.name)
	return nil
}

func missing(op, name string) error {
	return &os.PathError{Op: op, Path: name, Err: os.ErrNotExist}
}

type memoryFile struct {
	fs     *Memory
	node   *node
	closed bool
}

func (f *memoryFile) ReadAt(p []byte, offset int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()

	if f.closed {
		return 0, os.ErrClosed
	}
	if offset >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.node.data[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memoryFile) WriteAt(p []byte, offset int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()

	if f.closed {
		return 0, os.ErrClosed
	}
	f.node.data = writeBytes(f.node.data, p, offset)
	return len(p), nil
}

func (f *memoryFile) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()

	if f.closed {
		return os.ErrClosed
	}
	f.node.data = resizeBytes(f.node.data, size)
	return nil
}

func (f *memoryFile) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()

	return int64(len(f.node.data)), nil
}

func (f *memoryFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()

	if f.closed {
		return os.ErrClosed
	}
	return nil
}

func (f *memoryFile) StartSync(_, _ int64) {}

func (f *memoryFile) Sole() bool { return false }

func (f *memoryFile) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()

	if f.closed {
		return os.ErrClosed
	}
	f.closed = true
	return nil
}

// writeBytes puts p at an offset of data; a gap before it is filled with zeros.
func writeBytes(data, p []byte, offset int64) []byte {
	if end := offset + int64(len(p)); end > int64(len(data)) {
		data = resizeBytes(data, end)
	}
	copy(data[offset:], p)
	return data
}

// resizeBytes cuts data, or lengthens it with zeros.
func resizeBytes(data []byte, size int64) []byte {
	if size <= int64(len(data)) {
		return data[:size]
	}
	return append(data, make([]byte, size-int64(len(data)))...)
}
