package rdb

import (
	"encoding/binary"
	"math"
)

// AppendLibraries appends the payload of FUNCTION DUMP: the libraries as they stand in a file, then what ends a
// payload of DUMP.
//
//	{ F5  code } ...  version:2  checksum:8
func AppendLibraries(dst []byte, codes []string) []byte {
	start := len(dst)
	o := output{buf: dst, full: math.MaxInt}
	for _, code := range codes {
		o.opcode(opFunction2)
		o.text([]byte(code))
	}
	dst = binary.LittleEndian.AppendUint16(o.buf, VersionBase)
	return binary.LittleEndian.AppendUint64(dst, crcUpdate(0, dst[start:]))
}

// ReadLibraries returns the code of the libraries in a payload of FUNCTION DUMP. A newer version, or a wrong
// checksum, is ErrPayload; every other error wraps ErrCorrupt.
func ReadLibraries(payload []byte) (codes []string, err error) {
	end := len(payload) - trailerBytes
	if end < 0 || binary.LittleEndian.Uint16(payload[end:]) > VersionMax ||
		crcUpdate(0, payload[:end+dumpVersionBytes]) != binary.LittleEndian.Uint64(payload[end+dumpVersionBytes:]) {
		return nil, ErrPayload
	}
	var own []byte
	d := decoder{source: source{buf: payload[:end:end], size: int64(end)}}
	for d.err == nil && d.pos < len(d.buf) {
		if op := d.byte(); op != opFunction2 {
			d.fail("opcode %d in the place of a library", op)
			break
		}
		codes = append(codes, string(d.anyText(&own)))
	}
	if d.err != nil {
		return nil, d.err
	}
	return codes, nil
}
