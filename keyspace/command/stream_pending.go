package command

import (
	"strconv"

	"solokv/keyspace"
	"solokv/keyspace/value/stream"
)

// XACK and XPENDING.

func streamPendingCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "xack", Arity: -4, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate),
			Group: groupStream, Since: "5.0.0",
			Complexity: "O(log N) for each ID, where N is the number of entries that are pending.",
			Summary:    "Acknowledges entries that were delivered to a group, and returns how many were pending.",
			Syntax:     "key group id [id ...]", Handler: xack},
		{Name: "xpending", Arity: -3, Flags: keyspace.ReadOnly,
			Keys:  keyspace.OneKey(keyspace.KeyRO | keyspace.KeyAccess),
			Group: groupStream, Since: "5.0.0",
			Complexity: "O(log N + M) where N is the number of entries that are pending and M that of those looked " +
				"at; O(C) for the summary of a group of C consumers.",
			Summary: "Tells which entries were delivered to a group and are not acknowledged.",
			Hints:   []string{"nondeterministic_output"},
			History: []string{"6.2.0 Added the `IDLE` option and exclusive range intervals."},
			Syntax:  "key group [filters: [IDLE min-idle-time:integer] start:string end:string count [consumer]]",
			Handler: xpending},
	}
}

func xack(c *keyspace.Ctx) error {
	key, group := c.Arg(1), c.Arg(2)
	s, err := readStream(c, key)
	if err != nil {
		return err
	}
	if s == nil || s.Group(group) == nil {
		return c.ReplyInt(0)
	}
	for _, arg := range c.Args()[3:] {
		if _, err := parseStreamID(arg); err != nil {
			return err
		}
	}

	g := ownStream(c, key).Own(group)
	acknowledged := int64(0)
	for _, arg := range c.Args()[3:] {
		if id, _ := parseStreamID(arg); g.Ack(id) {
			acknowledged++
			c.ModifiedQuietly()
		}
	}

	return c.ReplyInt(acknowledged)
}

// pendingRequest is what the long form of XPENDING asks for.
type pendingRequest struct {
	idleMs      int64
	first, last stream.ID
	count       int64
	consumer    []byte // or nil
}

func xpending(c *keyspace.Ctx) error {
	key, group := c.Arg(1), c.Arg(2)
	var r pendingRequest
	if c.Argc() > 3 {
		if err := r.parse(c); err != nil {
			return err
		}
	}
	s, err := readStream(c, key)
	if err != nil {
		return err
	}
	if s == nil || s.Group(group) == nil {
		return errNoGroup(key, group)
	}

	g := s.Group(group)
	if c.Argc() == 3 {
		pendingSummary(c, g)
		return nil
	}
	return r.reply(c, g)
}

func (r *pendingRequest) parse(c *keyspace.Ctx) (err error) {
	if c.Argc() < 6 || c.Argc() > 9 {
		return keyspace.ErrSyntax
	}
	at := 3
	if keyspace.EqualFold(c.Arg(3), "IDLE") {
		if r.idleMs, err = c.Int(4); err != nil {
			return err
		}
		if at = 5; c.Argc() < 8 {
			return keyspace.ErrSyntax
		}
	}
	if r.count, err = c.Int(at + 2); err != nil {
		return err
	}
	if at+3 < c.Argc() {
		r.consumer = c.Arg(at + 3)
	}
	r.first, r.last, err = parseInterval(c.Arg(at), c.Arg(at+1))
	return err
}

// pendingSummary tells how many entries are pending, the first and the last one,
// and for whom.
func pendingSummary(c *keyspace.Ctx, g *stream.Group) {
	c.ReplyArray(4)
	c.ReplyInt(int64(g.PendingLen()))
	if g.PendingLen() == 0 {
		c.ReplyNull()
		c.ReplyNull()
		c.ReplyNullArray()
		return
	}
	walk := g.PendingFrom(stream.Min)
	first, _ := walk.Next()
	replyStreamID(c, first.ID)
	replyStreamID(c, g.LastPendingID())
	mark, n := c.ReplyMark(), 0
	for _, member := range g.Consumers() {
		if member.PendingLen() > 0 {
			c.ReplyArray(2)
			c.ReplyString(member.Name)
			c.ReplyString(strconv.Itoa(member.PendingLen()))
			n++
		}
	}
	c.ReplyArrayAt(mark, n)
}

func (r *pendingRequest) reply(c *keyspace.Ctx, g *stream.Group) error {
	walk := g.PendingFrom(r.first)
	if r.consumer != nil {
		member := g.Consumer(r.consumer)
		if member == nil {
			return c.ReplyArray(0)
		}
		walk = g.PendingOf(member, r.first)
	}
	mark, n := c.ReplyMark(), 0
	for int64(n) < r.count {
		p, ok := walk.Next()
		if !ok || r.last.Less(p.ID) {
			break
		}
		idleMs := c.NowMs() - p.DeliveredMs
		if r.idleMs != 0 && idleMs < r.idleMs {
			continue
		}
		c.ReplyArray(4)
		replyStreamID(c, p.ID)
		c.ReplyString(p.Consumer.Name)
		c.ReplyInt(max(idleMs, 0))
		c.ReplyInt(p.Count)
		n++
	}
	c.ReplyArrayAt(mark, n)
	return nil
}
