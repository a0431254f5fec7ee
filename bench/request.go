package main

import (
	"bytes"
	"math/bits"
	"math/rand/v2"
	"strings"

	"solokv/protocol"
)

// randomKey stands for a random key number in the words of a request. It is as long as the number that replaces it
// (the form is redis-benchmark's: key:000000012345), so the number is patched in place and no length changes.
const randomKey = "<random-key>"

const keyDigits = len(randomKey)

// request is one command of a load, as words in which randomKey may occur, and what the server answers.
type request struct {
	words []string
	// next is a second command that follows each first one, and counts as much: a pop after a push, so that there is
	// always something to pop.
	next []string
	// reply is the reply in bytes if it is always the same, and "" if not. Known replies are counted by comparing
	// whole buffers; a different reply (an absent key, say) is still counted correctly, only more slowly.
	reply string
	// benchmarkTest is the -t argument with which redis-benchmark sends the same command, "" if it has none.
	benchmarkTest string
}

// batch is what a connection sends at a time: a request, pipelined so many times, as bytes ready to be sent but for the
// key numbers.
type batch struct {
	bytes    []byte
	numbers  []int // offsets of the key numbers
	requests int
}

func newBatch(r request, pipeline int) batch {
	one := protocol.AppendCommandStrings(nil, r.words...)
	b := batch{bytes: bytes.Repeat(one, pipeline), requests: pipeline}
	if len(r.next) > 0 {
		one = protocol.AppendCommandStrings(one, r.next...)
		pairs := max(1, pipeline/2)
		b = batch{bytes: bytes.Repeat(one, pairs), requests: 2 * pairs}
	}
	for offset := 0; ; offset += keyDigits {
		next := bytes.Index(b.bytes[offset:], []byte(randomKey))
		if next < 0 {
			return b
		}
		offset += next
		b.numbers = append(b.numbers, offset)
	}
}

// randomize gives every key of the batch a new number in [0, keys).
func (b *batch) randomize(random *rand.PCG, keys uint64) {
	for _, offset := range b.numbers {
		number, _ := bits.Mul64(random.Uint64(), keys) // the high word of the product is uniform in [0, keys)
		putDigits(b.bytes[offset:offset+keyDigits], number)
	}
}

// putDigits fills dst with a number in decimal, with leading zeros.
func putDigits(dst []byte, number uint64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = byte('0' + number%10)
		number /= 10
	}
}

// keyName is the key with a given number, as loads address it and as fills must write it.
func keyName(dst []byte, prefix string, number int) []byte {
	dst = append(dst, prefix...)
	dst = append(dst, randomKey...)
	putDigits(dst[len(dst)-keyDigits:], uint64(number))
	return dst
}

// loadValue is the value of the loads' keys, 3 bytes as redis-benchmark's.
const loadValue = "xxx"

var (
	setRequest = request{
		words: []string{"SET", "key:" + randomKey, loadValue}, reply: "+OK\r\n", benchmarkTest: "set",
	}
	getRequest = request{
		words: []string{"GET", "key:" + randomKey}, reply: "$3\r\n" + loadValue + "\r\n", benchmarkTest: "get",
	}
	evalRequest = request{words: []string{"EVAL", "return redis.call('get',KEYS[1])", "1", "key:" + randomKey}}
	incrRequest = request{words: []string{"INCR", "counter:" + randomKey}, benchmarkTest: "incr"}
	msetRequest = request{
		words: append([]string{"MSET"}, strings.Fields(strings.Repeat("key:"+randomKey+" "+loadValue+" ", 10))...),
		reply: "+OK\r\n", benchmarkTest: "mset",
	}
)
