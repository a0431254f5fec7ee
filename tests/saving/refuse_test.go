package saving

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// TestHarmedFiles: a dump.rdb that is not whole stops the start with an error that
// names the file, and stays as it is.
func TestHarmedFiles(t *testing.T) {
	s := start(t)
	c := s.Dial()
	fill(c)
	c.MustDo("SAVE")
	s.Kill()
	whole := readFile(t, dump(s))

	f := func(name string, harm func(content []byte) []byte, wants ...string) {
		t.Run(name, func(t *testing.T) {
			for _, appendOnly := range []string{"no", "yes"} {
				dir := t.TempDir()
				file := filepath.Join(dir, "dump.rdb")
				harmed := harm(bytes.Clone(whole))
				require.NoError(t, os.WriteFile(file, harmed, 0o644))
				log := refusal(t, dir, "--appendonly", appendOnly)
				last := log[strings.LastIndexByte(strings.TrimSpace(log), '\n')+1:]
				for _, want := range append(wants, "Fatal error loading the DB", file) {
					require.Contains(t, last, want)
				}
				require.NotContains(t, log, "Ready to accept")
				require.NotContains(t, log, "goroutine ")
				require.Equal(t, harmed, readFile(t, file))
			}
		})
	}
	cut := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }
	f("nothing in it", cut(0), "unexpected EOF")
	f("cut in the header", cut(7), "unexpected EOF")
	f("cut in the middle", cut(len(whole)/2))
	f("cut before the checksum", cut(len(whole)-8), "unexpected EOF")
	f("cut in the checksum", cut(len(whole)-3), "unexpected EOF")
	f("another checksum", func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, "CRC error")
	f("garbage", func(b []byte) []byte { return bytes.Repeat([]byte("garbage "), 5000) })
	f("a version that is too new", func(b []byte) []byte { copy(b[5:], "0999"); return b }, "version 999")
	f("a type that is not there", func(b []byte) []byte { return append(b[:9:9], 77) })
	for i := range 5 {
		at := len(whole) * (i + 1) / 6
		f(fmt.Sprint("a bit at ", at), func(b []byte) []byte { b[at] ^= 0x10; return b })
	}
}

// TestFileThatCannotBeOpened is about a folder in the place of the file: permissions
// mean nothing to those who may do everything.
func TestFileThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "dump.rdb"), 0o755))
	require.Contains(t, refusal(t, dir), "Fatal error loading the DB")

	if os.Getuid() == 0 {
		t.Log("run by root, who may read everything")
		return
	}
	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "dump.rdb"), nil, 0o200))
	require.Contains(t, refusal(t, dir), "permission denied")
}

// TestFolderInUse: two servers cannot have one append-only file.
func TestFolderInUse(t *testing.T) {
	s := start(t, "--appendonly", "yes")
	require.Contains(t, refusal(t, s.Dir(), "--appendonly", "yes"), "append only file")
	require.Equal(t, "PONG", s.Dial().MustDo("PING").Text)
}

// slowToLoad is a folder whose file takes a few seconds to load.
func slowToLoad(t *testing.T) (dir string, args []string) {
	s := start(t)
	c := s.Dial()
	c.MustDo("DEBUG", "POPULATE", "2000", "key", "100")
	c.MustDo("SAVE")
	s.Kill()
	return s.Dir(), []string{"--key-load-delay", "2000"}
}

// TestLoading: who comes early is told so, and can end the server.
func TestLoading(t *testing.T) {
	dir, args := slowToLoad(t)
	for _, appendOnly := range []string{"no", "yes"} {
		s := harness.StartEarly(t, harness.SoloKV(t), dir, append(args, "--appendonly", appendOnly, "--save", "1 1")...)
		c := s.Dial()
		for _, command := range [][]string{{"GET", "key:1"}, {"SET", "a", "1"}, {"SAVE"}, {"BGSAVE"}, {"PING"}} {
			v, err := c.Do(command...)
			require.NoError(t, err)
			require.True(t, v.IsError(), "%q", command)
			require.True(t, strings.HasPrefix(v.Text, "LOADING "), "%q: %s", command, v.Text)
		}
		require.Equal(t, "1", info(c, "loading"))
		require.NotEmpty(t, info(c, "loading_start_time"))
		before := readFile(t, filepath.Join(dir, "dump.rdb"))
		began := time.Now()
		signal(t, s, syscall.SIGTERM)
		awaitEnd(t, s)
		require.Less(t, time.Since(began), 3*time.Second)
		require.Zero(t, s.ExitCode())
		require.Equal(t, before, readFile(t, filepath.Join(dir, "dump.rdb")), "what was half loaded is not saved")
	}

	s := startIn(t, dir, "--appendonly", "yes")
	require.Equal(t, int64(2000), s.Dial().MustDo("DBSIZE").Int)
	require.Equal(t, "0", info(s.Dial(), "loading"))
}
