package aof

// What is in the folder at start-up, and how an AOF of an older Redis is taken over.
//
// Before version 7 Redis had a single file, called as appendfilename says, in the working folder. It becomes
// the base of a new manifest and keeps its name. Redis saves the manifest first and then moves the file into
// the folder; a crash in between leaves a manifest whose only file is still outside, and the next start
// finishes the move. We do the same, so that either server can finish what the other began. We also take over
// a single file that lies inside the folder.

import (
	"fmt"
	"path"
	"regexp"

	"solokv/persistence/fs"
)

// location is where one AOF lives: the folder (appenddirname), and appendfilename.
type location struct {
	fs   fs.FS
	dir  string
	name string
}

func (l location) path(name string) string { return path.Join(l.dir, name) }

func (l location) exists(name string) (bool, error) {
	info, err := l.fs.Stat(name)
	if isMissing(err) {
		return false, nil
	}
	return err == nil && !info.Dir, err
}

// manifest returns the manifest, after taking over an old single file if there is one to take over. Where no
// data is at all it is an empty one.
func (l location) manifest() (*Manifest, error) {
	m, err := LoadManifest(l.fs, l.dir, l.name)
	found := err == nil
	if isMissing(err) {
		m, err = &Manifest{}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := l.adopt(m, found); err != nil {
		return nil, fmt.Errorf("aof: take over %s: %w", l.name, err)
	}
	if len(m.Files()) == 0 && !found {
		return m, l.refuseOrphans()
	}
	return m, nil
}

// adopt makes an old single file the base of m.
func (l location) adopt(m *Manifest, saved bool) error {
	inside := l.path(l.name)
	outside := path.Join(path.Dir(path.Clean(l.dir)), l.name)
	isInside, err := l.exists(inside)
	if err != nil {
		return err
	}
	isOutside, err := l.exists(outside)
	if err != nil || !isInside && !isOutside {
		return err
	}

	empty := len(m.Files()) == 0
	half := m.Base != nil && m.Base.Name == l.name && len(m.Incr) == 0 && !isInside
	if !empty && !half {
		return nil // a manifest with data of its own: the single file is a left-over that Redis ignores too
	}
	if !half {
		if err := l.makeDir(); err != nil {
			return err
		}
		m.Base = &FileInfo{Name: l.name, Seq: 1, Type: TypeBase}
		if err := m.Save(l.fs, l.dir, l.name); err != nil {
			return err
		}
	}
	if isInside {
		return nil
	}
	if err := l.fs.Rename(outside, inside); err != nil {
		return err
	}
	if err := l.fs.SyncDir(l.dir); err != nil {
		return err
	}
	return l.fs.SyncDir(path.Dir(outside))
}

// makeDir creates the folder so that it outlasts a power cut.
func (l location) makeDir() error {
	if err := l.fs.MkdirAll(l.dir); err != nil {
		return err
	}
	return l.fs.SyncDir(path.Dir(path.Clean(l.dir)))
}

// refuseOrphans fails when the folder holds data of this AOF but no manifest that lists it. Going on would
// start with an empty data set and write over the first of these files. Empty ones are what a start leaves
// that was cut short before its manifest was saved. (A manifest that lists nothing is another matter: beside it lies
// what a first rewrite leaves that was cut short, see start.go.)
func (l location) refuseOrphans() error {
	names, err := l.fs.ReadDir(l.dir)
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	part := regexp.MustCompile(`^` + regexp.QuoteMeta(l.name) + `\.\d+\.(base|incr)\.(aof|rdb)$`)
	for _, name := range names {
		if !part.MatchString(name) {
			continue
		}
		info, err := l.fs.Stat(l.path(name))
		if err != nil {
			return err
		}
		if info.Size > 0 {
			return fmt.Errorf("aof: %s holds data but no manifest lists it: restore %s or move the file away",
				l.path(name), l.path(ManifestName(l.name)))
		}
	}
	return nil
}
