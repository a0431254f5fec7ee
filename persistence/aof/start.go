package aof

// Switching on at run time. A server that has data and no AOF begins with one that is not in force:
//
//	off ---Start---> provisional ---first rewrite succeeds---> in force ---Close---> off
//	 ^                |   ^   |                                  |   ^
//	 +-----Close------+   +---+ a rewrite fails                  +---+ rewrites, well or not
//
// Provisional means: the journal writes, syncs and refuses as always, but into a temporary file that no manifest
// lists, because no base holds what the server has in memory. A restart in this state loads what the folder held
// before Start: an AOF from an earlier time, or nothing. So Synced is 0, and nothing may be said to be safe
// (WAITAOF); Durable goes on, or else replies would wait for a whole rewrite under always. (A server that must not
// acknowledge anything in this state makes its first rewrite before it serves.)
//
// The first rewrite is like any other, but for the names: its cut begins another temporary file, and when the base is
// whole, that becomes an increment in the same step in which the base comes in force. All that the manifest listed
// before becomes history. Until then it is left alone, so a rewrite that fails is just tried again, and each begins a
// temporary file anew; the old one is removed, as the next base will hold what it says.
//
// Where there is no manifest, Start saves one that lists nothing. It tells what a crash leaves between the renames
// and the manifest of the first rewrite, namely files with final names that nobody lists, from the files of a
// manifest that was lost (refuseOrphans).
//
// Besides CONFIG SET appendonly, this serves a start with appendonly yes where Load finds no files but data came from
// elsewhere, such as an RDB file: Open would begin an AOF that lacks them.

import (
	"fmt"
	"path"

	"solokv/persistence/fs"
)

// Start begins an AOF for a server that has data which no AOF holds. It comes in force with its first rewrite; see
// above. The caller ensures that no other process works on the same files.
func Start(o Options) (*Journal, error) {
	o.setDefaults()
	c, err := startCatalog(o)
	if err != nil {
		return nil, fmt.Errorf("aof: start: %w", err)
	}
	c.clean()
	file, err := c.rotateProvisional()
	if err != nil {
		return nil, fmt.Errorf("aof: start: %w", err)
	}
	return newJournal(o, c, file, 0)
}

// startCatalog reads the manifest for a journal that does not go on where it ends.
func startCatalog(o Options) (*catalog, error) {
	c := &catalog{at: location{o.FS, o.Dir, o.Name}, logf: o.Logf, provisional: true}
	m, err := LoadManifest(o.FS, o.Dir, o.Name)
	if err == nil {
		c.m = m
		return c, o.FS.SyncDir(path.Clean(o.Dir)) // what is done next builds on this manifest
	}
	if !isMissing(err) {
		return nil, err
	}
	if err := c.at.refuseOrphans(); err != nil {
		return nil, err
	}
	if err := c.at.makeDir(); err != nil {
		return nil, err
	}
	c.m = &Manifest{}
	return c, c.save(&Manifest{})
}

// rotateProvisional begins a temporary file and removes the one before. The caller holds the lock, or is the only
// one.
func (c *catalog) rotateProvisional() (fs.File, error) {
	if err := c.settle(); err != nil {
		return nil, err
	}
	c.temps++
	name := fmt.Sprintf("%s%s.%d.incr.aof", tempPrefix, c.at.name, c.temps)
	file, err := c.create(name)
	if err != nil {
		c.removeUnlisted(name)
		return nil, err
	}
	if c.writing != "" {
		c.removeUnlisted(c.writing)
	}
	c.writing = name
	return file, nil
}

// InForce tells whether a restart would load what is appended. Any goroutine.
func (j *Journal) InForce() bool { return j.inForce.Load() }

// comeInForce lets Synced speak.
func (j *Journal) comeInForce() {
	if j.inForce.Swap(true) {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()

	if !j.closing {
		j.poke() // for Progress
	}
}
