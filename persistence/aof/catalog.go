package aof

// The catalog: the manifest in force, and the steps from one manifest to the next. The essay of rotate.go says why
// they are in this order; here is how a save that failed is dealt with.
//
// A save that failed before it renamed has changed nothing. One that failed in the rename, or in bringing it to
// disk, leaves a doubt: either manifest may be the one that a restart finds. So the old one is saved again at once.
// If that fails too, the doubt stays, and two things are forbidden until a save succeeds: to remove a file that
// either manifest may list, and to put another file under a name that either may list.

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"sync"

	"solokv/persistence/fs"
)

// catalog belongs to a journal. Its lock is held while files are made and listed, so never by the appending goroutine.
type catalog struct {
	at   location
	logf func(format string, args ...any)

	mu          sync.Mutex
	m           *Manifest
	doubt       bool   // the folder may hold the manifest of a save that failed
	writing     string // the name of the file that the journal writes
	provisional bool   // that file is listed nowhere, see start.go
	temps       int    // provisional files so far
	closed      bool
}

// openCatalog reads the manifest, and takes over an old single file if there is one.
func openCatalog(o Options) (*catalog, error) {
	c := &catalog{at: location{o.FS, o.Dir, o.Name}, logf: o.Logf}
	m, err := c.at.manifest()
	c.m = m
	return c, err
}

// continueLast opens the increment that is written next, the first one if there is none yet.
//
// Who was killed may have left files and names that were written and not synced. They have been loaded, so what
// is appended now builds on them; they are synced before it can be.
func (c *catalog) continueLast() (fs.File, int64, error) {
	if len(c.m.Files()) > 0 {
		if err := c.at.fs.SyncDir(path.Clean(c.at.dir)); err != nil {
			return nil, 0, err
		}
	} else if err := c.at.makeDir(); err != nil {
		return nil, 0, err
	}
	last := len(c.m.Incr) - 1
	for _, info := range c.m.Files() {
		file, err := c.at.fs.Open(c.at.path(info.Name))
		if err != nil {
			return nil, 0, err
		}
		size, err := file.Size()
		if err = errors.Join(err, file.Sync()); err == nil && last >= 0 && info == c.m.Incr[last] {
			c.writing = info.Name
			return file, size, nil
		}
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, 0, err
		}
	}
	file, err := c.rotate()
	return file, 0, err
}

// rotate makes the file that the journal writes next. When it returns one, that is empty and listed, and outlasts a
// power cut. After an error the journal has to go on in the old file; what the folder then says loads the same.
func (c *catalog) rotate() (fs.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.closed {
		return nil, ErrClosed
	}
	if c.provisional {
		return c.rotateProvisional()
	}
	next := c.m.Clone()
	name := next.AddIncr(c.at.name).Name
	file, err := c.create(name)
	if err == nil {
		err = c.save(next)
	}
	if err != nil {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
		c.removeUnlisted(name)
		return nil, err
	}
	c.writing = name
	return file, nil
}

// create makes an empty file that outlasts a power cut. Its name is on disk before the manifest's, in whatever order
// a file system writes names.
func (c *catalog) create(name string) (fs.File, error) {
	file, err := c.at.fs.Create(c.at.path(name))
	if err != nil {
		return nil, err
	}
	if err = file.Sync(); err == nil {
		err = c.at.fs.SyncDir(path.Clean(c.at.dir))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// save puts another manifest in force. After an error the one before is, as far as this process is concerned. The
// caller holds the lock.
func (c *catalog) save(next *Manifest) error {
	maybe, err := next.replace(c.at.fs, c.at.dir, c.at.name)
	if err == nil {
		c.m, c.doubt = next, false
		return nil
	}
	if maybe {
		c.doubt = c.m.Save(c.at.fs, c.at.dir, c.at.name) != nil
	}
	return err
}

// settle ends a doubt that an earlier save has left. The caller holds the lock.
func (c *catalog) settle() error {
	if !c.doubt {
		return nil
	}
	return c.save(c.m)
}

// removeUnlisted removes a file that has come to nothing, if no manifest can list it. The caller holds the lock.
func (c *catalog) removeUnlisted(name string) {
	if !c.doubt {
		_ = fs.RemoveLarge(c.at.fs, c.at.path(name)) // it may never have been made
	}
}

// adopt puts a new base in force: the synced file temp. It holds what all increments before the one that the journal
// writes say. See the essay of rotate.go for the order.
func (c *catalog) adopt(temp string, format BaseFormat) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.closed {
		return ErrClosed
	}
	if err := c.settle(); err != nil {
		return err
	}
	next := c.m.Clone()
	base := next.ReplaceBase(c.at.name, string(format)).Name
	kept := 1
	if c.provisional {
		kept = 0
	}
	next.RetireIncr(kept)

	err := c.at.fs.Rename(c.at.path(temp), c.at.path(base))
	if err == nil && c.provisional {
		name := next.AddIncr(c.at.name).Name
		if err = c.at.fs.Rename(c.at.path(c.writing), c.at.path(name)); err == nil {
			c.writing = name
		}
	}
	if err == nil {
		err = c.at.fs.SyncDir(path.Clean(c.at.dir))
	}
	if err == nil {
		err = c.save(next)
	}
	if err != nil {
		c.removeUnlisted(base)
		return err
	}
	c.provisional = false
	c.removeHistory()
	return nil
}

// removeHistory removes the files that a rewrite has made obsolete, and then their lines. What fails is left to the
// next rewrite or the next start. The caller holds the lock, and the manifest in force outlasts a power cut.
func (c *catalog) removeHistory() {
	if len(c.m.History) == 0 {
		return
	}
	next := c.m.Clone()
	next.History = nil
	for _, file := range c.m.History {
		if err := fs.RemoveLarge(c.at.fs, c.at.path(file.Name)); err != nil && !isMissing(err) {
			c.logf("AOF: %s is obsolete and cannot be removed: %s", file.Name, err)
			next.History = append(next.History, file)
		}
	}
	if err := c.save(next); err != nil {
		c.logf("AOF: obsolete files are gone, but the manifest still lists them: %s", err)
	}
}

// clean removes what a process has left behind that ended during a rewrite: history, and temporary files.
func (c *catalog) clean() {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.removeHistory()
	names, err := c.at.fs.ReadDir(c.at.dir)
	if err != nil {
		c.logf("AOF: %s cannot be read: %s", c.at.dir, err)
	}
	temp := regexp.MustCompile(`^` + tempPrefix + regexp.QuoteMeta(c.at.name) +
		`\.(manifest|base|incr|\d+\.incr\.aof)$`)
	for _, name := range names {
		if temp.MatchString(name) && name != c.writing && !c.m.lists(name) {
			if err := c.at.fs.Remove(c.at.path(name)); err != nil {
				c.logf("AOF: the temporary file %s cannot be removed: %s", name, err)
			}
		}
	}
}

// otherBytes is the size of all files that have to be loaded but the one that is written.
func (c *catalog) otherBytes() (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.provisional {
		return 0, nil
	}
	var sum int64
	for _, file := range c.m.Files() {
		if file.Name == c.writing {
			continue
		}
		info, err := c.at.fs.Stat(c.at.path(file.Name))
		if err != nil {
			return 0, fmt.Errorf("size of %s: %w", file.Name, err)
		}
		sum += info.Size
	}
	return sum, nil
}

// close ends all changes. What a provisional journal has written is of no use to anybody.
func (c *catalog) close() {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.provisional && !c.closed {
		c.removeUnlisted(c.writing)
	}
	c.closed = true
}
