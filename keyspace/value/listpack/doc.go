// Package listpack is a list of short elements in one run of bytes: what small
// lists, hashes, sets and sorted sets are, and the nodes of large lists.
//
// It is byte for byte what Redis calls a listpack, so snapshots in Redis's format
// hold these bytes as they are.
//
// It owns the format and nothing else: no memory, no commands, no thresholds.
// Functions that change a listpack work like append: the result may be another
// slice, and spare capacity behind the listpack is used. An element that is put
// into a listpack must not be a view of that listpack.
//
// Start at format.go, which draws the bytes. Whoever takes bytes from outside
// (RESTORE, a snapshot file) calls Check first; everything else trusts them.
package listpack
