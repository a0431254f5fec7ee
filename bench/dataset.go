package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"

	"solokv/protocol"
)

// The mixed data set: what files of snapshots and journals are made of when their loading and saving is compared. Of
// ten keys:
//
//	mix:0 mix:1 mix:2   strings of 32 bytes
//	mix:3               a number
//	mix:4               a string of 32 bytes that expires in a day
//	mix:5               a record of about 120 bytes, as JSON
//	mix:6               a hash
//	mix:7               a set
//	mix:8               a sorted set; half of the scores have a fraction
//	mix:9               a list
//
// A collection has 5 elements of 12 to 24 bytes, and in one of a thousand rows of ten keys it has 1,000 of them, so that
// both the small and the large encodings occur. Texts are hexadecimal digits drawn anew for each key: compression finds
// little in the strings, and something in the records. The same numbers of keys give the same data set everywhere.

const (
	mixKinds         = 10
	mixElements      = 5
	mixElementsLarge = 1000
	mixLargeEvery    = 1000
	mixTTLSeconds    = "86400"
)

// fillMixed writes the first keys of the mixed data set, with one command each.
func fillMixed(ctx context.Context, control *client, keys int) error {
	return control.pour(ctx, keys, func(dst []byte, i int) []byte {
		return protocol.AppendCommandStrings(dst, mixedCommand(i)...)
	})
}

// mixedCommand is the command that makes the i-th key.
func mixedCommand(i int) []string {
	random := rand.NewPCG(uint64(i), mixKinds)
	key := "mix:" + strconv.Itoa(i)
	elements := mixElements
	if i/mixKinds%mixLargeEvery == 0 {
		elements = mixElementsLarge
	}
	switch i % mixKinds {
	case 3:
		return []string{"SET", key, strconv.FormatUint(random.Uint64()>>40, 10)}
	case 4:
		return []string{"SET", key, hexWord(random) + hexWord(random), "EX", mixTTLSeconds}
	case 5:
		return []string{"SET", key, mixedRecord(i, random)}
	case 6:
		return mixedCollection("HSET", key, elements, func(words []string, at int) []string {
			return append(words, "field:"+strconv.Itoa(at), hexWord(random))
		})
	case 7:
		return mixedCollection("SADD", key, elements, func(words []string, at int) []string {
			return append(words, "member:"+hexWord(random))
		})
	case 8:
		return mixedCollection("ZADD", key, elements, func(words []string, at int) []string {
			score := strconv.FormatUint(random.Uint64()>>48, 10)
			if at%2 == 1 {
				score += ".25"
			}
			return append(words, score, "member:"+hexWord(random))
		})
	case 9:
		return mixedCollection("RPUSH", key, elements, func(words []string, at int) []string {
			return append(words, "element:"+hexWord(random))
		})
	default:
		return []string{"SET", key, hexWord(random) + hexWord(random)}
	}
}

// mixedCollection is a command that makes a collection of elements, each appended by element.
func mixedCollection(name, key string, elements int, element func(words []string, at int) []string) []string {
	words := append(make([]string, 0, 2+2*elements), name, key)
	for at := range elements {
		words = element(words, at)
	}
	return words
}

func mixedRecord(i int, random *rand.PCG) string {
	word := hexWord(random)
	return fmt.Sprintf(`{"id":%d,"name":"user-%s","email":"user-%s@example.com","visits":%d,"confirmed":true,"token":"%s"}`,
		i, word[:8], word[:8], random.Uint64()>>50, word)
}

// hexWord is 16 hexadecimal digits.
func hexWord(random *rand.PCG) string {
	const hex = "0123456789abcdef"
	var word [16]byte
	bits := random.Uint64()
	for i := range word {
		word[i] = hex[bits&15]
		bits >>= 4
	}
	return string(word[:])
}
