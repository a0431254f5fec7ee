// Package value holds what a key can hold: the nouns. It knows no clock, no
// RESP and no engine; it works on bytes and on the arena's blocks.
//
// kind.go lists the kinds and their encodings, string.go is the string,
// collection.go says what a value must be that is too large for an entry. Each
// other type has a package of its own below.
package value
