package aof

import (
	"math"

	"solokv/keyspace/value/stream"
	"solokv/persistence/rdb"
)

// A stream is its entries, its counters and its groups:
//
//	XADD key id field value ...                                    for each entry; for an empty stream
//	XADD key MAXLEN 0 0-1 x y
//	XSETID key last ENTRIESADDED n MAXDELETEDID id
//	XGROUP CREATE key group last ENTRIESREAD n                     for each group, and then of this group
//	XGROUP CREATECONSUMER key group consumer                       for each consumer without pending entries
//	XCLAIM key group consumer 0 id TIME ms RETRYCOUNT n JUSTID FORCE   for each pending entry
//
// XCLAIM wants the entry to be in the stream. What is pending may have been deleted, though, and is pending all the
// same until somebody acknowledges it. So that it is not lost (real servers lose it), such a stream begins with its
// groups; each finds the entries that it misses, claims them, and leaves the stream as empty as it was:
//
//	XADD key MAXLEN 0 0-1 x y, XSETID key 0-0
//	XGROUP CREATE key group last ENTRIESREAD n                     for each group, and then of this group
//	XADD key id x y, XCLAIM key group consumer 0 id ...            for each pending entry that is gone
//	XTRIM key MAXLEN 0, XSETID key 0-0                             if there was one
//
// Trimming, other than deleting, leaves no trace in the counters.

func (w *RecordWriter) stream(v rdb.Value) {
	s := v.Whole.(*stream.Stream)
	missing := w.missesPending(s)
	if missing {
		w.missingPending(s)
	}
	w.entries(s)
	w.counters(s)
	for _, g := range s.Groups() {
		if !missing {
			w.group(g)
		}
		for _, c := range g.Consumers() {
			if c.PendingLen() == 0 {
				w.consumer(g, c)
			}
		}
		r := g.PendingFrom(stream.Min)
		for p, ok := r.Next(); ok && w.err == nil; p, ok = r.Next() {
			if !missing || s.Has(p.ID) {
				w.claim(g, &p)
			}
		}
	}
}

func (w *RecordWriter) entries(s *stream.Stream) {
	if s.Len() == 0 {
		w.emptyStream()
		return
	}
	for r := s.Between(stream.Min, stream.Max); w.err == nil && r.Next(); {
		w.begin(3+2*r.Entry.Fields, "XADD")
		w.put(w.key)
		w.putID(r.Entry.ID)
		for range r.Entry.Fields {
			field, text := r.Entry.Pair()
			w.putElement(field)
			w.putElement(text)
		}
		w.end()
	}
}

// emptyStream makes the key a stream without entries.
func (w *RecordWriter) emptyStream() {
	w.begin(7, "XADD")
	w.put(w.key)
	w.putString("MAXLEN")
	w.putString("0")
	w.putID(stream.ID{Seq: 1})
	w.putString("x")
	w.putString("y")
	w.end()
}

// counters puts what the entries do not tell. Files of other servers may hold counters that XSETID refuses: a deleted
// ID behind the last one, fewer entries added than there are. They become the nearest that it takes.
func (w *RecordWriter) counters(s *stream.Stream) {
	last, deleted := s.LastID(), s.MaxDeletedID()
	if end := s.LastEntryID(); last.Less(end) {
		last = end
	}
	if last.Less(deleted) {
		deleted = last
	}
	w.begin(7, "XSETID")
	w.put(w.key)
	w.putID(last)
	w.putString("ENTRIESADDED")
	w.putInt(int64(min(max(s.Added(), uint64(s.Len())), math.MaxInt64)))
	w.putString("MAXDELETEDID")
	w.putID(deleted)
	w.end()
}

func (w *RecordWriter) group(g *stream.Group) {
	w.begin(7, "XGROUP")
	w.putString("CREATE")
	w.put(w.key)
	w.putString(g.Name)
	w.putID(g.LastID)
	w.putString("ENTRIESREAD")
	w.putInt(max(g.Read, stream.Unknown))
	w.end()
}

func (w *RecordWriter) consumer(g *stream.Group, c *stream.Consumer) {
	w.begin(5, "XGROUP")
	w.putString("CREATECONSUMER")
	w.put(w.key)
	w.putString(g.Name)
	w.putString(c.Name)
	w.end()
}

func (w *RecordWriter) claim(g *stream.Group, p *stream.Pending) {
	w.begin(12, "XCLAIM")
	w.put(w.key)
	w.putString(g.Name)
	w.putString(p.Consumer.Name)
	w.putString("0")
	w.putID(p.ID)
	w.putString("TIME")
	w.putInt(p.DeliveredMs)
	w.putString("RETRYCOUNT")
	w.putInt(p.Count)
	w.putString("JUSTID")
	w.putString("FORCE")
	w.end()
}

// missesPending tells whether an entry is pending that is not in the stream.
func (w *RecordWriter) missesPending(s *stream.Stream) bool {
	for _, g := range s.Groups() {
		r := g.PendingFrom(stream.Min)
		for p, ok := r.Next(); ok; p, ok = r.Next() {
			if !s.Has(p.ID) {
				return true
			}
		}
	}
	return false
}

// missingPending makes an empty stream with the groups, and with what is pending in them and is not in the stream.
func (w *RecordWriter) missingPending(s *stream.Stream) {
	w.emptyStream()
	w.forgetLast()
	for _, g := range s.Groups() {
		w.group(g)
		claimed := false
		r := g.PendingFrom(stream.Min)
		for p, ok := r.Next(); ok && w.err == nil; p, ok = r.Next() {
			if s.Has(p.ID) || p.ID == stream.Min { // no entry has the least ID
				continue
			}
			w.begin(5, "XADD")
			w.put(w.key)
			w.putID(p.ID)
			w.putString("x")
			w.putString("y")
			w.end()
			w.claim(g, &p)
			claimed = true
		}
		if claimed {
			w.trimAll()
			w.forgetLast()
		}
	}
}

func (w *RecordWriter) trimAll() {
	w.begin(4, "XTRIM")
	w.put(w.key)
	w.putString("MAXLEN")
	w.putString("0")
	w.end()
}

// forgetLast lets an empty stream begin with any ID.
func (w *RecordWriter) forgetLast() {
	w.begin(3, "XSETID")
	w.put(w.key)
	w.putID(stream.Min)
	w.end()
}

func (w *RecordWriter) putID(id stream.ID) { w.put(id.Append(w.text[:0])) }
