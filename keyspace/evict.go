package keyspace

import (
	"math"

	"solokv/keyspace/config"
	"solokv/keyspace/dict"
)

// Eviction: what happens when there is more data than maxmemory.
//
// Requests that may need memory make room first, a key or a few at a time, so that the
// writer is never busy with it for long: all requests of a round together have the time
// that maxmemory-eviction-tenacity allows, and after that each of them evicts a few keys
// only. What is left goes on in the next rounds.
//
// Which key goes is found by sampling, as in Redis, with three differences, all because
// of what a load from memory costs. A bucket of the table is one cache line with the clocks
// of seven keys, so a sample of maxmemory-samples buckets looks at up to seven times as many
// keys for as many cache misses, which overlap; no key is loaded before it is evicted
// (dict/sample.go). A sample serves for several evictions. And the best candidates
// that were not needed are kept for the next time.
//
//	buckets at random  ->  seats  ->  the pool: the best 16, by rank  ->  evicted, the best first
//	      5                 ~30          worst ... best                          4
//
// Memory that a snapshot keeps alive is not counted: evicting more would not free it. Nor
// are the buffers of clients, and the journal's: those who read slowly must not cost
// others their keys. maxmemory-clients limits them (clientmemory.go).

// candidate is a key that may be evicted.
type candidate struct {
	db   *DB
	seat dict.Seat // it is out if it was used since
	rank uint64    // the greatest goes first
}

// eviction is what the engine knows about making room.
type eviction struct {
	pool      [evictionPool]candidate // by rank, the greatest last
	pooled    int
	fresh     int   // evictions that the last sample is still good for
	untilNs   int64 // how long this round's requests may make room; 0: none has yet
	overNs    int64 // since when there is too much; 0: there is not
	overSumNs int64 // for how long there was, in all
	key       []byte
	seats     []dict.Seat
	ctx       Ctx
	sess      Session
}

const (
	// evictionPool is the number of candidates that are kept.
	evictionPool = 16
	// evictionsPerSample is how many of them go before the next sample is taken.
	evictionsPerSample = 4
)

// countedMemory is what maxmemory limits.
func (e *Engine) countedMemory() int64 {
	return e.arena.Used() + e.goHeap.ownBytes - e.epochs.DeferredBytes()
}

// overMemory tells whether there is more than maxmemory.
func (e *Engine) overMemory() bool {
	return e.values.MaxMemory > 0 && e.countedMemory() > e.values.MaxMemory
}

// outOfMemory tells whether a request that needs memory has to be refused. It makes
// room before.
func (e *Engine) outOfMemory() bool {
	if !e.overMemory() {
		e.withinMemory()
		return false
	}
	if e.loading {
		return false
	}
	now := e.clock.NowNs()
	if e.eviction.untilNs == 0 {
		e.eviction.untilNs = now + e.evictionNs()
	}
	enough, more := e.makeRoom(now, e.eviction.untilNs)
	if more {
		e.deadline = now
	}
	return !enough && !more
}

// withinMemory notes that there is enough.
func (e *Engine) withinMemory() {
	if v := &e.eviction; v.overNs != 0 {
		v.overSumNs += e.clock.NowNs() - v.overNs
		v.overNs = 0
	}
}

// OverMemoryNs is for how long there was more than maxmemory, in all and now.
func (e *Engine) OverMemoryNs() (sum, current int64) {
	v := &e.eviction
	if v.overNs != 0 {
		current = e.clock.NowNs() - v.overNs
	}
	return v.overSumNs + current, current
}

// evictionNs is how long the requests of one round may make room.
func (e *Engine) evictionNs() int64 {
	switch t := e.values.MaxMemoryEvictionTenacity; {
	case t <= 10:
		return int64(t) * 50e3
	case t < 100:
		return int64(500e3 * math.Pow(1.15, float64(t-10)))
	}
	return math.MaxInt64 / 2
}

// makeRoom frees memory until there is enough, or until untilNs. With neither enough
// nor more there is nothing that may be evicted.
func (e *Engine) makeRoom(nowNs, untilNs int64) (enough, more bool) {
	if e.eviction.overNs == 0 {
		e.eviction.overNs = nowNs
	}
	c := e.evictor(e.wallMs(nowNs))
	started := e.watchStep()
	defer func() { c.stepWatched("eviction-cycle", started) }()
	for n := 1; ; n++ {
		if !e.overMemory() {
			e.withinMemory()
			return true, false
		}
		if n%evictionsPerLook == 0 && e.clock.NowNs() > untilNs {
			return false, true
		}
		if len(e.objects.fallen)+len(e.attic) > 0 { // that will be memory soon
			if e.drainAttic(untilNs) || e.drainFallen(untilNs) {
				return false, true
			}
			continue
		}
		if !c.evictOne() {
			return false, false
		}
	}
}

// evictionsPerLook is the number of keys evicted between two looks at the clock.
const evictionsPerLook = 8

// evictor is a context for eviction. It is the same each time: making one for each
// request cost a tenth of it.
func (e *Engine) evictor(nowMs int64) *Ctx {
	v := &e.eviction
	v.sess = Session{proto: 2, peer: Peer{Trusted: true}, authenticated: true, user: e.users.Default()}
	v.ctx = Ctx{e: e, sess: &v.sess, db: e.dbs[0], nowMs: nowMs, replaying: e.loading}
	return &v.ctx
}

// evictOne evicts the best candidate; false means that there is none.
func (c *Ctx) evictOne() bool {
	policy := c.e.values.MaxMemoryPolicy
	v := &c.e.eviction
	for range evictionTries {
		if v.fresh == 0 || v.pooled == 0 {
			if c.db = c.e.databaseToEvict(policy); c.db == nil {
				return false
			}
			c.sample(policy)
		}
		for v.pooled > 0 && v.fresh > 0 {
			v.pooled--
			if c.evict(v.pool[v.pooled]) {
				v.fresh--
				return true
			}
		}
	}
	return false
}

