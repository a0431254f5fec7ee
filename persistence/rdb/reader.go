package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// ReadOptions is what Read may be told.
type ReadOptions struct {
	// Checksum asks for the file's checksum to be compared. A file may have none.
	Checksum bool
	// Size is the number of bytes of the input, or 0 if nobody knows. With it, lengths that cannot be true are
	// recognised before the bytes are missed.
	Size int64
	// Progress, if it is not nil, is told now and then how many bytes have been read.
	Progress func(bytes int64)
	// Empty, if it is not nil, is told of keys that are skipped because their values have no elements. Old
	// versions of Redis wrote such keys. The slice is valid during the call.
	Empty func(key []byte)
}

// Result is what Read has found besides keys.
type Result struct {
	Version int
	Bytes   int64 // of the file, which may be followed by something else; with an error, where it was found
	Keys    int64 // handed over
	Empty   int64 // keys that were skipped
	Aux     Aux
	// Checked tells that the file has a checksum and that it was compared.
	Checked bool
	// Rest is what was read from the input behind the file: where commands follow, as in an append-only file
	// of old, they begin with these bytes and go on with the rest of the input.
	Rest []byte
}

// Aux is what a file tells of itself; zero and -1 stand for what it does not tell.
type Aux struct {
	ServerVersion string // of Redis or Valkey
	CreatedAtSecs int64  // Unix time
	UsedMemory    int64  // bytes
	ReplID        string
	ReplOffset    int64 // or -1
	ReplStreamDB  int64 // or -1
	AOFBase       bool  // the file is the base of an append-only file
	AOFPreamble   bool  // commands follow in the same file
}

// Read reads a file and hands over its pieces, from one goroutine, in the order of the file. It stops behind the
// file's end, and before that at an error, of the input or of emit. An input that ends too early gives an error
// that wraps both ErrCorrupt and io.ErrUnexpectedEOF.
func Read(src io.Reader, o ReadOptions, emit func(*Piece) error) (Result, error) {
	r := reader{options: o}
	r.result.Aux = Aux{ReplOffset: -1, ReplStreamDB: -1}
	r.sink = emit
	r.source = source{in: src, buf: make([]byte, 0, bufferBytes), size: -1, sums: o.Checksum, progress: o.Progress}
	if o.Size > 0 {
		r.size = o.Size
	}
	r.header()
	for r.err == nil && !r.ended {
		r.step()
	}
	if r.err != nil {
		r.result.Bytes = r.stoppedAt
	} else {
		r.result.Bytes, r.result.Rest = r.offset(), r.buf[r.pos:]
	}
	return r.result, r.err
}

// reader reads files: what is between the values.
type reader struct {
	decoder
	options ReadOptions
	result  Result
	ended   bool

	expireAtMs int64 // of the next key, as are these
	access     Access
	db         int64
}

const (
	magicRedis  = "REDIS"
	magicValkey = "VALKEY"
	magicBytes  = 9 // with the version

	// versionValkey is that of Valkey 9, which counts on from here since the formats parted.
	versionValkey = 80
)

func (r *reader) header() {
	b := r.next(magicBytes)
	if b == nil {
		return
	}
	digits, redis := bytes.CutPrefix(b, []byte(magicRedis))
	if !redis {
		if digits, r.valkey = bytes.CutPrefix(b, []byte(magicValkey)); !r.valkey {
			r.pos = 0
			r.fail("the file does not begin with %s", magicRedis)
			return
		}
	}
	version, err := strconv.ParseUint(string(digits), 10, 16)
	r.result.Version = int(version)
	switch {
	case err != nil:
		r.fail("the version is not a number")
	case r.valkey && version != versionValkey, !r.valkey && (version < VersionMin || version > VersionMax):
		r.fail("version %d of the format, which is not known", version)
	}
	r.forget()
}

// forget drops what was said of the last key.
func (r *reader) forget() { r.expireAtMs, r.access = -1, NoAccess }

