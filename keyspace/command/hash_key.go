package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/keyspace/value/listpack"
)

// hashKey is the hash under a key, for one command, whatever its encoding. What is
// changed through it is stored by close, which also says so to everybody.
//
//	h, err := writeHash(c, key)
//	...
//	h.set(field, text, noFieldExpiry)
//	h.close("hset")
//
// Fields that have expired are there until they are removed (see hash.View). find
// removes the one it was asked for and does not find it; peek only does not find it;
// the embedded Find is for commands that do not care, because they replace or delete
// the field. Places and elements are valid until the next change of the hash.
type hashKey struct {
	hash.View
	c       *keyspace.Ctx
	key     []byte
	it      keyspace.Item
	found   bool
	mine    bool  // the view may be changed: a copy of packed bytes, or a root
	made    bool  // large, and not stored yet
	changes int   // fields that were set, removed, or got another expiry
	expired bool  // fields were removed because their time had come
	leastMs int64 // the earliest field expiry before; 0 without one
}

// What set does with a field's expiry, other than setting one.
const (
	noFieldExpiry   = 0
	keepFieldExpiry = -1
)

// readHash finds a hash for a command that reads it; found tells whether there is one.
func readHash(c *keyspace.Ctx, key []byte) (hashKey, error) {
	it, found := c.Read(key)
	return openHash(c, key, it, found)
}

// writeHash finds a hash, or what is to become one, for a command that changes it.
func writeHash(c *keyspace.Ctx, key []byte) (hashKey, error) {
	it, found := c.Write(key)
	return openHash(c, key, it, found)
}

func openHash(c *keyspace.Ctx, key []byte, it keyspace.Item, found bool) (hashKey, error) {
	h := hashKey{c: c, key: key, it: it, found: found}
	if !found {
		return h, nil
	}
	switch kind := it.Kind(); {
	case kind == value.Hash:
		h.View = hash.OfLarge(c.Collection(it).(*hash.Large))
	case value.TypeName(kind) == value.TypeHash:
		h.View = hash.OfPacked(kind, it.Value())
	default:
		return h, keyspace.ErrWrongType
	}
	return h, nil
}

// gone tells whether the field at p has expired.
func (h *hashKey) gone(p hash.Place) bool { return h.c.FieldGone(h.ExpireAt(p)) }

// peek looks a field up that has not expired.
func (h *hashKey) peek(field []byte) (p hash.Place, ok bool) {
	if !h.found && !h.mine {
		return p, false
	}
	p, ok = h.Find(field)
	return p, ok && !h.gone(p)
}

// find is peek, and removes the field if it has expired.
func (h *hashKey) find(field []byte) (p hash.Place, ok bool) {
	p, ok = h.peek(field)
	if ok || !h.found && !h.mine {
		return p, ok
	}
	if p, ok = h.Find(field); ok {
		h.edit()
		h.View.Delete(p)
		h.expired = true
		h.c.RecordExpired(h.key, field)
	}
	return p, false
}

// edit makes the view one that may be changed. Places stay what they are.
func (h *hashKey) edit() {
	if h.mine {
		return
	}
	h.mine = true
	switch {
	case !h.found:
		h.View = hash.OfPacked(value.HashPacked, listpack.AppendEmpty(h.c.Pack()))
		return
	case h.Large() != nil:
		h.View = hash.OfLarge(h.c.Mutable(h.it).(*hash.Large))
	default:
		h.View = hash.OfPacked(h.Kind(), append(h.c.Pack(), h.Packed()...))
	}
	h.leastMs = h.Least()
}

// expect makes a packed hash a large one if that many fields, which may be the same or
// be there already, are too many for it. That spares a search and a copy for each.
func (h *hashKey) expect(fields int) {
	if h.Large() == nil && fields > int(h.c.Engine().Config().Values().HashMaxListpackEntries) {
		h.edit()
		h.Enlarge(h.c.Epochs(), fields)
		h.made = true
	}
}

