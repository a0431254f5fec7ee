package rdb

import (
	"math"
	"strconv"

	"solokv/keyspace/dict"
	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/list"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/set"
	"solokv/keyspace/value/zset"
)

// How a Builder adds to lists, hashes, sets and sorted sets, and when they become large.

// addPacked takes a collection that is packed and was checked.
func (b *Builder) addPacked(kind value.Kind, packed []byte) error {
	switch kind {
	case value.ListPacked:
		if limit := b.listLimit(); limit.Exceeded(len(packed), listpack.Len(packed)) {
			b.list = list.New(b.epochs, limit)
			b.list.AppendNode(packed)
			b.deliverWhole(value.List)
			return nil
		}
	case value.HashPacked, value.HashPackedExpiry:
		if listpack.Len(packed)/rowElements(kind) > b.limits.HashEntries {
			b.hash = largeHash(b.epochs, kind, packed)
			b.deliverWhole(value.Hash)
			return nil
		}
	case value.SetInts:
		if intset.Len(packed) > b.limits.SetInts {
			b.set = set.New(b.epochs)
			addInts(b.set, packed)
			b.deliverWhole(value.Set)
			return nil
		}
	case value.SetPacked:
		if listpack.Len(packed) > b.limits.SetEntries {
			b.set = set.New(b.epochs)
			addMembers(b.set, packed)
			b.deliverWhole(value.Set)
			return nil
		}
	case value.ZSetPacked:
		if zset.PackedLen(packed) > b.limits.ZSetEntries {
			b.zset = zset.New(b.epochs)
			b.zset.FromPacked(packed)
			b.deliverWhole(value.ZSet)
			return nil
		}
	default:
		return broken("packed bytes of the kind %d", kind)
	}
	b.deliver(Value{Kind: kind, Bytes: packed})
	return nil
}

func (b *Builder) listLimit() list.Limit { return list.LimitOf(b.limits.ListSize) }

func (b *Builder) addToList(element []byte) {
	if b.list == nil && b.listLimit().Exceeded(len(b.packed)+len(element), listpack.Len(b.packed)+1) {
		b.spreadList()
	}
	if b.list != nil {
		b.list.PushTail(element)
		return
	}
	b.packed = listpack.Append(b.packed, element)
}

// addNode adds a node of a list. A list of one node stays packed if that is within the limit.
func (b *Builder) addNode(lp []byte) error {
	n := listpack.Len(lp)
	if b.list == nil && (listpack.Len(b.packed) > 0 || b.listLimit().Exceeded(len(lp), n)) {
		b.spreadList()
	}
	if b.list != nil {
		b.list.AppendNode(lp)
		return nil
	}
	b.packed = append(b.packed[:0], lp...)
	return nil
}

// spreadList and the like make a large collection of what is packed.
func (b *Builder) spreadList() {
	b.list = list.New(b.epochs, b.listLimit())
	b.list.AppendNode(b.packed)
}

func (b *Builder) addToHash(p *Piece) error {
	expireAtMs := max(p.N, 0)
	if b.hash == nil && !b.hashTakes(p.A, p.B) {
		if !b.isDistinct(listpack.Len(b.packed)) {
			return errTwice
		}
		b.hash = largeHash(b.epochs, b.form, b.packed)
	}
	if b.hash == nil {
		h := hash.OfPacked(b.form, b.packed)
		h.Insert(p.A, p.B, expireAtMs)
		b.form, b.packed = h.Kind(), h.Packed()
		return nil
	}
	h := hash.OfLarge(b.hash)
	if _, found := h.Find(p.A); found {
		return errTwice
	}
	h.Insert(p.A, p.B, expireAtMs)
	return nil
}

// hashTakes tells whether the packed hash may have another field.
func (b *Builder) hashTakes(field, text []byte) bool {
	return listpack.Len(b.packed)/rowElements(b.form) < b.limits.HashEntries &&
		int64(max(len(field), len(text))) <= b.limits.HashValueBytes &&
		listpack.Fits(b.packed, len(field)+len(text)+rowBytesMax)
}

