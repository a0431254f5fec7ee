package command

import (
	"bytes"

	"solokv/keyspace"
	"solokv/keyspace/value"
)

var (
	sortItself = []byte("#")
	sortArrow  = []byte("->")
)

// lookup returns what a pattern of BY or GET names for an element: the element
// itself for #; else the string under the key that the pattern becomes when the
// element takes the place of the first star; with an arrow behind the star, the
// field of a hash. It lasts until the next lookup.
func (s *sorting) lookup(pattern, element []byte) (text []byte, found bool) {
	if bytes.Equal(pattern, sortItself) {
		return element, true
	}
	before, behind, ok := bytes.Cut(pattern, []byte{'*'})
	if !ok {
		return nil, false
	}
	middle, field, hasField := bytes.Cut(behind, sortArrow)
	if len(field) == 0 { // an arrow that points to nothing belongs to the key
		middle, hasField = behind, false
	}
	s.key = append(append(append(s.key[:0], before...), element...), middle...)
	it, found := s.c.Read(s.key)
	switch {
	case !found:
		return nil, false
	case hasField:
		return s.lookupField(it, field)
	case !value.IsString(it.Kind()):
		return nil, false
	}
	return s.c.Text(it), true
}

func (s *sorting) lookupField(it keyspace.Item, field []byte) (text []byte, found bool) {
	h, err := openHash(s.c, s.key, it, true)
	if err != nil {
		return nil, false // what is no hash has no fields
	}
	at, found := h.peek(field)
	if !found {
		return nil, false
	}
	return memberText(h.Value(at), s.digits[:0]), true
}
