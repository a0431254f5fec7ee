package command

import (
	"math"

	"solokv/keyspace"
	"solokv/keyspace/value/stream"
)

// XCLAIM and XAUTOCLAIM: one consumer takes over what is pending for another.

func streamClaimCommands() []*keyspace.Command {
	return []*keyspace.Command{
		{Name: "xclaim", Arity: -6, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyUpdate),
			Group: groupStream, Since: "5.0.0",
			Complexity: "O(log N) for each ID, where N is the number of entries that are pending.",
			Summary:    "Makes entries pending for another consumer, if they have been for long enough.",
			Hints:      []string{"nondeterministic_output"},
			Syntax: "key group consumer min-idle-time:string id [id ...] [IDLE ms] " +
				"[TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
			Handler: xclaim},
		{Name: "xautoclaim", Arity: -6, Flags: keyspace.Write | keyspace.Fast,
			Keys:  keyspace.OneKey(keyspace.KeyRW | keyspace.KeyDelete),
			Group: groupStream, Since: "6.2.0", Complexity: "O(log N) if COUNT is small.",
			Summary: "Makes the entries that are pending from an ID on pending for another consumer, if they " +
				"have been for long enough.",
			Hints: []string{"nondeterministic_output"},
			History: []string{"7.0.0 Added an element to the reply array, containing deleted entries the " +
				"command cleared from the PEL"},
			Syntax:  "key group consumer min-idle-time:string start:string [COUNT count] [JUSTID]",
			Handler: xautoClaim},
	}
}

const (
	errClaimIdle       keyspace.Error = "ERR Invalid min-idle-time argument for XCLAIM"
	errClaimIdleOption keyspace.Error = "ERR Invalid IDLE option argument for XCLAIM"
	errClaimTime       keyspace.Error = "ERR Invalid TIME option argument for XCLAIM"
	errClaimRetryCount keyspace.Error = "ERR Invalid RETRYCOUNT option argument for XCLAIM"
	errAutoClaimIdle   keyspace.Error = "ERR Invalid min-idle-time argument for XAUTOCLAIM"
	errAutoClaimCount  keyspace.Error = "ERR COUNT must be > 0"
)

// claimRequest is what XCLAIM or XAUTOCLAIM asks for.
type claimRequest struct {
	key    []byte
	group  []byte
	idleMs int64 // at least, of what may be claimed

	ids    [][]byte // of XCLAIM
	timeMs int64    // what to set the delivery to
	retry  int64    // what to set the count to, or -1
	force  bool     // also what is not pending
	justID bool
	lastID stream.ID

	count int64 // of XAUTOCLAIM
	first stream.ID
}

func xclaim(c *keyspace.Ctx) error {
	r := claimRequest{key: c.Arg(1), group: c.Arg(2)}
	if err := r.find(c); err != nil {
		return err
	}
	if err := r.minIdle(c, errClaimIdle); err != nil {
		return err
	}
	if err := r.parse(c); err != nil {
		return err
	}

	c.PropagateNothing() // but for what it does
	s, g, member := r.open(c)
	behind := g.LastID.Less(r.lastID)
	if behind {
		g.LastID = r.lastID
	}
	recorded := false
	mark, n := c.ReplyMark(), 0
	for _, arg := range r.ids {
		id, _ := parseStreamID(arg)
		p, pending := g.Find(id)
		if !pending && !r.force {
			continue
		}
		if !s.Has(id) {
			if pending {
				r.forget(c, g, p)
				recorded = true
			}
			continue
		}
		if pending && r.idleMs > 0 && c.NowMs()-p.DeliveredMs < r.idleMs {
			continue
		}
		if !pending {
			p.Count = 1
		}
		switch {
		case r.retry >= 0:
			p.Count = r.retry
		case !r.justID:
			p.Count++
		}
		p.ID, p.DeliveredMs = id, r.timeMs
		r.claim(c, g, member, p)
		r.reply(c, s, id)
		recorded = true
		n++
	}
	c.ReplyArrayAt(mark, n)
	if behind && !recorded {
		propagateGroupID(c, r.key, g)
		c.ModifiedQuietly()
	}
	return nil
}

// find checks key and group.
func (r *claimRequest) find(c *keyspace.Ctx) error {
	s, err := readStream(c, r.key)
	if err == nil && (s == nil || s.Group(r.group) == nil) {
		err = errNoGroup(r.key, r.group)
	}
	return err
}

func (r *claimRequest) minIdle(c *keyspace.Ctx, whenBad error) error {
	ms, err := c.Int(4)
	if err != nil {
		return whenBad
	}
	r.idleMs = max(ms, 0)
	return nil
}

