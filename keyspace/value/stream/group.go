package stream

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// Group is a group of consumers: how far it has read, and what was delivered and
// is not acknowledged. Pending entries are in a tree of the group, and their IDs
// once more in a tree of the consumer, so that both can be walked in order.
//
// Groups and consumers are shared by the roots that Fork makes: change one only
// after Stream.Own, which copies what a view may reach.
type Group struct {
	Name   string
	LastID ID    // the last one that was delivered
	Read   int64 // entries ever read, or Unknown

	epochs    *dict.Epochs
	epoch     uint32
	pending   tree        // payload: time 8, count 4, number of the consumer 4
	consumers []*Consumer // by name
	numbers   []*Consumer // by number; nil for a free one
}

// Consumer is a member of a group. Times are Unix milliseconds.
type Consumer struct {
	Name     string
	SeenMs   int64 // when it last tried to read or to claim
	ActiveMs int64 // when it last got something; Unknown for never

	epoch   uint32
	number  uint32
	pending tree
}

// Unknown stands for a number of entries, or a time, that is not known.
const Unknown = -1

const pendingBytes = 16

// Groups lists the groups by name.
func (s *Stream) Groups() []*Group { return s.groups }

// Group finds a group for reading, or returns nil.
func (s *Stream) Group(name []byte) *Group {
	if i, ok := s.groupAt(name); ok {
		return s.groups[i]
	}
	return nil
}

func (s *Stream) groupAt(name []byte) (int, bool) {
	return slices.BinarySearchFunc(s.groups, name, func(g *Group, name []byte) int {
		return compare(g.Name, name)
	})
}

// compare orders names without making a string.
func compare(name string, other []byte) int {
	switch {
	case name < string(other):
		return -1
	case name > string(other):
		return 1
	}
	return 0
}

// AddGroup adds a group whose name is not taken.
func (s *Stream) AddGroup(name []byte, last ID, read int64) *Group {
	i, _ := s.groupAt(name)
	g := &Group{Name: string(name), LastID: last, Read: read, epochs: s.epochs, epoch: s.epochs.Epoch(),
		pending: newTree(s.epochs, pendingBytes)}
	s.groups = slices.Insert(s.groups, i, g)
	return g
}

// RemoveGroup removes a group, and returns all that is pending, which is to be drained.
func (s *Stream) RemoveGroup(name []byte) value.Remains {
	i, _ := s.groupAt(name)
	left := &remains{s.groups[i].trees(nil)}
	s.groups = slices.Delete(s.groups, i, i+1)
	return left
}

// remains are trees that belong to no group.
type remains struct{ trees []tree }

// Drain implements value.Remains.
func (r *remains) Drain(budget int) (more bool) {
	for len(r.trees) > 0 {
		last := len(r.trees) - 1
		if r.trees[last].drain(&budget, nil) {
			return true
		}
		r.trees = r.trees[:last]
	}
	return false
}

// Own finds a group for changes, or returns nil.
func (s *Stream) Own(name []byte) *Group {
	i, ok := s.groupAt(name)
	if !ok {
		return nil
	}
	g := s.groups[i]
	if s.epochs.Frozen(g.epoch) {
		own := *g
		own.epoch = s.epochs.Epoch()
		own.consumers = slices.Clone(g.consumers)
		own.numbers = slices.Clone(g.numbers)
		g = &own
		s.groups[i] = g
	}
	return g
}

// trees appends copies of the group's trees, for draining.
func (g *Group) trees(dst []tree) []tree {
	for _, c := range g.consumers {
		dst = append(dst, c.pending)
	}
	return append(dst, g.pending)
}

// Consumers lists the consumers by name.
func (g *Group) Consumers() []*Consumer { return g.consumers }

// Consumer finds a consumer, or returns nil.
func (g *Group) Consumer(name []byte) *Consumer {
	if i, ok := g.consumerAt(name); ok {
		return g.consumers[i]
	}
	return nil
}

func (g *Group) consumerAt(name []byte) (int, bool) {
	return slices.BinarySearchFunc(g.consumers, name, func(c *Consumer, name []byte) int {
		return compare(c.Name, name)
	})
}

// OwnConsumer finds a consumer for changes, or returns nil; g must be owned.
func (g *Group) OwnConsumer(name []byte) *Consumer {
	i, ok := g.consumerAt(name)
	if !ok {
		return nil
	}
	return g.own(g.consumers[i])
}

func (g *Group) own(c *Consumer) *Consumer {
	if !g.epochs.Frozen(c.epoch) {
		return c
	}
	own := *c
	own.epoch = g.epochs.Epoch()
	i, _ := g.consumerAt([]byte(c.Name))
	g.consumers[i] = &own
	g.numbers[c.number] = &own
	return &own
}

// AddConsumer adds a consumer whose name is not taken; g must be owned.
func (g *Group) AddConsumer(name []byte, seenMs, activeMs int64) *Consumer {
	i, _ := g.consumerAt(name)
	number := slices.Index(g.numbers, nil)
	if number < 0 {
		number = len(g.numbers)
		g.numbers = append(g.numbers, nil)
	}
	c := &Consumer{Name: string(name), SeenMs: seenMs, ActiveMs: activeMs,
		epoch: g.epochs.Epoch(), number: uint32(number), pending: newTree(g.epochs, 0)}
	g.numbers[number] = c
	g.consumers = slices.Insert(g.consumers, i, c)
	return c
}

