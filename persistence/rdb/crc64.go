package rdb

import "encoding/binary"

// The checksum of RDB files and of DUMP's payloads: CRC-64 of the polynomial 0xad93d23594c935a9 (that of Jones),
// with the lowest bit of each byte first, from 0 on, and nothing inverted at the end. hash/crc64 inverts at both
// ends, and takes eight bytes in a step only for polynomials that it knows; its tables for others are made anew
// by each call.

// crcPolynomial is the polynomial with its bits reversed.
const crcPolynomial = 0x95ac9329ac4bc9b5

// crcTables hold what a byte does to the sum that has 0 to 7 bytes behind it in a step of eight.
var crcTables = func() (tables [8][256]uint64) {
	for i := range tables[0] {
		crc := uint64(i)
		for range 8 {
			crc = crc>>1 ^ crcPolynomial*(crc&1)
		}
		tables[0][i] = crc
	}
	for behind := 1; behind < len(tables); behind++ {
		for i, crc := range tables[behind-1] {
			tables[behind][i] = crc>>8 ^ tables[0][byte(crc)]
		}
	}
	return tables
}()

// crcUpdate is the checksum of the bytes that crc is of, and p behind them.
func crcUpdate(crc uint64, p []byte) uint64 {
	t := &crcTables
	for ; len(p) >= 8; p = p[8:] {
		crc ^= binary.LittleEndian.Uint64(p)
		crc = t[7][byte(crc)] ^ t[6][byte(crc>>8)] ^ t[5][byte(crc>>16)] ^ t[4][byte(crc>>24)] ^
			t[3][byte(crc>>32)] ^ t[2][byte(crc>>40)] ^ t[1][byte(crc>>48)] ^ t[0][byte(crc>>56)]
	}
	for _, b := range p {
		crc = crc>>8 ^ t[0][byte(crc)^b]
	}
	return crc
}
