package rdb

import (
	"encoding/binary"
	"math"
)

// The payload of DUMP: one value, with the version and the checksum of what is before them.
//
//	type:1  value  version:2  checksum:8
const (
	dumpVersionBytes  = 2
	dumpChecksumBytes = 8
)

// AppendDump appends the payload of a value. Its version is the lowest that holds the value, so that servers which
// are older than this one take it wherever they can.
func AppendDump(dst []byte, v Value, compress bool) []byte {
	start, version := len(dst), VersionOf(v)
	o := output{buf: dst, full: math.MaxInt}
	if compress {
		o.lzf = lzfMatchers.Get().(*lzfMatcher)
		defer lzfMatchers.Put(o.lzf)
	}
	f := formOf(v, version)
	o.opcode(f.number)
	o.value(v, f)
	dst = binary.LittleEndian.AppendUint16(o.buf, uint16(version))
	return binary.LittleEndian.AppendUint64(dst, crcUpdate(0, dst[start:]))
}
