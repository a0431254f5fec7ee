package rdb

import (
	"fmt"
	"math"

	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/keyspace/value/list"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/set"
	"solokv/keyspace/value/stream"
	"solokv/keyspace/value/zset"
)

// How each kind of value is written. What is packed in memory goes as it is where the version has a type for it:
//
//	String, StringInt       0 string
//	ListPacked, List       18 quicklist 2: nodes, each a listpack or one long element
//	HashPacked             16 listpack
//	HashPackedExpiry       25 listpack with expiries; 4 hash if no field expires, or before version 12
//	Hash                   24 hash with expiries;     4 likewise
//	SetInts                11 intset
//	SetPacked              20 listpack from version 11 on; before, 2 set
//	Set                     2 set
//	ZSetPacked             17 listpack
//	ZSet                    5 sorted set, from the last element to the first
//	Stream                 21 stream 3 from version 11 on; before, 19 stream 2
//
// Readers put each element of a sorted set in front of those that they have: so the order is the one in which they
// need no search.

// The containers of a list's node.
const (
	nodePlain  = 1 // one element, as a string
	nodePacked = 2 // a listpack
)

// elementPlainMin is the length from which on an element is a plain node: none of the limits that
// list-max-listpack-size can set allows it in a listpack with others.
const elementPlainMin = 64 << 10

// form is the type of a value in a file.
type form struct {
	number  byte
	leastMs int64 // of typeHashFields and typeHashPacked: the earliest expiry
}

// formOf is the form that a value has in files of a version.
func formOf(v Value, version int) form {
	switch v.Kind {
	case value.ListPacked, value.List:
		return form{number: typeQuicklist2}
	case value.HashPacked:
		return form{number: typeHashListpack}
	case value.HashPackedExpiry, value.Hash:
		return hashForm(v, version)
	case value.SetInts:
		return form{number: typeSetIntset}
	case value.SetPacked:
		if version >= VersionActive {
			return form{number: typeSetListpack}
		}
		return form{number: typeSet}
	case value.Set:
		return form{number: typeSet}
	case value.ZSetPacked:
		return form{number: typeZSetListpack}
	case value.ZSet:
		return form{number: typeZSet2}
	case value.Stream:
		if version >= VersionActive {
			return form{number: typeStream3}
		}
		return form{number: typeStream2}
	case value.String, value.StringEdited, value.StringInt:
		return form{number: typeString}
	}
	panic(fmt.Sprintf("rdb: a value of kind %d", v.Kind))
}

// hashForm is formOf a hash whose fields may expire.
func hashForm(v Value, version int) form {
	if version < VersionFields {
		return form{number: typeHash}
	}
	least := earliest(v)
	switch {
	case least == 0:
		return form{number: typeHash}
	case v.Kind == value.Hash:
		return form{typeHashFields, least}
	}
	return form{typeHashPacked, least}
}

// earliest is the earliest expiry of a hash's fields, or 0.
func earliest(v Value) int64 {
	if v.Kind == value.Hash {
		return v.Whole.(*hash.Large).Earliest()
	}
	fields := hash.OfPacked(v.Kind, v.Bytes)
	return fields.Least()
}

// VersionOf is the lowest version that holds a value without loss.
func VersionOf(v Value) int {
	switch v.Kind {
	case value.HashPackedExpiry, value.Hash:
		if earliest(v) != 0 {
			return VersionFields
		}
	case value.Stream:
		if tellsActivity(v.Whole.(*stream.Stream)) {
			return VersionActive
		}
	}
	return VersionBase
}

// value puts a value in the form that formOf chose.
func (o *output) value(v Value, f form) {
	switch v.Kind {
	case value.StringInt:
		o.number(value.Int(v.Bytes))
	case value.ListPacked:
		o.length(1)
		o.listNode(v.Bytes)
	case value.List:
		o.list(v.Whole.(*list.List))
	case value.HashPackedExpiry:
		o.hashPacked(v.Bytes, f)
	case value.Hash:
		o.hash(v.Whole.(*hash.Large), f)
	case value.SetPacked:
		o.setPacked(v.Bytes, f)
	case value.Set:
		members := v.Whole.(*set.Set)
		o.length(uint64(members.Len()))
		members.Each(func(member []byte) bool {
			o.text(member)
			return o.err == nil
		})
	case value.ZSet:
		o.zset(v.Whole.(*zset.ZSet))
	case value.Stream:
		o.stream(v.Whole.(*stream.Stream), f.number == typeStream3)
	default: // String, StringEdited, HashPacked, SetInts, ZSetPacked
		o.text(v.Bytes)
	}
}

func (o *output) list(l *list.List) {
	o.length(uint64(l.Nodes()))
	l.EachNode(func(lp []byte) bool {
		o.listNode(lp)
		return o.err == nil
	})
}

func (o *output) listNode(lp []byte) {
	if len(lp) >= elementPlainMin {
		at, _ := listpack.First(lp)
		if _, more := listpack.Next(lp, at); !more {
			o.length(nodePlain)
			o.element(lp, at)
			return
		}
	}
	o.length(nodePacked)
	o.text(lp)
}

func (o *output) hashPacked(lp []byte, f form) {
	if f.number == typeHashPacked {
		o.word(uint64(f.leastMs))
		o.text(lp)
		return
	}
	const row = 3 // a field, its value and its expiry
	o.length(uint64(listpack.Len(lp) / row))
	column := 0
	for at, ok := listpack.First(lp); ok; at, ok = listpack.Next(lp, at) {
		if column != row-1 {
			o.element(lp, at)
		}
		column = (column + 1) % row
	}
}

func (o *output) hash(h *hash.Large, f form) {
	if f.number == typeHashFields {
		o.word(uint64(f.leastMs))
	}
	o.length(uint64(h.Len()))
	h.Each(func(field, text []byte, expireAtMs int64) bool {
		if f.number == typeHashFields {
			after := uint64(0) // for a field that stays; otherwise one more than behind the earliest
			if expireAtMs != 0 {
				after = uint64(expireAtMs-f.leastMs) + 1
			}
			o.length(after)
		}
		o.text(field)
		o.text(text)
		return o.err == nil
	})
}

func (o *output) setPacked(lp []byte, f form) {
	if f.number == typeSetListpack {
		o.text(lp)
		return
	}
	o.length(uint64(listpack.Len(lp)))
	for at, ok := listpack.First(lp); ok; at, ok = listpack.Next(lp, at) {
		o.element(lp, at)
	}
}

func (o *output) zset(z *zset.ZSet) {
	o.length(uint64(z.Len()))
	z.EachReverse(0, z.Len(), func(member []byte, score float64) bool {
		o.text(member)
		o.word(math.Float64bits(score))
		return o.err == nil
	})
}
