package persistence

// Looking at files without loading them: RDB files, whole append-only files, and single files of those. Everything is
// read through by the rules of a start, so what is whole here is what a start loads; only a key that is there twice
// goes unnoticed, since nobody keeps the keys. Files of a running server can be looked at: nothing is locked, and what
// changed meanwhile is looked at again. Only a repair takes the lock that servers take.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"solokv/persistence/aof"
	"solokv/persistence/fs"
)

// CheckOptions say how Check works.
type CheckOptions struct {
	// FS is where the files are; without Fix nothing in it is changed, and it may refuse all changes.
	FS fs.FS
	// Out gets the report.
	Out io.Writer
	// Fix cuts a torn tail off, where a start would, if nothing else is wrong. The folder is locked meanwhile.
	Fix bool
}

// lookAgainMax is how often files are looked at that change while they are read.
const lookAgainMax = 4

// manifestSuffix ends the name of a manifest.
var manifestSuffix = aof.ManifestName("")

// Check reports on a file or a folder: an RDB file, a manifest or its folder, or one file of an AOF. It tells whether
// everything is whole, or was repaired.
func Check(o CheckOptions, name string) (whole bool) {
	c := checker{o: o}
	defer c.close()

	reports, err := c.look(path.Clean(name))
	if err != nil {
		fmt.Fprintf(o.Out, "%s: %s\n", name, err)
		return false
	}
	whole = true
	for i := range reports {
		reports[i].print(o.Out)
		whole = whole && reports[i].verdict() == verdictWhole
	}
	return whole
}

type checker struct {
	o     CheckOptions
	build valueBuilder
}

func (c *checker) close() { c.build.close() }

// look finds out what a name stands for, and checks that.
func (c *checker) look(name string) ([]report, error) {
	info, err := c.o.FS.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case info.Dir:
		return c.folder(name)
	case strings.HasSuffix(name, manifestSuffix):
		dir, base := path.Split(name)
		return c.appendOnly(path.Clean(dir), strings.TrimSuffix(base, manifestSuffix))
	}
	return c.file(name)
}

// folder checks every AOF that has its files in a folder.
func (c *checker) folder(dir string) ([]report, error) {
	names, err := c.manifests(dir)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("there is no manifest in this folder: name a file, or the folder of an append-only file")
	}
	var all []report
	for _, name := range names {
		reports, err := c.appendOnly(dir, name)
		if err != nil {
			reports = []report{{name: path.Join(dir, aof.ManifestName(name)), err: err}}
		}
		all = append(all, reports...)
	}
	return all, nil
}

// manifests lists the AOFs of a folder, by their appendfilename.
func (c *checker) manifests(dir string) (names []string, err error) {
	found, err := c.o.FS.ReadDir(dir)
	for _, name := range found {
		if base, ok := strings.CutSuffix(name, manifestSuffix); ok && base != "" && !strings.HasPrefix(name, "temp-") {
			names = append(names, base)
		}
	}
	return names, err
}

// appendOnly checks an AOF as a whole.
func (c *checker) appendOnly(dir, name string) (reports []report, err error) {
	if c.o.Fix {
		unlock, err := c.lock(dir, name)
		if err != nil {
			return nil, err
		}
		defer unlock.Close()
	}
	for range lookAgainMax {
		m, parts, err := aof.Survey(aof.LoadOptions{FS: c.o.FS, Dir: dir, Name: name})
		if err != nil {
			return nil, err
		}
		reports = []report{{name: path.Join(dir, aof.ManifestName(name)), manifest: m}}
		missing := false
		for _, part := range parts {
			reports = append(reports, c.part(part))
			missing = missing || errors.Is(reports[len(reports)-1].err, os.ErrNotExist)
		}
		if !missing || c.sameManifest(dir, name, m) {
			break
		}
	}
	if c.o.Fix {
		c.repair(reports)
	}
	return reports, nil
}

// sameManifest tells whether a manifest is still the one that was read: a rewrite may have ended, and have removed
// files.
func (c *checker) sameManifest(dir, name string, m *aof.Manifest) bool {
	now, err := aof.LoadManifest(c.o.FS, dir, name)
	return err != nil || string(now.Format()) == string(m.Format())
}

