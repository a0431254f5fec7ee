package aof

// What a start would load, found out without changing anything: a start takes over old single files and makes what is
// missing (folder.go), and this is also for folders that another server is working on.

import (
	"errors"
	"fmt"
	"path"
)

// Part is a file that is loaded.
type Part struct {
	FileInfo
	Path    string
	Bytes   int64
	Missing error // it is not there
	// Last tells that nothing was written behind it: a torn tail of such a file is cut off.
	Last bool
}

// parts are the files of a manifest, in the order of loading.
func (l location) parts(m *Manifest) ([]Part, error) {
	last := -1
	var parts []Part
	for i, file := range m.Files() {
		part := Part{FileInfo: file, Path: l.path(file.Name)}
		info, err := l.fs.Stat(part.Path)
		switch {
		case isMissing(err):
			part.Missing = fmt.Errorf("cannot load %s although the manifest lists it: No such file or directory: %w",
				file.Name, err)
		case err != nil:
			return nil, err
		}
		part.Bytes = info.Size
		parts = append(parts, part)
		if part.Bytes > 0 || last < 0 || parts[last].Type == TypeBase {
			last = i // see rotate.go for why empty increments do not count
		}
	}
	if last >= 0 {
		parts[last].Last = true
	}
	return parts, nil
}

// ErrNothing says that there is no AOF.
var ErrNothing = errors.New("there is no append-only file of this name")

// Survey returns the manifest of an AOF and the files that a start would load, in order. Where there is only an old
// single file, the manifest is what a start would make of it.
func Survey(o LoadOptions) (*Manifest, []Part, error) {
	at := location{o.FS, o.Dir, o.Name}
	m, err := LoadManifest(o.FS, o.Dir, o.Name)
	lone := isMissing(err)
	if lone {
		m, err = &Manifest{Base: &FileInfo{Name: o.Name, Seq: 1, Type: TypeBase}}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	parts, err := at.parts(m)
	if err != nil {
		return nil, nil, fmt.Errorf("aof: survey: %w", err)
	}
	if len(parts) != 1 || parts[0].Name != o.Name || parts[0].Missing == nil {
		return m, parts, nil
	}
	outside := path.Join(path.Dir(path.Clean(o.Dir)), o.Name)
	info, err := o.FS.Stat(outside)
	switch {
	case err == nil && !info.Dir:
		parts[0].Path, parts[0].Bytes, parts[0].Missing = outside, info.Size, nil
	case err != nil && !isMissing(err):
		return nil, nil, fmt.Errorf("aof: survey: %w", err)
	case lone:
		if err := at.refuseOrphans(); err != nil {
			return nil, nil, err
		}
		return nil, nil, fmt.Errorf("aof: %s in %s: %w", o.Name, o.Dir, ErrNothing)
	}
	return m, parts, nil
}
