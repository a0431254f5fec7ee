package aof

// Where the last file ends: telling a torn tail from damage in the middle.
//
// A crash leaves the file cut short anywhere, and some file systems leave it at its full length with zeros
// where data never arrived. Both are what an append-only file is made for: what is left up to the last whole
// record, or the last whole transaction, is the data, and the rest is cut off. Anything else is damage: those
// bytes were once written and perhaps acknowledged, so nothing is cut and nothing skipped. The rules, for the
// first item that cannot be read:
//
//	the file ends within it, and no data follows that was written later     torn: cut
//	all of it that is not zero is the beginning of an item, and then        zero-padded: cut
//	 come zeros up to the end of the file
//	everything else, a wrong checksum included                              damage: refuse, with the offset
//
// "No data follows" matters for a length that was damaged: "$5" that became "$5000" swallows all the records
// behind it up to the end of the file, and looks torn. They are searched for what a torn record cannot hold:
// the checksum line of the very chunk that we are in, or a whole record at the beginning of a line. (A torn
// value that itself holds commands as the journal writes them is taken for damage. The error then says where
// to cut by hand.)

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"solokv/persistence/fs"
	"solokv/protocol"
)

const (
	// probeBytes is how far a record that gives later data away may reach.
	probeBytes = 64 << 10
	// probeStepBytes is how much of a tail is looked at in one go.
	probeStepBytes = 1 << 20
	// nameBytesMax bounds the first word of a record that is taken for a command.
	nameBytesMax = 64
)

// findEnd reads the last file through and returns where its whole part ends, and in words why that is not the
// end of the file. It shows all records to visit, those behind the whole part too, and changes nothing.
func findEnd(file fs.File, name string, from, size int64, filled func(int64), visit func(args [][]byte),
) (end int64, why string, err error) {
	s := newScanner(file, name, from, size)
	s.verify = true
	s.filled = filled
	return s.findEnd(visit)
}

// findEnd reads on to the end of the file and shows all records to visit, those behind the whole part too.
func (s *scanner) findEnd(visit func(args [][]byte)) (end int64, why string, err error) {
	for {
		var args [][]byte
		if args, err = s.next(); err != nil {
			break
		}
		visit(args)
	}
	var damage *DamageError
	switch {
	case err == io.EOF:
		return s.end, "", nil
	case errors.Is(err, errTorn):
		later, err := s.findLater()
		if err != nil {
			return 0, "", err
		}
		if later > 0 {
			return 0, "", s.damage(s.start, fmt.Sprintf(
				"the record reaches beyond the end of the file, but whole records follow, at byte %d", later))
		}
		if s.start == s.end {
			return s.whole, "a transaction without its EXEC", nil
		}
		return s.whole, "a record cut short", nil
	case errors.As(err, &damage) && damage.Offset == s.start:
		padded, errRead := s.zeroPadded()
		if errRead != nil {
			return 0, "", errRead
		}
		if padded {
			return s.whole, "zeros at the end", nil
		}
	}
	return 0, "", err
}

// zeroPadded tells whether the item at s.start is torn and followed by zeros only.
func (s *scanner) zeroPadded() (bool, error) {
	end, err := trimZeros(s.file, s.start, s.end)
	if err != nil || end == s.end {
		return false, err
	}
	_, err = newScanner(s.file, s.name, s.start, end).next()
	if err == io.EOF || errors.Is(err, errTorn) {
		return true, nil
	}
	var damage *DamageError
	if err == nil || errors.As(err, &damage) {
		return false, nil
	}
	return false, err
}

// trimZeros returns the end of what is not zero between two offsets.
func trimZeros(file fs.File, from, to int64) (int64, error) {
	buf := make([]byte, min(to-from, probeStepBytes))
	for to > from {
		part := buf[:min(to-from, int64(len(buf)))]
		at := to - int64(len(part))
		if n, err := file.ReadAt(part, at); n < len(part) {
			return 0, fmt.Errorf("aof: read at byte %d: %w", at, err)
		}
		if rest := bytes.TrimRight(part, "\x00"); len(rest) > 0 {
			return at + int64(len(rest)), nil
		}
		to = at
	}
	return from, nil
}

// findLater searches behind s.start for data that was written later than the record there. It returns its
// offset, or 0.
func (s *scanner) findLater() (int64, error) {
	var buf []byte
	for base := s.start; base < s.end; base += probeStepBytes {
		size := int(min(s.end-base, probeStepBytes+probeBytes))
		if buf == nil {
			buf = make([]byte, size)
		}
		buf = buf[:size]
		if n, err := s.file.ReadAt(buf, base); n < size {
			return 0, fmt.Errorf("aof: read %s at byte %d: %w", s.name, base, err)
		}
		for at := 0; at < min(size, probeStepBytes); at++ {
			skip := bytes.IndexByte(buf[at:], '\n')
			if skip < 0 {
				break
			}
			at += skip
			if s.isLater(buf[at+1:], base+int64(at)+1) {
				return base + int64(at) + 1, nil
			}
		}
	}
	return 0, nil
}

// isLater tells whether text, which begins a line at an offset, is a whole record or the checksum of this chunk.
func (s *scanner) isLater(text []byte, offset int64) bool {
	text = text[:min(len(text), probeBytes)]
	if len(text) > 0 && text[0] == '#' {
		end := bytes.IndexByte(text[:min(len(text), checksumLineBytesMax)], '\n')
		_, chunkBytes, isChecksum, ok := parseChecksum(text[:end+1])
		return isChecksum && ok && chunkBytes == offset-s.chunkStart
	}
	if len(text) == 0 || text[0] != '*' {
		return false
	}
	probe := protocol.Parser{Limits: protocol.Limits{BulkBytesMax: probeBytes, ArgsMax: 1024, InlineBytesMax: 64}}
	spans, status := probe.Next(text, s.spans[:0])
	if status != protocol.Complete || !canonical(text[:probe.Consumed()], spans) {
		return false
	}
	s.spans = spans
	behind := text[probe.Consumed():]
	return isName(spans[0].Of(text)) && (len(behind) == 0 || behind[0] == '*' || behind[0] == '#')
}

// isName tells whether a first word could be a command's.
func isName(word []byte) bool {
	for _, c := range word {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(word) > 0 && len(word) <= nameBytesMax
}
