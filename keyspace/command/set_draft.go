package command

import (
	"solokv/keyspace"
	"solokv/keyspace/config"
	"solokv/keyspace/value"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/listpack"
	largeset "solokv/keyspace/value/set"
)

// setDraft is a set that is being changed or made. It begins as a view of what the
// key holds; packed bytes are copied to the writer's buffer before the first
// change, a large set is changed where it is. store puts the outcome under the
// key. Until then nothing else in the database may change.
//
// The encoding follows Redis 7.2: all integers and not more of them than
// set-max-intset-entries is an intset; members not more than
// set-max-listpack-entries nor longer than set-max-listpack-value are a listpack;
// all else is a table. It only ever grows: removing members does not go back.
type setDraft struct {
	setView
	c       *keyspace.Ctx
	limits  *config.Values
	it      keyspace.Item
	found   bool // the key is there
	owned   bool // packed is the writer's buffer
	fresh   bool // large was made here and is not stored yet
	changed bool
}

// editSet begins to change the set of a key, which may be missing.
func editSet(c *keyspace.Ctx, key []byte) (d setDraft, err error) {
	d = newSetDraft(c)
	d.it, d.found = c.Write(key)
	if !d.found {
		return d, nil
	}
	if !isSet(d.it) {
		return d, keyspace.ErrWrongType
	}
	d.kind = d.it.Kind()
	if d.kind == value.Set {
		d.large = c.Mutable(d.it).(*largeset.Set)
	} else {
		d.packed = d.it.Value()
	}
	return d, nil
}

// newSetDraft begins a set that belongs to no key yet.
func newSetDraft(c *keyspace.Ctx) setDraft {
	return setDraft{c: c, limits: c.Engine().Config().Values()}
}

// prepare chooses the encoding of a set that does not exist, by its first member
// and the number that may follow; one that exists makes room for that many.
func (d *setDraft) prepare(first []byte, expected int) {
	if d.found {
		if d.kind == value.SetInts && expected > d.limits.SetMaxIntsetEntries ||
			d.kind == value.SetPacked && expected > d.limits.SetMaxListpackEntries {
			d.enlarge()
		}
		return
	}
	_, isInt := value.IntText(first)
	switch {
	case isInt && expected <= d.limits.SetMaxIntsetEntries:
		d.begin(value.SetInts)
	case expected <= d.limits.SetMaxListpackEntries:
		d.begin(value.SetPacked)
	default:
		d.begin(value.Set)
	}
}

// begin makes the draft an empty set of that kind.
func (d *setDraft) begin(kind value.Kind) {
	d.kind = kind
	switch kind {
	case value.SetInts:
		d.packed, d.owned = intset.AppendEmpty(d.c.Pack()), true
	case value.SetPacked:
		d.packed, d.owned = listpack.AppendEmpty(d.c.Pack()), true
	default:
		d.large, d.fresh = largeset.New(d.c.Epochs()), true
	}
}

// own copies packed bytes before they are changed.
func (d *setDraft) own() {
	if !d.owned {
		d.packed, d.owned = append(d.c.Pack(), d.packed...), true
	}
	d.changed = true
}

// add puts a member in and tells whether it was missing.
func (d *setDraft) add(text []byte) (added bool) {
	switch d.kind {
	case value.SetInts:
		if n, ok := value.IntText(text); ok {
			return d.addInt(n)
		}
		d.widen(len(text))
		return d.add(text)
	case value.SetPacked:
		if _, found := findMember(d.packed, text); found {
			return false
		}
		if d.fitsPacked(listpack.Len(d.packed), len(text)) && listpack.Fits(d.packed, len(text)) {
			d.own()
			d.packed = listpack.Append(d.packed, text)
			return true
		}
		d.enlarge()
	}
	added = d.large.Add(text)
	d.changed = d.changed || added
	return added
}

