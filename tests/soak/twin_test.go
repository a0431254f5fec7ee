package soak

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// portrait is what a server holds.
type portrait struct{ digest, functions string }

func portraitOf(c *harness.Client) portrait {
	return portrait{c.MustDo("DEBUG", "DIGEST").Text, c.MustDo("FUNCTION", "DUMP").Text}
}

// source is the files that a twin is started on.
type source struct {
	name string
	args []string
	make func(r *run)
	keep func(path string) bool // which of the server's files the twin gets
}

var (
	fromJournal = source{
		name: "aof", args: serverArgs, make: func(*run) {},
		keep: func(path string) bool { return strings.HasPrefix(path, "aof"+string(filepath.Separator)) },
	}
	fromSnapshot = source{
		name: "rdb", args: append(append([]string{}, serverArgs...), "--appendonly", "no", "--save", "3600 1"),
		make: func(r *run) { r.control.MustDo("SAVE") },
		keep: func(path string) bool { return path == "dump.rdb" },
	}
)

// checkTwin starts a twin on a copy of the server's files. It has the same data; it is killed, and ended, and has
// them again each time.
func (r *run) checkTwin(from source) {
	from.make(r)
	want := portraitOf(r.control)
	twin := harness.StartIn(r.t, harness.SoloKV(r.t), r.copyFiles(from), from.args...)
	check := func(when string) {
		c, err := harness.Dial(twin.Addr())
		require.NoError(r.t, err)
		defer c.Close()
		assert.Equal(r.t, want, portraitOf(c), "from %s, %s", from.name, when)
	}
	check("as they were left")
	twin.Kill()
	require.NoError(r.t, twin.Restart())
	check("after kill -9")
	require.NoError(r.t, twin.Stop())
	require.NoError(r.t, twin.Restart())
	check("after SIGTERM")
	require.NoError(r.t, twin.Stop())
	require.NoError(r.t, os.RemoveAll(twin.Dir()))
}

// copyFiles copies those that a source has, as they are now: the server's descriptors, and what it has in its buffers, stay
// with it, as if it had been killed.
func (r *run) copyFiles(from source) (dir string) {
	dir, err := os.MkdirTemp(r.t.TempDir(), "twin")
	require.NoError(r.t, err)
	root, copied := r.server.Dir(), 0
	require.NoError(r.t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil || !from.keep(relative) {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		copied++
		target := filepath.Join(dir, relative)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	}))
	require.NotZero(r.t, copied, "there are no files of %s", from.name)
	return dir
}

// finalRestarts lets the server itself go the way of the twins, with data.
func (r *run) finalRestarts() {
	p := r.newPhase(loadMin)
	p.load()
	p.quieten()
	want := portraitOf(r.control)
	for _, end := range []struct {
		name string
		now  func() error
	}{
		{"kill -9", func() error { r.server.Kill(); return nil }},
		{"SIGTERM", r.server.Stop},
	} {
		r.checkLog()
		require.NoError(r.t, end.now())
		require.NoError(r.t, r.server.Restart())
		r.control, r.logRead = r.server.Dial(), 0
		assert.Equal(r.t, want, portraitOf(r.control), "after %s", end.name)
	}
}
