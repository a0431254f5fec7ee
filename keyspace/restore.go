package keyspace

import (
	"encoding/binary"
	"unsafe"

	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// Restored is a value that was made outside of the engine, of the bytes of a DUMP
// or of a file.
type Restored struct {
	Kind        value.Kind
	Bytes       []byte           // the strings and the packed kinds; they are copied
	Whole       value.Collection // the kinds that are collections; it is the engine's from then on
	Expiry      Expiry           // a time, or NoExpiry
	IdleSeconds int64            // since its last use, or -1: see maxmemory-policy
	Frequency   int              // of its use, up to 255, or -1
}

// Restore makes a key of the selected database hold a value, whatever it held, and
// tells whether it replaced one. Nobody hears of it: see Modified.
func (c *Ctx) Restore(key []byte, r *Restored) (replaced bool) {
	n := len(r.Bytes)
	if r.Whole != nil {
		n = handleBytes
	}
	var room []byte
	it, found := c.find(key)
	if found {
		room = c.overwrite(it, r.Kind, n, r.Expiry)
	} else {
		room = c.insert(it.hash, &dict.Spec{Kind: r.Kind, Key: key, ValueLen: n,
			Expires: r.Expiry >= 0, ExpireAt: int64(r.Expiry)})
	}
	if r.Whole != nil {
		c.e.special = c.e.special || r.Kind == value.Stream
		binary.LittleEndian.PutUint32(room, c.e.objects.add(r.Whole, c.e.epochs.Epoch()))
	} else {
		copy(room, r.Bytes)
	}
	if r.Kind == value.Hash || r.Kind == value.HashPackedExpiry || r.IdleSeconds >= 0 || r.Frequency >= 0 {
		it, _ = c.find(key)
		c.FileAnyFields(it)
		c.setAccess(it, r)
	}
	return found
}

// Expect prepares the selected database, if it is empty, for about so many keys.
func (c *Ctx) Expect(keys int) { c.db.table.Reserve(keys) }

// Ahead is a window of keys that are about to be restored, in order. Their buckets
// are on their way from memory (BenchmarkRestore).
type Ahead struct {
	hashes [prefetchWindow]uint64
	n, at  int
}

// Full tells whether the window takes no more keys. One that is used up does.
func (a *Ahead) Full() bool { return a.n == len(a.hashes) && !a.Empty() }

// Empty tells whether all of its keys have been restored.
func (a *Ahead) Empty() bool { return a.at == a.n }

// Add puts a key into the window; an empty window begins anew.
func (a *Ahead) Add(c *Ctx, key []byte) {
	if a.Empty() {
		a.n, a.at = 0, 0
	}
	hash := hashKey(key)
	c.e.touched ^= c.db.table.TouchRoom(hash)
	a.hashes[a.n] = hash
	a.n++
}

// Next makes key, the next one of the window, what Restore is called with.
func (a *Ahead) Next(c *Ctx, key []byte) {
	c.firstKeyHash, c.firstKeyAt = a.hashes[a.at], unsafe.SliceData(key)
	a.at++
}

// setAccess takes over what is known of a key's last use, as far as the policy asks
// for it.
func (c *Ctx) setAccess(it Item, r *Restored) {
	switch {
	case c.e.access.lfu && r.Frequency >= 0:
		c.db.table.SetClock(it.pos, uint32(c.nowMs/60000)&lfuTimeMask<<8|uint32(min(r.Frequency, 255)))
	case !c.e.access.lfu && r.IdleSeconds >= 0:
		c.db.table.SetClock(it.pos, uint32(c.nowMs/1000-min(r.IdleSeconds, lruMask))&lruMask)
	}
}
