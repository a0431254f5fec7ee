package keyspace

import (
	"cmp"
	"slices"

	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// Which keys are the largest: MEMORY BIGKEYS. Housekeeping walks over the databases, a few
// segments at a time, again and again for as long as there are changes, and remembers the
// largest keys that it has met. It takes a five-hundredth of the time at most, at 20 ns a
// key (BenchmarkWalk): 10 million keys take two minutes, an idle server nothing.
//
// What is remembered of a key is its hash and how large it was; whoever asks is told how
// large it is.

// bigKeys is what the engine knows about large keys.
type bigKeys struct {
	db      int    // where the walk is
	from    uint64 // in its table
	changes int64  // when the walk began
	whole   bool   // the last walk saw everything that there is

	met  []bigKey // by this walk, the largest first
	last []bigKey // by the last one
}

// bigKey is a key that was large.
type bigKey struct {
	db    *DB
	tag   uint64 // of its hash
	bytes int64
}

const (
	// bigKeysMax is the number of keys that a walk remembers.
	bigKeysMax = 128
	// bigWalkNs is how long a tick walks, at most: 0.2 % of cronNs.
	bigWalkNs = cronNs / 500
)

// walkForBigKeys goes on with the walk, and tells whether there is more to do.
func (e *Engine) walkForBigKeys() (more bool) {
	b := &e.big
	if b.whole && b.changes == e.stats.changes || e.loading {
		return false
	}
	if b.db == 0 && b.from == 0 {
		b.changes, b.whole = e.stats.changes, false
	}
	until := e.clock.NowNs() + bigWalkNs
	for b.db < len(e.dbs) {
		db := e.dbs[b.db]
		if db.Len() > 0 {
			b.from = db.table.Walk(b.from, func(entry dict.Entry) { e.meet(db, entry) })
		}
		if db.Len() == 0 || b.from == 0 {
			b.db, b.from = b.db+1, 0
		}
		if e.clock.NowNs() > until {
			return true
		}
	}
	b.db, b.whole = 0, true
	b.last, b.met = b.met, b.last[:0]
	return b.changes != e.stats.changes
}

// meet remembers a key if it is large enough.
func (e *Engine) meet(db *DB, entry dict.Entry) {
	b := &e.big
	bytes := int64(entry.Bytes())
	if value.IsCollection(entry.Kind()) {
		bytes += e.objects.places[handleOf(entry)].Collection.Bytes()
	}
	if len(b.met) == bigKeysMax && bytes <= b.met[bigKeysMax-1].bytes {
		return
	}
	at, _ := slices.BinarySearchFunc(b.met, bytes, func(k bigKey, bytes int64) int { return cmp.Compare(bytes, k.bytes) })
	if len(b.met) == bigKeysMax {
		b.met = b.met[:bigKeysMax-1]
	}
	b.met = slices.Insert(b.met, at, bigKey{db, dict.Tag(hashKey(entry.Key())), bytes})
}

// BigKey is a key with its size. It is valid until the database next changes.
type BigKey struct {
	Item
	DB    *DB
	Bytes int64
}

// BigKeys returns up to n of the keys that the present walk and the last one have met, as
// large as they are now, the largest first.
func (c *Ctx) BigKeys(n int) []BigKey {
	type place struct {
		db  *DB
		tag uint64
	}
	known := map[place]bool{}
	var all []BigKey
	for _, k := range slices.Concat(c.e.big.met, c.e.big.last) {
		if at := (place{k.db, k.tag}); !known[at] {
			known[at] = true
			all = c.appendBigKey(all, k)
		}
	}
	slices.SortStableFunc(all, func(a, b BigKey) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return all[:min(len(all), n)]
}

// appendBigKey appends the key that was remembered, if it is still there.
func (c *Ctx) appendBigKey(all []BigKey, k bigKey) []BigKey {
	c.In(k.db, func() {
		k.db.table.FindTag(k.tag, func(p dict.Pos, entry dict.Entry, hash uint64) bool {
			if !entry.Expires() || !c.isExpired(entry.ExpireAt()) {
				it := Item{entry, p, hash}
				all = append(all, BigKey{it, k.db, c.KeyBytes(it)})
			}
			return true
		})
	})
	return all
}