// lock takes an AOF as a server does.
func (c *checker) lock(dir, name string) (*Store, error) {
	return Open(Options{FS: c.o.FS, Dir: path.Dir(dir), AppendDirName: path.Base(dir), AppendFileName: name})
}

// part checks one file of an AOF.
func (c *checker) part(part aof.Part) (r report) {
	for range lookAgainMax {
		r = report{name: part.Path, part: &part, census: newCensus(&c.build)}
		if part.Missing != nil {
			r.err = part.Missing
			return r
		}
		r.state, r.err = aof.Check(aof.CheckOptions{FS: c.o.FS, Part: part, Base: r.census.read})
		now, err := c.o.FS.Stat(part.Path)
		if r.verdict() == verdictWhole || err != nil || now.Size == r.state.Bytes {
			return r
		}
		// It is being written: its end is perhaps there by now.
	}
	return r
}

// repair cuts the torn tail off, if that is all there is to repair.
func (c *checker) repair(reports []report) {
	torn := -1
	for i := range reports {
		switch reports[i].verdict() {
		case verdictTorn:
			torn = i
		case verdictDamaged:
			reports[i].unrepaired = true
			return
		}
	}
	if torn < 0 {
		return
	}
	r := &reports[torn]
	if r.err = aof.Cut(c.o.FS, r.part.Path, r.state.Whole); r.err == nil {
		r.cutBytes, r.cutWhy = r.state.Bytes-r.state.Whole, r.state.Torn
		r.state.Bytes, r.state.Torn = r.state.Whole, ""
	}
}

// partName is what the files of an AOF are called.
var partName = regexp.MustCompile(`^(.+)\.\d+\.(base|incr)\.(aof|rdb)$`)

// file checks a single file: by the role that a manifest beside it gives it, or else for itself.
func (c *checker) file(name string) ([]report, error) {
	dir, base := path.Dir(name), path.Base(name)
	owner, part, err := c.owner(dir, base)
	switch {
	case err != nil && c.o.Fix:
		return nil, err
	case part != nil:
	case strings.HasSuffix(base, ".rdb"):
		r := c.database(name)
		r.unrepaired = c.o.Fix && r.err != nil
		return []report{r}, nil
	default:
		if part, err = c.lone(name); err != nil {
			return nil, err
		}
		if owner = base; partName.MatchString(base) {
			owner = partName.FindStringSubmatch(base)[1]
		}
	}
	if c.o.Fix {
		unlock, err := c.lock(dir, owner)
		if err != nil {
			return nil, err
		}
		defer unlock.Close()
	}
	reports := []report{c.part(*part)}
	if c.o.Fix {
		c.repair(reports)
	}
	return reports, nil
}

// owner finds the AOF that has a file as one of its parts. An error is that of a manifest which cannot be read: then
// nobody knows. A file that it lists as obsolete is a part that is not the last.
func (c *checker) owner(dir, base string) (owner string, part *aof.Part, err error) {
	names, err := c.manifests(dir)
	for _, name := range names {
		m, parts, failed := aof.Survey(aof.LoadOptions{FS: c.o.FS, Dir: dir, Name: name})
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", aof.ManifestName(name), failed))
			continue
		}
		for _, p := range parts {
			if p.Name == base && p.Missing == nil {
				return name, &p, nil
			}
		}
		if i := slices.IndexFunc(m.History, func(f aof.FileInfo) bool { return f.Name == base }); i >= 0 {
			return name, &aof.Part{FileInfo: m.History[i], Path: path.Join(dir, base)}, nil
		}
	}
	return "", nil, err
}

// lone makes a part of a file that no manifest lists: by its name, or by what it begins with.
func (c *checker) lone(name string) (*aof.Part, error) {
	part := &aof.Part{FileInfo: aof.FileInfo{Name: path.Base(name), Type: aof.TypeIncr}, Path: name, Last: true}
	if strings.Contains(part.Name, ".base.") {
		part.Type = aof.TypeBase
	}
	if strings.HasSuffix(name, ".aof") {
		return part, nil
	}
	file, err := c.o.FS.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()

	head := make([]byte, 6)
	n, err := file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	for _, begin := range []string{"REDIS", "VALKEY", "*", "#"} {
		if strings.HasPrefix(string(head[:n]), begin) {
			return part, nil
		}
	}
	return nil, errors.New("neither an RDB file nor an append-only file: it begins with " + fmt.Sprintf("%q", head[:n]))
}
