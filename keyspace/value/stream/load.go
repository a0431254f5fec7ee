package stream

import (
	"encoding/binary"
	"errors"

	"solokv/keyspace/value/listpack"
)

// Saving and loading. A file holds a stream's nodes as they are, each with its
// master ID, then the counters (LastID, FirstID, MaxDeletedID, Added), then the
// groups; of a group first all that is pending, and then for each consumer the IDs
// that are pending for it.

// ErrNode says that the bytes of a node contradict themselves.
var ErrNode = errors.New("stream: a broken node")

// EachNode visits the nodes in order until visit returns false. The listpack is a
// view. Any goroutine may walk over a stream that is frozen.
func (s *Stream) EachNode(visit func(master ID, lp []byte) bool) {
	for w, ok := s.nodes.from(Min); ok; ok = w.next() {
		if !visit(w.id(), s.readNode(w.id(), nodeRef(w.payload())).lp) {
			return
		}
	}
}

// AddNode adds a node behind all others. It looks at every entry, and the stream
// counts them.
func (s *Stream) AddNode(master ID, lp []byte) error {
	if w, ok := s.nodes.upTo(Max); ok {
		last, _ := (&node{w.id(), s.readNode(w.id(), nodeRef(w.payload())).lp}).last(false)
		if !last.Less(master) {
			return ErrNode
		}
	}
	n := node{master, lp}
	live, ok := n.check()
	if !ok {
		return ErrNode
	}
	ref := s.newNode(nodeHeader+len(lp), len(lp))
	copy(s.epochs.Arena().Bytes(ref, nodeHeader+len(lp))[nodeHeader:], lp)
	s.pointAt(master, ref)
	s.tail, s.tailRef = master, ref
	if s.length == 0 {
		s.findFirst()
	}
	s.length += live
	return nil
}

// check tells whether a node is well-formed, and counts its live entries: there
// must be one.
func (n node) check() (live int, ok bool) {
	if listpack.Check(n.lp) != nil {
		return 0, false
	}
	c := checker{lp: n.lp}
	c.at, c.ok = listpack.First(n.lp)
	wantLive, wantDeleted, fields := c.number(), c.number(), c.number()
	c.skip(fields)
	if c.number() != 0 || fields < 0 {
		return 0, false
	}
	last, deleted := ID{}, 0
	for first := true; c.ok && c.at < listpack.End(n.lp); first = false {
		flags := c.number()
		id := ID{n.master.Ms + uint64(c.number()), n.master.Seq + uint64(c.number())}
		length := int64(3)
		if flags&flagSameFields != 0 {
			c.skip(fields)
			length += fields
		} else {
			own := c.number()
			c.skip(own)
			c.skip(own)
			length += 1 + 2*own
		}
		if c.number() != length || id.Less(n.master) || !first && !last.Less(id) {
			return 0, false
		}
		if last = id; flags&flagDeleted != 0 {
			deleted++
		} else {
			live++
		}
	}
	return live, c.ok && live > 0 && int64(live) == wantLive && int64(deleted) == wantDeleted
}

// checker walks over a listpack that may hold anything.
type checker struct {
	lp []byte
	at int
	ok bool
}

func (c *checker) number() int64 {
	if !c.ok || c.at >= listpack.End(c.lp) {
		c.ok = false
		return 0
	}
	e := listpack.Get(c.lp, c.at)
	c.at, _ = listpack.Next(c.lp, c.at)
	c.ok = e.IsInt
	return e.Int
}

func (c *checker) skip(n int64) {
	for ; n > 0 && c.ok; n-- {
		if c.ok = c.at < listpack.End(c.lp); c.ok {
			c.at, _ = listpack.Next(c.lp, c.at)
		}
	}
	c.ok = c.ok && n == 0
}

// nobody stands for the consumer of what Restore has added.
const nobody = 1<<32 - 1

// Restore adds a pending entry whose consumer Assign tells later. It is false if
// there is one.
func (g *Group) Restore(id ID, timeMs, count int64) bool {
	if _, ok := g.pending.get(id); ok {
		return false
	}
	payload, _ := g.pending.put(id)
	g.writePending(payload, timeMs, count, nobody)
	return true
}

// Assign gives what Restore has added to a consumer. It is false if there is none,
// or if it has one.
func (g *Group) Assign(id ID, c *Consumer) bool {
	payload, ok := g.pending.get(id)
	if !ok || binary.LittleEndian.Uint32(payload[12:]) != nobody {
		return false
	}
	payload, _ = g.pending.put(id)
	binary.LittleEndian.PutUint32(payload[12:], c.number)
	c.pending.put(id)
	return true
}

// Complete tells whether everything pending has its consumer.
func (g *Group) Complete() bool {
	n := 0
	for _, c := range g.consumers {
		n += c.pending.count
	}
	return n == g.pending.count
}
