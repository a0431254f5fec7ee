package aof

// The manifest: the text file that says which files make up the data, in Redis 7's format.
//
//	file appendOnly.aof.2.base.rdb seq 2 type b       the base: everything up to a moment, at most one
//	file appendOnly.aof.1.incr.aof seq 1 type h       history: made obsolete by a rewrite, to be removed
//	file appendOnly.aof.4.incr.aof seq 4 type i       increments: what came after, in ascending order
//	file appendOnly.aof.5.incr.aof seq 5 type i       the last one is being written
//
// A line is pairs of a key and a value; unknown keys are skipped, lines that begin with '#' are comments,
// values may be quoted. Names are plain names in the manifest's own folder. It is replaced as a whole and
// atomically, so at every moment one complete manifest is there.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"solokv/persistence/fs"
)

// FileType is the letter that a manifest has for a file's role.
type FileType byte

const (
	TypeBase    FileType = 'b'
	TypeIncr    FileType = 'i'
	TypeHistory FileType = 'h'
)

// FileInfo is one line of a manifest.
type FileInfo struct {
	Name string
	Seq  int64
	Type FileType
}

// Manifest lists the files of one AOF. The zero value lists none.
type Manifest struct {
	Base    *FileInfo
	History []FileInfo
	Incr    []FileInfo
}

const (
	manifestSuffix = ".manifest"
	tempPrefix     = "temp-"
	// manifestLineBytesMax is what Redis reads as one line, its end included.
	manifestLineBytesMax = 1024
	// manifestBytesMax bounds what a start-up reads into memory; a manifest has a few lines.
	manifestBytesMax = 16 << 20
)

// ManifestName is the name of the manifest for a value of appendfilename.
func ManifestName(name string) string { return name + manifestSuffix }

// What is wrong with a manifest, in the words that operators and test suites know from Redis.
var (
	errManifestEmpty     = errors.New("Found an empty AOF manifest")
	errManifestFormat    = errors.New("Invalid AOF manifest file format")
	errManifestLine      = errors.New("The AOF manifest file contains too long line")
	errManifestPath      = errors.New("File can't be a path, just a filename")
	errManifestBase      = errors.New("Found duplicate base file information")
	errManifestSequence  = errors.New("Found a non-monotonic sequence number")
	errManifestType      = errors.New("Unknown AOF file type")
	errManifestDuplicate = errors.New("Found a file that was listed before")
)

// ParseManifest reads a manifest's text. It is as strict as Redis, and also refuses a name that occurs twice.
func ParseManifest(text []byte) (*Manifest, error) {
	if len(text) == 0 {
		return nil, fmt.Errorf("aof: manifest: %w", errManifestEmpty)
	}
	m := &Manifest{}
	seen := map[string]bool{}
	for number := 1; len(text) > 0; number++ {
		line, rest, terminated := bytes.Cut(text, []byte("\n"))
		text = rest
		if len(line) > 0 && line[0] == '#' {
			continue
		}
		if !terminated || len(line) >= manifestLineBytesMax {
			return nil, fmt.Errorf("aof: manifest: line %d: %w", number, errManifestLine)
		}
		file, err := parseManifestLine(string(line))
		if err == nil && seen[file.Name] {
			err = errManifestDuplicate
		}
		if err == nil {
			seen[file.Name] = true
			err = m.add(file)
		}
		if err != nil {
			return nil, fmt.Errorf("aof: manifest: line %d: %w: %q", number, err, line)
		}
	}
	return m, nil
}

func parseManifestLine(line string) (FileInfo, error) {
	words, ok := splitWords(line)
	if !ok || len(words) < 6 || len(words)%2 != 0 {
		return FileInfo{}, errManifestFormat
	}
	var file FileInfo
	for i := 0; i < len(words); i += 2 {
		key, value := words[i], words[i+1]
		switch strings.ToLower(key) {
		case "file":
			if value == "" || value == "." || value == ".." || strings.ContainsAny(value, "/\\") {
				return FileInfo{}, errManifestPath
			}
			file.Name = value
		case "seq":
			seq, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return FileInfo{}, errManifestFormat
			}
			file.Seq = seq
		case "type":
			if len(value) == 1 {
				file.Type = FileType(value[0])
			}
		}
	}
	if file.Name == "" || file.Seq == 0 || file.Type == 0 {
		return FileInfo{}, errManifestFormat
	}
	return file, nil
}

func (m *Manifest) add(file FileInfo) error {
	switch file.Type {
	case TypeBase:
		if m.Base != nil {
			return errManifestBase
		}
		m.Base = &file
	case TypeIncr:
		if n := len(m.Incr); n > 0 && m.Incr[n-1].Seq >= file.Seq {
			return errManifestSequence
		}
		m.Incr = append(m.Incr, file)
	case TypeHistory:
		m.History = append(m.History, file)
	default:
		return errManifestType
	}
	return nil
}

// manifestNothing is the text of a manifest that lists nothing: one without any line would be an error.
const manifestNothing = "# nothing is in force yet\n"

