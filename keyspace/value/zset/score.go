package zset

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"

	"solokv/keyspace/dict"
)

// The score of an entry is its value: a whole number of up to 48 bits in as many
// bytes as it needs, 1 to 6, little-endian with sign; any other number as the 8
// bytes of a double. Counters and times in milliseconds save a granule or two.
const (
	doubleBytes = 8
	wholeMax    = 1<<47 - 1
)

func isWhole(score float64) bool {
	return score == math.Trunc(score) && math.Abs(score) <= wholeMax && !(score == 0 && math.Signbit(score))
}

// scoreBytes is the length of a score in an entry.
func scoreBytes(score float64) int {
	if !isWhole(score) {
		return doubleBytes
	}
	switch n := int64(score); {
	case n == int64(int8(n)):
		return 1
	case n == int64(int16(n)):
		return 2
	case n == int64(int32(n)):
		return 4
	default:
		return 6
	}
}

// putScore writes a score into value, which is scoreBytes long.
func putScore(value []byte, score float64) {
	switch n := int64(score); len(value) {
	case 1:
		value[0] = byte(n)
	case 2:
		binary.LittleEndian.PutUint16(value, uint16(n))
	case 4:
		binary.LittleEndian.PutUint32(value, uint32(n))
	case 6:
		binary.LittleEndian.PutUint32(value, uint32(n))
		binary.LittleEndian.PutUint16(value[4:], uint16(n>>32))
	default:
		binary.LittleEndian.PutUint64(value, math.Float64bits(score))
	}
}

func scoreOf(e dict.Entry) float64 { return readScore(e.Value()) }

func readScore(value []byte) float64 {
	switch len(value) {
	case 1:
		return float64(int8(value[0]))
	case 2:
		return float64(int16(binary.LittleEndian.Uint16(value)))
	case 4:
		return float64(int32(binary.LittleEndian.Uint32(value)))
	case 6:
		low, high := binary.LittleEndian.Uint32(value), int16(binary.LittleEndian.Uint16(value[4:]))
		return float64(int64(high)<<32 | int64(low))
	default:
		return math.Float64frombits(binary.LittleEndian.Uint64(value))
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
