package transcripts

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The corpus travels with the package, so that a test elsewhere (the engine
// in-process) runs the same files from any folder.
//
//go:embed testdata
var corpusFS embed.FS

// corpusDir is where rewriting puts the files, seen from this package's folder.
const corpusDir = "testdata"

// corpus parses the files of the named groups, or of all.
func corpus(groups []string) ([]*script, error) {
	var scripts []*script
	err := fs.WalkDir(corpusFS, corpusDir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".txt") {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(file, corpusDir+"/"), ".txt")
		if len(groups) > 0 && !slices.Contains(groups, path.Dir(name)) {
			return nil
		}
		content, err := corpusFS.ReadFile(file)
		if err != nil {
			return err
		}
		s, err := parse(name, string(content))
		if err != nil {
			return err
		}
		scripts = append(scripts, s)
		return nil
	})
	return scripts, err
}
