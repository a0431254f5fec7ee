package keyspace

import (
	"unsafe"

	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// Memory that is not in the cache takes the time of a hundred instructions, and a
// core can wait for ten or more such loads at once if they do not depend on each
// other. The requests of a pipeline do not, but a handler's loads do: directory,
// bucket, entry. So before a window of requests is executed, the buckets of all of
// them are loaded, then the entries of all of them; the handlers then find them in
// the cache. What is loaded is a guess, never a promise: a request may change what
// the next one looks at.

// prefetchMinDefault is the number of keys from which on the loads of a batch are
// issued ahead. Smaller tables live in the cache, where it would only cost.
const prefetchMinDefault = 16 << 10

// prefetchWindow is the number of requests whose loads are in flight together:
// about what the core's line-fill buffers hold, twice over.
const prefetchWindow = 64

// prefetch loads what a window of requests is going to look at.
func (e *Engine) prefetch(c *Ctx, b *Batch, requests []Request) {
	if c.db.table.Len() >= e.prefetchMin {
		e.prefetchKeys(c.db.table, requests)
	}
	if e.objects.inUse() {
		e.prefetchElements(c.db.table, b, requests)
	}
}

// prefetchKeys loads every bucket and then every entry that the requests will look
// at (BenchmarkServePipelined).
func (e *Engine) prefetchKeys(t *dict.Table, requests []Request) {
	var buckets [prefetchWindow]unsafe.Pointer
	var touched uint64
	for i := range requests {
		if hash := requests[i].Hash; hash != 0 {
			bucket, meta := t.TouchBucket(hash)
			buckets[i] = bucket
			touched ^= meta
		}
	}
	for i := range requests {
		if buckets[i] != nil {
			touched ^= uint64(t.TouchEntry(requests[i].Hash, buckets[i]))
		}
	}
	e.touched = touched
}

// indexed is a collection with a table of its elements.
type indexed interface{ Index() *dict.Table }

// prefetchElements does the same within large collections, for requests that name
// an element (BenchmarkServeElements).
func (e *Engine) prefetchElements(t *dict.Table, b *Batch, requests []Request) {
	var elements [prefetchWindow]struct {
		table  *dict.Table
		hash   uint64
		bucket unsafe.Pointer
	}
	n := 0
	var touched, key uint64
	var table *dict.Table // of the collection under key
	for i := range requests {
		r := &requests[i]
		if r.Cmd == nil || r.Cmd.element == 0 || r.Cmd.element >= int(r.Argc) || r.Hash == 0 {
			continue
		}
		if r.Hash != key {
			key = r.Hash
			table = e.elementsOf(t, key, b.Spans[int(r.First)+r.Cmd.firstKey].Of(b.Data))
		}
		if table == nil {
			continue
		}
		hash := dict.Hash(b.Spans[int(r.First)+r.Cmd.element].Of(b.Data))
		bucket, meta := table.TouchBucket(hash)
		touched ^= meta
		at := &elements[n]
		at.table, at.hash, at.bucket = table, hash, bucket
		n++
	}
	for i := range elements[:n] {
		at := &elements[i]
		touched ^= uint64(at.table.TouchEntry(at.hash, at.bucket))
	}
	e.touched = touched
}

// elementsOf returns the table of the elements of the collection under a key, or
// nil if it has none that is worth it.
func (e *Engine) elementsOf(t *dict.Table, hash uint64, key []byte) *dict.Table {
	pos, ok := t.Find(hash, key)
	if !ok {
		return nil
	}
	entry := t.Entry(pos)
	if !value.IsCollection(entry.Kind()) {
		return nil
	}
	collection, ok := e.objects.places[handleOf(entry)].Collection.(indexed)
	if !ok {
		return nil
	}
	if table := collection.Index(); table.Len() >= e.prefetchMin {
		return table
	}
	return nil
}

// warmKey is a key that Warm has hashed.
type warmKey struct {
	at   *byte
	len  int
	hash uint64
}

// Warm issues the loads for a window of keys that the handler is about to look
// at, one after the other: args[from], args[from+step] and so on. It returns the
// position behind the window (BenchmarkServeManyKeys).
//
//	for at, warm := 1, 1; at < c.Argc(); at++ {
//		if at == warm {
//			warm = c.Warm(at, 1)
//		}
//		... c.Arg(at) ...
//	}
func (c *Ctx) Warm(from, step int) (next int) {
	e, t := c.e, c.db.table
	next = min(len(c.args), from+prefetchWindow*step)
	c.warmNext, c.warmCount = 0, 0
	if next-from <= step || t.Len() < e.prefetchMin {
		return next
	}
	var buckets [prefetchWindow]unsafe.Pointer
	var touched uint64
	for i := from; i < next; i += step {
		key := c.args[i]
		hash := hashKey(key)
		bucket, meta := t.TouchBucket(hash)
		e.warm[c.warmCount] = warmKey{unsafe.SliceData(key), len(key), hash}
		buckets[c.warmCount] = bucket
		touched ^= meta
		c.warmCount++
	}
	for i := range c.warmCount {
		touched ^= uint64(t.TouchEntry(e.warm[i].hash, buckets[i]))
	}
	e.touched = touched
	return next
}
