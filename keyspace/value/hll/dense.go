package hll

import "encoding/binary"

// The dense encoding: 6 bits for each register, the lowest bits of a byte first.
//
//	byte 0    byte 1    byte 2    byte 3
//	11000000  22221111  33333322  ...

// raiseDense raises a register to a rank if it is lower.
func raiseDense(text []byte, p Place) (changed bool) {
	bit := p.register * registerBits
	at, shift := headerBytes+bit>>3, bit&7
	low := uint16(text[at])
	if shift > 2 {
		low |= uint16(text[at+1]) << 8
	}
	const ones = 1<<registerBits - 1
	if uint8(low>>shift&ones) >= p.rank {
		return false
	}
	low = low&^(ones<<shift) | uint16(p.rank)<<shift
	text[at] = byte(low)
	if shift > 2 {
		text[at+1] = byte(low >> 8)
	}
	return true
}

// WouldRaise tells whether Raise would change a dense one.
func WouldRaise(text []byte, p Place) bool {
	bit := p.register * registerBits
	at, shift := headerBytes+bit>>3, bit&7
	v := uint16(text[at])
	if shift > 2 {
		v |= uint16(text[at+1]) << 8
	}
	return uint8(v>>shift&(1<<registerBits-1)) < p.rank
}

// groupBytes is how many bytes hold eight registers.
const groupBytes = 6

// denseGroup reads the eight registers of a group, in the low 48 bits. It may read
// two bytes more than the group has, except at the end.
func denseGroup(text []byte, group int) uint64 {
	at := headerBytes + group*groupBytes
	if at+8 <= len(text) {
		return binary.LittleEndian.Uint64(text[at:])
	}
	return binary.LittleEndian.Uint64(text[at-2:]) >> 16
}

// mergeDense raises the registers to those of a dense one.
func (s *Set) mergeDense(text []byte) {
	for group := range Registers / 8 {
		v := denseGroup(text, group)
		to := s[group*8 : group*8+8 : group*8+8]
		to[0] = max(to[0], uint8(v&63))
		to[1] = max(to[1], uint8(v>>6&63))
		to[2] = max(to[2], uint8(v>>12&63))
		to[3] = max(to[3], uint8(v>>18&63))
		to[4] = max(to[4], uint8(v>>24&63))
		to[5] = max(to[5], uint8(v>>30&63))
		to[6] = max(to[6], uint8(v>>36&63))
		to[7] = max(to[7], uint8(v>>42&63))
	}
}

// addDense counts the registers of a dense one. Two histograms take turns:
// neighbours are often of one rank, and would wait for each other.
func (h *histogram) addDense(text []byte) {
	var even histogram
	for group := range Registers / 8 {
		v := denseGroup(text, group)
		even[v&63]++
		h[v>>6&63]++
		even[v>>12&63]++
		h[v>>18&63]++
		even[v>>24&63]++
		h[v>>30&63]++
		even[v>>36&63]++
		h[v>>42&63]++
	}
	for rank, n := range even {
		h[rank] += n
	}
}