// Format is the text of the manifest.
func (m *Manifest) Format() []byte {
	var text []byte
	line := func(file FileInfo) {
		text = fmt.Appendf(text, "file %s seq %d type %c\n", quoteWord(file.Name), file.Seq, file.Type)
	}
	if m.Base != nil {
		line(*m.Base)
	}
	for _, file := range m.History {
		line(file)
	}
	for _, file := range m.Incr {
		line(file)
	}
	if len(text) == 0 {
		return []byte(manifestNothing)
	}
	return text
}

// Files lists what has to be loaded, in order.
func (m *Manifest) Files() []FileInfo {
	files := slices.Clone(m.Incr)
	if m.Base != nil {
		files = slices.Insert(files, 0, *m.Base)
	}
	return files
}

// lists tells whether a name stands in it, in any role.
func (m *Manifest) lists(name string) bool {
	has := func(file FileInfo) bool { return file.Name == name }
	return slices.ContainsFunc(m.Files(), has) || slices.ContainsFunc(m.History, has)
}

// Clone returns a copy that shares nothing, to be changed, saved, and only then used.
func (m *Manifest) Clone() *Manifest {
	clone := &Manifest{History: slices.Clone(m.History), Incr: slices.Clone(m.Incr)}
	if m.Base != nil {
		base := *m.Base
		clone.Base = &base
	}
	return clone
}

// AddIncr lists a new increment behind the others.
func (m *Manifest) AddIncr(name string) FileInfo {
	file := FileInfo{Seq: m.nextSeq(TypeIncr), Type: TypeIncr}
	file.Name = fmt.Sprintf("%s.%d.incr.aof", name, file.Seq)
	m.Incr = append(m.Incr, file)
	return file
}

// ReplaceBase lists a new base; the one before it becomes history. format is "rdb" or "aof".
func (m *Manifest) ReplaceBase(name, format string) FileInfo {
	file := FileInfo{Seq: m.nextSeq(TypeBase), Type: TypeBase}
	file.Name = fmt.Sprintf("%s.%d.base.%s", name, file.Seq, format)
	if m.Base != nil {
		m.retire(*m.Base)
	}
	m.Base = &file
	return file
}

// RetireIncr makes history of all increments but the last n: a new base holds what they say.
func (m *Manifest) RetireIncr(keep int) {
	retired := max(len(m.Incr)-keep, 0)
	for _, file := range m.Incr[:retired] {
		m.retire(file)
	}
	m.Incr = slices.Clone(m.Incr[retired:])
}

func (m *Manifest) retire(file FileInfo) {
	file.Type = TypeHistory
	m.History = slices.Insert(m.History, 0, file)
}

// nextSeq is one more than the highest number in use. History counts too: its files may still be there.
func (m *Manifest) nextSeq(t FileType) int64 {
	var highest int64
	infix := map[FileType]string{TypeBase: ".base.", TypeIncr: ".incr."}[t]
	for _, file := range append(m.Files(), m.History...) {
		if file.Type == t || file.Type == TypeHistory && strings.Contains(file.Name, infix) {
			highest = max(highest, file.Seq)
		}
	}
	return highest + 1
}

// LoadManifest reads the manifest of the AOF called name from a folder. Where there is none the error is
// os.ErrNotExist.
func LoadManifest(filesystem fs.FS, dir, name string) (*Manifest, error) {
	text, err := readWhole(filesystem, path.Join(dir, ManifestName(name)))
	if err != nil {
		return nil, fmt.Errorf("aof: manifest: %w", err)
	}
	return ParseManifest(text)
}

// Save replaces the manifest in a folder. When it returns nil the new one outlasts a power cut, and so do the
// names of the files that were created in the folder before; after an error the old or the new one is there.
func (m *Manifest) Save(filesystem fs.FS, dir, name string) error {
	_, err := m.replace(filesystem, dir, name)
	return err
}

// replace is Save. With an error it also tells whether the new manifest may be the one that is there.
func (m *Manifest) replace(filesystem fs.FS, dir, name string) (maybe bool, err error) {
	temp, final := path.Join(dir, tempPrefix+ManifestName(name)), path.Join(dir, ManifestName(name))
	if err = m.write(filesystem, temp); err == nil {
		maybe = true
		if err = filesystem.Rename(temp, final); err == nil {
			err = filesystem.SyncDir(path.Clean(dir))
		}
	}
	if err != nil {
		filesystem.Remove(temp)
		return maybe, fmt.Errorf("aof: save manifest: %w", err)
	}
	return false, nil
}

// write makes a synced file of the text.
func (m *Manifest) write(filesystem fs.FS, name string) error {
	file, err := filesystem.Create(name)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(m.Format(), 0)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func readWhole(filesystem fs.FS, name string) ([]byte, error) {
	file, err := filesystem.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()

	size, err := file.Size()
	if err != nil {
		return nil, err
	}
	if size > manifestBytesMax {
		return nil, fmt.Errorf("%s: %d bytes are too many", name, size)
	}
	text := make([]byte, size)
	n, err := file.ReadAt(text, 0)
	if err == io.EOF && int64(n) == size {
		err = nil
	}
	return text, err
}

func isMissing(err error) bool { return errors.Is(err, os.ErrNotExist) }
