package fs

import "time"

// Freeing a large file is work for the kernel: 60 ms for 180 MB where the disk is told of it (ext4, discard), in which
// a kernel that does not preempt itself kept a core for 20 ms. It can wait, and be done in parts.
const (
	// discardStep is how many bytes are freed at once: 0.8 ms on that disk.
	discardStep = 1 << 20
	// discardRest is how long the disk is left alone after each step, in times of what the step took.
	discardRest = 4
)

// RemoveLarge removes a file as FS.Remove does, and frees what it held as Discard does.
func RemoveLarge(files FS, name string) error {
	file, errOpen := files.Open(name)
	err := files.Remove(name)
	if errOpen == nil && err == nil {
		Discard(file)
	} else if errOpen == nil {
		_ = file.Close()
	}
	return err
}

// Discard closes a file that has lost its name, later if it is large: it is freed step by step from its end, beside
// whatever the caller does next. If the process ends before, the kernel does the rest. A file that others can reach
// is closed only.
func Discard(file File) {
	size, err := file.Size()
	if err != nil || size <= discardStep || !file.Sole() {
		_ = file.Close()
		return
	}
	go func() {
		shrink(file, size)
		_ = file.Close()
	}()
}

func shrink(file File, size int64) {
	for size > discardStep {
		size -= discardStep
		start := time.Now()
		if file.Truncate(size) != nil {
			return
		}
		time.Sleep(discardRest * time.Since(start))
	}
}
