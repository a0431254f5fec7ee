package hash

import (
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
)

// View is a hash in any of its forms, for whoever reads or changes one.
//
// Who changes a packed one gives a copy of its bytes, and stores what Packed
// returns afterwards; who changes a large one gives a root of which he may.
type View struct {
	kind   value.Kind
	packed []byte
	large  *Large
}

// Place is where a field was found. It is valid until the hash next changes.
type Place struct {
	at   int // in packed bytes
	pos  dict.Pos
	hash uint64
}

// OfPacked views packed bytes of one of the two kinds.
func OfPacked(kind value.Kind, packed []byte) View { return View{kind: kind, packed: packed} }

// OfLarge views a large hash.
func OfLarge(h *Large) View { return View{kind: value.Hash, large: h} }

// Kind is how the hash is stored; it may change with a change of the hash.
func (v *View) Kind() value.Kind { return v.kind }

// Packed is the bytes of a packed hash.
func (v *View) Packed() []byte { return v.packed }

// Large is a large hash, or nil.
func (v *View) Large() *Large { return v.large }

// width is the number of a row's elements.
func (v *View) width() int {
	if v.kind == value.HashPackedExpiry {
		return 3
	}
	return 2
}

// Len is the number of fields, those included that have expired unnoticed.
func (v *View) Len() int {
	if v.large != nil {
		return v.large.Len()
	}
	return listpack.Len(v.packed) / v.width()
}

// Find looks a field up.
func (v *View) Find(field []byte) (p Place, ok bool) {
	if v.large != nil {
		p.hash = dict.Hash(field)
		p.pos, ok = v.large.fields.Find(p.hash, field)
		return p, ok
	}
	if first, some := listpack.First(v.packed); some {
		p.at, ok = listpack.Find(v.packed, first, field, v.width()-1)
	}
	return p, ok
}

// Field is the field at p.
func (v *View) Field(p Place) listpack.Element {
	if v.large != nil {
		return listpack.Element{Text: v.large.fields.Entry(p.pos).Key()}
	}
	return listpack.Get(v.packed, p.at)
}

// Value is the value of the field at p.
func (v *View) Value(p Place) listpack.Element {
	if v.large != nil {
		return listpack.Element{Text: v.large.fields.Entry(p.pos).Value()}
	}
	at, _ := listpack.Next(v.packed, p.at)
	return listpack.Get(v.packed, at)
}

// ExpireAt is when the field at p expires, in ms; 0 for never.
func (v *View) ExpireAt(p Place) int64 {
	switch v.kind {
	case value.Hash:
		return expiryOf(v.large.fields.Entry(p.pos))
	case value.HashPackedExpiry:
		return rowExpiry(v.packed, p.at)
	}
	return 0
}

// Least is the earliest expiry of a field; 0 without one.
func (v *View) Least() int64 {
	switch v.kind {
	case value.Hash:
		return v.large.least()
	case value.HashPackedExpiry:
		if first, ok := listpack.First(v.packed); ok {
			return rowExpiry(v.packed, first)
		}
	}
	return 0
}

// Each visits the fields until visit returns false. The hash must not change
// meanwhile.
func (v *View) Each(visit func(p Place) bool) {
	if v.large != nil {
		v.large.fields.Each(func(pos dict.Pos, _ dict.Entry) bool {
			return visit(Place{pos: pos})
		})
		return
	}
	for at, ok := listpack.First(v.packed); ok && visit(Place{at: at}); {
		for i := v.width(); i > 0; i-- {
			at, ok = listpack.Next(v.packed, at)
		}
	}
}

// Scan visits the fields of one bucket from cursor on and returns the next cursor,
// 0 at the end. Of a packed hash it visits all at once.
func (v *View) Scan(cursor uint64, visit func(p Place)) (next uint64) {
	if v.large != nil {
		return v.large.fields.Scan(cursor, func(pos dict.Pos, _ dict.Entry) { visit(Place{pos: pos}) })
	}
	v.Each(func(p Place) bool {
		visit(p)
		return true
	})
	return 0
}

// Random picks a field of a hash that has some.
func (v *View) Random(next func() uint64) (p Place) {
	if v.large != nil {
		p.pos, _ = v.large.fields.Random(next)
		return p
	}
	index := int(next() % uint64(v.Len()))
	p.at, _ = listpack.Seek(v.packed, index*v.width())
	return p
}

// Insert adds a field that is not there; expireAtMs is 0 for one that stays.
func (v *View) Insert(field, text []byte, expireAtMs int64) {
	if v.large != nil {
		v.large.Insert(field, text, expireAtMs)
		return
	}
	if expireAtMs != 0 {
		v.Widen()
	}
	if v.kind == value.HashPackedExpiry {
		v.packed = insertRow(v.packed, field, text, expireAtMs)
		return
	}
	v.packed = listpack.Append(listpack.Append(v.packed, field), text)
}

// Set gives the field at p a value and an expiry. Only a hash of a kind with
// expiries takes one: see Widen.
func (v *View) Set(p Place, text []byte, expireAtMs int64) {
	if v.large != nil {
		v.large.set(p.pos, p.hash, text, expireAtMs)
		return
	}
	at, _ := listpack.Next(v.packed, p.at)
	v.packed = listpack.Replace(v.packed, at, text)
	v.SetExpireAt(p, expireAtMs)
}

// SetExpireAt gives the field at p an expiry, or takes it away: 0.
func (v *View) SetExpireAt(p Place, ms int64) {
	switch {
	case v.ExpireAt(p) == ms:
	case v.large != nil:
		v.large.set(p.pos, p.hash, v.large.fields.Entry(p.pos).Value(), ms)
	default:
		v.packed = setRowExpiry(v.packed, p.at, ms)
	}
}

// Delete removes the field at p, found by Find.
func (v *View) Delete(p Place) {
	if v.large != nil {
		v.large.delete(p.pos, p.hash)
		return
	}
	v.packed = listpack.Delete(v.packed, p.at, v.width())
}

// Expire removes fields whose time is before nowMs, at most budget of them, and
// shows them to visit first. It returns how many.
func (v *View) Expire(nowMs int64, budget int, visit func(field []byte)) (n int) {
	switch v.kind {
	case value.Hash:
		return v.large.expire(nowMs, budget, visit)
	case value.HashPackedExpiry:
		v.packed, n = expireRows(v.packed, nowMs, budget, visit)
	}
	return n
}

// Widen makes a packed hash one whose fields may expire.
func (v *View) Widen() {
	if v.kind == value.HashPacked {
		v.kind, v.packed = value.HashPackedExpiry, widen(nil, v.packed)
	}
}

// Enlarge makes a packed hash a large one, with room for more fields.
func (v *View) Enlarge(epochs *dict.Epochs, more int) {
	if v.large != nil {
		return
	}
	h := NewLarge(epochs)
	h.Reserve(v.Len() + more)
	var fieldDigits, valueDigits [24]byte
	v.Each(func(p Place) bool {
		h.Insert(text(v.Field(p), fieldDigits[:0]), text(v.Value(p), valueDigits[:0]), v.ExpireAt(p))
		return true
	})
	*v = OfLarge(h)
}
