package stream

import (
	"encoding/binary"
	"errors"

	"solokv/keyspace/arena"
	"solokv/keyspace/dict"
	"solokv/keyspace/value"
	"solokv/keyspace/value/listpack"
)

// Stream is a stream. It may be empty.
type Stream struct {
	epochs    *dict.Epochs
	nodes     tree // of refs of nodes, by their master ID
	nodeBytes int64
	tail      ID        // the master ID of the last node, if tailRef is not 0
	tailRef   arena.Ref // the last node, so that adding to it needs no search
	headLive  int64     // at least so many entries are in the first node, or 0: see Trim
	length    int
	first     ID // of the first entry; Min without entries
	last      ID // that was ever given
	deleted   ID // the greatest one that XDEL took away
	added     uint64
	groups    []*Group // by name
	falling   remains  // of groups, while the stream is drained
}

var _ value.Collection = (*Stream)(nil)

// New returns an empty stream.
func New(epochs *dict.Epochs) *Stream {
	return &Stream{epochs: epochs, nodes: newTree(epochs, childBytes)}
}

// Limits are those of a node, 0 for none: stream-node-max-bytes and
// stream-node-max-entries.
type Limits struct {
	NodeBytes   int64
	NodeEntries int
}

// Errors of Append.
var (
	ErrOrder    = errors.New("the ID is not behind the last one")
	ErrTooLarge = errors.New("the entry is too large")
)

// Len is the number of entries.
func (s *Stream) Len() int { return s.length }

// Encoding is what OBJECT ENCODING says.
func (s *Stream) Encoding() string { return "stream" }

// FirstID is the ID of the first entry; Min without entries.
func (s *Stream) FirstID() ID { return s.first }

// LastID is the last ID that was given out.
func (s *Stream) LastID() ID { return s.last }

// MaxDeletedID is the greatest ID that was deleted, not trimmed.
func (s *Stream) MaxDeletedID() ID { return s.deleted }

// Added is the number of entries ever added.
func (s *Stream) Added() uint64 { return s.added }

// Nodes is the number of nodes.
func (s *Stream) Nodes() int { return s.nodes.count }

// SetLastID, SetMaxDeletedID and SetAdded serve XSETID and loading.
func (s *Stream) SetLastID(id ID) { s.last = id }

// SetMaxDeletedID is explained at SetLastID.
func (s *Stream) SetMaxDeletedID(id ID) { s.deleted = id }

// SetAdded is explained at SetLastID.
func (s *Stream) SetAdded(n uint64) { s.added = n }

// NextID is the ID for an entry that is added now.
func (s *Stream) NextID(nowMs int64) (id ID, ok bool) {
	if now := uint64(nowMs); now > s.last.Ms {
		return ID{now, 0}, true
	}
	return s.last.Next()
}

// NextIDAt is the ID for an entry of a millisecond that is given.
func (s *Stream) NextIDAt(ms uint64) (id ID, ok bool) {
	if ms != s.last.Ms {
		return ID{ms, 0}, ms > s.last.Ms
	}
	id, _ = s.last.Next()
	return id, id.Ms == ms && id != s.last
}

// Append adds an entry of fields and values at the end.
func (s *Stream) Append(id ID, pairs [][]byte, limits Limits) error {
	if !s.last.Less(id) {
		return ErrOrder
	}
	texts := 0
	for _, text := range pairs {
		texts += len(text)
	}
	if texts > nodeBytesLimit {
		return ErrTooLarge
	}
	room := texts + len(pairs)*elementBytesMax + entryBytesMax

	n, ref, ok := s.openNode(texts, limits)
	if ok {
		n, ref = s.editNode(n, ref, room)
	} else {
		fields := 0
		for i := 0; i < len(pairs); i += 2 {
			fields += len(pairs[i]) + elementBytesMax
		}
		ref = s.newNode(nodeHeader+fields+room, 0)
		a := s.epochs.Arena()
		block := a.Bytes(ref, a.BlockBytes(ref))
		n = node{id, beginNode(block[nodeHeader:nodeHeader], pairs)}
		s.pointAt(id, ref)
		s.tail, s.tailRef = id, ref
	}
	n.add(id, pairs)
	s.storeNode(n, ref)

	s.last = id
	s.added++
	if s.length++; s.length == 1 {
		s.first = id
	}
	return nil
}

