package fs

import (
	"math/rand/v2"
	"path"
	"sort"
)

// Crashable is a file system in memory that knows what a power cut could take away.
//
// Idea: the current state is a Memory. Beside it stand, for each file, the bytes that were synced and a list
// of what was done since; and for the names, the entries that were synced and a list of what was done since:
//
//	file   durable |=========|   pending [write 9..12] [write 12..20] [truncate 16] ...
//	names  durable {a, b}        pending [link a -> node] [unlink b] ...
//
// Sync and SyncDir carry their lists over into the durable state. Crash decides what becomes of the lists,
// and makes the outcome the current state; it draws from the seed, so a crash can be repeated. Files that are
// open at a crash stay usable but no longer belong to anything: close them and open the names again.
//
// A rename within a folder is one entry of the list, as journaling file systems have it. Between two folders
// it is a link in one and an unlink in the other, and each takes its own SyncDir: both names, or none, may be
// there after a crash.
type Crashable struct {
	*Memory
	random *rand.Rand
	state  map[*node]*fileState
	names  map[string]*node // entries that are durable
	ops    []nameOp         // what was done to names since their folder was synced, oldest first
}

// CrashMode is what a power cut leaves of the bytes and names that were not synced.
type CrashMode uint8

const (
	CrashKeep    CrashMode = iota // all of it: the process died, the kernel did not
	CrashDrop                     // none
	CrashTear                     // of each file and of the names, what came first, up to a random byte
	CrashZeroPad                  // as CrashTear, but files keep their size: the rest reads as zeros
	CrashScatter                  // random sectors of each file in any order; the others read as zeros or old bytes
	crashModeCount
)

// CrashModes lists all modes.
func CrashModes() []CrashMode {
	modes := make([]CrashMode, crashModeCount)
	for i := range modes {
		modes[i] = CrashMode(i)
	}
	return modes
}

func (m CrashMode) String() string {
	return [...]string{"keep", "drop", "tear", "zero-pad", "scatter"}[m]
}

// sectorBytes is what a disk writes whole or not at all.
const sectorBytes = 512

type fileState struct {
	durable []byte
	pending []fileOp
}

// fileOp is a write, or where data is nil a truncation to offset.
type fileOp struct {
	offset int64
	data   []byte
}

// nameOp points name to a node, or removes it where node is nil. A rename within a folder has both names.
type nameOp struct {
	name    string
	node    *node
	removed string
}

// NewCrashable returns an empty file system whose crashes are drawn from the seed. Folders never get lost:
// what is tested is files.
func NewCrashable(seed uint64) *Crashable {
	return &Crashable{
		Memory: NewMemory(),
		random: rand.New(rand.NewPCG(seed, 0)),
		state:  map[*node]*fileState{},
		names:  map[string]*node{},
	}
}

// Crash cuts the power and starts the machine again: the current state becomes what the mode leaves, and all
// of that is durable. Locks are let go.
func (c *Crashable) Crash(mode CrashMode) {
	c.mu.Lock()
	defer c.mu.Unlock()

	keep := 0
	switch mode {
	case CrashKeep:
		keep = len(c.ops)
	case CrashTear, CrashZeroPad, CrashScatter:
		keep = c.random.IntN(len(c.ops) + 1)
	}
	for _, op := range c.ops[:keep] {
		op.apply(c.names)
	}
	c.ops = nil

	names := make([]string, 0, len(c.names))
	for name := range c.names {
		names = append(names, name)
	}
	sort.Strings(names) // so that the seed decides, not the order of a map
	c.files = map[string]*node{}
	state := map[*node]*fileState{}
	for _, name := range names {
		data := c.names[name].data // all that was written, as reads saw it
		if mode != CrashKeep {
			data = c.survivors(c.stateOf(c.names[name]), mode)
		}
		n := &node{data: append([]byte(nil), data...)}
		c.files[name] = n
		c.names[name] = n
		state[n] = &fileState{durable: append([]byte(nil), data...)}
	}
	c.state = state
	c.locks = map[string]bool{}
}

// survivors is what a mode leaves of a file.
func (c *Crashable) survivors(s *fileState, mode CrashMode) []byte {
	data := append([]byte(nil), s.durable...)
	full := int64(len(data))
	switch mode {
	case CrashDrop:
		return data
	case CrashScatter:
		for _, op := range s.pending {
			data = c.scatter(op, data)
		}
		return data
	}

	keep := c.random.IntN(len(s.pending) + 1)
	for i, op := range s.pending {
		if i == keep && op.data != nil {
			op.data = op.data[:c.random.IntN(len(op.data)+1)]
		}
		if i <= keep {
			data = op.apply(data)
		}
		full = max(full, s.pending[i].end())
	}
	if mode == CrashZeroPad && keep < len(s.pending) && full > int64(len(data)) {
		data = resizeBytes(data, full)
	}
	return data
}

