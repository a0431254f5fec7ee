package zset

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"

	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// The score of an entry is its value: a whole number of up to 48 bits in as many
// bytes as it needs, 1 to 6, little-endian with sign; any other number as the 8
// bytes of a double. Counters and times in milliseconds save a granule or two.
const (
	doubleBytes   = 8
	wholeBytesMax = 6
	wholeMax      = 1<<47 - 1
)

func isWhole(score float64) bool {
	return score == math.Trunc(score) && math.Abs(score) <= wholeMax && !(score == 0 && math.Signbit(score))
}

// scoreBytes is the length of a score in an entry.
func scoreBytes(score float64) int {
	if !isWhole(score) {
		return doubleBytes
	}
	return min(value.IntWidth(int64(score)), wholeBytesMax)
}

// putScore writes a score into stored, which is scoreBytes long.
func putScore(stored []byte, score float64) {
	switch n := int64(score); len(stored) {
	case wholeBytesMax:
		binary.LittleEndian.PutUint32(stored, uint32(n))
		binary.LittleEndian.PutUint16(stored[4:], uint16(n>>32))
	case doubleBytes:
		binary.LittleEndian.PutUint64(stored, math.Float64bits(score))
	default:
		value.PutInt(stored, n)
	}
}

func scoreOf(e dict.Entry) float64 { return readScore(e.Value()) }

func readScore(stored []byte) float64 {
	switch len(stored) {
	case wholeBytesMax:
		low, high := binary.LittleEndian.Uint32(stored), int16(binary.LittleEndian.Uint16(stored[4:]))
		return float64(int64(high)<<32 | int64(low))
	case doubleBytes:
		return math.Float64frombits(binary.LittleEndian.Uint64(stored))
	default:
		return float64(value.Int(stored))
	}
}

// textWholeMax is the magnitude up to which whole scores are packed as integers.
const textWholeMax = 1 << 62

// appendScoreText appends the text that a score which is not packed as an integer
// has in a listpack. It is the shortest that reads back as the same number, in the
// layout of Redis 7.2: 0.1 1e-7 1.5e+300 inf.
func appendScoreText(dst []byte, score float64) []byte {
	switch {
	case math.IsInf(score, 1):
		return append(dst, "inf"...)
	case math.IsInf(score, -1):
		return append(dst, "-inf"...)
	}
	var scratch [32]byte
	text := strconv.AppendFloat(scratch[:0], score, 'e', -1, 64) // -d.ddde±xx
	mark := bytes.IndexByte(text, 'e')
	exponent := 0
	for _, digit := range text[mark+2:] {
		exponent = exponent*10 + int(digit-'0')
	}
	magnitude := exponent
	if text[mark+1] == '-' {
		exponent = -exponent
	}
	digits := mark
	if text[0] == '-' {
		digits--
	}
	if digits > 1 {
		digits-- // the point
	}
	behind := digits - 1 - exponent // digits behind the point, without an exponent
	if behind <= 0 && magnitude < digits+7 || behind > 0 && (behind < 7 || magnitude < 4) {
		return strconv.AppendFloat(dst, score, 'f', -1, 64)
	}
	dst = append(dst, text[:mark+2]...)
	return strconv.AppendInt(dst, int64(magnitude), 10)
}
