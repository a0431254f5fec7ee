package command

import (
	"solokv/keyspace"
	"solokv/keyspace/value/stream"
)

// What XREADGROUP gives to a consumer.

// enroll makes the consumer a member of the groups that it reads from, even if
// there is nothing to read.
func (r *readRequest) enroll(c *keyspace.Ctx) {
	for _, key := range r.keys {
		memberOf(c, key, ownStream(c, key).Own(r.group), r.consumer)
	}
}

// deliver replies the entries that are new to the group; they are the consumer's
// from now on.
func (r *readRequest) deliver(c *keyspace.Ctx, key []byte) {
	s := ownStream(c, key)
	g := s.Own(r.group)
	member := g.OwnConsumer(r.consumer)
	first, _ := g.LastID.Next()

	mark, n := c.ReplyMark(), 0
	for walk := s.Between(first, stream.Max); (r.count == 0 || int64(n) < r.count) && walk.Next(); n++ {
		id := walk.Entry.ID
		s.Advance(g, id)
		replyEntry(c, &walk.Entry)
		if !r.noAck {
			g.Deliver(id, member, c.NowMs(), 1)
			member.ActiveMs = c.NowMs()
			propagateClaim(c, key, g, stream.Pending{ID: id, DeliveredMs: c.NowMs(), Count: 1, Consumer: member})
		}
	}
	c.ReplyArrayAt(mark, n)
	if n > 0 {
		propagateGroupID(c, key, g) // XCLAIM does not know how many were read
		c.ModifiedQuietly()
	}
}

// history replies what is pending for the consumer behind an ID; entries that are
// gone show as an ID alone. Counting a delivery again is a change that is not
// recorded, as in Redis.
func (r *readRequest) history(c *keyspace.Ctx, key []byte, after stream.ID) {
	s := ownStream(c, key)
	g := s.Own(r.group)
	member := g.OwnConsumer(r.consumer)

	mark, n := c.ReplyMark(), 0
	first, more := after.Next()
	if more {
		walk := g.PendingOf(member, first)
		for p, ok := walk.Next(); ok && (r.count == 0 || int64(n) < r.count); p, ok = walk.Next() {
			n++
			entry := s.Between(p.ID, p.ID)
			if !entry.Next() {
				c.ReplyArray(2)
				replyStreamID(c, p.ID)
				c.ReplyNullArray()
				continue
			}
			replyEntry(c, &entry.Entry)
			g.Deliver(p.ID, member, c.NowMs(), p.Count+1)
		}
	}
	c.ReplyArrayAt(mark, n)
	c.CountChange()
}
