package aof

// The base in the form of commands (aof-use-rdb-preamble no): the requests that make each key anew.
//
//	string           SET key value
//	list             RPUSH key element ...
//	set              SADD key member ...
//	sorted set       ZADD key score member ...           scores with 17 digits, as C's %.17g prints them; inf, -inf
//	hash             HSET key field value ...
//	  and a field    HPEXPIREAT key ms FIELDS 1 field    for each one that expires
//	stream           see record_stream.go
//	a key's expiry   PEXPIREAT key ms
//
// A collection takes as many records as it needs (record_run.go). What no command can say is not in such a base: when
// a key was last used or how often, when a stream's consumers were seen, and how a value is encoded.
//
// Whole records are collected and written in large pieces, so that whoever writes may put a checksum behind each
// piece. A long text is not collected: it goes on as it lies in memory, if the io.Writer can be told that a record is
// not at its end yet (PartWriter). So the writer needs half a megabyte for a value of any length.
//
// Nothing is allocated for a key or an element, and values are only read, through what may be read on any goroutine
// while a view holds them.

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"solokv/keyspace/value"
	"solokv/persistence/rdb"
	"solokv/protocol"
)

const (
	// recordPieceBytes is what is collected before it is written.
	recordPieceBytes = 256 << 10
	// recordTextBytes is the length from which on a text is long.
	recordTextBytes = 64 << 10
	// recordBufferBytes is room for a piece, and for the record that overfills it.
	recordBufferBytes = recordPieceBytes + 2*recordTextBytes + 4<<10
	// numberTextBytes is room for the longest text that is made, that of a stream's ID.
	numberTextBytes = 2*20 + 1
	// recordBufferBytesMax is the largest buffer that is kept.
	recordBufferBytesMax = 4 << 20
)

// PartWriter is what takes a part of a record: the rest follows, and the end of the record comes with Write.
type PartWriter interface {
	WritePart(p []byte) (int, error)
}

// A RecordWriter writes the base of an append-only file in the form of commands:
//
//	Library...  { Select  Key... }...  Close
//
// Its methods are for one goroutine. The first error stays: Key and Close return it, and nothing is written any more.
type RecordWriter struct {
	to    io.Writer
	parts PartWriter // the same, if it takes parts
	buf   []byte     // whole records, and the one that is being made
	err   error

	key  []byte // whose value is being written
	run  run
	text [numberTextBytes]byte // of a number or an ID
}

// NewRecordWriter returns a writer to to, each of whose calls gets whole records. What Rewrite.Run hands out also
// takes records in parts; for any other, a record that is longer than the buffer makes that grow.
func NewRecordWriter(to io.Writer) *RecordWriter {
	w := &RecordWriter{to: to, buf: make([]byte, 0, recordBufferBytes)}
	w.parts, _ = to.(PartWriter)
	return w
}

// Library puts a library of functions.
func (w *RecordWriter) Library(code string) {
	w.begin(3, "FUNCTION")
	w.put([]byte("LOAD"))
	w.put([]byte(code))
	w.end()
}

// Select begins the keys of a database.
func (w *RecordWriter) Select(db int) {
	w.begin(2, "SELECT")
	w.putInt(int64(db))
	w.end()
}

// Key puts a key with its value and its expiry. The entry's bytes are not kept.
func (w *RecordWriter) Key(e *rdb.Entry) error {
	if w.err != nil {
		return w.err
	}
	w.key = e.Key
	w.value(e.Value)
	if e.ExpireAtMs >= 0 {
		w.begin(3, "PEXPIREAT")
		w.put(w.key)
		w.putInt(e.ExpireAtMs)
		w.end()
	}
	w.key = nil
	return w.err
}

// Close writes what is left; the io.Writer stays open.
func (w *RecordWriter) Close() error {
	w.flush()
	return w.err
}

func (w *RecordWriter) value(v rdb.Value) {
	switch v.Kind {
	case value.String, value.StringEdited, value.StringInt:
		w.string(v)
	case value.ListPacked, value.List:
		w.list(v)
	case value.HashPacked, value.HashPackedExpiry, value.Hash:
		w.hash(v)
	case value.SetInts, value.SetPacked, value.Set:
		w.set(v)
	case value.ZSetPacked, value.ZSet:
		w.zset(v)
	case value.Stream:
		w.stream(v)
	default:
		panic(fmt.Sprintf("aof: a value of kind %d", v.Kind))
	}
}

// begin begins a record of so many arguments, the command included.
func (w *RecordWriter) begin(args int, command string) {
	w.buf = protocol.AppendArray(w.buf, args)
	w.putString(command)
}

// end ends a record.
func (w *RecordWriter) end() {
	if len(w.buf) >= recordPieceBytes {
		w.flush()
	}
}

// put puts an argument.
func (w *RecordWriter) put(text []byte) {
	if len(text) < recordTextBytes || w.parts == nil {
		w.buf = protocol.AppendBulk(w.buf, text)
		return
	}
	w.buf = protocol.AppendHeader(w.buf, '$', len(text))
	w.writePart(w.buf)
	w.writePart(text)
	w.buf = append(w.buf[:0], '\r', '\n')
}

func (w *RecordWriter) putString(text string) { w.buf = protocol.AppendBulkString(w.buf, text) }
func (w *RecordWriter) putInt(n int64)        { w.buf = protocol.AppendBulkInt(w.buf, n) }

// integerScoreMax is up to where %.17g prints whole numbers without an exponent.
const integerScoreMax = 1e17

// putScore puts a score as %.17g prints it.
func (w *RecordWriter) putScore(score float64) {
	switch {
	case math.IsInf(score, 1):
		w.putString("inf")
	case math.IsInf(score, -1):
		w.putString("-inf")
	case score == math.Trunc(score) && math.Abs(score) < integerScoreMax && (score != 0 || !math.Signbit(score)):
		w.putInt(int64(score))
	default:
		w.buf = protocol.AppendBulk(w.buf, strconv.AppendFloat(w.text[:0], score, 'g', 17, 64))
	}
}

// flush writes what was collected: whole records, or the end of one.
func (w *RecordWriter) flush() {
	if w.err == nil && len(w.buf) > 0 {
		n, err := w.to.Write(w.buf)
		w.note(n, len(w.buf), err)
	}
	w.buf = w.buf[:0]
	if cap(w.buf) > recordBufferBytesMax {
		w.buf = make([]byte, 0, recordBufferBytes)
	}
}

func (w *RecordWriter) writePart(p []byte) {
	if w.err == nil {
		n, err := w.parts.WritePart(p)
		w.note(n, len(p), err)
	}
}

// note notes how a write of so many bytes ended.
func (w *RecordWriter) note(written, bytes int, err error) {
	if err == nil && written < bytes {
		err = io.ErrShortWrite
	}
	w.err = err
}
