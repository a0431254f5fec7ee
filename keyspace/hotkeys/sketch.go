package hotkeys

import (
	"bytes"
	"cmp"
	"slices"
)

const (
	// Places is the number of keys that a Sketch counts. A key that more than one in
	// Places of the samples name is among them, whatever the others are.
	Places = 256
	// keyBytesMax bounds what is kept of a key. Longer ones are told apart by their
	// hash and are shown by their beginning.
	keyBytesMax = 512
)

// Sketch counts keys by Space-Saving (Metwally, Agrawal, El Abbadi, 2005): a key that
// has no place takes that of the rarest one and inherits its count, which is then the
// most that it is overestimated by.
//
// Hashes and counts lie apart from the rest, so that a sample reads 2 KB from end to end,
// which takes 0.2 us and needs no map (BenchmarkAdd).
type Sketch struct {
	hashes [Places]uint64
	counts [Places]uint64
	keys   [Places]key
	used   int
	total  uint64

	least  uint64 // of the counts, or less
	cursor uint8  // see rarest; it wraps at Places
}

type key struct {
	db     int
	name   []byte // up to keyBytesMax of it
	len    int
	writes uint64 // of count
	excess uint64 // of count: what may have been others'
}

// Add counts a key of a database, whose hash is hash, weight times.
func (s *Sketch) Add(db int, hash uint64, name []byte, weight uint64, written bool) {
	s.total += weight
	hash += uint64(db) * 0x9E3779B97F4A7C15
	at := s.find(db, hash, name)
	if at < 0 {
		at = s.replace(db, hash, name)
	}
	s.counts[at] += weight
	if written {
		s.keys[at].writes += weight
	}
}

func (s *Sketch) find(db int, hash uint64, name []byte) (at int) {
	for i, h := range s.hashes[:s.used] {
		if h == hash && s.keys[i].is(db, name) {
			return i
		}
	}
	return -1
}

func (k *key) is(db int, name []byte) bool {
	return k.db == db && k.len == len(name) && bytes.Equal(k.name, name[:min(len(name), keyBytesMax)])
}

// replace gives a key a free place, or that of the rarest one.
func (s *Sketch) replace(db int, hash uint64, name []byte) (at int) {
	if s.used < Places {
		at = s.used
		s.used++
	} else {
		at = s.rarest()
	}
	k := &s.keys[at]
	s.hashes[at] = hash
	k.name = append(k.name[:0], name[:min(len(name), keyBytesMax)]...)
	k.db, k.len, k.writes, k.excess = db, len(name), 0, s.counts[at]
	return at
}

// rarest returns a place with the least count. Counts only grow, so the least of some
// time ago is the least as long as any place has it; the search goes on where the last
// one ended.
func (s *Sketch) rarest() int {
	for range Places {
		if s.cursor++; s.counts[s.cursor] == s.least {
			return int(s.cursor)
		}
	}
	s.least = slices.Min(s.counts[:])
	return slices.Index(s.counts[:], s.least)
}

// Age halves everything: what is older counts half.
func (s *Sketch) Age() {
	for i := range s.used {
		s.counts[i] /= 2
		s.keys[i].writes /= 2
		s.keys[i].excess /= 2
	}
	s.total, s.least = s.total/2, s.least/2
}

// Reset forgets everything.
func (s *Sketch) Reset() {
	s.counts = [Places]uint64{}
	s.used, s.total, s.least = 0, 0, 0
}

// Total is what all samples of all keys stand for, those without a place too.
func (s *Sketch) Total() uint64 { return s.total }

// Key is a key with its share.
type Key struct {
	DB     int
	Name   []byte // its first 512 bytes; valid until the sketch next changes
	Len    int    // of the whole name
	Count  uint64 // what its samples stand for, at most
	Excess uint64 // of Count: what may have been others'
	Writes uint64 // of Count: by commands that write
}

// shareMin: a key with less than one in so many of all accesses is not hot.
const shareMin = 1000

// Top returns the n keys that are counted for certain most often, first the hottest.
// Those that are not hot are left out.
func (s *Sketch) Top(n int) []Key {
	top := make([]Key, 0, s.used)
	for i := range s.used {
		if k := &s.keys[i]; s.counts[i] > k.excess && s.counts[i]-k.excess >= s.total/shareMin {
			top = append(top, Key{DB: k.db, Name: k.name, Len: k.len, Count: s.counts[i], Excess: k.excess, Writes: k.writes})
		}
	}
	slices.SortStableFunc(top, func(a, b Key) int { return cmp.Compare(b.Certain(), a.Certain()) })
	return top[:min(n, len(top))]
}

// Certain is the least that the key's samples stand for.
func (k Key) Certain() uint64 { return k.Count - k.Excess }