// scatter applies to data a random choice of the sectors that a write touches; the size changes in any case.
func (c *Crashable) scatter(op fileOp, data []byte) []byte {
	if op.data == nil {
		return op.apply(data)
	}
	data = resizeBytes(data, max(op.end(), int64(len(data))))
	for at := op.offset; at < op.end(); {
		next := min(op.end(), (at/sectorBytes+1)*sectorBytes)
		if c.random.IntN(2) == 0 {
			copy(data[at:next], op.data[at-op.offset:])
		}
		at = next
	}
	return data
}

// LoseDirty does to a file what a failed fsync does: everything written since the last Sync is forgotten by
// the kernel. Reads still see it, but no Sync will bring it to disk; there it is zeros.
func (c *Crashable) LoseDirty(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()

	n := c.files[path.Clean(name)]
	if n == nil {
		return
	}
	pending := c.stateOf(n).pending
	for i, op := range pending {
		if op.data != nil {
			pending[i].data = make([]byte, len(op.data))
		}
	}
}

func (c *Crashable) Open(name string) (File, error) {
	file, err := c.Memory.Open(name)
	return c.wrap(file, err)
}

func (c *Crashable) Create(name string) (File, error) {
	name = path.Clean(name)
	c.mu.Lock()
	existing := c.files[name]
	c.mu.Unlock()

	file, err := c.Memory.Create(name)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	if existing != nil {
		c.log(existing, fileOp{})
	} else {
		c.ops = append(c.ops, nameOp{name: name, node: c.files[name]})
	}
	c.mu.Unlock()
	return c.wrap(file, nil)
}

func (c *Crashable) Rename(oldName, newName string) error {
	oldName, newName = path.Clean(oldName), path.Clean(newName)
	if err := c.Memory.Rename(oldName, newName); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()

	link := nameOp{name: newName, node: c.files[newName]}
	if path.Dir(oldName) == path.Dir(newName) {
		link.removed = oldName
		c.ops = append(c.ops, link)
	} else {
		c.ops = append(c.ops, link, nameOp{name: oldName})
	}
	return nil
}

func (c *Crashable) Remove(name string) error {
	if err := c.Memory.Remove(name); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()

	c.ops = append(c.ops, nameOp{name: path.Clean(name)})
	return nil
}

func (c *Crashable) SyncDir(dir string) error {
	if err := c.Memory.SyncDir(dir); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()

	var rest []nameOp
	for _, op := range c.ops {
		if path.Dir(op.name) == path.Clean(dir) {
			op.apply(c.names)
		} else {
			rest = append(rest, op)
		}
	}
	c.ops = rest
	return nil
}

func (c *Crashable) wrap(file File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return &crashableFile{memoryFile: file.(*memoryFile), fs: c}, nil
}

// log notes what was done to a file. The caller holds the lock.
func (c *Crashable) log(n *node, op fileOp) {
	s := c.stateOf(n)
	s.pending = append(s.pending, op)
}

func (c *Crashable) stateOf(n *node) *fileState {
	s := c.state[n]
	if s == nil {
		s = &fileState{}
		c.state[n] = s
	}
	return s
}

func (op nameOp) apply(names map[string]*node) {
	delete(names, op.removed)
	if op.node == nil {
		delete(names, op.name)
	} else {
		names[op.name] = op.node
	}
}

func (op fileOp) apply(data []byte) []byte {
	if op.data == nil {
		return resizeBytes(data, op.offset)
	}
	return writeBytes(data, op.data, op.offset)
}

func (op fileOp) end() int64 { return op.offset + int64(len(op.data)) }

type crashableFile struct {
	*memoryFile
	fs *Crashable
}

func (f *crashableFile) WriteAt(p []byte, offset int64) (int, error) {
	n, err := f.memoryFile.WriteAt(p, offset)
	if n > 0 {
		f.fs.mu.Lock()
		f.fs.log(f.node, fileOp{offset: offset, data: append([]byte{}, p[:n]...)})
		f.fs.mu.Unlock()
	}
	return n, err
}

func (f *crashableFile) Truncate(size int64) error {
	if err := f.memoryFile.Truncate(size); err != nil {
		return err
	}
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()

	f.fs.log(f.node, fileOp{offset: size})
	return nil
}

func (f *crashableFile) Sync() error {
	if err := f.memoryFile.Sync(); err != nil {
		return err
	}
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()

	s := f.fs.stateOf(f.node)
	for _, op := range s.pending {
		s.durable = op.apply(s.durable)
	}
	s.pending = nil
	return nil
}

// Durable returns what would be left of a file if the power were cut now and nothing survived that was not
// synced. It is nil where not even the name would.
func (c *Crashable) Durable(name string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()

	n := c.names[path.Clean(name)]
	if n == nil {
		return nil
	}
	return append([]byte{}, c.stateOf(n).durable...)
}
