package fs

// Stream writes a file from its start to its end, and brings it to disk on the way: one sync of gigabytes at the end
// would hold up everybody else's. Nor does it leave that to the syncs, as one of many megabytes that nobody has begun
// to write keeps the kernel busy for milliseconds, on a core that others may be waiting for (8 ms for 32 MB, a
// microsecond for each page).
type Stream struct {
	file    File
	end     int64 // of what was written
	started int64 // up to here the disk was told
	synced  int64
}

const (
	// streamStartBytes is how much is written before the disk is told. A save with a quarter of it took 1.7 times as long.
	streamStartBytes = 1 << 20
	// streamSyncBytes is how much is written between two syncs.
	streamSyncBytes = 4 << 20
	// pageBytes is what the disk is told of at once: a page that more will be written to is left for later.
	pageBytes = 4 << 10
)

// NewStream begins at the start of a file.
func NewStream(file File) *Stream { return &Stream{file: file} }

// Write implements io.Writer.
func (s *Stream) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var part int
		part, err = s.file.WriteAt(p[n:min(len(p), n+streamStartBytes)], s.end)
		s.end += int64(part)
		n += part
		if err == nil {
			err = s.push()
		}
	}
	return n, err
}

// push brings to disk what is due.
func (s *Stream) push() error {
	if s.end-s.synced >= streamSyncBytes {
		return s.Sync()
	}
	if to := s.end &^ (pageBytes - 1); to-s.started >= streamStartBytes {
		s.file.StartSync(s.started, to)
		s.started = to
	}
	return nil
}

// Sync makes all of it outlast a power cut. Without a call at the end it would be most of it.
func (s *Stream) Sync() error {
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.synced, s.started = s.end, s.end&^(pageBytes-1)
	return nil
}
