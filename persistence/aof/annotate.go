package aof

// Annotations: lines between records that are not commands.
//
//	#TS:1700000000\r\n              the records that follow were written in this second (aof-timestamp-enabled)
//	#CRC:1a2b3c4d:65536\r\n         the 65536 bytes before this line are a chunk, and this is their checksum
//
// Redis's loader and redis-check-aof skip every line that begins with '#' where a record would begin, also
// inside a MULTI. They read it into a buffer of 1024 bytes, so a line must be shorter; only for TS do they
// insist on the "\r".
//
// A chunk begins where the one before it ended (behind its line) or at the start of the file, and the number
// of bytes says so again: the loader checks both, so a line that was lost is found out too. The exception is
// a line for zero bytes: it covers nothing and begins a chunk. The journal writes one when it continues a
// file, because the end of that file may have been written by somebody who writes no checksums, or may have
// been cut.
//
// The checksum is CRC-32C, which processors compute at more than 10 GB/s. A line costs 18 to 24 bytes, so the
// journal closes a chunk at the end of a write once it holds chunkBytesMin: at most 0.6 % of the file. Under
// everysec it also closes what is there before each fsync; under always it does not, as that would make an extra
// fsync, and under no there are none. At the end it closes the last one. So what no checksum covers is the end of
// the file before a crash, and less than chunkBytesMin of it.

import (
	"bytes"
	"hash/crc32"
	"strconv"
)

const (
	// chunkBytesMin is what a chunk holds at least before a checksum is spent on it.
	chunkBytesMin = 4 << 10
	// annotationBytesMax is the longest line, its end included, that Redis reads as one.
	annotationBytesMax = 1023
	// checksumLineBytesMax is room enough for any checksum line.
	checksumLineBytesMax = 40
)

var (
	castagnoli     = crc32.MakeTable(crc32.Castagnoli)
	checksumPrefix = []byte("#CRC:")
)

// AppendTimestamp appends the annotation that the records behind it were written in a second of Unix time.
func AppendTimestamp(dst []byte, unixSeconds int64) []byte {
	dst = append(dst, "#TS:"...)
	dst = strconv.AppendInt(dst, unixSeconds, 10)
	return append(dst, '\r', '\n')
}

// appendChecksum appends the line that closes a chunk.
func appendChecksum(dst []byte, sum uint32, chunkBytes int64) []byte {
	const digits = "0123456789abcdef"

	dst = append(dst, checksumPrefix...)
	for shift := 28; shift >= 0; shift -= 4 {
		dst = append(dst, digits[sum>>shift&15])
	}
	dst = append(dst, ':')
	dst = strconv.AppendInt(dst, chunkBytes, 10)
	return append(dst, '\r', '\n')
}

// parseChecksum reads a line, its end included. isChecksum tells whether it claims to be one, ok whether it
// is well formed.
func parseChecksum(line []byte) (sum uint32, chunkBytes int64, isChecksum, ok bool) {
	rest, isChecksum := bytes.CutPrefix(line, checksumPrefix)
	if !isChecksum {
		return 0, 0, false, false
	}
	rest, ended := bytes.CutSuffix(rest, []byte("\r\n"))
	hex, count, found := bytes.Cut(rest, []byte(":"))
	if !ended || !found || len(hex) != 8 {
		return 0, 0, true, false
	}
	sum64, err1 := strconv.ParseUint(string(hex), 16, 32)
	chunkBytes, err2 := strconv.ParseInt(string(count), 10, 64)
	if err1 != nil || err2 != nil || chunkBytes < 0 {
		return 0, 0, true, false
	}
	var canonical [checksumLineBytesMax]byte
	ok = bytes.Equal(appendChecksum(canonical[:0], uint32(sum64), chunkBytes), line)
	return uint32(sum64), chunkBytes, true, ok
}
