package stream

import (
	"math"

	"solokv/keyspace/value/listpack"
)

// Trim says what to remove from the start of a stream.
type Trim struct {
	ByID       bool
	LenMax     int64 // of the stream; without ByID
	MinID      ID    // of the entries that stay; with ByID
	WholeNodes bool  // entries only go with their node: approximately
	Limit      int64 // of the entries to remove, or 0
}

// Trim removes entries from the start and returns their number.
//
// XADD with an approximate limit asks for this each time, for nothing as a rule:
// headLive knows that without a search for the first node.
func (s *Stream) Trim(t Trim) (removed int64) {
	if t.WholeNodes && !t.ByID && s.headLive > 0 && int64(s.length)-s.headLive < t.LenMax {
		return 0
	}
	for t.ByID || int64(s.length) > t.LenMax {
		w, ok := s.nodes.from(Min)
		if !ok {
			break
		}
		ref := nodeRef(w.payload())
		n := s.readNode(w.id(), ref)
		live, _ := n.counts()
		s.headLive = live
		if t.Limit > 0 && removed+live > t.Limit {
			break
		}
		if t.takesNode(s, &n, live) {
			s.dropNode(n.master, ref)
			s.length -= int(live)
			removed += live
			continue
		}
		if !t.WholeNodes {
			some := s.trimNode(&t, n, w)
			s.length -= int(some)
			removed += some
		}
		break
	}
	if removed > 0 {
		s.findFirst()
	}
	return removed
}

// takesNode tells whether all of a node has to go.
func (t *Trim) takesNode(s *Stream, n *node, live int64) bool {
	if !t.ByID {
		return int64(s.length)-live >= t.LenMax
	}
	last, ok := n.last(t.WholeNodes)
	return ok && last.Less(t.MinID)
}

// last is the ID of the last entry that is there. Redis also counts one that was
// deleted when it looks whether a node goes as a whole.
func (n *node) last(deletedToo bool) (id ID, ok bool) {
	var e Entry
	at := listpack.End(n.lp)
	for {
		if at, ok = n.before(at); !ok {
			return Min, false
		}
		if e.read(n, at); deletedToo || !e.deleted() {
			return e.ID, true
		}
	}
}

// trimNode marks the first entries of a node as deleted, but not all of them.
func (s *Stream) trimNode(t *Trim, n node, w walk) (removed int64) {
	want := int64(math.MaxInt64)
	if !t.ByID {
		want = int64(s.length) - t.LenMax
	}
	live, deleted := n.counts()
	edited, ref := n, nodeRef(w.payload())
	var e Entry
	for at := n.first(); at < listpack.End(n.lp) && removed < want; at = e.after() {
		e.read(&edited, at)
		if t.ByID && !e.ID.Less(t.MinID) {
			break
		}
		if e.deleted() {
			continue
		}
		if removed == 0 {
			edited, ref = s.editNode(n, ref, countsBytesMax)
			e.node = edited
		}
		edited.lp = listpack.ReplaceInt(edited.lp, at, e.flags|flagDeleted) // of the same length
		removed++
	}
	if removed > 0 {
		s.headLive = 0
		edited.setCounts(live-removed, deleted+removed)
		s.storeNode(edited, ref)
	}
	return removed
}
