package aof

// The scanner reads one file, record by record, through one buffer.
//
//	file   | records that were handed out | record | record | cut short  |  not read yet   |
//	                                      ^ base+off                     ^ base+len(buf)   ^ end
//
// It checks more than Redis does. A record must be written the canonical way (no leading zeros, "\r\n" at
// every place), so that a bit that flipped in a header cannot be read as another valid record; a chunk must
// fit its checksum (annotate.go); and MULTI and EXEC must come in pairs.
//
// Memory: the buffer grows to the longest record that really lies in the file. A length that points behind
// the end of the file is known to be a torn or damaged record before anything is allocated for it.

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"solokv/persistence/fs"
	"solokv/protocol"
)

// readBytes is how much is read at once.
const readBytes = 1 << 20

// recordLimits bound a record. What was accepted from a client may be written back, whatever the limits are
// now, so they are as wide as the parser can go.
var recordLimits = protocol.Limits{
	BulkBytesMax:   math.MaxUint32,
	ArgsMax:        math.MaxInt32,
	InlineBytesMax: 64, // a header is short; records are never inline
}

// errTorn means that the file ends within a record, an annotation or a transaction.
var errTorn = errors.New("ends within a record")

// DamageError says where a file holds what cannot have been written there.
type DamageError struct {
	File   string
	Offset int64 // of the record or the chunk that is damaged
	Reason string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("Bad file format reading the append only file %s: at byte %d: %s. Nothing was changed. "+
		"Restore the file, or make a copy and cut the damage off with redis-check-aof --fix", e.File, e.Offset, e.Reason)
}

type scanner struct {
	file   fs.File
	name   string
	end    int64 // bytes from here on are not looked at
	verify bool  // check the checksums
	filled func(offset int64)

	buf    []byte // bytes of the file from base on
	base   int64
	off    int // the next record begins at buf[off]
	parser protocol.Parser
	spans  []protocol.Span
	args   [][]byte

	start int64 // where the item that next worked on last begins
	whole int64 // everything before this is complete, transactions too
	multi bool  // within a transaction

	chunkStart int64 // first byte that the next checksum covers
	summed     int64 // sum covers chunkStart to here
	sum        uint32

	checked      int64 // checksums that fit
	checkedBytes int64 // what they are of
}

// newScanner reads a file from an offset, where a record begins, up to end.
func newScanner(file fs.File, name string, from, end int64) *scanner {
	return &scanner{
		file: file, name: name, end: end, base: from, start: from, whole: from, chunkStart: from, summed: from,
		parser: protocol.Parser{Limits: recordLimits},
		filled: func(int64) {},
	}
}

// next returns the arguments of the next record; they are valid until the next call. At the end of a file that is
// whole the error is io.EOF, errTorn where it is cut short, and a *DamageError where it is damaged.
func (s *scanner) next() ([][]byte, error) {
	for {
		s.start = s.base + int64(s.off)
		if s.off == len(s.buf) {
			if err := s.fill(1); err != nil {
				return nil, s.endOfFile(err)
			}
		}
		switch s.buf[s.off] {
		case '#':
			if err := s.annotation(); err != nil {
				return nil, err
			}
		case '*':
			return s.record()
		default:
			return nil, s.damage(s.start, fmt.Sprintf("a record cannot begin with %q", s.buf[s.off]))
		}
	}
}

// endOfFile tells the end of a whole file from one in the middle of a transaction.
func (s *scanner) endOfFile(err error) error {
	if err == errTorn && !s.multi {
		return io.EOF
	}
	return err
}

func (s *scanner) record() ([][]byte, error) {
	for {
		window := s.buf[s.off:]
		spans, status := s.parser.Next(window, s.spans[:0])
		s.spans = spans
		size := s.parser.Consumed()
		switch {
		case status == protocol.Malformed:
			return nil, s.damage(s.start, "the record is malformed ("+s.parser.Err()+")")
		case status == protocol.Incomplete && size == 0:
			if err := s.fill(s.parser.Missing()); err != nil {
				return nil, err
			}
			continue
		case status == protocol.Incomplete || !canonical(window[:size], spans):
			return nil, s.damage(s.start, "the record is malformed")
		}
		s.parser.Rebase(size)
		s.off += size
		s.args = s.args[:0]
		for _, span := range spans {
			s.args = append(s.args, span.Of(window))
		}
		return s.args, s.bracket()
	}
}

