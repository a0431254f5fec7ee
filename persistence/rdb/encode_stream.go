package rdb

import (
	"encoding/binary"

	"solokv/keyspace/value/stream"
)

// A stream is its nodes, its counters and its groups. Of a group first everything that is pending comes, and then
// its consumers, each with the IDs of what is pending for it. See stream's load.go for the other direction.

// idBytes is the length of an ID with a fixed width.
const idBytes = 16

// tellsActivity tells whether a consumer was seen later than it got something: what version 10 cannot say.
func tellsActivity(s *stream.Stream) bool {
	for _, g := range s.Groups() {
		for _, c := range g.Consumers() {
			if c.ActiveMs != c.SeenMs {
				return true
			}
		}
	}
	return false
}

// stream puts a stream; activity says whether its consumers' active times are part of it.
func (o *output) stream(s *stream.Stream, activity bool) {
	o.length(uint64(s.Nodes()))
	s.EachNode(func(master stream.ID, lp []byte) bool {
		o.length(idBytes)
		o.fixedID(master)
		o.text(lp)
		return o.err == nil
	})
	o.length(uint64(s.Len()))
	o.id(s.LastID())
	o.id(s.FirstID())
	o.id(s.MaxDeletedID())
	o.length(s.Added())

	o.length(uint64(len(s.Groups())))
	for _, g := range s.Groups() {
		o.group(g, activity)
	}
}

func (o *output) group(g *stream.Group, activity bool) {
	o.text([]byte(g.Name))
	o.id(g.LastID)
	o.length(uint64(g.Read)) // Unknown is the greatest number

	o.length(uint64(g.PendingLen()))
	r := g.PendingFrom(stream.Min)
	for p, ok := r.Next(); ok && o.err == nil; p, ok = r.Next() {
		o.fixedID(p.ID)
		o.word(uint64(p.DeliveredMs))
		o.length(uint64(p.Count))
	}

	o.length(uint64(len(g.Consumers())))
	for _, c := range g.Consumers() {
		o.text([]byte(c.Name))
		o.word(uint64(c.SeenMs))
		if activity {
			o.word(uint64(c.ActiveMs))
		}
		o.length(uint64(c.PendingLen()))
		c.EachPending(func(id stream.ID) bool {
			o.fixedID(id)
			return o.err == nil
		})
	}
}

// id puts an ID as two lengths.
func (o *output) id(id stream.ID) {
	o.length(id.Ms)
	o.length(id.Seq)
}

// fixedID puts an ID so that IDs in order are bytes in order.
func (o *output) fixedID(id stream.ID) {
	o.buf = binary.BigEndian.AppendUint64(o.buf, id.Ms)
	o.buf = binary.BigEndian.AppendUint64(o.buf, id.Seq)
	o.spill()
}