// openNode returns the last node if another entry may go into it. One that it may
// not is given a block of its size: it does not grow any more.
func (s *Stream) openNode(texts int, limits Limits) (n node, ref arena.Ref, ok bool) {
	if s.tailRef == 0 {
		w, ok := s.nodes.upTo(Max)
		if !ok {
			return node{}, 0, false
		}
		s.tail, s.tailRef = w.id(), nodeRef(w.payload())
	}
	ref = s.tailRef
	n = s.readNode(s.tail, ref)
	bytesMax := limits.NodeBytes
	if bytesMax <= 0 || bytesMax > nodeBytesLimit {
		bytesMax = nodeBytesLimit
	}
	live, deleted := n.counts()
	if int64(len(n.lp)+texts) < bytesMax &&
		(limits.NodeEntries <= 0 || live+deleted < int64(limits.NodeEntries)) {
		return n, ref, true
	}
	if need := nodeHeader + len(n.lp); arena.ClassBytes(need) < s.epochs.Arena().BlockBytes(ref) {
		s.moveNode(n, ref, need)
	}
	return node{}, 0, false
}

// Has tells whether there is an entry of that ID.
func (s *Stream) Has(id ID) bool {
	r := s.Between(id, id)
	return r.Next()
}

// LastEntryID is the ID of the last entry; Min without entries.
func (s *Stream) LastEntryID() ID {
	if r := s.Backwards(Min, Max); r.Next() {
		return r.Entry.ID
	}
	return Min
}

// Delete removes an entry and tells whether it was there.
func (s *Stream) Delete(id ID) bool {
	r := s.Between(id, id)
	if !r.Next() {
		return false
	}
	n, ref := r.node, nodeRef(r.nodes.payload())
	live, deleted := n.counts()
	if live == 1 {
		s.dropNode(n.master, ref)
	} else {
		n, ref = s.editNode(n, ref, countsBytesMax)
		n.lp = listpack.ReplaceInt(n.lp, r.Entry.at, r.Entry.flags|flagDeleted)
		n.setCounts(live-1, deleted+1)
		s.storeNode(n, ref)
	}
	s.headLive = 0
	s.length--
	if s.deleted.Less(id) {
		s.deleted = id
	}
	if id == s.first {
		s.findFirst()
	}
	return true
}

// countsBytesMax is more than what the counts of a node may grow by when entries
// are deleted.
const countsBytesMax = 8

func (s *Stream) findFirst() {
	s.first = Min
	if r := s.Between(Min, Max); r.Next() {
		s.first = r.Entry.ID
	}
}

// Bytes is the memory of the stream, without the root itself.
func (s *Stream) Bytes() int64 {
	bytes := s.nodes.bytes + s.nodeBytes
	for _, g := range s.groups {
		bytes += g.bytes()
	}
	return bytes
}

// Fork is explained at value.Collection.
func (s *Stream) Fork() value.Collection {
	f := *s
	f.groups = append([]*Group(nil), s.groups...)
	return &f
}

// Clone is explained at value.Collection.
func (s *Stream) Clone() value.Collection {
	c := *s
	c.nodeBytes, c.tailRef = 0, 0
	c.nodes = s.nodes.clone()
	for w, ok := c.nodes.from(Min); ok; ok = w.next() {
		n := s.readNode(w.id(), nodeRef(w.payload()))
		ref := c.newNode(nodeHeader+len(n.lp), len(n.lp))
		copy(c.epochs.Arena().Bytes(ref, nodeHeader+len(n.lp))[nodeHeader:], n.lp)
		binary.LittleEndian.PutUint64(w.payload(), uint64(ref))
	}
	c.groups = make([]*Group, len(s.groups))
	for i, g := range s.groups {
		c.groups[i] = g.clone()
	}
	return &c
}

// nodeCost is the share of a drain's budget that a node takes.
const nodeCost = 4

// Drain is explained at value.Collection.
func (s *Stream) Drain(budget int) (more bool) {
	if s.nodes.drain(&budget, func(payload []byte) {
		s.releaseNode(nodeRef(payload))
		budget -= nodeCost - 1
	}) {
		return true
	}
	for _, g := range s.groups {
		s.falling.trees = g.trees(s.falling.trees) // copies: a view may share the group
	}
	s.groups = nil
	if s.falling.Drain(budget) {
		return true
	}
	s.length = 0
	return false
}
