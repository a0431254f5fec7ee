// Package zset is the sorted set: members, each with a score, ordered by score and
// among equal scores by the member's bytes.
//
// A small one is packed, a listpack of member, score, ... (packed.go). A large one
// is a ZSet (zset.go): a table of entries for looking members up, and over the same
// entries a tree for their order (node.go, insert.go, remove.go, walk.go). Reader
// (reader.go) reads either of them, so that the commands have one way to ask.
//
// The package knows nothing of keys, clients and configuration: what is small is
// the caller's decision.
//
// Everything about order is asked in ranks. A range of scores or of members is
// first turned into a half-open interval of ranks (Reader.Span), which takes a
// descent per end, and then walked, counted or removed like any other.
package zset
