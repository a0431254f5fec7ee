package keyspace

import (
	"encoding/binary"

	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// Expiry says what a write does with a key's time to live: a time in Unix
// milliseconds, or one of the constants.
type Expiry int64

// Neither is a time that a command accepts.
const (
	NoExpiry   Expiry = -1 // the key lives until it is deleted
	KeepExpiry Expiry = -2 // as it was
)

// SetString stores text under key, whatever was there before.
func (c *Ctx) SetString(key, text []byte, expiry Expiry) {
	if n, ok := value.IntText(text); ok {
		value.PutInt(c.put(key, value.StringInt, value.IntWidth(n), expiry), n)
		return
	}
	copy(c.put(key, value.String, len(text), expiry), text)
}

// SetInt stores a whole number under key.
func (c *Ctx) SetInt(key []byte, n int64, expiry Expiry) {
	value.PutInt(c.put(key, value.StringInt, value.IntWidth(n), expiry), n)
}

// put makes key hold a value of that kind and length and returns its bytes, for
// the caller to fill. An entry that nobody else can see and whose block has the
// right size is changed in place.
func (c *Ctx) put(key []byte, kind value.Kind, n int, expiry Expiry) []byte {
	it, ok := c.find(key)
	if !ok {
		s := dict.Spec{Kind: kind, Key: key, ValueLen: n}
		if expiry >= 0 {
			s.Expires, s.ExpireAt = true, int64(expiry)
		}
		return c.insert(it.hash, &s)
	}
	c.touch(it)
	return c.overwrite(it, kind, n, expiry)
}

func (c *Ctx) overwrite(it Item, kind value.Kind, n int, expiry Expiry) []byte {
	db := c.db
	c.e.dropValue(it.Entry)
	s := dict.Spec{Kind: kind, ValueLen: n, Expires: expiry >= 0, ExpireAt: int64(expiry)}
	if expiry == KeepExpiry && it.Expires() {
		s.Expires, s.ExpireAt = true, it.ExpireAt()
	}
	if e, block, ok := db.table.Editable(it.pos); ok && e.Expires() == s.Expires && e.Resize(n, block) {
		if s.Expires && s.ExpireAt != e.ExpireAt() {
			c.refile(it.hash, e.ExpireAt(), s.ExpireAt)
			e.SetExpireAt(s.ExpireAt)
		}
		e.SetKind(kind)
		c.db.table.SetClock(it.pos, c.nextClock(it.pos.Clock()))
		return e.Value()
	}
	s.Key = it.Key() // stays valid: NewEntry frees nothing
	return c.replace(it, &s)
}

// insert adds an entry for a key that is not there.
func (c *Ctx) insert(hash uint64, s *dict.Spec) []byte {
	db := c.db
	ref := dict.NewEntry(c.e.arena, s)
	if s.Expires {
		db.volatile++
		c.file(hash, s.ExpireAt)
	}
	db.table.Insert(hash, ref, c.freshClock())
	c.notify(s.Key, EventNew, "new")
	return dict.At(c.e.arena, ref).Value()
}

// replace puts a new entry of the same key in the place of it.
func (c *Ctx) replace(it Item, s *dict.Spec) []byte {
	db := c.db
	ref := dict.NewEntry(c.e.arena, s)
	switch {
	case s.Expires && it.Expires():
		c.refile(it.hash, it.ExpireAt(), s.ExpireAt)
	case s.Expires:
		db.volatile++
		c.file(it.hash, s.ExpireAt)
	case it.Expires():
		db.volatile--
	}
	pos := db.table.Replace(it.pos, ref)
	db.table.SetClock(pos, c.nextClock(pos.Clock()))
	return dict.At(c.e.arena, ref).Value()
}

// growMax is the most that a string which grows is given in advance.
const growMax = 1 << 20

// Extend makes the string it, or a new one when found is false, n bytes long for
// a command that edits in place, and returns its bytes: what was there, then
// zeros. Growing strings get room in advance.
func (c *Ctx) Extend(key []byte, it Item, found bool, n int) []byte {
	if !found {
		s := dict.Spec{Kind: value.StringEdited, Key: key, ValueLen: n}
		text := c.insert(it.hash, &s)
		clear(text)
		return text
	}
	if it.Kind() != value.StringInt {
		old := it.ValueLen()
		if e, block, ok := c.db.table.Editable(it.pos); ok && e.SetValueLen(n, block) {
			e.SetKind(value.StringEdited)
			text := e.Value()
			if n > old {
				clear(text[old:])
			}
			return text
		}
	}
	var number [24]byte
	old := it.Value()
	if it.Kind() == value.StringInt {
		old = value.AppendText(number[:0], value.StringInt, old)
	}
	s := dict.Spec{Kind: value.StringEdited, Key: it.Key(), ValueLen: n, Expires: it.Expires()}
	if s.Expires {
		s.ExpireAt = it.ExpireAt()
	}
	if n > len(old) {
		s.Spare = min(n, growMax)
	}
	// The old block is freed by replace, not overwritten: copying out of it
	// after replace would be wrong all the same, so copy in between.
	ref := dict.NewEntry(c.e.arena, &s)
	text := dict.At(c.e.arena, ref).Value()
	copied := copy(text, old)
	clear(text[copied:])
	c.db.table.Replace(it.pos, ref)
	return text
}

// Delete removes a key that was found.
func (c *Ctx) Delete(it Item) {
	c.e.dropValue(it.Entry)
	c.db.removeEntry(it)
}

// removeEntry removes a key whose value has gone elsewhere, or is in its entry.
func (db *DB) removeEntry(it Item) {
	if it.Expires() {
		db.volatile--
	}
	db.table.Delete(it.pos, it.hash)
	db.table.Shrink(it.hash)
}

// CopyTo stores a copy of the value of it under another key, in another database
// perhaps, where that key must not be. The expiry goes along.
func (c *Ctx) CopyTo(db *DB, key []byte, it Item) {
	s := dict.Spec{Kind: it.Kind(), Key: key, ValueLen: it.ValueLen(), Expires: it.Expires()}
	if s.Expires {
		s.ExpireAt = it.ExpireAt()
	}
	from := it.Value()
	if value.IsCollection(it.Kind()) {
		var handle [handleBytes]byte
		clone := c.Collection(it).Clone()
		binary.LittleEndian.PutUint32(handle[:], c.e.objects.add(clone, c.e.epochs.Epoch()))
		from = handle[:]
	}
	c.copyEntry(db, key, &s, from)
}

func (c *Ctx) copyEntry(db *DB, key []byte, s *dict.Spec, value []byte) {
	other := *c
	other.db = db
	copy(other.insert(hashKey(key), s), value)
	if it, ok := other.Peek(key); ok {
		other.FileAnyFields(it)
	}
}

// SetExpire gives a key that was found an expiry, or takes it away (NoExpiry).
func (c *Ctx) SetExpire(it Item, expiry Expiry) {
	if it.Expires() == (expiry >= 0) {
		if expiry < 0 {
			return
		}
		if e, _, ok := c.db.table.Editable(it.pos); ok {
			c.refile(it.hash, e.ExpireAt(), int64(expiry))
			e.SetExpireAt(int64(expiry))
			return
		}
	}
	from := it.Value()
	s := dict.Spec{Kind: it.Kind(), Key: it.Key(), ValueLen: len(from), Expires: expiry >= 0, ExpireAt: int64(expiry)}
	ref := dict.NewEntry(c.e.arena, &s)
	copy(dict.At(c.e.arena, ref).Value(), from)
	switch {
	case s.Expires && it.Expires():
		c.refile(it.hash, it.ExpireAt(), s.ExpireAt)
	case s.Expires:
		c.db.volatile++
		c.file(it.hash, s.ExpireAt)
	default:
		c.db.volatile--
	}
	c.db.table.Replace(it.pos, ref)
}

// KeyBytes is the memory of a key: its entry's block and its slot's share of
// the table.
func (c *Ctx) KeyBytes(it Item) int64 {
	slot := c.db.table.Bytes() / int64(max(1, c.db.table.Len()))
	bytes := int64(c.e.arena.BlockBytes(it.pos.Ref())) + slot
	if value.IsCollection(it.Kind()) {
		bytes += c.Collection(it).Bytes()
	}
	return bytes
}
