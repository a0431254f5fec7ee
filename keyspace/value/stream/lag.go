package stream

// How far a group has read is a count that it keeps while it can: reading entry by
// entry adds one each, but an ID that was set by hand, or an entry that was deleted or
// trimmed away ahead, make the count meaningless. Then it is worked out from the stream's own
// counters where those tell, at either end of a stream without holes.

// holes tells whether an entry was deleted from an ID on.
func (s *Stream) holes(from ID) bool {
	if s.length == 0 || s.deleted == Min || s.deleted.Less(s.first) {
		return false
	}
	return !s.deleted.Less(from)
}

// distance is the number of entries ever added up to an ID, or Unknown.
func (s *Stream) distance(id ID) int64 {
	added := int64(s.added)
	switch {
	case s.added == 0:
		return 0
	case s.length == 0 && !s.last.Less(id):
		return added
	case id == s.last:
		return added
	case s.last.Less(id):
		return Unknown
	}
	if s.deleted == Min || s.deleted.Less(s.first) {
		if id.Less(s.first) {
			return added - int64(s.length)
		}
		if id == s.first {
			return added - int64(s.length) + 1
		}
	}
	return Unknown
}

// Advance notes that a group, which must be owned, was delivered an entry of the
// stream behind its last one.
func (s *Stream) Advance(g *Group, id ID) {
	if g.Read != Unknown && !g.LastID.Less(s.first) && !s.holes(g.LastID) {
		g.Read++
	} else if s.added > 0 {
		g.Read = s.distance(id)
	}
	g.LastID = id
}

// Lag is the number of entries that a group has yet to read, if that is known.
func (s *Stream) Lag(g *Group) (lag int64, ok bool) {
	switch {
	case s.length == 0:
		return 0, true
	case g.LastID.Less(s.first) && s.deleted.Less(s.first):
		return int64(s.length), true // what it has not read was trimmed away: all that is left
	case g.Read != Unknown && !s.holes(g.LastID):
		return int64(s.added) - g.Read, true
	}
	read := s.distance(g.LastID)
	return int64(s.added) - read, read != Unknown
}
