package aof

import (
	"bytes"
	"hash/maphash"
)

// A census counts the keys that a file leaves behind, while it is read for the first time, so that whoever loads it can
// make room for all of them at once: half of the time of a load went into tables that grew.
//
// It keeps the hashes of a sample of the keys: those that begin with so many zero bits. When there are too many of them,
// it asks for one zero bit more and drops half. So a few thousand stay of any number, and the count is off by one or two
// percent. Keys that go without a DEL, as lists do with their last element, are counted all the same: it is an estimate.
type census struct {
	seed maphash.Seed
	db   int
	zero uint // bits that the hash of a key of the sample begins with
	keys map[censusKey]struct{}
}

type censusKey struct {
	db   int
	hash uint64
}

// censusMax bounds the sample.
const censusMax = 1 << 14

// newCensus begins with the database that the first record belongs to.
func newCensus(db int) *census {
	return &census{seed: maphash.MakeSeed(), db: db, keys: map[censusKey]struct{}{}}
}

// visit takes a record.
func (c *census) visit(args [][]byte) {
	c.db = follow(c.db, args)
	switch name := args[0]; {
	case bytes.EqualFold(name, []byte("DEL")) || bytes.EqualFold(name, []byte("UNLINK")):
		for _, key := range args[1:] {
			if k, ok := c.sampled(key); ok {
				delete(c.keys, k)
			}
		}
	case bytes.EqualFold(name, []byte("MSET")):
		for at := 1; at < len(args); at += 2 {
			c.add(args[at])
		}
	case bytes.EqualFold(name, []byte("FLUSHALL")):
		clear(c.keys)
	case bytes.EqualFold(name, []byte("FLUSHDB")):
		for k := range c.keys {
			if k.db == c.db {
				delete(c.keys, k)
			}
		}
	case len(args) > 2: // the shortest that make a key
		c.add(args[1])
	}
}

func (c *census) sampled(key []byte) (censusKey, bool) {
	hash := maphash.Bytes(c.seed, key)
	return censusKey{c.db, hash}, hash>>(64-c.zero) == 0
}

func (c *census) add(key []byte) {
	k, ok := c.sampled(key)
	if !ok {
		return
	}
	c.keys[k] = struct{}{}
	for len(c.keys) > censusMax {
		c.zero++
		for k := range c.keys {
			if k.hash>>(64-c.zero) != 0 {
				delete(c.keys, k)
			}
		}
	}
}

// each reports the number of keys of every database that has any.
func (c *census) each(report func(db, keys int)) {
	counts := map[int]int{}
	for k := range c.keys {
		counts[k.db]++
	}
	for db, n := range counts {
		report(db, n<<c.zero)
	}
}