// evictionTries is how many samples are taken to find one key. Where few keys have an
// expiry, and only these may go, most samples have none.
const evictionTries = 64

// databaseToEvict picks a database, by chance but the larger the likelier; nil without
// a key that may go.
func (e *Engine) databaseToEvict(policy config.EvictionPolicy) *DB {
	if policy == config.NoEviction {
		return nil
	}
	sum := 0
	for _, db := range e.dbs {
		sum += db.evictable(policy)
	}
	if sum == 0 {
		return nil
	}
	at := int(e.random() % uint64(sum))
	for _, db := range e.dbs {
		if at -= db.evictable(policy); at < 0 {
			return db
		}
	}
	return nil
}

// evictable is the number of keys that a policy may take.
func (db *DB) evictable(policy config.EvictionPolicy) int {
	if policy.IsVolatile() {
		return db.volatile
	}
	return db.Len()
}

// sample looks at the keys in some buckets of the database and keeps the best.
func (c *Ctx) sample(policy config.EvictionPolicy) {
	v, buckets := &c.e.eviction, c.e.values.MaxMemorySamples
	if policy == config.EvictAllKeysRandom || policy == config.EvictVolatileRandom {
		v.pooled, buckets = 0, 1 // one is as good as another
	}
	v.fresh = evictionsPerSample
	if policy.IsVolatile() && c.db.volatile*sparseShare < c.db.Len() {
		c.sampleWheel(policy, buckets)
		return
	}
	var touched, other uint64
	v.seats, touched = c.db.table.Sample(v.seats[:0], buckets, c.e.random)
	if policy.IsVolatile() { // their entries will be looked at
		for _, seat := range v.seats {
			other ^= uint64(c.db.table.TouchSeat(seat))
		}
	}
	for _, seat := range v.seats {
		c.consider(policy, seat)
	}
	for _, likely := range v.pool[max(0, v.pooled-evictionsPerSample):v.pooled] {
		other ^= uint64(likely.db.table.TouchSeat(likely.seat))
	}
	c.e.touched = touched ^ other
}

// sparseShare: where fewer keys than one in so many have an expiry, they are looked for
// in the wheel.
const sparseShare = 16

// sampleWheel samples keys that the wheel knows: not quite at random, but it finds
// them.
func (c *Ctx) sampleWheel(policy config.EvictionPolicy, n int) {
	for range n * sampleWheelItems {
		tag, ok := c.db.times.random(c.e.random)
		if !ok {
			return
		}
		c.db.table.FindTag(tag, func(p dict.Pos, _ dict.Entry, hash uint64) bool {
			c.consider(policy, dict.SeatOf(p, hash))
			return true
		})
	}
}

const sampleWheelItems = 4

// consider makes the key on a seat a candidate if it is better than those that are kept.
func (c *Ctx) consider(policy config.EvictionPolicy, seat dict.Seat) {
	v := &c.e.eviction
	var entry dict.Entry
	if policy.IsVolatile() {
		p, ok := c.db.table.Seated(seat)
		if !ok {
			return
		}
		if entry = c.db.table.Entry(p); !entry.Expires() {
			return
		}
	}
	rank := c.rank(policy, seat.Clock(), entry)
	if v.pooled < evictionPool || rank > v.pool[0].rank {
		v.add(candidate{c.db, seat, rank})
	}
}

func (c *Ctx) rank(policy config.EvictionPolicy, clock uint32, entry dict.Entry) uint64 {
	switch policy {
	case config.EvictVolatileTTL:
		return math.MaxUint64 - uint64(entry.ExpireAt())
	case config.EvictAllKeysRandom, config.EvictVolatileRandom:
		return c.e.random()
	case config.EvictAllKeysLFU, config.EvictVolatileLFU:
		minute := uint32(c.nowMs/60000) & lfuTimeMask
		counter := c.e.access.decayed(clock, minute)
		return uint64(255-counter)<<16 | uint64((minute-clock>>8)&lfuTimeMask)
	}
	return uint64(idleSeconds(c.nowMs, clock))
}

// add puts a candidate in its place, and drops the worst if there are too many.
func (v *eviction) add(c candidate) {
	for i := range v.pool[:v.pooled] {
		if v.pool[i].db == c.db && v.pool[i].seat.Same(c.seat) {
			return
		}
	}
	at := v.pooled
	for at > 0 && v.pool[at-1].rank > c.rank {
		at--
	}
	if v.pooled < evictionPool {
		copy(v.pool[at+1:], v.pool[at:v.pooled])
		v.pool[at] = c
		v.pooled++
		return
	}
	copy(v.pool[:at-1], v.pool[1:at])
	v.pool[at-1] = c
}

// evict deletes a candidate, if it is still there and was not used since.
func (c *Ctx) evict(which candidate) bool {
	c.db = which.db
	p, ok := c.db.table.Seated(which.seat)
	if !ok {
		return false
	}
	entry := c.db.table.Entry(p)
	if c.e.values.MaxMemoryPolicy.IsVolatile() && !entry.Expires() {
		return false
	}
	started := c.e.watchStep()
	key := append(c.e.eviction.key[:0], entry.Key()...)
	c.e.eviction.key = key
	c.propagateDelete(key)
	c.e.stats.evicted++
	c.Delete(Item{entry, p, hashKey(key)})
	c.signal(key)
	c.notify(key, EventEvicted, "evicted")
	c.stepWatched("eviction-del", started)
	return true
}