// step reads an opcode and what belongs to it, or a key with its value.
func (r *reader) step() {
	switch op := r.byte(); op {
	case opExpireMs:
		r.expireAtMs = max(int64(r.uint64LE()), 0)
	case opExpireSecs:
		r.expireAtMs = max(int64(int32(r.uint32LE()))*1000, 0)
	case opIdle:
		r.access = Access{IdleSeconds: int64(min(r.length(), math.MaxInt64)), Freq: -1}
	case opFreq:
		r.access = Access{IdleSeconds: -1, Freq: int(r.byte())}
	case opSelectDB, opResizeDB:
		r.database(op)
	case opAux:
		r.aux()
	case opModuleAux:
		r.moduleAux()
	case opFunction2:
		r.piece.A = r.text(&r.first)
		r.emit(OpFunction)
	case opFunction1:
		r.fail("a function in a format of before Redis 7.0")
	case opSlotInfo:
		for range 3 { // the slot, and how many keys it has, and volatile ones
			r.length()
		}
	case opEOF:
		r.end()
	default:
		if r.err == nil {
			r.keyOf(op)
		}
	}
}

// keyOf reads a key and its value.
func (r *reader) keyOf(kind byte) {
	if kind > typeHashPacked || r.valkey && kind > typeHashFieldsRC {
		r.unknown(kind)
		return
	}
	r.key.A = r.keep(&r.keyText)
	r.key.Op, r.key.N, r.key.M, r.key.Freq = OpKey, r.expireAtMs, r.access.IdleSeconds, int16(r.access.Freq)
	r.keyed = true
	r.value(kind)
	switch {
	case r.err == nil:
		r.result.Keys++
	case r.err == errEmpty:
		r.skip()
	}
	r.keyed = false
	r.tidy()
	r.forget()
}

// skip goes on behind a value that has no elements.
func (r *reader) skip() {
	r.err = nil
	r.result.Empty++
	if r.options.Empty != nil {
		r.options.Empty(r.key.A)
	}
}

// dbMax is the greatest number of a database there can be.
const dbMax = math.MaxInt32

// database reads which database follows, or how many keys it will have.
func (r *reader) database(op byte) {
	n := r.length()
	if op == opSelectDB {
		if n > dbMax {
			r.fail("the database %d", n)
		}
		r.db, n = int64(n), 0
	} else {
		r.length() // those that expire
	}
	const keyBytesMin = 3
	if left, known := r.left(); known {
		n = min(n, left/keyBytesMin)
	}
	r.piece.N, r.piece.M = r.db, r.hint(n)
	r.emit(OpDB)
}

func (r *reader) aux() {
	name := r.keep(&r.first)
	text := r.text(&r.second)
	number, err := strconv.ParseInt(string(text), 10, 64)
	isNumber := err == nil
	a := &r.result.Aux
	switch string(name) {
	case "redis-ver", "valkey-ver":
		a.ServerVersion = string(text)
	case "repl-id":
		a.ReplID = string(text)
	case "ctime":
		a.CreatedAtSecs = number
	case "used-mem":
		a.UsedMemory = number
	case "repl-offset":
		if isNumber {
			a.ReplOffset = number
		}
	case "repl-stream-db":
		if isNumber {
			a.ReplStreamDB = number
		}
	case "aof-base":
		a.AOFBase = isNumber && number != 0
	case "aof-preamble":
		a.AOFPreamble = isNumber && number != 0
	}
	r.piece.A, r.piece.B = name, text
	r.emit(OpAux)
}

// What a module has written is a row of these, each with a value, up to the end.
const (
	moduleEnd    = 0
	moduleInt    = 1
	moduleUint   = 2
	moduleFloat  = 3
	moduleDouble = 4
	moduleString = 5
)

// moduleAux passes over what a module keeps beside the keys.
func (r *reader) moduleAux() {
	r.length() // the module
	if r.length() != moduleUint {
		r.fail("what a module has written does not begin with when it did")
	}
	r.length() // when
	for r.err == nil {
		switch what := r.length(); what {
		case moduleEnd:
			return
		case moduleInt, moduleUint:
			r.length()
		case moduleFloat:
			r.next(4)
		case moduleDouble:
			r.next(8)
		case moduleString:
			r.text(&r.first)
		default:
			r.fail("what a module has written has the unknown part %d", what)
		}
	}
}

// versionChecksum is the first whose files end with a checksum.
const versionChecksum = 5

// errChecksum says that the bytes of a file are not those that were written.
var errChecksum = errors.New("CRC error: the checksum is wrong")

func (r *reader) end() {
	if r.err != nil {
		return
	}
	r.ended = true
	if r.result.Version < versionChecksum {
		return
	}
	r.sum()
	is := r.crc
	b := r.next(8)
	if b == nil {
		return
	}
	said := binary.LittleEndian.Uint64(b)
	r.result.Checked = r.sums && said != 0
	if r.result.Checked && said != is {
		r.stop(fmt.Errorf("rdb: %w: %w", ErrCorrupt, errChecksum))
	}
}
