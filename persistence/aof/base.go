package aof

import (
	"context"
	"hash/crc32"

	"solokv/persistence/fs"
)

const (
	baseBufferBytes = 256 << 10
	// baseChunkBytesMin is what a checksum in a base covers at least.
	baseChunkBytesMin = 64 << 10
)

// baseWriter writes a file from its start. After an error it fails for good, so whoever writes may look at errors
// late.
type baseWriter struct {
	ctx context.Context
	to  *fs.Stream
	err error

	buf []byte

	checksum bool // annotate chunks; each Write ends with a whole record
	sum      uint32
	sumBytes int64
}

func newBaseWriter(ctx context.Context, file fs.File, checksum bool) *baseWriter {
	return &baseWriter{ctx: ctx, to: fs.NewStream(file), checksum: checksum, buf: make([]byte, 0, baseBufferBytes)}
}

// Write implements io.Writer. It gets whole records, or the end of one that WritePart has begun.
func (w *baseWriter) Write(p []byte) (int, error) {
	n, err := w.WritePart(p)
	if w.checksum && w.sumBytes >= baseChunkBytesMin {
		w.closeSum()
	}
	return n, err
}

// WritePart implements PartWriter.
func (w *baseWriter) WritePart(p []byte) (int, error) {
	if w.err == nil {
		w.err = w.ctx.Err()
	}
	w.put(p)
	if w.checksum {
		w.sum = crc32.Update(w.sum, castagnoli, p)
		w.sumBytes += int64(len(p))
	}
	if w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}

// finish writes the rest and syncs all.
func (w *baseWriter) finish() error {
	if w.err == nil {
		w.err = w.ctx.Err()
	}
	if w.checksum && w.sumBytes > 0 {
		w.closeSum()
	}
	w.flush()
	if w.err == nil {
		w.err = w.to.Sync()
	}
	return w.err
}

func (w *baseWriter) closeSum() {
	var line [checksumLineBytesMax]byte
	w.put(appendChecksum(line[:0], w.sum, w.sumBytes))
	w.sum, w.sumBytes = 0, 0
}

// put buffers what fits and writes what is too large to fit at all.
func (w *baseWriter) put(p []byte) {
	if len(w.buf)+len(p) > cap(w.buf) {
		w.flush()
	}
	if len(p) > cap(w.buf) {
		w.write(p)
		return
	}
	w.buf = append(w.buf, p...)
}

func (w *baseWriter) flush() {
	w.write(w.buf)
	w.buf = w.buf[:0]
}

// write writes through, a part at a time so that the context does not wait for a huge value.
func (w *baseWriter) write(p []byte) {
	for len(p) > 0 && w.err == nil {
		part := p[:min(len(p), baseBufferBytes)]
		p = p[len(part):]
		if _, w.err = w.to.Write(part); w.err == nil {
			w.err = w.ctx.Err()
		}
	}
}
