package persistence

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"sync/atomic"

	"solokv/persistence/fs"
)

// syncEveryBytes is how much of a new file is written before it is brought to disk:
// one sync of gigabytes at the end would hold up everybody else's.
const syncEveryBytes = 32 << 20

var temporaries atomic.Int64

// Replace writes a file so that at every moment the old one or the new one is
// there, whole, also after a power cut; when it returns nil it is the new one. write
// gets what becomes the file. After an error the old one is there, and no other
// trace.
func Replace(filesystem fs.FS, name string, write func(io.Writer) error) error {
	temp := path.Join(path.Dir(name), fmt.Sprintf("temp-%d-%d.rdb", os.Getpid(), temporaries.Add(1)))
	err := writeTemp(filesystem, temp, write)
	if err == nil {
		err = filesystem.Rename(temp, name)
	}
	if err == nil {
		if err = filesystem.SyncDir(path.Dir(name)); err == nil {
			return nil
		}
	}
	_ = filesystem.Remove(temp) // after a rename it is gone
	return fmt.Errorf("persistence: replace %s: %w", name, err)
}

func writeTemp(filesystem fs.FS, temp string, write func(io.Writer) error) error {
	file, err := filesystem.Create(temp)
	if err != nil {
		return err
	}
	err = write(&syncingWriter{file: file})
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncingWriter writes to a file from its start.
type syncingWriter struct {
	file     fs.File
	at       int64
	unsynced int64
}

func (w *syncingWriter) Write(p []byte) (int, error) {
	n, err := w.file.WriteAt(p, w.at)
	w.at += int64(n)
	w.unsynced += int64(n)
	if err == nil && w.unsynced >= syncEveryBytes {
		w.unsynced = 0
		err = w.file.Sync()
	}
	return n, err
}