// RemoveConsumer removes a consumer and what is pending for it; g must be owned.
func (g *Group) RemoveConsumer(name []byte) {
	i, _ := g.consumerAt(name)
	c := g.consumers[i]
	for w, ok := c.pending.from(Min); ok; ok = w.next() {
		g.pending.delete(w.id())
	}
	t, budget := c.pending, math.MaxInt
	t.drain(&budget, nil)
	g.numbers[c.number] = nil
	g.consumers = slices.Delete(g.consumers, i, i+1)
}

// Pending is an entry that was delivered and not acknowledged.
type Pending struct {
	ID          ID
	DeliveredMs int64
	Count       int64 // of deliveries
	Consumer    *Consumer
}

func (g *Group) readPending(id ID, payload []byte) Pending {
	return Pending{id, int64(binary.LittleEndian.Uint64(payload)),
		int64(binary.LittleEndian.Uint32(payload[8:])), g.numbers[binary.LittleEndian.Uint32(payload[12:])]}
}

// PendingLen is the number of pending entries.
func (g *Group) PendingLen() int { return g.pending.count }

// PendingLen is the number of entries that are pending for the consumer.
func (c *Consumer) PendingLen() int { return c.pending.count }

// Find finds a pending entry.
func (g *Group) Find(id ID) (Pending, bool) {
	payload, ok := g.pending.get(id)
	if !ok {
		return Pending{}, false
	}
	return g.readPending(id, payload), true
}

// Deliver makes an entry pending for a consumer, if it is not, and sets time and
// count. What was pending for another consumer goes over. g and c must be owned.
func (g *Group) Deliver(id ID, c *Consumer, timeMs, count int64) {
	payload, added := g.pending.put(id)
	if !added {
		if old := g.numbers[binary.LittleEndian.Uint32(payload[12:])]; old != c {
			g.own(old).pending.delete(id)
			added = true
		}
	}
	g.writePending(payload, timeMs, count, c.number)
	if added {
		c.pending.put(id)
	}
}

func (g *Group) writePending(payload []byte, timeMs, count int64, number uint32) {
	binary.LittleEndian.PutUint64(payload, uint64(timeMs))
	binary.LittleEndian.PutUint32(payload[8:], uint32(min(count, math.MaxUint32)))
	binary.LittleEndian.PutUint32(payload[12:], number)
}

// Ack makes an entry pending no more and tells whether it was; g must be owned.
func (g *Group) Ack(id ID) bool {
	p, ok := g.Find(id)
	if ok {
		g.pending.delete(id)
		g.own(p.Consumer).pending.delete(id)
	}
	return ok
}

// PendingRange walks over pending entries in the order of their IDs. The group
// must not change meanwhile.
type PendingRange struct {
	group *Group
	own   bool // of one consumer: the group's record has to be looked up
	w     walk
	ok    bool
}

// PendingFrom walks over the group's pending entries from an ID on.
func (g *Group) PendingFrom(id ID) PendingRange {
	r := PendingRange{group: g}
	r.w, r.ok = g.pending.from(id)
	return r
}

// PendingOf walks over those of one consumer.
func (g *Group) PendingOf(c *Consumer, id ID) PendingRange {
	r := PendingRange{group: g, own: true}
	r.w, r.ok = c.pending.from(id)
	return r
}

// Next returns the next pending entry.
func (r *PendingRange) Next() (p Pending, ok bool) {
	if !r.ok {
		return Pending{}, false
	}
	id := r.w.id()
	if r.own {
		p, _ = r.group.Find(id)
	} else {
		p = r.group.readPending(id, r.w.payload())
	}
	r.ok = r.w.next()
	return p, true
}

// EachPending visits the IDs that are pending for the consumer, in order, until visit
// returns false. Any goroutine may walk over a consumer of a stream that is frozen.
func (c *Consumer) EachPending(visit func(id ID) bool) {
	for w, ok := c.pending.from(Min); ok && visit(w.id()); ok = w.next() {
		continue
	}
}

// LastPendingID is the greatest ID of the pending entries; Min without any.
func (g *Group) LastPendingID() ID {
	if w, ok := g.pending.upTo(Max); ok {
		return w.id()
	}
	return Min
}

func (g *Group) bytes() int64 {
	bytes := g.pending.bytes + int64(unsafe.Sizeof(*g)) + int64(len(g.Name))
	for _, c := range g.consumers {
		bytes += c.pending.bytes + int64(unsafe.Sizeof(*c)) + int64(len(c.Name)) + 16
	}
	return bytes
}

func (g *Group) clone() *Group {
	c := *g
	c.epoch = g.epochs.Epoch()
	c.pending = g.pending.clone()
	c.consumers = make([]*Consumer, len(g.consumers))
	c.numbers = make([]*Consumer, len(g.numbers))
	for i, old := range g.consumers {
		own := *old
		own.epoch = c.epoch
		own.pending = old.pending.clone()
		c.consumers[i] = &own
		c.numbers[own.number] = &own
	}
	return &c
}
