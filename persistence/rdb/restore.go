package rdb

import (
	"encoding/binary"
	"errors"
)

// ErrPayload says that a payload is of another version, or damaged: see Restore.
var ErrPayload = errors.New("DUMP payload version or checksum are wrong")

// RestoreOptions is what Restore may be told.
type RestoreOptions struct {
	// SkipChecksum takes a payload whose checksum is wrong: what follows is checked as ever.
	SkipChecksum bool
}

// trailerBytes is the end of a payload: the version in 2 bytes, and the checksum of all before it in 8.
const trailerBytes = 2 + 8

// Restore makes a value of a payload of DUMP. The value's bytes may be those of the payload, or the builder's.
//
//	type:1  value  version:2  checksum:8        little-endian
//
// A newer version, or a wrong checksum, is ErrPayload; every other error wraps ErrCorrupt.
func Restore(payload []byte, b *Builder, o RestoreOptions) (Value, error) {
	end := len(payload) - trailerBytes
	if end < 1 {
		return Value{}, ErrPayload
	}
	version, said := payload[end:end+2], payload[end+2:]
	if binary.LittleEndian.Uint16(version) > VersionMax {
		return Value{}, ErrPayload
	}
	if !o.SkipChecksum && crcUpdate(0, payload[:end+2]) != binary.LittleEndian.Uint64(said) {
		return Value{}, ErrPayload
	}

	b.Reset()
	if b.decoder == nil {
		b.decoder = &decoder{sink: b.Add}
	}
	d := b.decoder
	d.source = source{buf: payload[:end:end], size: int64(end)}
	d.value(d.byte())
	if d.err == nil && d.pos < len(d.buf) {
		d.fail("%d bytes behind the value", len(d.buf)-d.pos)
	}
	err := d.err
	d.source, d.piece = source{}, Piece{}
	d.tidy()
	if err != nil {
		b.Reset()
		return Value{}, err
	}
	return b.Value()
}
