// Package hash is what a key of type hash holds.
//
// Small hashes are packed: one run of bytes inside the key's entry, the same as in
// RDB and DUMP (packed.go). Large ones are a table with an entry for each field
// (large.go), and an agenda of the fields that expire (agenda.go). View is a hash
// in any of these forms (view.go); start there.
//
// It knows no clock: callers say what time it is, and which fields they still want
// to see. A field whose time has come is there until somebody removes it.
package hash
