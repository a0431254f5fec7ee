package rdb

import (
	"solokv/keyspace/value"
	"solokv/keyspace/value/stream"
)

// addStream adds to a stream: nodes, its numbers, then each group with what is pending and its consumers.
func (b *Builder) addStream(p *Piece) error {
	switch {
	case p.Op == OpNode && !b.counted:
		if b.stream.AddNode(stream.ID(p.ID), p.A) != nil {
			return broken("a node of a stream that contradicts itself")
		}
		return nil
	case p.Op == OpStream && !b.counted:
		return b.count(p)
	case p.Op == OpGroup && b.counted:
		return b.beginGroup(p)
	case p.Op == OpFinish && b.counted:
		if err := b.endGroup(); err != nil {
			return err
		}
		b.deliverWhole(value.Stream)
		return nil
	case b.group == nil:
		return misplaced(p)
	}
	return b.addToGroup(p)
}

// count takes the numbers of a stream, which must fit its entries.
func (b *Builder) count(p *Piece) error {
	s := b.stream
	last := stream.ID(p.ID)
	switch {
	case int64(s.Len()) != p.M:
		return broken("a stream of %d entries that says it has %d", s.Len(), p.M)
	case last.Less(s.LastEntryID()):
		return broken("a stream whose last ID is before its last entry")
	}
	s.SetLastID(last)
	s.SetMaxDeletedID(stream.ID(p.MaxDeleted))
	s.SetAdded(uint64(p.N))
	b.counted = true
	return nil
}

func (b *Builder) beginGroup(p *Piece) error {
	if err := b.endGroup(); err != nil {
		return err
	}
	s := b.stream
	if s.Group(p.A) != nil {
		return broken("a group of a stream twice")
	}
	b.group, b.consumer = s.AddGroup(p.A, stream.ID(p.ID), max(p.N, stream.Unknown)), nil
	if p.N == ReadUntold {
		if lag, ok := s.Lag(b.group); ok {
			b.group.Read = int64(s.Added()) - lag
		}
	}
	return nil
}

// endGroup checks that everything pending has its consumer.
func (b *Builder) endGroup() error {
	if b.group != nil && !b.group.Complete() {
		return broken("something pending that is no consumer's")
	}
	b.group = nil
	return nil
}

func (b *Builder) addToGroup(p *Piece) error {
	switch {
	case p.Op == OpPending && b.consumer == nil:
		if !b.group.Restore(stream.ID(p.ID), p.N, p.M) {
			return broken("something pending twice")
		}
	case p.Op == OpConsumer:
		if b.group.Consumer(p.A) != nil {
			return broken("a consumer twice")
		}
		b.consumer = b.group.AddConsumer(p.A, p.N, p.M)
	case p.Op == OpOwned && b.consumer != nil:
		if !b.group.Assign(stream.ID(p.ID), b.consumer) {
			return broken("something pending for a consumer that is not for its group, or for two of them")
		}
	default:
		return misplaced(p)
	}
	return nil
}
