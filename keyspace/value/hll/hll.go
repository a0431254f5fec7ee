package hll

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// Terminology: the hash of an element names one of 16384 registers with its low
// bits and a rank with the rest: the place of their lowest 1, from 1 on. A
// register holds the highest rank that it was given. From how high the registers
// stand follows how many different elements there were, give or take 0.81 %
// (Flajolet et al. 2007; the estimate is Ertl's, arXiv:1702.01284).
//
// The string:
//
//	+------+----------+---------+---------------------------+-----------
//	| HYLL | encoding | 3 zeros | count, 8 bytes, low first | registers
//	+------+----------+---------+---------------------------+-----------
//
// Encoding is 0 (dense) or 1 (sparse). The count is the last estimate; the highest
// bit of its last byte says that registers have changed since.
//
// Adding to a dense one costs a hash and a look at a register; to a sparse one also
// a walk over the opcodes before the register, which hll-sparse-max-bytes keeps
// short. The bytes of a sparse one depend on the order of additions, and scripts
// compare strings: what is split, merged and made dense when is therefore a
// matter of compatibility, not of taste.

const (
	// Registers is the number of registers.
	Registers = 1 << indexBits
	// DenseBytes is the length of a dense one.
	DenseBytes = headerBytes + Registers*registerBits/8

	indexBits    = 14
	registerBits = 6
	rankMax      = 64 - indexBits + 1
	headerBytes  = 16

	magic      = "HYLL"
	encodingAt = 4
	countAt    = 8
	staleAt    = 15
	staleBit   = 0x80

	dense  = 0
	sparse = 1
)

// ErrCorrupted tells that the opcodes of a sparse one make no sense.
var ErrCorrupted = errors.New("hll: corrupted opcodes")

// Valid tells whether a string looks like a HyperLogLog.
func Valid(text []byte) bool {
	if len(text) < headerBytes || string(text[:len(magic)]) != magic {
		return false
	}
	return text[encodingAt] == sparse || IsDense(text) && len(text) == DenseBytes
}

// IsDense tells dense from sparse.
func IsDense(text []byte) bool { return text[encodingAt] == dense }

// AppendEmpty appends one to which nothing was added.
func AppendEmpty(dst []byte) []byte {
	dst = append(dst, magic...)
	dst = append(dst, sparse, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint64(dst, 0)
	return appendZeros(dst, Registers)
}

// Cached returns the count that is stored, unless registers have changed since.
func Cached(text []byte) (count uint64, ok bool) {
	return binary.LittleEndian.Uint64(text[countAt:]), text[staleAt]&staleBit == 0
}

// SetCached stores a count.
func SetCached(text []byte, count uint64) { binary.LittleEndian.PutUint64(text[countAt:], count) }

// Invalidate tells that registers have changed.
func Invalidate(text []byte) { text[staleAt] |= staleBit }

// A Place is what the hash of an element says: a register and a rank for it.
type Place struct {
	register int
	rank     uint8
}

// PlaceOf hashes an element.
func PlaceOf(element []byte) Place {
	h := murmur64A(element)
	return Place{
		register: int(h & (Registers - 1)),
		rank:     uint8(bits.TrailingZeros64(h>>indexBits|1<<(64-indexBits)) + 1),
	}
}

// murmur64A is Appleby's MurmurHash64A for little-endian machines, on any.
func murmur64A(data []byte) uint64 {
	const (
		seed  = 0xadc83b19
		m     = 0xc6a4a7935bd1e995
		shift = 47
	)
	h := uint64(len(data))*m ^ seed
	for ; len(data) >= 8; data = data[8:] {
		k := binary.LittleEndian.Uint64(data) * m
		h = (h ^ (k^k>>shift)*m) * m
	}
	if len(data) > 0 {
		var tail uint64
		for i, b := range data {
			tail |= uint64(b) << (8 * i)
		}
		h = (h ^ tail) * m
	}
	h = (h ^ h>>shift) * m
	return h ^ h>>shift
}
