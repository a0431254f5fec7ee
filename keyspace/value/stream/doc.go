// Package stream is the value of a stream: its entries, its consumer groups, and
// what they have not acknowledged yet.
//
// It owns the bytes: nodes of entries (node.go), which are those of Redis's RDB
// files, and the trees that order nodes and pending entries by ID (tree.go). A
// group and a consumer are small Go objects (group.go), one of each; an entry and
// a pending entry never are.
//
// It must not know clocks, RESP or the engine: times and limits are arguments.
// Everything is written for copy-on-write: see value.Collection.
package stream