// set gives a field a value and an expiry, and tells whether it was not there.
func (h *hashKey) set(field, text []byte, expireAtMs int64) (created bool) {
	h.edit()
	h.changes++
	p, ok := h.Find(field)
	if h.Large() == nil && h.outgrown(field, text, ok) {
		h.Enlarge(h.c.Epochs(), 1)
		h.made = true
		p, ok = h.Find(field)
	}
	if expireAtMs == keepFieldExpiry {
		expireAtMs = noFieldExpiry
		if ok {
			expireAtMs = h.ExpireAt(p)
		}
	}
	if !ok {
		h.Insert(field, text, expireAtMs)
		return true
	}
	if expireAtMs != noFieldExpiry {
		p = h.widen(p, field)
	}
	h.Set(p, text, expireAtMs)
	return false
}

// outgrown tells whether a packed hash gets too large for that by a field.
func (h *hashKey) outgrown(field, text []byte, there bool) bool {
	v := h.c.Engine().Config().Values()
	longest := int(v.HashMaxListpackValue)
	fields := h.Len()
	if !there {
		fields++
	}
	return len(field) > longest || len(text) > longest || fields > int(v.HashMaxListpackEntries) ||
		!listpack.Fits(h.Packed(), len(field)+len(text)+hashRowBytesMax)
}

// hashRowBytesMax is what a row of a packed hash takes beside its field and value.
const hashRowBytesMax = 3 * 16

// setExpiry gives the field at p an expiry, or takes it away.
func (h *hashKey) setExpiry(p hash.Place, field []byte, atMs int64) {
	h.edit()
	h.changes++
	h.SetExpireAt(h.widen(p, field), atMs)
}

// widen makes room for expiries, and finds the field again if that moved it.
func (h *hashKey) widen(p hash.Place, field []byte) hash.Place {
	if h.Kind() == value.HashPacked {
		h.Widen()
		p, _ = h.Find(field)
	}
	return p
}

// delete removes the field at p.
func (h *hashKey) delete(p hash.Place) {
	h.edit()
	h.changes++
	h.View.Delete(p)
}

// close stores the hash if something has changed, and reports the events and the
// end of a hash that has no fields left.
func (h *hashKey) close(events ...string) {
	if h.changes == 0 && !h.expired {
		return
	}
	left := h.Len()
	h.store(left)
	if h.expired {
		h.c.FieldsExpired(h.key, left == 0 && h.changes == 0)
	}
	if h.changes == 0 {
		return
	}
	h.c.ModifiedMany(h.changes, h.key, keyspace.EventHash, events[0])
	for _, event := range events[1:] {
		h.c.Event(h.key, keyspace.EventHash, event)
	}
	if left == 0 {
		h.c.Event(h.key, keyspace.EventGeneric, "del")
	}
}

func (h *hashKey) store(left int) {
	switch {
	case left == 0:
		h.discard()
	case h.made:
		h.c.PutCollection(h.key, h.it, h.found, value.Hash, h.Large())
	case h.Large() == nil:
		h.c.PutPacked(h.key, h.it, h.found, h.Kind(), h.Packed())
	}
	if h.Large() == nil {
		h.c.Keep(h.Packed())
	}
	if least := h.Least(); least != 0 && (h.leastMs == 0 || least < h.leastMs) {
		h.c.FileFields(h.it, least)
	}
}

// discard deletes a key whose last field has gone.
func (h *hashKey) discard() {
	if h.made {
		h.Large().Drain(1) // it never was anybody's
	}
	if it, ok := h.c.Peek(h.key); ok && h.found {
		h.c.Delete(it)
	}
}

// live is the number of fields that have not expired.
func (h *hashKey) live() (n int) {
	if !h.c.FieldGone(h.Least()) {
		return h.Len()
	}
	h.Each(func(p hash.Place) bool {
		if !h.gone(p) {
			n++
		}
		return true
	})
	return n
}

// hashText is the text of an element: a view, or digits in buffer.
func hashText(e listpack.Element, buffer []byte) []byte {
	if e.IsInt {
		return e.Append(buffer)
	}
	return e.Text
}

// replyHashElement replies a field or a value.
func replyHashElement(c *keyspace.Ctx, e listpack.Element) error {
	var digits [24]byte
	return c.ReplyBulk(hashText(e, digits[:0]))
}
