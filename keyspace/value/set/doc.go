// Package set is the set that is too large for its entry: a table of members.
//
// Small sets are an intset or a listpack inside the entry of their key (see
// value.SetInts, value.SetPacked); when they grow past the configured limits the
// commands move them here.
//
// It owns the table and the members' entries, and nothing else: it knows no
// commands and no thresholds. Its invariants are those of the package dict, and
// that Bytes is exact.
package set
