package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/listpack"
	largeset "solokv/keyspace/value/set"
)

// setView reads a set whatever its encoding. It is valid as long as the item it
// was made of; the zero value is the empty set, which a missing key stands for.
//
// Members are handed out as listpack.Element: an intset has numbers, a large set
// has texts, and a listpack has both. So numbers become text only where somebody
// wants text.
type setView struct {
	kind   value.Kind
	packed []byte        // of SetInts and SetPacked
	large  *largeset.Set // of Set
}

// viewSet makes a view of an item that was found and holds a set.
func viewSet(c *keyspace.Ctx, it keyspace.Item) setView {
	kind := it.Kind()
	if kind == value.Set {
		return setView{kind: kind, large: c.Collection(it).(*largeset.Set)}
	}
	return setView{kind: kind, packed: it.Value()}
}

// readSet finds a set for reading. Without the key, found is false and err nil.
func readSet(c *keyspace.Ctx, key []byte) (v setView, found bool, err error) {
	it, found := c.Read(key)
	if !found {
		return setView{}, false, nil
	}
	if !isSet(it) {
		return setView{}, false, keyspace.ErrWrongType
	}
	return viewSet(c, it), true, nil
}

func isSet(it keyspace.Item) bool { return value.TypeName(it.Kind()) == value.TypeSet }

// len is the number of members.
func (v *setView) len() int {
	switch v.kind {
	case value.SetInts:
		return intset.Len(v.packed)
	case value.SetPacked:
		return listpack.Len(v.packed)
	case value.Set:
		return v.large.Len()
	}
	return 0
}

// has tells whether text is a member.
func (v *setView) has(text []byte) bool {
	switch v.kind {
	case value.SetInts:
		n, ok := value.IntText(text)
		if ok {
			_, ok = intset.Find(v.packed, n)
		}
		return ok
	case value.SetPacked:
		_, ok := findMember(v.packed, text)
		return ok
	case value.Set:
		return v.large.Has(text)
	}
	return false
}

// hasMember is has for an element of another set.
func (v *setView) hasMember(e listpack.Element) bool {
	if v.kind == value.SetInts && e.IsInt {
		_, ok := intset.Find(v.packed, e.Int)
		return ok
	}
	var digits [20]byte
	return v.has(memberText(e, digits[:0]))
}

// memberText is the text of an element: a view, or for a number its digits,
// written to room.
func memberText(e listpack.Element, room []byte) []byte {
	if e.IsInt {
		return e.Append(room)
	}
	return e.Text
}

// findMember is the position of text in a listpack that is a set.
func findMember(packed, text []byte) (at int, ok bool) {
	at, ok = listpack.First(packed)
	if !ok {
		return at, false
	}
	return listpack.Find(packed, at, text, 0)
}

// each visits every member until visit returns false.
func (v *setView) each(visit func(e listpack.Element) bool) {
	switch v.kind {
	case value.SetInts:
		for i := range intset.Len(v.packed) {
			if !visit(listpack.Element{Int: intset.Get(v.packed, i), IsInt: true}) {
				return
			}
		}
	case value.SetPacked:
		for at, ok := listpack.First(v.packed); ok; at, ok = listpack.Next(v.packed, at) {
			if !visit(listpack.Get(v.packed, at)) {
				return
			}
		}
	case value.Set:
		v.large.Each(func(member []byte) bool { return visit(listpack.Element{Text: member}) })
	}
}

// random returns some member; the set must not be empty.
func (v *setView) random(next func() uint64) listpack.Element {
	switch v.kind {
	case value.SetInts:
		return listpack.Element{Int: intset.Get(v.packed, randomBelow(next, intset.Len(v.packed))), IsInt: true}
	case value.SetPacked:
		at, _ := listpack.Seek(v.packed, randomBelow(next, listpack.Len(v.packed)))
		return listpack.Get(v.packed, at)
	}
	return listpack.Element{Text: v.large.Random(next)}
}

// randomBelow is a random index into n elements. The bias of the remainder is one part
// in 2^64/n.
func randomBelow(next func() uint64, n int) int { return int(next() % uint64(n)) }

// replyMember replies a member.
func replyMember(c *keyspace.Ctx, e listpack.Element) {
	var digits [20]byte
	c.ReplyBulk(memberText(e, digits[:0]))
}

// replyMembers replies all members; the header has been written.
func replyMembers(c *keyspace.Ctx, v *setView) {
	v.each(func(e listpack.Element) bool {
		replyMember(c, e)
		return true
	})
}
