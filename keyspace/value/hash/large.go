package hash

import (
	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// Large is a hash that is too large to be packed: the table that holds the keyspace
// too (package dict), with a field in the place of a key.
//
//	entry   | flags | fieldLen | valueLen | expireAt (8) | field | value |
//	            1       1 or 4     1 or 4     optional
//
// A field and a value of 13 bytes each thus take 32 bytes, and 11 of the table. A
// value whose new text needs a block of the same size is changed in place, unless a
// view can see it. A field that expires takes 8 bytes more and 16 to 32 in the
// agenda.
//
//	get, set, delete   two cache misses, and the agenda's for fields that expire
//	fork               copies the table's directory; the agenda goes to the fork
type Large struct {
	epochs *dict.Epochs
	fields *dict.Table
	blocks int64   // bytes of the entries' blocks
	agenda *agenda // nil until a field expires; only the newest fork may use it
}

// NewLarge returns a hash without fields.
func NewLarge(epochs *dict.Epochs) *Large {
	return &Large{epochs: epochs, fields: dict.New(epochs.Arena(), epochs)}
}

// Reserve prepares an empty hash for n fields.
func (h *Large) Reserve(n int) { h.fields.Reserve(n) }

// Len is the number of fields, those included that have expired unnoticed.
func (h *Large) Len() int { return h.fields.Len() }

// Bytes is the memory of the fields, their table and the agenda.
func (h *Large) Bytes() int64 {
	n := h.blocks + h.fields.Bytes()
	if h.agenda != nil {
		n += h.agenda.bytes
	}
	return n
}

// Encoding is what OBJECT ENCODING says.
func (h *Large) Encoding() string { return "hashtable" }

// Index is the table of the fields, to be looked at only.
func (h *Large) Index() *dict.Table { return h.fields }

// Fork implements value.Collection.
func (h *Large) Fork() value.Collection {
	f := *h
	f.fields = h.fields.Fork()
	return &f
}

// Clone implements value.Collection.
func (h *Large) Clone() value.Collection {
	c := NewLarge(h.epochs)
	c.Reserve(h.Len())
	h.fields.Each(func(_ dict.Pos, e dict.Entry) bool {
		c.Insert(e.Key(), e.Value(), expiryOf(e))
		return true
	})
	return c
}

// Drain implements value.Collection.
func (h *Large) Drain(budget int) (more bool) {
	if h.agenda != nil && h.agenda.drain(budget) {
		return true
	}
	return h.fields.Drain(budget, nil)
}

// Each visits every field until visit returns false. expireAtMs is 0 for a field
// that stays. A snapshot may call it, of the root that it has frozen.
func (h *Large) Each(visit func(field, value []byte, expireAtMs int64) bool) {
	h.fields.Each(func(_ dict.Pos, e dict.Entry) bool {
		return visit(e.Key(), e.Value(), expiryOf(e))
	})
}

// Earliest is the earliest expiry of a field, 0 without one. It walks over all fields
// of a hash that has or had such; a snapshot may call it, of the root that it has
// frozen: the agenda, which knows without a walk, is the newest fork's.
func (h *Large) Earliest() (ms int64) {
	if h.agenda == nil {
		return 0
	}
	h.fields.Each(func(_ dict.Pos, e dict.Entry) bool {
		if at := expiryOf(e); at != 0 && (ms == 0 || at < ms) {
			ms = at
		}
		return true
	})
	return ms
}

// Insert adds a field that is not there.
func (h *Large) Insert(field, text []byte, expireAtMs int64) {
	hash := dict.Hash(field)
	s := dict.Spec{Key: field, ValueLen: len(text), Expires: expireAtMs != 0, ExpireAt: expireAtMs}
	ref := h.newEntry(&s)
	copy(dict.At(h.epochs.Arena(), ref).Value(), text)
	h.fields.Insert(hash, ref, 0)
	h.appoint(hash, 0, expireAtMs)
}

func (h *Large) newEntry(s *dict.Spec) arena.Ref {
	ref := dict.NewEntry(h.epochs.Arena(), s)
	h.blocks += h.blockBytes(ref)
	return ref
}

func (h *Large) blockBytes(ref arena.Ref) int64 {
	return int64(h.epochs.Arena().BlockBytes(ref))
}

// set gives the field at p a text and an expiry. The text may be the one it has.
func (h *Large) set(p dict.Pos, hash uint64, text []byte, expireAtMs int64) {
	e := h.fields.Entry(p)
	h.appoint(hash, expiryOf(e), expireAtMs)
	expires := expireAtMs != 0
	if own, block, ok := h.fields.Editable(p); ok && own.Expires() == expires && own.Resize(len(text), block) {
		if expires {
			own.SetExpireAt(expireAtMs)
		}
		copy(own.Value(), text)
		return
	}
	s := dict.Spec{Key: e.Key(), ValueLen: len(text), Expires: expires, ExpireAt: expireAtMs}
	ref := h.newEntry(&s)
	copy(dict.At(h.epochs.Arena(), ref).Value(), text)
	h.blocks -= h.blockBytes(p.Ref())
	h.fields.Replace(p, ref)
}

func (h *Large) delete(p dict.Pos, hash uint64) {
	h.appoint(hash, expiryOf(h.fields.Entry(p)), 0)
	h.remove(p, hash)
}

func (h *Large) remove(p dict.Pos, hash uint64) {
	h.blocks -= h.blockBytes(p.Ref())
	h.fields.Delete(p, hash)
	h.fields.Shrink(hash)
}

// appoint brings the agenda up to date with a field's new expiry.
func (h *Large) appoint(hash uint64, fromMs, toMs int64) {
	if fromMs == toMs {
		return
	}
	if h.agenda == nil {
		h.agenda = &agenda{arena: h.epochs.Arena()}
	}
	if fromMs != 0 {
		h.agenda.drop(appointment{fromMs, hash})
	}
	if toMs != 0 {
		h.agenda.file(appointment{toMs, hash})
	}
}

// least is the earliest expiry; 0 without one.
func (h *Large) least() int64 {
	if h.agenda == nil {
		return 0
	}
	first, _ := h.agenda.least()
	return first.at
}

// expire removes fields whose time is before nowMs, at most budget, and shows them
// to visit first.
func (h *Large) expire(nowMs int64, budget int, visit func(field []byte)) (n int) {
	for ; n < budget && h.agenda != nil; n++ {
		first, ok := h.agenda.least()
		if !ok || first.at >= nowMs {
			break
		}
		h.agenda.drop(first)
		h.fields.FindTag(dict.Tag(first.hash), func(p dict.Pos, e dict.Entry, hash uint64) bool {
			if hash != first.hash || expiryOf(e) != first.at {
				return true
			}
			visit(e.Key())
			h.remove(p, hash)
			return false
		})
	}
	return n
}

// expiryOf is the expiry of a field, 0 for one that stays.
func expiryOf(e dict.Entry) int64 {
	if !e.Expires() {
		return 0
	}
	return e.ExpireAt()
}
