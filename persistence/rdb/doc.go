// Package rdb reads and writes Redis's snapshot format: RDB files, the base of an append-only file, and the
// payloads of DUMP and RESTORE. docs/RDB.md draws the bytes.
//
//	format.go    opcodes, types, versions, limits
//	crc64.go     the checksum             lzf.go     the compression of strings
//	writer.go    file -> bytes            encode.go  one value -> bytes     dump.go  DUMP's payload
//	source.go    a file as it is read     text.go    lengths, numbers and strings
//	reader.go    file -> pieces           decode.go, decode_stream.go  one value -> pieces
//	ancient.go   old encodings            sanitize.go  what packed values must be
//	build.go     pieces -> a value in memory, with build_collection.go and build_stream.go
//	restore.go   DUMP's payload -> a value in memory
//
// Reading takes two steps, so that two cores can share it. The reader turns a file into pieces: a key, then its
// value, in runs of bytes that are decompressed, checked, and in no encoding but today's. It needs no memory of the
// engine's, and any goroutine may do it. The Builder makes values of pieces, in the arena; only the writer may.
//
// Writing takes values as they are in memory, frozen or not; nothing is changed.
//
// The package knows no key space and no clock. Errors of bad input wrap ErrCorrupt and name the offset in the file;
// no input makes it panic, or allocate more than a few times what the values in it take.
package rdb