// bracket keeps the book on transactions.
func (s *scanner) bracket() error {
	switch name := s.args[0]; {
	case len(name) == 5 && bytes.EqualFold(name, []byte("MULTI")):
		if s.multi {
			return s.damage(s.start, "Unexpected MULTI: a transaction is open")
		}
		s.multi = true
	case len(name) == 4 && bytes.EqualFold(name, []byte("EXEC")):
		if !s.multi {
			return s.damage(s.start, "Unexpected EXEC: no transaction is open")
		}
		s.multi = false
	}
	if !s.multi {
		s.whole = s.base + int64(s.off)
	}
	return nil
}

// annotation skips a line that is no record, and checks the chunk that it closes, if it does.
func (s *scanner) annotation() error {
	for {
		window := s.buf[s.off:]
		window = window[:min(len(window), annotationBytesMax)]
		length := bytes.IndexByte(window, '\n') + 1
		if length > 0 {
			err := s.checksum(window[:length])
			s.off += length
			if err == nil && !s.multi {
				s.whole = s.base + int64(s.off)
			}
			return err
		}
		if len(window) == annotationBytesMax {
			return s.damage(s.start, "an annotation is too long")
		}
		if err := s.fill(1); err != nil {
			return err
		}
	}
}

func (s *scanner) checksum(line []byte) error {
	sum, chunkBytes, isChecksum, ok := parseChecksum(line)
	switch {
	case !isChecksum || !s.verify:
		return nil
	case !ok || chunkBytes == 0 && sum != 0:
		return s.damage(s.start, "a checksum line is malformed")
	case chunkBytes == 0:
	case chunkBytes != s.start-s.chunkStart:
		return s.damage(s.chunkStart, fmt.Sprintf("a checksum of %d bytes follows after %d bytes",
			chunkBytes, s.start-s.chunkStart))
	default:
		s.sumTo(s.start)
		if s.sum != sum {
			return s.damage(s.chunkStart, fmt.Sprintf("the checksum of the %d bytes from here does not match", chunkBytes))
		}
		s.checked++
		s.checkedBytes += chunkBytes
	}
	s.sum = 0
	s.chunkStart = s.start + int64(len(line))
	s.summed = s.chunkStart
	return nil
}

// sumTo carries the checksum on up to an offset that lies in the buffer.
func (s *scanner) sumTo(offset int64) {
	if s.verify && offset > s.summed {
		s.sum = crc32.Update(s.sum, castagnoli, s.buf[s.summed-s.base:offset-s.base])
		s.summed = offset
	}
}

// fill reads on, until at least n bytes more are in the buffer. When the file does not have them the error is
// errTorn, and nothing was read or allocated.
func (s *scanner) fill(n int) error {
	have := s.base + int64(len(s.buf))
	if int64(n) > s.end-have {
		return errTorn
	}
	s.sumTo(s.base + int64(s.off))
	rest := copy(s.buf, s.buf[s.off:])
	s.base += int64(s.off)
	s.off = 0

	ahead := int(min(readBytes, s.end-have))
	if room := max(rest+n, ahead); room > cap(s.buf) {
		grown := make([]byte, rest, room)
		copy(grown, s.buf[:rest])
		s.buf = grown
	}
	want := int(min(int64(cap(s.buf)-rest), s.end-have))
	s.buf = s.buf[:rest+want]
	read, err := s.file.ReadAt(s.buf[rest:], have)
	if read < want {
		s.buf = s.buf[:rest+read]
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("aof: read %s at byte %d: %w", s.name, have+int64(read), err)
	}
	s.filled(have + int64(read))
	return nil
}

func (s *scanner) damage(offset int64, reason string) error {
	return &DamageError{File: s.name, Offset: offset, Reason: reason}
}

// canonical tells whether a record is written the one way that we and Redis write it. The parser skips line
// ends unseen, as servers do for clients; here a line end that is something else is damage.
func canonical(record []byte, spans []protocol.Span) bool {
	size := headerBytes(len(spans))
	for _, span := range spans {
		header := headerBytes(int(span.Len))
		size += header + int(span.Len) + 2
		begin, end := int(span.Off), int(span.Off)+int(span.Len)
		if end+2 > len(record) || string(record[end:end+2]) != "\r\n" || string(record[begin-2:begin]) != "\r\n" {
			return false
		}
	}
	first := headerBytes(len(spans))
	return size == len(record) && string(record[first-2:first]) == "\r\n"
}

// headerBytes is the length of "*<n>\r\n".
func headerBytes(n int) int { return 3 + protocol.DecimalLen(int64(n)) }