// addMember is add for an element of another set.
func (d *setDraft) addMember(e listpack.Element) (added bool) {
	if e.IsInt && d.kind == value.SetInts {
		return d.addInt(e.Int)
	}
	var digits [20]byte
	return d.add(memberText(e, digits[:0]))
}

func (d *setDraft) addInt(n int64) (added bool) {
	if _, found := intset.Find(d.packed, n); found {
		return false
	}
	d.own()
	d.packed, _ = intset.Add(d.packed, n)
	if intset.Len(d.packed) > d.limits.SetMaxIntsetEntries {
		d.enlarge()
	}
	return true
}

// fitsPacked tells whether a listpack of count members may take another.
func (d *setDraft) fitsPacked(count, bytes int) bool {
	return count < d.limits.SetMaxListpackEntries && int64(bytes) <= d.limits.SetMaxListpackValue
}

// widen makes of an intset what can hold a text of that length too.
func (d *setDraft) widen(textBytes int) {
	count := intset.Len(d.packed)
	longest := textBytes
	if count > 0 { // the longest digits are those of one end
		longest = max(longest, digitsOf(d.packed, 0), digitsOf(d.packed, count-1))
	}
	if !d.fitsPacked(count, longest) {
		d.enlarge()
		return
	}
	// The listpack is written behind the numbers, then moved to their place.
	d.own()
	n := len(d.packed)
	texts := listpack.AppendEmpty(d.packed)[n:]
	for i := range count {
		texts = listpack.AppendInt(texts, intset.Get(d.packed, i))
	}
	d.kind, d.packed = value.SetPacked, append(d.packed[:0], texts...)
}

func digitsOf(ints []byte, index int) int {
	return listpack.Element{Int: intset.Get(ints, index), IsInt: true}.Len()
}

// enlarge makes a table of what is packed.
func (d *setDraft) enlarge() {
	packed := d.setView
	if d.owned {
		d.c.Keep(d.packed)
	}
	d.setView = setView{}
	d.owned, d.changed = false, true
	d.begin(value.Set)
	packed.each(func(e listpack.Element) bool {
		d.addMember(e)
		return true
	})
}

// remove takes a member out and tells whether it was there.
func (d *setDraft) remove(text []byte) (removed bool) {
	switch d.kind {
	case value.SetInts:
		n, ok := value.IntText(text)
		if ok {
			_, ok = intset.Find(d.packed, n)
		}
		if !ok {
			return false
		}
		d.own()
		d.packed, _ = intset.Remove(d.packed, n)
		return true
	case value.SetPacked:
		at, ok := findMember(d.packed, text)
		if !ok {
			return false
		}
		d.own()
		d.packed = listpack.Delete(d.packed, at, 1)
		return true
	case value.Set:
		removed = d.large.Remove(text)
		d.changed = d.changed || removed
	}
	return removed
}

// store puts the draft under the key that it was edited for. A set without members
// does not exist: then the key goes.
func (d *setDraft) store(key []byte) (gone bool) {
	switch {
	case !d.changed:
	case d.len() == 0:
		d.delete(key)
		gone = true
	case d.fresh:
		d.c.PutCollection(key, d.it, d.found, value.Set, d.large)
	case d.kind != value.Set:
		d.c.PutPacked(key, d.it, d.found, d.kind, d.packed)
	}
	if d.owned {
		d.c.Keep(d.packed)
	}
	return gone
}

// storeOver makes key hold a draft that was begun for none, whatever it held before.
func (d *setDraft) storeOver(key []byte) {
	if d.kind == value.Set {
		d.c.StoreCollection(key, value.Set, d.large)
	} else {
		d.c.StorePacked(key, d.kind, d.packed)
	}
	if d.owned {
		d.c.Keep(d.packed)
	}
}

// delete removes the key. A large set may have moved its item when it was edited.
func (d *setDraft) delete(key []byte) {
	if it, ok := d.c.Peek(key); ok {
		d.c.Delete(it)
	}
}
