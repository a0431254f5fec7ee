package rdb

import "solokv/keyspace/value"

// Op says what a piece is.
type Op uint8

// The pieces of a file. A key's value follows it, and is whole when the next key, function or end comes:
//
//	OpKey   OpText | OpPacked | OpBegin OpElement... OpFinish | OpBegin (a stream's pieces) OpFinish
const (
	OpDB       Op = iota // N: what follows is in this database; M: it will have about so many keys, or 0; may come twice
	OpAux                // A, B: name and value
	OpFunction           // A: the code of a library
	OpKey                // A: the key; N: its expiry in Unix ms, or -1; M: idle seconds or -1; Freq
	OpText               // A: a string, whole
	OpPacked             // Kind, A: a value in one of the packed kinds, whole and checked, no element twice
	OpBegin              // Kind List, Hash, Set, ZSet or Stream; N: about how many elements it will have
	OpElement            // of a List, Set: A. Of a Hash: A field, B value, N expiry in Unix ms or -1. Of a ZSet: A, Score
	OpNode               // of a List: A, a checked listpack of elements. Of a Stream: ID the master ID, A the listpack
	OpStream             // of a Stream, after its nodes: ID last, First, MaxDeleted, N: entries ever added; M: the length
	OpGroup              // of a Stream: A name, ID last delivered, N: entries read, or ReadUnknown, ReadUntold
	OpPending            // of the last group: ID, N: delivery time in Unix ms, M: delivery count
	OpConsumer           // of the last group: A name, N: seen time, M: active time or -1; Unix ms
	OpOwned              // of the last consumer: ID, of the group's pending
	OpFinish             // the value is whole
)

// ID is a stream's ID.
type ID struct{ Ms, Seq uint64 }

// Piece is a part of what is read. Its slices are valid while it is handed over, and not later; fields that its Op
// does not name may hold anything.
type Piece struct {
	Op                    Op
	Kind                  value.Kind
	Freq                  int16 // -1: not given
	A, B                  []byte
	N, M                  int64
	Score                 float64
	ID, First, MaxDeleted ID
}
