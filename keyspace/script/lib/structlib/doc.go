// Package structlib is the library struct of scripts: numbers and strings in the
// layouts of C structures, and back, as Redis's lua_struct.
//
// It owns the format strings and the bytes they stand for. It must not know what
// the bytes are for.
//
// Start with format.go, which lists the letters; then pack.go and unpack.go. Open
// is in open.go.
//
// Invariants: no format and no data, however odd, panics; a size that a format
// asks for is allocated only if there are as many bytes in the arguments.
package structlib
