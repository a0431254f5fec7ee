// Package intset is a sorted array of whole numbers in one run of bytes: what a
// small set is as long as all its members are integers.
//
// It is byte for byte what Redis calls an intset, so snapshots in Redis's format
// hold these bytes as they are.
//
// It owns the format and nothing else: no memory, no commands, no thresholds.
// Functions that change an intset work like append: the result may be another
// slice, and spare capacity behind the intset is used. Whoever takes bytes from
// outside (RESTORE, a snapshot file) calls Check first; everything else trusts
// them.
package intset
