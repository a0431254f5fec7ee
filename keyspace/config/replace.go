package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func rewriteError(err error) error {
	return fmt.Errorf("Rewriting config file: %w", SystemError(err))
}

// ReplaceFile makes path hold content, or leaves it as it was: the content is
// written to a file beside it and forced to the disk, then takes its name, and
// the folder is forced to the disk. The permissions stay those of the old file.
func ReplaceFile(path, content string) (err error) {
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeIfThere(temporary.Name()))
		}
	}()

	_, err = temporary.WriteString(content)
	if err == nil {
		err = temporary.Chmod(mode)
	}
	if err == nil {
		err = temporary.Sync()
	}
	if errClose := temporary.Close(); err == nil {
		err = errClose
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
