package fs

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// pushedFile notes how a file is brought to disk.
type pushedFile struct {
	File
	started, syncs int64
	written        int64
	failSync       error
	wrong          bool // StartSync had a range that is not whole pages, not written, or known already
}

func (f *pushedFile) WriteAt(p []byte, offset int64) (int, error) {
	f.written = max(f.written, offset+int64(len(p)))
	return f.File.WriteAt(p, offset)
}

func (f *pushedFile) StartSync(from, to int64) {
	if from < f.started || to <= from || to > f.written || from%pageBytes != 0 || to%pageBytes != 0 {
		f.wrong = true
	}
	f.started = to
}

func (f *pushedFile) Sync() error {
	f.syncs++
	return f.failSync
}

func TestStreamBringsToDiskOnTheWay(t *testing.T) {
	inner, err := NewMemory().Create("f")
	require.NoError(t, err)
	file := &pushedFile{File: inner}
	s := NewStream(file)
	want := bytes.Repeat([]byte("0123456789abcde"), 700_000) // 10.5 MB, of an odd length each
	for rest := want; len(rest) > 0; {
		n := min(len(rest), 100_001)
		wrote, err := s.Write(rest[:n])
		require.NoError(t, err)
		require.Equal(t, n, wrote)
		rest = rest[n:]
	}
	require.Equal(t, int64(len(want)/(streamSyncBytes+100_001)), file.syncs)
	require.Greater(t, file.started, int64(len(want)-streamSyncBytes))
	n, err := s.Write(want) // more than a part at once
	require.NoError(t, err)
	require.Equal(t, len(want), n)
	require.NoError(t, s.Sync())
	require.False(t, file.wrong)

	got := make([]byte, 2*len(want))
	_, err = inner.ReadAt(got, 0)
	require.NoError(t, err)
	require.Equal(t, append(want, want...), got)
}

func TestStreamTellsOfAFailedSync(t *testing.T) {
	inner, err := NewMemory().Create("f")
	require.NoError(t, err)
	failed := errors.New("disk")
	s := NewStream(&pushedFile{File: inner, failSync: failed})
	_, err = s.Write(make([]byte, streamSyncBytes))
	require.ErrorIs(t, err, failed)
	require.ErrorIs(t, s.Sync(), failed)
}