// rowBytesMax is more than a row takes in a listpack beyond its texts.
const rowBytesMax = 32

func (b *Builder) addToSet(member []byte) error {
	if b.set != nil {
		return addMember(b.set, member)
	}
	if b.form == value.SetInts {
		if n, isInt := value.IntText(member); isInt {
			changed, added := intset.Add(b.packed, n)
			b.packed = changed
			return b.spreadInts(added)
		}
		b.widenInts(len(member))
	}
	if b.set == nil && !b.setTakes(listpack.Len(b.packed), len(member)) {
		if !b.isDistinct(listpack.Len(b.packed)) {
			return errTwice
		}
		b.set = set.New(b.epochs)
		addMembers(b.set, b.packed)
	}
	if b.set != nil {
		return addMember(b.set, member)
	}
	b.packed = listpack.Append(b.packed, member)
	return nil
}

// spreadInts makes a table of an intset that has become too long.
func (b *Builder) spreadInts(added bool) error {
	if !added {
		return errTwice
	}
	if intset.Len(b.packed) > b.limits.SetInts {
		b.set = set.New(b.epochs)
		addInts(b.set, b.packed)
	}
	return nil
}

// setTakes tells whether a listpack of n members may have another one of that length.
func (b *Builder) setTakes(n, bytes int) bool {
	return n < b.limits.SetEntries && int64(bytes) <= b.limits.SetValueBytes &&
		listpack.Fits(b.packed, bytes+rowBytesMax)
}

// widenInts makes of an intset what can hold texts too.
func (b *Builder) widenInts(textBytes int) {
	n := intset.Len(b.packed)
	longest := textBytes
	if n > 0 { // the longest digits are those of one end
		longest = max(longest, digits(intset.Get(b.packed, 0)), digits(intset.Get(b.packed, n-1)))
	}
	if !b.setTakes(n, longest) {
		b.set = set.New(b.epochs)
		addInts(b.set, b.packed)
		return
	}
	texts := listpack.AppendEmpty(b.spare[:0])
	for i := range n {
		texts = listpack.AppendInt(texts, intset.Get(b.packed, i))
	}
	b.form, b.packed, b.spare = value.SetPacked, texts, b.packed
}

func digits(n int64) int { return listpack.Element{Int: n, IsInt: true}.Len() }

func (b *Builder) addToZSet(member []byte, score float64) error {
	if math.IsNaN(score) {
		return broken("a score that is not a number")
	}
	n := zset.PackedLen(b.packed)
	if b.zset == nil && (n >= b.limits.ZSetEntries || int64(len(member)) > b.limits.ZSetValueBytes ||
		!listpack.Fits(b.packed, len(member)+rowBytesMax)) {
		if !b.isDistinct(2 * n) {
			return errTwice
		}
		b.zset = zset.New(b.epochs)
		b.zset.FromPacked(b.packed)
	}
	if b.zset == nil {
		b.packed = zset.PackedInsert(b.packed, member, score)
		return nil
	}
	place, found := b.zset.Find(member)
	if found {
		return errTwice
	}
	b.zset.Insert(place, member, score)
	return nil
}

func addMember(s *set.Set, member []byte) error {
	if !s.Add(member) {
		return errTwice
	}
	return nil
}

// addMembers adds all elements of a listpack, addInts those of an intset.
func addMembers(s *set.Set, lp []byte) {
	s.Reserve(listpack.Len(lp))
	var text [24]byte
	for at, ok := listpack.First(lp); ok; at, ok = listpack.Next(lp, at) {
		s.Add(listpack.Text(lp, at, text[:0]))
	}
}

func addInts(s *set.Set, ints []byte) {
	n := intset.Len(ints)
	s.Reserve(n)
	var text [24]byte
	for i := range n {
		s.Add(strconv.AppendInt(text[:0], intset.Get(ints, i), 10))
	}
}

// largeHash makes a large hash of a packed one.
func largeHash(epochs *dict.Epochs, kind value.Kind, packed []byte) *hash.Large {
	h := hash.OfPacked(kind, packed)
	h.Enlarge(epochs, 0)
	return h.Large()
}
