package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// fileRows ask how fast an idle server saves the mixed data set, and how fast it starts with it: from a snapshot, and
// from the journal of the commands that made it. Each server loads what it has written itself.
func fileRows(s settings, sizes []saveSize) []row {
	var list []row
	for _, size := range sizes {
		keys := s.scaled(size.keys)
		what := grouped(float64(keys)) + " keys of all types"
		stored := setup{keys: keys, mixed: true}
		logged := setup{keys: keys, mixed: true, fsync: "everysec"}
		list = append(list,
			row{
				name: "save" + size.suffix, title: "SAVE of " + what,
				kind: kindSave, setup: stored, serverBytes: int64(keys) * mixedBytesPerKey,
				measure: func(ctx context.Context, target *server) (sample, error) { return measureSave(target, keys) },
			},
			row{
				name: "load-rdb" + size.suffix, title: "start from a snapshot of " + what,
				kind: kindLoad, setup: stored, serverBytes: int64(keys) * mixedBytesPerKey,
				measure: func(ctx context.Context, target *server) (sample, error) {
					if _, err := os.Stat(target.snapshotPath()); errors.Is(err, fs.ErrNotExist) {
						if _, err := measureSave(target, keys); err != nil {
							return nil, err
						}
					}
					return measureStart(ctx, target, s.launcher, target.snapshotPath(), keys)
				},
			},
			row{
				name: "load-aof" + size.suffix, title: "start from a journal of the commands that made " + what,
				kind: kindLoad, setup: logged, serverBytes: int64(keys) * mixedBytesPerKey,
				measure: func(ctx context.Context, target *server) (sample, error) {
					return measureStart(ctx, target, s.launcher, target.journalPath(), keys)
				},
			})
	}
	return list
}

// mixedBytesPerKey is generous: the mixed data set takes 150 to 300 bytes per key, and its files 60 to 180.
const mixedBytesPerKey = 500

func (s *server) snapshotPath() string { return filepath.Join(s.folder, snapshotName) }
func (s *server) journalPath() string  { return filepath.Join(s.folder, journalName) }

func measureSave(target *server, keys int) (sample, error) {
	start := time.Now()
	if _, err := target.control.do("SAVE"); err != nil {
		return nil, err
	}
	elapsed := time.Since(start)
	bytes, err := warm(target.snapshotPath())
	if err != nil {
		return nil, err
	}
	return fileSample(keys, bytes, elapsed), nil
}

// measureStart starts the server anew on its files, and checks that nothing is missing then.
func measureStart(ctx context.Context, target *server, l *launcher, path string, keys int) (sample, error) {
	bytes, err := warm(path)
	if err != nil {
		return nil, err
	}
	elapsed, err := target.restart(ctx, l)
	if err != nil {
		return nil, err
	}
	present, err := target.control.doInt("DBSIZE")
	if err != nil {
		return nil, err
	}
	if present != int64(keys) {
		return nil, fmt.Errorf("%d of %d keys are there after the start", present, keys)
	}
	return fileSample(keys, bytes, elapsed), nil
}

func fileSample(keys int, bytes int64, elapsed time.Duration) sample {
	return sample{
		metricKeyRate.name:  float64(keys) / elapsed.Seconds(),
		metricByteRate.name: float64(bytes) / 1e6 / elapsed.Seconds(),
		metricSaveTime.name: elapsed.Seconds(),
		metricFile.name:     float64(bytes) / 1e6,
	}
}

// warm reads a file, or all files in a folder, so that they are in the page cache. It returns their size, which is not 0.
func warm(path string) (bytes int64, err error) {
	err = filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		n, err := io.Copy(io.Discard, file)
		bytes += n
		return err
	})
	if err == nil && bytes == 0 {
		err = fmt.Errorf("%s is empty", path)
	}
	return bytes, err
}