// parse reads what follows the idle time: IDs, up to the first argument that is
// none, and options. A time that cannot be is taken as now: clients work it out
// from their own clocks.
func (r *claimRequest) parse(c *keyspace.Ctx) error {
	at := 5
	for ; at < c.Argc(); at++ {
		if _, err := parseStreamID(c.Arg(at)); err != nil {
			break
		}
	}
	r.ids, r.retry, r.timeMs = c.Args()[5:at], -1, -1
	o := c.Options(at)
	number := func(whenBad error) int64 {
		n, err := keyspace.ParseInt(o.Arg())
		if err != nil {
			o.Fail(whenBad)
		}
		return n
	}
	for o.Next() {
		switch {
		case o.Is("FORCE"):
			r.force = true
		case o.Is("JUSTID"):
			r.justID = true
		case o.Is("IDLE") && o.Left() > 0:
			r.timeMs = c.NowMs() - number(errClaimIdleOption)
		case o.Is("TIME") && o.Left() > 0:
			r.timeMs = number(errClaimTime)
		case o.Is("RETRYCOUNT") && o.Left() > 0:
			r.retry = number(errClaimRetryCount)
		case o.Is("LASTID") && o.Left() > 0:
			var err error
			r.lastID, err = parseStreamID(o.Arg())
			o.Fail(err)
		default:
			o.Fail(keyspace.Errorf("ERR Unrecognized XCLAIM option '%s'", o.Current()))
		}
	}
	if r.timeMs < 0 || r.timeMs > c.NowMs() && !c.Replaying() {
		r.timeMs = c.NowMs()
	}
	return o.Err()
}

// open returns stream, group and consumer for changes.
func (r *claimRequest) open(c *keyspace.Ctx) (*stream.Stream, *stream.Group, *stream.Consumer) {
	s := ownStream(c, r.key)
	g := s.Own(r.group)
	return s, g, memberOf(c, r.key, g, c.Arg(3))
}

// claim makes an entry pending for a consumer.
func (r *claimRequest) claim(c *keyspace.Ctx, g *stream.Group, member *stream.Consumer, p stream.Pending) {
	p.Consumer = member
	g.Deliver(p.ID, member, p.DeliveredMs, p.Count)
	member.ActiveMs = c.NowMs()
	propagateClaim(c, r.key, g, p)
	c.ModifiedQuietly()
}

// reply tells of an entry that was claimed.
func (r *claimRequest) reply(c *keyspace.Ctx, s *stream.Stream, id stream.ID) {
	if r.justID {
		replyStreamID(c, id)
		return
	}
	entry := s.Between(id, id)
	entry.Next()
	replyEntry(c, &entry.Entry)
}

// forget ends the wait for an entry that was deleted. The record is a claim, which
// finds no entry either.
func (r *claimRequest) forget(c *keyspace.Ctx, g *stream.Group, p stream.Pending) {
	propagateClaim(c, r.key, g, p)
	g.Ack(p.ID)
	c.ModifiedQuietly()
}

const (
	// autoClaimCount is XAUTOCLAIM's COUNT, and autoClaimTries how many pending
	// entries it looks at for each of them.
	autoClaimCount = 100
	autoClaimTries = 10
	autoClaimMax   = math.MaxInt64 / 16
)

func xautoClaim(c *keyspace.Ctx) error {
	r := claimRequest{key: c.Arg(1), group: c.Arg(2), count: autoClaimCount}
	missing := r.find(c) // first, as a key that is not there is an event
	if err := r.parseAuto(c); err != nil {
		return err
	}
	if missing != nil {
		return missing
	}

	c.PropagateNothing() // but for what it does
	s, g, member := r.open(c)
	next, claimed, deleted := r.claimFrom(c, s, g, member)

	c.ReplyArray(3)
	replyStreamID(c, next)
	c.ReplyArray(len(claimed))
	for _, id := range claimed {
		r.reply(c, s, id)
	}
	c.ReplyArray(len(deleted))
	for _, id := range deleted {
		replyStreamID(c, id)
	}
	return nil
}

func (r *claimRequest) parseAuto(c *keyspace.Ctx) (err error) {
	if err := r.minIdle(c, errAutoClaimIdle); err != nil {
		return err
	}
	var open bool
	if r.first, open, err = parseIntervalEnd(c.Arg(5), 0); err != nil {
		return err
	}
	if open {
		var ok bool
		if r.first, ok = r.first.Next(); !ok {
			return errIntervalStart
		}
	}
	o := c.Options(6)
	for o.Next() {
		switch {
		case o.Is("COUNT") && o.Left() > 0:
			if r.count, err = keyspace.ParseInt(o.Arg()); err != nil || r.count < 1 || r.count > autoClaimMax {
				o.Fail(errAutoClaimCount)
			}
		case o.Is("JUSTID"):
			r.justID = true
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	return o.Err()
}

// claimFrom claims what is pending from an ID on, and tells where to go on: at Min
// when all was looked at.
func (r *claimRequest) claimFrom(c *keyspace.Ctx, s *stream.Stream, g *stream.Group,
	member *stream.Consumer) (next stream.ID, claimed, deleted []stream.ID) {
	walk := g.PendingFrom(r.first)
	p, more := walk.Next()
	for tries := r.count * autoClaimTries; more && tries > 0 && r.count > 0; tries-- {
		switch {
		case !s.Has(p.ID):
			r.forget(c, g, p)
			deleted = append(deleted, p.ID)
			r.count-- // of the reply's length
		case r.idleMs > 0 && c.NowMs()-p.DeliveredMs < r.idleMs:
		default:
			if p.DeliveredMs = c.NowMs(); !r.justID {
				p.Count++
			}
			r.claim(c, g, member, p)
			claimed = append(claimed, p.ID)
			r.count--
		}
		if next, more = p.ID.Next(); more {
			walk = g.PendingFrom(next) // the group may have changed
			p, more = walk.Next()
		}
	}
	if !more {
		return stream.Min, claimed, deleted
	}
	return p.ID, claimed, deleted
}
