// Package dict is the table that everything keyed lives in: the keyspace, and
// the big encodings of hashes, sets and sorted sets.
//
// It owns the bytes of an entry (entry.go), the table of segments (table.go,
// segment.go, grow.go), the walks over it (scan.go) and the copy-on-write view
// that a snapshot reads (epoch.go). It knows no types, no clock and no RESP.
//
// Invariants:
//   - One goroutine calls everything but the methods of View.
//   - No call does more work than one segment's worth: at most 385 entries. The
//     two exceptions copy pointers only: doubling the directory, and opening a view.
//   - While a view is open, no byte of memory it can reach is written or freed
//     (keyspace I9).
package dict
