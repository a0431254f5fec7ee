package command

import (
	"encoding/binary"
	"math/bits"
)

// The loops over the bytes of bitmaps, eight bytes at a time. Bits are numbered
// from the highest of the first byte on; a range of bits is from, up to but not
// including to.

// countBits counts the bits that are set in a range.
func countBits(text []byte, from, to int64) int64 {
	if from >= to {
		return 0
	}
	first, last := from>>3, (to-1)>>3
	outside := int64(bits.OnesCount8(text[first] &^ (0xff >> (from & 7))))
	outside += int64(bits.OnesCount8(text[last] & (0x7f >> ((to - 1) & 7))))
	return countBytes(text[first:last+1]) - outside
}

// countBytes counts the bits that are set in all of text.
func countBytes(text []byte) (n int64) {
	for len(text) >= 32 {
		word := text[:32:32]
		n += int64(bits.OnesCount64(binary.LittleEndian.Uint64(word)) +
			bits.OnesCount64(binary.LittleEndian.Uint64(word[8:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(word[16:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(word[24:])))
		text = text[32:]
	}
	for ; len(text) >= 8; text = text[8:] {
		n += int64(bits.OnesCount64(binary.LittleEndian.Uint64(text)))
	}
	for _, b := range text {
		n += int64(bits.OnesCount8(b))
	}
	return n
}

// findBit is the place of the first bit of a range that is set, or clear; to when
// there is none.
func findBit(text []byte, set bool, from, to int64) int64 {
	if from >= to {
		return to
	}
	flip := byte(0xff) // a clear bit is sought as a set one of the opposite
	if set {
		flip = 0
	}
	first, end := int(from>>3), int((to+7)>>3)
	b := (text[first] ^ flip) & (0xff >> (from & 7))
	at := first
	if b == 0 {
		at = first + 1 + skipBytes(text[first+1:end], flip)
		if at == end {
			return to
		}
		b = text[at] ^ flip
	}
	return min(int64(at)*8+int64(bits.LeadingZeros8(b)), to)
}

// skipBytes is the number of bytes at the beginning of text that equal b.
func skipBytes(text []byte, b byte) int {
	word := uint64(b) * 0x0101010101010101
	n := 0
	for ; n+8 <= len(text); n += 8 {
		if different := binary.LittleEndian.Uint64(text[n:]) ^ word; different != 0 {
			return n + bits.TrailingZeros64(different)>>3
		}
	}
	for n < len(text) && text[n] == b {
		n++
	}
	return n
}

// andBytes, orBytes and xorBytes combine the bytes of dst with those of src, which
// is as long.

func andBytes(dst, src []byte) {
	n := len(dst) &^ 7
	for i := 0; i < n; i += 8 {
		d := dst[i : i+8 : i+8]
		binary.LittleEndian.PutUint64(d, binary.LittleEndian.Uint64(d)&binary.LittleEndian.Uint64(src[i:]))
	}
	for i := n; i < len(dst); i++ {
		dst[i] &= src[i]
	}
}

func orBytes(dst, src []byte) {
	n := len(dst) &^ 7
	for i := 0; i < n; i += 8 {
		d := dst[i : i+8 : i+8]
		binary.LittleEndian.PutUint64(d, binary.LittleEndian.Uint64(d)|binary.LittleEndian.Uint64(src[i:]))
	}
	for i := n; i < len(dst); i++ {
		dst[i] |= src[i]
	}
}

func xorBytes(dst, src []byte) {
	n := len(dst) &^ 7
	for i := 0; i < n; i += 8 {
		d := dst[i : i+8 : i+8]
		binary.LittleEndian.PutUint64(d, binary.LittleEndian.Uint64(d)^binary.LittleEndian.Uint64(src[i:]))
	}
	for i := n; i < len(dst); i++ {
		dst[i] ^= src[i]
	}
}

func notBytes(dst []byte) {
	n := len(dst) &^ 7
	for i := 0; i < n; i += 8 {
		d := dst[i : i+8 : i+8]
		binary.LittleEndian.PutUint64(d, ^binary.LittleEndian.Uint64(d))
	}
	for i := n; i < len(dst); i++ {
		dst[i] = ^dst[i]
	}
}
