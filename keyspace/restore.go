package keyspace

import (
	"encoding/binary"

	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// PutValue stores a value that was made elsewhere: by RESTORE, or of a file. It is
// described as a snapshot describes it; a collection must have been made with
// Epochs, and is the key's from now on, other bytes are copied. What the key held
// before is dropped, and replaced tells that there was something.
//
// An access that is given counts if the maxmemory-policy goes by it. The fields of a
// hash that expire are filed. Nothing else follows: to those who watch the key, the
// journal and the statistics it is a change only if the caller says so by Modified.
func (c *Ctx) PutValue(v *FrozenItem) (replaced bool) {
	it, replaced := c.find(v.Key)
	n := len(v.Value)
	if v.Whole != nil {
		n = handleBytes
	}
	var room []byte
	if replaced {
		room = c.overwrite(it, v.Kind, n, v.Expiry)
	} else {
		s := dict.Spec{Kind: v.Kind, Key: v.Key, ValueLen: n, Expires: v.Expiry >= 0, ExpireAt: int64(v.Expiry)}
		room = c.insert(it.hash, &s)
	}
	if v.Whole == nil {
		copy(room, v.Value)
	} else {
		binary.LittleEndian.PutUint32(room, c.e.objects.add(v.Whole, c.e.epochs.Epoch()))
	}
	c.e.special = c.e.special || v.Kind == value.Stream

	clock, given := c.clockOf(v)
	mayExpire := v.Kind == value.HashPackedExpiry || v.Kind == value.Hash
	if !given && !mayExpire {
		return replaced
	}
	// Not by find: a key whose time has come already stays to be found out later.
	pos, _ := c.db.table.Find(it.hash, v.Key)
	if given {
		c.db.table.SetClock(pos, clock)
	}
	if mayExpire {
		c.FileAnyFields(Item{c.db.table.Entry(pos), pos, it.hash})
	}
	return replaced
}

// clockOf is the access clock that an item's last use stands for, if it is given and
// is what the maxmemory-policy goes by.
func (c *Ctx) clockOf(v *FrozenItem) (clock uint32, given bool) {
	if c.e.access.lfu {
		minute := uint32(c.nowMs/60000) & lfuTimeMask
		return minute<<8 | uint32(v.Frequency)&0xFF, v.Frequency >= 0
	}
	idle := uint32(min(v.IdleSeconds, lruMask))
	return (uint32(c.nowMs/1000) - idle) & lruMask, v.IdleSeconds >= 0
}
