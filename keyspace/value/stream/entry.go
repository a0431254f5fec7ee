package stream

import "solokv/keyspace/value/listpack"

// Entry is a view of an entry, valid until the stream changes.
type Entry struct {
	ID     ID
	Fields int // pairs of field and value

	node    node
	at      int // where it begins
	body    int // its first field, or value
	end     int // behind it
	fieldAt int // the next field; of the master's, if same
	valueAt int // the next value, if same
	flags   int64
}

func (e *Entry) deleted() bool { return e.flags&flagDeleted != 0 }
func (e *Entry) same() bool    { return e.flags&flagSameFields != 0 }

// read reads the entry that begins at at.
func (e *Entry) read(n *node, at int) {
	lp := n.lp
	e.node, e.at = *n, at
	e.flags = number(lp, at)
	at, _ = listpack.Next(lp, at)
	e.ID.Ms = n.master.Ms + uint64(number(lp, at))
	at, _ = listpack.Next(lp, at)
	e.ID.Seq = n.master.Seq + uint64(number(lp, at))
	at, _ = listpack.Next(lp, at)
	if e.same() {
		e.Fields, e.fieldAt = n.fields()
		e.valueAt = at
	} else {
		e.Fields = int(number(lp, at))
		at, _ = listpack.Next(lp, at)
		e.fieldAt = at
	}
	e.body, e.end = at, 0
}

// after is where the next entry begins.
func (e *Entry) after() int {
	elements := e.Fields + 1
	if !e.same() {
		elements += e.Fields
	}
	at := e.body
	for range elements {
		at, _ = listpack.Next(e.node.lp, at)
	}
	return at
}

// Pair returns the next field and its value: call it Fields times.
func (e *Entry) Pair() (field, value listpack.Element) {
	lp := e.node.lp
	field = listpack.Get(lp, e.fieldAt)
	e.fieldAt, _ = listpack.Next(lp, e.fieldAt)
	if e.same() {
		value = listpack.Get(lp, e.valueAt)
		e.valueAt, _ = listpack.Next(lp, e.valueAt)
	} else {
		value = listpack.Get(lp, e.fieldAt)
		e.fieldAt, _ = listpack.Next(lp, e.fieldAt)
	}
	return field, value
}

// before is where the entry that ends at end begins; ok is false at the master.
func (n *node) before(end int) (at int, ok bool) {
	at, _ = listpack.Prev(n.lp, end)
	length := number(n.lp, at)
	for range length {
		at, _ = listpack.Prev(n.lp, at)
	}
	return at, length > 0
}

// Range walks over the entries of a stream between two IDs, both included.
type Range struct {
	Entry     Entry
	s         *Stream
	first     ID
	last      ID
	backwards bool
	open      bool // in a node; at is where it goes on
	nodes     walk
	node      node
	at        int
}

// Between walks from the entry at first to that at last.
func (s *Stream) Between(first, last ID) Range {
	return Range{s: s, first: first, last: last}
}

// Backwards is Between from the last entry to the first.
func (s *Stream) Backwards(first, last ID) Range {
	return Range{s: s, first: first, last: last, backwards: true}
}

// Next goes to the next entry, which is then in Entry.
func (r *Range) Next() bool {
	if r.last.Less(r.first) {
		return false
	}
	if r.backwards {
		return r.stepBack()
	}
	return r.step()
}

func (r *Range) step() bool {
	if !r.open {
		var ok bool
		if r.nodes, ok = r.s.nodes.upTo(r.first); !ok {
			if r.nodes, ok = r.s.nodes.from(r.first); !ok {
				return false
			}
		}
		r.enter()
		r.at = r.node.first()
	}
	for {
		for r.at >= listpack.End(r.node.lp) {
			if !r.nodes.next() {
				return false
			}
			r.enter()
			r.at = r.node.first()
		}
		r.Entry.read(&r.node, r.at)
		if r.last.Less(r.Entry.ID) {
			return false
		}
		r.at = r.Entry.after()
		if !r.Entry.deleted() && !r.Entry.ID.Less(r.first) {
			return true
		}
	}
}

func (r *Range) stepBack() bool {
	if !r.open {
		var ok bool
		if r.nodes, ok = r.s.nodes.upTo(r.last); !ok {
			return false
		}
		r.enter()
		r.at = listpack.End(r.node.lp)
	}
	for {
		at, ok := r.node.before(r.at)
		for !ok {
			if !r.nodes.prev() {
				return false
			}
			r.enter()
			at, ok = r.node.before(listpack.End(r.node.lp))
		}
		r.at = at
		r.Entry.read(&r.node, at)
		if r.Entry.ID.Less(r.first) {
			return false
		}
		if !r.Entry.deleted() && !r.last.Less(r.Entry.ID) {
			return true
		}
	}
}

func (r *Range) enter() {
	r.open = true
	r.node = r.s.readNode(r.nodes.id(), nodeRef(r.nodes.payload()))
}
