// Package cmsgpack is the library cmsgpack of scripts: values as MessagePack and
// back, with the choices and error texts of lua-cmsgpack 0.4.0 as Redis builds it.
//
// It owns the bytes: which of MessagePack's many forms a number, a string or a
// table takes. It must not know where they come from or go to.
//
// Start with Open in open.go, then pack.go and unpack.go.
//
// Differences on purpose: keys of a map are written in the order in which they
// came into the table, where C follows its hash function. Packed bytes grow to
// bytesMax at most, and unpacked arrays have gapMax holes at most, where C goes on
// until there is no memory.
//
// Invariants: nothing here calls Lua code or follows a metatable; no bytes,
// however odd, panic; what is allocated is in proportion to what is there, not to
// what a length claims.
package cmsgpack
