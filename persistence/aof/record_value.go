package aof

import (
	"solokv/keyspace/value"
	"solokv/keyspace/value/hash"
	"solokv/keyspace/value/intset"
	"solokv/keyspace/value/list"
	"solokv/keyspace/value/listpack"
	"solokv/keyspace/value/set"
	"solokv/keyspace/value/zset"
	"solokv/persistence/rdb"
)

// The values but for streams: what record_writer.go says of them.

func (w *RecordWriter) string(v rdb.Value) {
	w.begin(3, "SET")
	w.put(w.key)
	if v.Kind == value.StringInt {
		w.putInt(value.Int(v.Bytes))
	} else {
		w.put(v.Bytes)
	}
	w.end()
}

func (w *RecordWriter) list(v rdb.Value) {
	const command = "RPUSH"
	if v.Kind == value.ListPacked {
		w.beginRun(command, 1, listpack.Len(v.Bytes))
		w.elements(v.Bytes)
	} else {
		l := v.Whole.(*list.List)
		w.beginRun(command, 1, l.Len())
		l.EachNode(func(lp []byte) bool {
			w.elements(lp)
			return w.err == nil
		})
	}
	w.endRun()
}

func (w *RecordWriter) set(v rdb.Value) {
	const command = "SADD"
	switch v.Kind {
	case value.SetInts:
		w.beginRun(command, 1, intset.Len(v.Bytes))
		for i := range intset.Len(v.Bytes) {
			w.item(0)
			w.putInt(intset.Get(v.Bytes, i))
		}
	case value.SetPacked:
		w.beginRun(command, 1, listpack.Len(v.Bytes))
		w.elements(v.Bytes)
	default:
		s := v.Whole.(*set.Set)
		w.beginRun(command, 1, s.Len())
		s.Each(func(member []byte) bool {
			w.item(len(member))
			w.put(member)
			return w.err == nil
		})
	}
	w.endRun()
}

// elements puts each element of a listpack as an item.
func (w *RecordWriter) elements(lp []byte) {
	for at, ok := listpack.First(lp); ok && w.err == nil; at, ok = listpack.Next(lp, at) {
		e := listpack.Get(lp, at)
		w.item(e.Len())
		w.putElement(e)
	}
}

func (w *RecordWriter) putElement(e listpack.Element) {
	if e.IsInt {
		w.putInt(e.Int)
	} else {
		w.put(e.Text)
	}
}

// zset puts the members in their order, so that each one is added behind those that are there.
func (w *RecordWriter) zset(v rdb.Value) {
	const command = "ZADD"
	if v.Kind == value.ZSetPacked {
		w.beginRun(command, 2, zset.PackedLen(v.Bytes))
		w.zsetPacked(v.Bytes)
	} else {
		z := v.Whole.(*zset.ZSet)
		w.beginRun(command, 2, z.Len())
		z.Each(func(member []byte, score float64) bool {
			w.item(len(member))
			w.putScore(score)
			w.put(member)
			return w.err == nil
		})
	}
	w.endRun()
}

func (w *RecordWriter) zsetPacked(lp []byte) {
	for at, ok := listpack.First(lp); ok && w.err == nil; at, ok = listpack.Next(lp, at) {
		member := listpack.Get(lp, at)
		at, _ = listpack.Next(lp, at)
		w.item(member.Len())
		w.putScore(zset.PackedScoreAt(lp, at))
		w.putElement(member)
	}
}

// hash puts all fields, and then the expiries: so both keep to long records and short ones.
func (w *RecordWriter) hash(v rdb.Value) {
	fields := hash.OfPacked(v.Kind, v.Bytes)
	if v.Kind == value.Hash {
		fields = hash.OfLarge(v.Whole.(*hash.Large))
	}
	expires := false
	w.beginRun("HSET", 2, fields.Len())
	fields.Each(func(p hash.Place) bool {
		field, text := fields.Field(p), fields.Value(p)
		expires = expires || fields.ExpireAt(p) != 0
		w.item(field.Len() + text.Len())
		w.putElement(field)
		w.putElement(text)
		return w.err == nil
	})
	w.endRun()
	if expires {
		w.fieldExpiries(fields)
	}
}

func (w *RecordWriter) fieldExpiries(fields hash.View) {
	fields.Each(func(p hash.Place) bool {
		if ms := fields.ExpireAt(p); ms != 0 {
			w.begin(6, "HPEXPIREAT")
			w.put(w.key)
			w.putInt(ms)
			w.putString("FIELDS")
			w.putString("1")
			w.putElement(fields.Field(p))
			w.end()
		}
		return w.err == nil
	})
}
