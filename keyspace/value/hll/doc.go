// Package hll is the HyperLogLog: about how many different elements were added,
// in at most 12 KB.
//
// It owns the bytes, which are those of Redis, the hash and the estimate; the
// value of a key is such a string, and nothing else is kept of it. It must not
// know keys, entries or replies. Start at hll.go, which draws the bytes;
// dense.go and sparse.go are the two encodings, estimate.go is the arithmetic.
//
// All functions take the whole string, and other than Valid trust that Valid has
// held; the opcodes of the sparse encoding are checked on the way, because
// anybody can store a string.
package hll
