package keyspace

import (
	"math"
	"strconv"

	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/list"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/set"
	"solokv/keyspace/value/stream"
	"solokv/keyspace/value/zset"
)

// digestNumbers are the numbers of the types in a digest.
var digestNumbers = map[string]int{value.TypeString: 0, value.TypeList: 1, value.TypeSet: 2, value.TypeZSet: 3,
	value.TypeHash: 4, value.TypeStream: 6}

var fieldExpireMark = []byte("!!hexpire!!")

// digester takes the parts of one value into its digest.
type digester struct {
	*Digest
	text []byte // of the element at hand
}

func (d *digester) element(e listpack.Element) []byte {
	d.text = e.Append(d.text[:0])
	return d.text
}

// digestValue takes a value into d: what has an order is mixed, what has none is
// added.
func (c *Ctx) digestValue(to *Digest, it Item) {
	d := &digester{Digest: to}
	switch kind := it.Kind(); kind {
	case value.ListPacked:
		d.list(list.SeekPacked(it.Value(), 0))
	case value.List:
		d.list(c.Collection(it).(*list.List).Seek(0))
	case value.HashPacked, value.HashPackedExpiry:
		d.hash(hash.OfPacked(kind, it.Value()))
	case value.Hash:
		d.hash(hash.OfLarge(c.Collection(it).(*hash.Large)))
	case value.SetInts:
		for i := range intset.Len(it.Value()) {
			d.text = strconv.AppendInt(d.text[:0], intset.Get(it.Value(), i), 10)
			d.add(d.text)
		}
	case value.SetPacked:
		d.packedSet(it.Value())
	case value.Set:
		c.Collection(it).(*set.Set).Each(func(member []byte) bool {
			d.add(member)
			return true
		})
	case value.ZSetPacked:
		d.zset(zset.Packed(it.Value()))
	case value.ZSet:
		d.zset(zset.Large(c.Collection(it).(*zset.ZSet)))
	case value.Stream:
		d.stream(c.Collection(it).(*stream.Stream))
	default:
		d.mix(c.Text(it))
	}
}

func (d *digester) list(at list.Cursor) {
	for ; at.OK(); at.Next() {
		d.mix(d.element(at.Element()))
	}
}

func (d *digester) packedSet(packed []byte) {
	for at, ok := listpack.First(packed); ok; at, ok = listpack.Next(packed, at) {
		d.add(d.element(listpack.Get(packed, at)))
	}
}

func (d *digester) hash(fields hash.View) {
	fields.Each(func(p hash.Place) bool {
		var one Digest
		one.mix(d.element(fields.Field(p)))
		one.mix(d.element(fields.Value(p)))
		if fields.ExpireAt(p) != 0 {
			one.add(fieldExpireMark)
		}
		d.add(one[:])
		return true
	})
}

func (d *digester) zset(members zset.Reader) {
	members.Each(0, members.Len(), func(member []byte, score float64) bool {
		var one Digest
		one.mix(member)
		switch {
		case math.IsInf(score, 1):
			d.text = append(d.text[:0], "inf"...)
		case math.IsInf(score, -1):
			d.text = append(d.text[:0], "-inf"...)
		default:
			d.text = strconv.AppendFloat(d.text[:0], score, 'g', 17, 64)
		}
		one.mix(d.text)
		d.add(one[:])
		return true
	})
}

func (d *digester) stream(s *stream.Stream) {
	for r := s.Between(stream.Min, stream.Max); r.Next(); {
		id := r.Entry.ID
		d.text = strconv.AppendUint(d.text[:0], id.Ms, 10)
		d.text = strconv.AppendUint(append(d.text, '.'), id.Seq, 10)
		d.mix(d.text)
		for range r.Entry.Fields {
			field, text := r.Entry.Pair()
			d.mix(d.element(field))
			d.mix(d.element(text))
		}
	}
}
