package fs

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// waits counts what a Waiter is told.
type waits struct{ began, ended int }

func (w *waits) WaitBegins() { w.began++ }
func (w *waits) WaitEnds()   { w.ended++ }

// spied tells the test when a call arrives, so that it can see that the wait has begun and not ended.
type spied struct {
	FS
	arrived func()
}

func (s spied) SyncDir(dir string) error {
	s.arrived()
	return s.FS.SyncDir(dir)
}

func TestWaitingTellsOfEachCall(t *testing.T) {
	var w waits
	files := Waiting(NewMemory(), &w)
	told := func(what string, times int, call func() error) {
		t.Helper()
		before := w.began
		require.NoError(t, call(), what)
		require.Equal(t, times, w.began-before, what)
		require.Equal(t, w.began, w.ended, what)
	}

	var file File
	told("MkdirAll", 1, func() error { return files.MkdirAll("d") })
	told("Create", 1, func() (err error) { file, err = files.Create("d/a"); return err })
	told("WriteAt", 0, func() error { _, err := file.WriteAt([]byte("abc"), 0); return err })
	told("Sync", 1, file.Sync)
	told("Truncate", 1, func() error { return file.Truncate(2) })
	told("ReadAt", 0, func() error { _, err := file.ReadAt(make([]byte, 2), 0); return err })
	told("Close", 1, file.Close)
	told("Open", 1, func() (err error) { file, err = files.Open("d/a"); return err })
	told("Close", 1, file.Close)
	told("Rename", 1, func() error { return files.Rename("d/a", "d/b") })
	told("SyncDir", 1, func() error { return files.SyncDir("d") })
	told("Stat", 0, func() error { _, err := files.Stat("d/b"); return err })
	told("Remove", 1, func() error { return files.Remove("d/b") })
}

func TestWaitingSpansTheCall(t *testing.T) {
	var w waits
	memory := NewMemory()
	require.NoError(t, memory.MkdirAll("d"))
	files := Waiting(spied{memory, func() { require.Equal(t, waits{began: 1}, w) }}, &w)
	require.NoError(t, files.SyncDir("d"))
	require.Equal(t, waits{1, 1}, w)
}

func TestWaitingPassesErrorsOn(t *testing.T) {
	var w waits
	files := Waiting(NewMemory(), &w)
	_, err := files.Open("none")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorIs(t, files.Remove("none"), os.ErrNotExist)
	require.Equal(t, waits{2, 2}, w)
}
