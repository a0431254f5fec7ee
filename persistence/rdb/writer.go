package rdb

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// WriteOptions say how a file is written.
type WriteOptions struct {
	Version  int  // VersionBase to VersionMax
	Compress bool // long strings: rdbcompression
	Checksum bool // at the end: rdbchecksum
}

// A Writer writes a file from its header to its checksum:
//
//	Header  Aux...  Function...  { Database  Key... }...  Close
//
// It allocates nothing for a key, and a value of any length passes through a buffer of pieceBytes. Its methods are
// for one goroutine. The first error stays: Key and Close return it, and nothing is written any more.
type Writer struct {
	output
	version int
}

// NewWriter returns a writer of a file to w, whom it hands large pieces only. The version is what the file claims
// and may use; see VersionOf for what each value needs. Of a hash whose fields expire a file of a lower version
// holds the fields without the expiries, of a stream's consumer it holds the time it was seen for that of its last
// activity; nothing else is lost.
func NewWriter(w io.Writer, o WriteOptions) *Writer {
	out := &Writer{version: o.Version}
	out.output = output{to: w, full: pieceBytes, sums: o.Checksum,
		buf: make([]byte, 0, pieceBytes+directBytes+1<<10)}
	if o.Compress {
		out.lzf = new(lzfMatcher)
	}
	if o.Version < VersionBase || o.Version > VersionMax {
		out.err = fmt.Errorf("rdb: version %d is not written, only %d to %d", o.Version, VersionBase, VersionMax)
	}
	return out
}

// Bytes is the length of the file so far.
func (w *Writer) Bytes() int64 { return w.flushed + int64(len(w.buf)) }

// Header begins the file.
func (w *Writer) Header() { w.buf = fmt.Appendf(w.buf, "REDIS%04d", w.version) }

// Aux puts a fact about the file, such as who wrote it and when. Readers skip names that they do not know.
func (w *Writer) Aux(name, text string) {
	w.opcode(opAux)
	w.text([]byte(name))
	w.text([]byte(text))
}

// Function puts a library of functions.
func (w *Writer) Function(code []byte) {
	w.opcode(opFunction2)
	w.text(code)
}

// Database begins the keys of a database. The numbers of its keys, and of those that expire, let the reader make
// room.
func (w *Writer) Database(db int, keys, volatile int) {
	w.opcode(opSelectDB)
	w.length(uint64(db))
	w.opcode(opResizeDB)
	w.length(uint64(keys))
	w.length(uint64(volatile))
}

// Key puts a key with its value, expiry and last use.
func (w *Writer) Key(e *Entry) error {
	if w.err != nil {
		return w.err
	}
	if e.ExpireAtMs >= 0 {
		w.opcode(opExpireMs)
		w.word(uint64(e.ExpireAtMs))
	}
	switch {
	case e.Access.Freq >= 0:
		w.buf = append(w.buf, opFreq, byte(min(e.Access.Freq, math.MaxUint8)))
	case e.Access.IdleSeconds >= 0:
		w.opcode(opIdle)
		w.length(uint64(e.Access.IdleSeconds))
	}
	f := formOf(e.Value, w.version)
	w.opcode(f.number)
	w.text(e.Key)
	w.value(e.Value, f)
	return w.err
}

// Close ends the file; the io.Writer stays open.
func (w *Writer) Close() error {
	w.opcode(opEOF)
	w.flush()
	w.buf = binary.LittleEndian.AppendUint64(w.buf, w.sum) // 0: there is none
	w.flush()
	return w.err
}
