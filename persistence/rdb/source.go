package rdb

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// source is the bytes that are read: of a stream, through a buffer, or of a payload, which is then the buffer.
//
// Its error is sticky. Once there is one, everything reads as zero or empty, so only loops need to look at it.
// What is handed out is a view of the buffer, valid until more is read.
type source struct {
	in     io.Reader // nil: there is nothing behind buf
	buf    []byte    // pos and further on is unread
	pos    int
	before int64 // bytes of the input before buf
	size   int64 // of the input; -1: unknown

	sums   bool   // the checksum is wanted
	summed int    // bytes of buf that crc is of
	crc    uint64 // of all before them

	progress func(bytes int64)
	told     int64

	err       error
	stoppedAt int64 // where it was found
}

const (
	// bufferBytes is what is read at once.
	bufferBytes = 256 << 10
	// bufferedMax is the longest string that is read into the buffer; longer ones get memory of their own.
	bufferedMax = 32 << 10
	// growBytes is how far memory is ahead of the bytes that have come, where nobody knows how many will.
	growBytes = 1 << 20
	// progressBytes is read between two calls of Progress.
	progressBytes = 1 << 20
)

// offset is the place of the next byte in the input.
func (s *source) offset() int64 { return s.before + int64(s.pos) }

// left is the number of bytes that may still come; at least so many, if the size is not known.
func (s *source) left() (n uint64, known bool) {
	switch {
	case s.in == nil:
		return uint64(len(s.buf) - s.pos), true
	case s.size < 0:
		return 0, false
	}
	return uint64(max(s.size-s.offset(), 0)), true
}

// fail notes an error of the input, if it is the first.
func (s *source) fail(text string, args ...any) {
	if s.err == nil {
		s.stop(fmt.Errorf("rdb: %w at offset %d: %s", ErrCorrupt, s.offset(), fmt.Sprintf(text, args...)))
	}
}

// stop ends reading: there is nothing behind an error.
func (s *source) stop(err error) {
	if s.err == nil {
		s.err, s.stoppedAt = err, s.offset()
	}
	s.pos = len(s.buf)
}

// failRead notes why no more bytes come.
func (s *source) failRead(err error) {
	at := s.before + int64(len(s.buf))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		s.stop(fmt.Errorf("rdb: %w at offset %d: %w", ErrCorrupt, at, io.ErrUnexpectedEOF))
		return
	}
	s.stop(fmt.Errorf("rdb: at offset %d: %w", at, err))
}

// next returns n bytes, up to bufferedMax unless all of them are in the buffer, or nil.
func (s *source) next(n int) []byte {
	if n > len(s.buf)-s.pos && !s.fill(n) {
		return nil
	}
	b := s.buf[s.pos : s.pos+n : s.pos+n]
	s.pos += n
	return b
}

// byte returns one byte.
func (s *source) byte() byte {
	if s.pos == len(s.buf) && !s.fill(1) {
		return 0
	}
	b := s.buf[s.pos]
	s.pos++
	return b
}

// fill reads until n bytes are in the buffer.
func (s *source) fill(n int) bool {
	if s.err != nil {
		return false
	}
	if s.in == nil {
		s.failRead(io.EOF)
		return false
	}
	if s.pos+n > cap(s.buf) || s.pos == len(s.buf) {
		s.sum()
		s.before += int64(s.pos)
		s.buf = s.buf[:copy(s.buf[:cap(s.buf)], s.buf[s.pos:])]
		s.pos, s.summed = 0, 0
	}
	for idle := 0; len(s.buf)-s.pos < n; idle++ {
		got, err := s.in.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+got]
		if got > 0 {
			idle = 0
		} else if err == nil && idle >= emptyReadsMax {
			err = io.ErrNoProgress
		}
		if err != nil && len(s.buf)-s.pos < n {
			s.failRead(err)
			return false
		}
	}
	s.tell()
	return true
}

// emptyReadsMax is how often a reader may return nothing.
const emptyReadsMax = 100

// long appends n bytes to dst, which need not fit the buffer. Memory is asked for as the bytes come, unless the
// input is known to have them.
func (s *source) long(dst []byte, n int) []byte {
	if left, known := s.left(); known {
		if uint64(n) > left {
			s.fail("a string of %d bytes, where %d are left", n, left)
			return dst
		}
		dst = slices.Grow(dst, n)
	}
	part := min(n, len(s.buf)-s.pos)
	dst = append(dst, s.buf[s.pos:s.pos+part]...)
	s.pos += part
	n -= part
	for n > 0 && s.err == nil {
		if s.in == nil {
			s.failRead(io.EOF)
			break
		}
		s.sum()
		step := min(n, growBytes)
		dst = slices.Grow(dst, step)
		fresh := dst[len(dst) : len(dst)+step]
		if _, err := io.ReadFull(s.in, fresh); err != nil {
			s.failRead(err)
			break
		}
		if s.sums {
			s.crc = crcUpdate(s.crc, fresh)
		}
		dst = dst[:len(dst)+step]
		s.before += int64(step)
		n -= step
		s.tell()
	}
	return dst
}

// sum brings the checksum up to the next byte.
func (s *source) sum() {
	if s.sums {
		s.crc = crcUpdate(s.crc, s.buf[s.summed:s.pos])
	}
	s.summed = s.pos
}

func (s *source) tell() {
	if s.progress != nil && s.offset()-s.told >= progressBytes {
		s.told = s.offset()
		s.progress(s.told)
	}
}
