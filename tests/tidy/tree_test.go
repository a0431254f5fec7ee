package tidy

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// module is the path that every import of the project begins with.
const module = "solokv"

// root is the repository's folder, seen from this package's.
const root = "../.."

// textFile is one file of the repository. name is its path with slashes.
type textFile struct {
	name    string
	content []byte
}

func (f textFile) lines() []string { return strings.Split(string(f.content), "\n") }

// goFile is a parsed Go file.
type goFile struct {
	textFile
	ast *ast.File
}

// dir is the package's folder, "." for main.
func (f goFile) dir() string { return path.Dir(f.name) }

func (f goFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// generated tells whether a tool wrote the file: then no limit concerns it.
func (f goFile) generated() bool { return ast.IsGenerated(f.ast) }

// imports returns the paths that the file imports.
func (f goFile) imports() []string {
	var paths []string
	for _, spec := range f.ast.Imports {
		paths = append(paths, strings.Trim(spec.Path.Value, `"`))
	}
	return paths
}

// positions is where each node of every parsed file stands.
var positions = token.NewFileSet()

// tree is the repository, read once.
var tree = sync.OnceValues(func() ([]textFile, error) {
	var files []textFile
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == ".git" || d.Name() == "results" || d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Name() == ".git" {
			return nil // where a working tree's repository is
		}
		if !d.Type().IsRegular() || strings.HasSuffix(name, ".new") {
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil || bytes.IndexByte(content, 0) >= 0 {
			return err // what holds a zero byte is no text
		}
		relative, err := filepath.Rel(root, name)
		files = append(files, textFile{filepath.ToSlash(relative), content})
		return err
	})
	return files, err
})

// textFiles returns every text file of the repository.
func textFiles(t *testing.T) []textFile {
	t.Helper()
	files, err := tree()
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// goFiles returns every Go file of the module, tests included.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var parsed []goFile
	for _, f := range textFiles(t) {
		ownModule := strings.HasPrefix(f.name, "tests/compat/")
		if !strings.HasSuffix(f.name, ".go") || ownModule || strings.Contains(f.name, "testdata/") {
			continue
		}
		tree, err := parser.ParseFile(positions, f.name, f.content, parser.ParseComments)
		require.NoError(t, err)
		parsed = append(parsed, goFile{f, tree})
	}
	require.NotEmpty(t, parsed)
	return parsed
}
